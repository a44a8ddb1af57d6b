using System.Xml.Linq;

namespace Octet.Architecture.Tests;

/// <summary>What a csproj says.</summary>
/// <param name="Path">From the root.</param>
/// <param name="Name">Without the extension.</param>
/// <param name="Sdk">Its SDK.</param>
/// <param name="Projects">Names of the projects that it references.</param>
/// <param name="Packages">Names of its packages.</param>
internal sealed record ProjectFile(string Path, string Name, string Sdk, IReadOnlySet<string> Projects, IReadOnlySet<string> Packages)
{
    public static ProjectFile Read(string path)
    {
        var root = XElement.Parse(Repository.Read(path));
        return new ProjectFile(path, System.IO.Path.GetFileNameWithoutExtension(path), (string?)root.Attribute("Sdk") ?? "",
            Names("ProjectReference", include => System.IO.Path.GetFileNameWithoutExtension(include.Replace('\\', '/'))),
            Names("PackageReference", include => include));

        HashSet<string> Names(string element, Func<string, string> name) =>
            [.. root.Descendants(element).Select(reference => name((string)reference.Attribute("Include")!))];
    }
}
