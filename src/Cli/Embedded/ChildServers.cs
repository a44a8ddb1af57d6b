using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Octet.Contracts.Runs;
using Octet.Gateway.Routing;
using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Octet.Pipeline.Serving;
using Octet.ServiceDefaults;

namespace Octet.Cli.Embedded;

/// <summary>The offline backend's servers: two child processes of this program, behind the embedded gateway.</summary>
internal sealed class ChildServers(GatewayRoutes routes, EmbeddedAddresses addresses, IConfiguration configuration, TimeProvider time) : IModelServers
{
    public async Task<IRunningServers> StartAsync(ModelToServe @base, ModelToServe compressed, ServeSpec spec, Action<string> progress, CancellationToken cancellationToken)
    {
        progress("starting both servers");
        var key = configuration[EmbeddedHost.ApiKeyName];
        var first = new ChildServer(@base, key, time);
        var second = new ChildServer(compressed, key, time);
        try
        {
            await Task.WhenAll(first.StartAsync(spec, cancellationToken), second.StartAsync(spec, cancellationToken));
            foreach (var child in (ChildServer[])[first, second])
            {
                routes.Set(child.Model.Variant, child.Url);
            }

            return new Pair(first, second, Describe(first), Describe(second), routes);
        }
        catch
        {
            await first.DisposeAsync();
            await second.DisposeAsync();
            throw;
        }
    }

    private RunningServer Describe(ChildServer child) =>
        new(child.Url!, new Uri(addresses.Gateway, $"{child.Model.Variant}/v1"), child.Model.Name, child.SecondsToReady, child.ResidentBytes(), Direct: false);

    private sealed class Pair(ChildServer first, ChildServer second, RunningServer @base, RunningServer compressed, GatewayRoutes routes) : IRunningServers
    {
        public RunningServer Base => @base;

        public RunningServer Compressed => compressed;

        public Task Died { get; } = Task.WhenAny(first.Died, second.Died).Unwrap();

        public async ValueTask DisposeAsync()
        {
            routes.Set(first.Model.Variant, null);
            routes.Set(second.Model.Variant, null);
            await first.DisposeAsync();
            await second.DisposeAsync();
        }
    }
}

/// <summary>One <c>octet serve</c> process. It ends when its standard input closes, so it never outlives this one, however this one ends.</summary>
internal sealed class ChildServer(ModelToServe model, string? apiKey, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Both together take half of the memory for their KV caches at most: prefix caching fills what it gets.</summary>
    private const double KvCacheShare = EngineOptions.DefaultKvCacheShare / 2;
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SignalLimit = TimeSpan.FromSeconds(5);
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _lastErrors = new();
    private Process? _process;
    private bool _stopping;

    public ModelToServe Model => model;

    public Uri? Url { get; private set; }

    public double SecondsToReady { get; private set; }

    /// <summary>Faults when the process ends by itself.</summary>
    public Task Died => _died.Task;

    /// <exception cref="OctetException">It ended before it was ready, or took too long.</exception>
    public async Task StartAsync(ServeSpec spec, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        _process = Process.Start(StartInfo(spec)) ?? throw new OctetException(FailureKind.Server, $"{model.Variant} server: the process did not start");
        _process.ErrorDataReceived += (_, line) => Remember(line.Data);
        _process.BeginErrorReadLine();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ReadyLimit);
        try
        {
            Url = await ReadyAsync(_process.StandardOutput, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OctetException(FailureKind.Server, $"{model.Variant} server on {model.Directory} was not ready after {ReadyLimit.TotalMinutes} minutes");
        }

        SecondsToReady = time.GetElapsedTime(started).TotalSeconds;
        _ = WatchAsync(_process);
    }

    /// <summary>Resident set of the process; null where it cannot be read.</summary>
    public long? ResidentBytes()
    {
        _process?.Refresh();
        return _process is { HasExited: false } process ? process.WorkingSet64 : null;
    }

    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        if (!process.HasExited)
        {
            process.StandardInput.Close();
            using var grace = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await process.WaitForExitAsync(grace.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        process.Dispose();
    }

    private ProcessStartInfo StartInfo(ServeSpec spec)
    {
        var program = Environment.ProcessPath ?? throw new OctetException(FailureKind.Internal, "the path of this program is not known");
        var info = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            info.ArgumentList.Add(typeof(ChildServer).Assembly.Location);
        }

        foreach (var argument in (ReadOnlySpan<string>)["serve", model.Directory, "--port", "0", "--exit-with-stdin", "--served-model-name", model.Name])
        {
            info.ArgumentList.Add(argument);
        }

        // In a trace each server is a process with a name of its own.
        info.Environment[TelemetryExtensions.ServiceNameVariable] = $"{model.Variant}-server";
        info.Environment[ServeCommand.ApiKeyVariable] = apiKey;
        Add("--max-num-seqs", spec.MaxNumSeqs);
        Add("--max-num-batched-tokens", spec.MaxNumBatchedTokens);
        Add("--max-model-len", spec.MaxModelLen);
        Add("--gpu-memory-utilization", KvCacheShare);
        Add("--threads", spec.Threads);
        Add("--dtype", spec.Dtype);
        info.ArgumentList.Add(spec.EnableChunkedPrefill ? "--enable-chunked-prefill" : "--no-enable-chunked-prefill");
        info.ArgumentList.Add(spec.EnablePrefixCaching ? "--enable-prefix-caching" : "--no-enable-prefix-caching");
        return info;

        void Add(string flag, object? value)
        {
            if (value is not null)
            {
                info.ArgumentList.Add(flag);
                info.ArgumentList.Add(Convert.ToString(value, CultureInfo.InvariantCulture)!);
            }
        }
    }

    private async Task<Uri> ReadyAsync(StreamReader output, CancellationToken cancellationToken)
    {
        while (await output.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith("{\"event\":\"ready\"", StringComparison.Ordinal))
            {
                using var document = JsonDocument.Parse(line);
                return new Uri(document.RootElement.GetProperty("url").GetString()!);
            }
        }

        await _process!.WaitForExitAsync(cancellationToken);
        if (_process.ExitCode == ExitCodes.Cancelled)
        {
            // Ctrl+C reaches the whole process group, and may end a server that has not left it yet before the run hears of it.
            await Task.Delay(SignalLimit, time, cancellationToken);
        }

        throw new OctetException(FailureKind.Server, $"{model.Variant} server ended with code {_process.ExitCode} before it was ready: {LastErrors()}");
    }

    private async Task WatchAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is not null)
        {
            // Nothing of it matters after the ready line; reading keeps the pipe open.
        }

        await process.WaitForExitAsync();
        if (!_stopping)
        {
            _died.TrySetException(new OctetException(FailureKind.Server, $"{model.Variant} server died with code {process.ExitCode}: {LastErrors()}; octet resume goes on"));
        }
    }

    private void Remember(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_lastErrors)
        {
            _lastErrors.Enqueue(line);
            while (_lastErrors.Count > 5)
            {
                _lastErrors.Dequeue();
            }
        }
    }

    private string LastErrors()
    {
        lock (_lastErrors)
        {
            return _lastErrors.Count == 0 ? "it said nothing" : string.Join(" | ", _lastErrors);
        }
    }
}
