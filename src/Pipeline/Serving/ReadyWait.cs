using System.Net;
using Octet.Contracts.Runs;

namespace Octet.Pipeline.Serving;

/// <summary>Waits for a server that starts when its model is there and then loads it for minutes. Meanwhile a gateway answers for it with 502 to 504, or a
/// proxy keeps the request waiting; where nobody listens at all, the address is wrong.</summary>
/// <param name="http">Asks.</param>
/// <param name="time">For waits.</param>
/// <param name="coming">How long a server may take that something answers for.</param>
/// <param name="absent">How long nobody may answer, since something last did.</param>
public sealed class ReadyWait(HttpClient http, TimeProvider time, TimeSpan coming, TimeSpan absent)
{
    /// <summary>Loading and compiling 70 billion parameters takes vLLM 10 minutes and more.</summary>
    public static readonly TimeSpan Coming = TimeSpan.FromMinutes(30);

    /// <summary>For a process that is being replaced.</summary>
    public static readonly TimeSpan Absent = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Request = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Returns when the server answers <c>/health</c>, with whatever it has to say there.</summary>
    /// <exception cref="OctetException">Kind Server: it did not in time.</exception>
    public async Task ForAsync(string variant, Uri server, Action<string> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(progress);
        var started = time.GetTimestamp();
        var answered = started;
        while (await ProblemAsync(new Uri(server, "health"), cancellationToken) is { } problem)
        {
            answered = problem.IsComing ? time.GetTimestamp() : answered;
            if (time.GetElapsedTime(started) > coming || (!problem.IsComing && time.GetElapsedTime(answered) > absent))
            {
                throw new OctetException(FailureKind.Server, $"{variant} server at {server} is not ready after {time.GetElapsedTime(started).TotalSeconds:0} s: {problem.Text}; {(problem.IsComing ? "see its log" : $"start it, or correct serve.{variant}-endpoint")}");
            }

            progress($"waiting for the {variant} server ({problem.Text})");
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    private async Task<Problem?> ProblemAsync(Uri health, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Request);
        try
        {
            using var response = await http.GetAsync(health, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout ? new Problem($"it answers {(int)response.StatusCode}", IsComing: true) : null;
        }
        catch (HttpRequestException failure)
        {
            return new Problem(failure.Message, IsComing: false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Problem($"no answer within {Request.TotalSeconds:0} s", IsComing: true);
        }
    }

    private sealed record Problem(string Text, bool IsComing);
}
