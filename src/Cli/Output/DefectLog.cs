namespace Octet.Cli.Output;

/// <summary>Keeps the stack trace of a defect in a file, so that a user sees one line.</summary>
public static class DefectLog
{
    /// <summary>Writes the trace to a new temporary file and returns its path.</summary>
    public static string Write(Exception defect)
    {
        ArgumentNullException.ThrowIfNull(defect);
        var path = Path.Combine(Path.GetTempPath(), $"octet-{Environment.ProcessId}.log");
        try
        {
            File.WriteAllText(path, defect.ToString());
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"not kept: {exception.Message}";
        }
    }
}
