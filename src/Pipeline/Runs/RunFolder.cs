using Octet.Contracts.Runs;

namespace Octet.Pipeline.Runs;

/// <summary>The folder of one run.</summary>
public sealed class RunFolder
{
    public RunFolder(DataRoot root, string id)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (!IsId(id))
        {
            throw new OctetException(FailureKind.Usage, $"'{id}' is not a run id; octet runs lists them");
        }

        Id = id;
        FullPath = Path.Combine(root.RunsDirectory, id);
        RelativePath = root.ToRelative(FullPath);
    }

    public string Id { get; }

    public string FullPath { get; }

    /// <summary>As messages carry it.</summary>
    public string RelativePath { get; }

    public bool Exists => File.Exists(PathOf(RunFiles.Spec));

    /// <summary>Letters, digits, dashes, underscores and dots; no path and nothing hidden.</summary>
    public static bool IsId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Length > 0 && !id.StartsWith('.') && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
    }

    /// <summary>Full path of a file of the run.</summary>
    public string PathOf(string name) => Path.Combine(FullPath, name);

    /// <summary>A new id: time, model, four random letters.</summary>
    public static string NewId(DateTimeOffset now, string model)
    {
        var name = string.Concat(ModelResolver.NameOf(model).Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '-'));
        return $"{now.UtcDateTime:yyyyMMdd-HHmmss}-{(name.Length > 32 ? name[..32] : name)}-{Random.Shared.Next(0x10000):x4}";
    }
}
