namespace Octet.TestSupport;

/// <summary>Files that several test projects read.</summary>
public static class Fixtures
{
    /// <summary>A complete checkpoint folder of <c>Data/models</c>.</summary>
    public static string Model(string name) => Path.Combine(AppContext.BaseDirectory, "Data", "models", name);
}
