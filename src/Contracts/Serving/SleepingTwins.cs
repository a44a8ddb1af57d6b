using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Octet.Contracts.Runs;

namespace Octet.Contracts.Serving;

/// <summary>
/// Two vLLM servers on the same GPUs, of which one is awake at a time: vLLM's sleep mode, level 1. They run with <c>--enable-sleep-mode</c> and
/// <c>VLLM_SERVER_DEV_MODE=1</c>, and are asked at their own addresses, because the gateway does not forward these paths.
/// </summary>
/// <param name="http">Its time limit is for one request: putting a server to sleep copies its weights to main memory, which took up to 6.5 s for 8B.</param>
/// <param name="servers">Addresses of the servers, without <c>/v1</c>.</param>
/// <param name="time">Clock.</param>
public sealed class SleepingTwins(HttpClient http, IReadOnlyList<Uri> servers, TimeProvider time)
{
    /// <summary>Time limit of one request to a server that changes its state.</summary>
    public static readonly TimeSpan RequestLimit = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan StateLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Puts the others to sleep, then wakes one: there is memory for one of them only. Returns when it is awake and healthy.</summary>
    /// <param name="awake">Index of the server that shall be awake.</param>
    /// <param name="cancellationToken">Leaves the servers as they are at that moment.</param>
    /// <returns>True when a server changed its state.</returns>
    /// <exception cref="OctetException">A server has no sleep mode, does not answer, or stays as it was.</exception>
    public async Task<bool> WakeAsync(int awake, CancellationToken cancellationToken)
    {
        var changed = false;
        for (var i = 0; i < servers.Count; i++)
        {
            changed |= i != awake && await ChangeAsync(servers[i], "sleep?level=1", asleep: true, cancellationToken);
        }

        return changed | await ChangeAsync(servers[awake], "wake_up", asleep: false, cancellationToken);
    }

    private async Task<bool> ChangeAsync(Uri server, string command, bool asleep, CancellationToken cancellationToken)
    {
        try
        {
            if (await IsSleepingAsync(server, cancellationToken) == asleep)
            {
                return false;
            }

            using var reply = await http.PostAsync(new Uri(server, command), null, cancellationToken);
            reply.EnsureSuccessStatusCode();
            await UntilAsync(server, asleep, cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or System.Text.Json.JsonException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new OctetException(FailureKind.Server, $"the server at {server} does not {(asleep ? "go to sleep" : "wake up")}: {exception.Message}", exception);
        }
    }

    private async Task UntilAsync(Uri server, bool asleep, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (await IsSleepingAsync(server, cancellationToken) != asleep || (!asleep && !await IsHealthyAsync(server, cancellationToken)))
        {
            if (time.GetElapsedTime(started) > StateLimit)
            {
                throw new OctetException(FailureKind.Server, $"the server at {server} is not {(asleep ? "asleep" : "awake and healthy")} {StateLimit.TotalSeconds:0} s after it was asked to; look at its log");
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    private async Task<bool> IsSleepingAsync(Uri server, CancellationToken cancellationToken)
    {
        using var reply = await http.GetAsync(new Uri(server, "is_sleeping"), cancellationToken);
        if (reply.StatusCode == HttpStatusCode.NotFound)
        {
            throw new OctetException(FailureKind.Server, $"the server at {server} has no sleep mode: start vLLM with --enable-sleep-mode and VLLM_SERVER_DEV_MODE=1, or take serve.twins 'together'");
        }

        reply.EnsureSuccessStatusCode();
        return (await reply.Content.ReadFromJsonAsync<SleepState>(cancellationToken))?.IsSleeping
            ?? throw new OctetException(FailureKind.Server, $"the server at {server} does not say whether it sleeps: its /is_sleeping has no 'is_sleeping'");
    }

    private async Task<bool> IsHealthyAsync(Uri server, CancellationToken cancellationToken)
    {
        using var reply = await http.GetAsync(new Uri(server, "health"), cancellationToken);
        return reply.IsSuccessStatusCode;
    }

    private sealed record SleepState([property: JsonPropertyName("is_sleeping")] bool? IsSleeping);
}
