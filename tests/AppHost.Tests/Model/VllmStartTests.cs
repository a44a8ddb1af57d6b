using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Octet.AppHost.Vllm;

namespace Octet.AppHost.Tests.Model;

/// <summary>The start script of a vLLM container, run by a real shell with a <c>vllm</c> that prints its arguments.</summary>
public sealed class VllmStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octet-start-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Script_Original_ServesItWithTheFlags()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the script runs in a Linux container");

        Assert.EndsWith("serve|org/model|--port|8000|", await StartAsync(("OCTET_MODEL", "org/model")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_Telemetry_SendsTracesThere()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the script runs in a Linux container");

        Assert.EndsWith("serve|m|--port|8000|--otlp-traces-endpoint|http://dashboard:1|", await StartAsync(("OCTET_MODEL", "m"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://dashboard:1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_TwoArtefacts_ServesTheNewestCompleteOne()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the script runs in a Linux container");
        Artefact("m-int8-old", DateTime.UnixEpoch.AddDays(1));
        var newest = Artefact("m-int8-new", DateTime.UnixEpoch.AddDays(2));
        Directory.CreateDirectory(Path.Combine(_folder, "m-int8-unfinished"));

        Assert.EndsWith($"serve|{newest}|--port|8000|", await StartAsync(("OCTET_ARTEFACT", Path.Combine(_folder, "m-int8-"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_Twin_SleepsBeforeTheStart()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the script runs in a Linux container");
        using var twin = new TcpListener(IPAddress.Loopback, 0);
        twin.Start();
        var requests = AnswerOnceAsync(twin);

        var output = await StartAsync(("OCTET_MODEL", "m"), ("OCTET_TWIN", $"http://{twin.LocalEndpoint}"));

        Assert.StartsWith("POST /sleep?level=1 HTTP/1.1", await requests, StringComparison.Ordinal);
        Assert.EndsWith("serve|m|--port|8000|", output, StringComparison.Ordinal);
    }

    private static async Task<string> AnswerOnceAsync(TcpListener listener)
    {
        using var client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        var buffer = new byte[4096];
        var length = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken);
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(buffer, 0, length);
    }

    private string Artefact(string name, DateTime written)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        File.SetLastWriteTimeUtc(Path.Combine(folder, "config.json"), written);
        return folder;
    }

    private async Task<string> StartAsync(params (string Name, string Value)[] environment)
    {
        var vllm = Path.Combine(_folder, "vllm");
        await File.WriteAllTextAsync(vllm, "#!/bin/sh\nprintf '%s|' \"$@\"\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(vllm, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo("/bin/sh", ["-c", VllmStart.Script, "vllm", "--port", "8000"]) { RedirectStandardOutput = true };
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        start.Environment["PATH"] = _folder + Path.PathSeparator + start.Environment["PATH"];
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
