using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Octet.Cli.Embedded;

/// <summary>Identity of the running code: every Octet assembly's module id. Results of another build are never reused.</summary>
internal static class BuildIdentity
{
    public static string Value { get; } = Compute();

    private static string Compute()
    {
        var pending = new Queue<Assembly>([typeof(BuildIdentity).Assembly]);
        var seen = new SortedDictionary<string, Guid>(StringComparer.Ordinal);
        while (pending.TryDequeue(out var assembly))
        {
            if (!seen.TryAdd(assembly.GetName().Name!, assembly.ManifestModule.ModuleVersionId))
            {
                continue;
            }

            foreach (var reference in assembly.GetReferencedAssemblies().Where(name => name.Name!.StartsWith("Octet.", StringComparison.Ordinal)))
            {
                pending.Enqueue(Assembly.Load(reference));
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(' ', seen.Values))))[..16];
    }
}
