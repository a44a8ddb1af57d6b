using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Evaluator.Data;

/// <summary>How far a download is.</summary>
/// <param name="Source">Data set or server.</param>
/// <param name="File">Name there.</param>
/// <param name="Bytes">Bytes that came.</param>
/// <param name="Total">Bytes in all; null when unknown.</param>
public sealed record FetchProgress(string Source, string File, long Bytes, long? Total);

/// <summary>Files of one HTTP server: asked for a few times, checked, and put in place whole. A server that is not there costs seconds.</summary>
internal sealed class RemoteFiles : IDisposable
{
    private const int Attempts = 3;
    private const int ReportEvery = 1 << 20;
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);
    private readonly HttpClient _http;
    private readonly string _server;
    private readonly string _advice;
    private readonly TimeProvider _time;
    private readonly Action<FetchProgress>? _progress;

    /// <param name="server">What the server is called in messages.</param>
    /// <param name="token">Access token; null for none.</param>
    /// <param name="advice">What a user can do without the server.</param>
    /// <param name="time">For waits and limits.</param>
    /// <param name="progress">Hears of downloads; null for nobody.</param>
    public RemoteFiles(string server, string? token, string advice, TimeProvider time, Action<FetchProgress>? progress)
    {
        (_server, _advice, _time, _progress) = (server, advice, time, progress);
        _http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectLimit }) { Timeout = AnswerLimit };
        _http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
    }

    /// <exception cref="OctetException">Kind Dataset: no answer, or none that is JSON.</exception>
    public async Task<JsonDocument> GetJsonAsync(Uri address, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(address, cancellationToken);
        try
        {
            return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        }
        catch (JsonException failure)
        {
            throw new OctetException(FailureKind.Dataset, $"{address} is not JSON: {failure.Message}", failure);
        }
    }

    /// <summary>Fetches one file; the target appears when it is whole and its size and hash are right.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="source">Data set it belongs to, for messages.</param>
    /// <param name="file">What it must be.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OctetException">Kind Dataset: it does not come, or is damaged. Kind Storage: it cannot be written.</exception>
    public async Task DownloadAsync(Uri address, string source, HubFile file, string target, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(address, cancellationToken);
        var total = file.Size ?? response.Content.Headers.ContentLength;
        await ReportFile.WriteAsync(target, async stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await foreach (var part in PartsAsync(response, file, cancellationToken))
            {
                hash.AppendData(part.Span);
                await stream.WriteAsync(part, cancellationToken);
                if (stream.Length / ReportEvery != (stream.Length - part.Length) / ReportEvery)
                {
                    _progress?.Invoke(new FetchProgress(source, file.Path, stream.Length, total));
                }
            }

            var found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if ((file.Size is { } size && stream.Length != size) || (file.Sha256 is { } expected && expected != found))
            {
                throw new OctetException(FailureKind.Dataset, $"{source}: {file.Path} came damaged from {_server}: {stream.Length} bytes with SHA-256 {found[..12]} instead of {file.Size} bytes with {file.Sha256?[..Math.Min(12, file.Sha256.Length)] ?? "an unknown hash"}; try again, or {_advice}");
            }

            _progress?.Invoke(new FetchProgress(source, file.Path, stream.Length, stream.Length));
        });
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The body in parts, each of which must come in time.</summary>
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> PartsAsync(HttpResponseMessage response, HubFile file, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[1 << 16];
        for (var count = 1; count > 0;)
        {
            using var stall = new CancellationTokenSource(AnswerLimit, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
            try
            {
                count = await content.ReadAsync(buffer, either.Token);
            }
            catch (Exception failure) when (failure is IOException or HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                var reason = failure is OperationCanceledException ? $"nothing came for {AnswerLimit.TotalSeconds:0} s" : failure.Message;
                throw new OctetException(FailureKind.Dataset, $"{_server} stopped in the middle of {file.Path} ({reason}); try again, or {_advice}", failure);
            }

            yield return buffer.AsMemory(0, count);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri address, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            string problem;
            try
            {
                var response = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                var status = response.StatusCode;
                response.Dispose();
                problem = $"{_server} answered {(int)status} for {address}";
                if (status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                {
                    throw new OctetException(FailureKind.Dataset, $"{problem}; a gated data set needs its licence accepted and HF_TOKEN set");
                }

                if (status is not HttpStatusCode.TooManyRequests && (int)status < 500)
                {
                    throw new OctetException(FailureKind.Dataset, $"{problem}; {_advice}");
                }
            }
            catch (HttpRequestException failure)
            {
                problem = $"{_server} cannot be reached ({failure.Message})";
            }
            catch (OperationCanceledException failure) when (!cancellationToken.IsCancellationRequested)
            {
                throw new OctetException(FailureKind.Dataset, $"{_server} does not answer within {AnswerLimit.TotalSeconds:0} s for {address}; {_advice}", failure);
            }

            if (attempt == Attempts)
            {
                throw new OctetException(FailureKind.Dataset, $"{problem}; {_advice}");
            }

            await Task.Delay(TimeSpan.FromSeconds(attempt), _time, cancellationToken);
        }
    }
}
