using System.Diagnostics;
using System.Globalization;
using Octet.EndToEnd.Tests.Processes;
using Xunit;

namespace Octet.EndToEnd.Tests.BadInput;

/// <summary>
/// A disk of a few MiB: a memory file system in a mount namespace of its own, which a waiting shell keeps alive. Root makes one directly; anyone else
/// becomes root of a user namespace first.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly Process _holder;
    private readonly string[] _namespaces;

    private SmallDisk(Process holder, string[] namespaces, string folder)
    {
        (_holder, _namespaces) = (holder, namespaces);
        Folder = folder;
    }

    /// <summary>Its path for programs inside.</summary>
    public string Folder { get; }

    /// <summary>Its path for this process.</summary>
    private string Outside => $"/proc/{_holder.Id}/root{Folder}";

    private string Filler => Path.Combine(Outside, "filler");

    public static async Task<SmallDisk> CreateAsync(Workspace workspace, int mebibytes)
    {
        var folder = Directory.CreateDirectory(Path.Combine(workspace.Folder, "disk")).FullName;
        foreach (var (unshare, enter) in ((string, string[])[])[("-m", ["-m"]), ("-Urm", ["-U", "--preserve-credentials", "-m"])])
        {
            var start = new ProcessStartInfo("unshare", [unshare, "bash", "-c", FormattableString.Invariant($"mount -t tmpfs -o size={mebibytes}m octet-test '{folder}' && echo ready && read"), folder])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            var holder = Process.Start(start)!;
            if (holder.StandardOutput.ReadLine() == "ready")
            {
                return new SmallDisk(holder, enter, folder);
            }

            await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
            holder.Dispose();
        }

        throw new InvalidOperationException("neither root nor a user namespace can mount a tmpfs here");
    }

    /// <summary>Starts octet with this disk as its data root.</summary>
    public OctetProcess Start(Workspace workspace, params IEnumerable<string> arguments) => OctetProcess.Start(
        workspace,
        ["nsenter", "-t", _holder.Id.ToString(CultureInfo.InvariantCulture), .. _namespaces, "--wd=" + workspace.Folder],
        [.. arguments, "--data-root", Folder]);

    /// <summary>Takes every free block.</summary>
    public void Fill()
    {
        using var stream = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                stream.Write(block);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void Free() => File.Delete(Filler);

    /// <summary>Name of the one run on it.</summary>
    public string RunId() => Path.GetFileName(Directory.GetDirectories(Path.Combine(Outside, "runs")).Single());

    public void Dispose()
    {
        _holder.Kill();
        _holder.WaitForExit();
        _holder.Dispose();
    }
}
