using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Octet.Contracts.Runs;

namespace Octet.Contracts.Hub;

/// <summary>Lists and downloads files of the hub's repositories. A download that broke off goes on where it stopped; a damaged one is not kept.</summary>
public sealed class HubDownloads : IDisposable
{
    private const int Attempts = 3;
    private const int LongestPath = 300;
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Stalled = TimeSpan.FromSeconds(60);
    private readonly HubAccess _access;
    private readonly TimeProvider _time;
    private readonly FailureKind _kind;
    private readonly HttpClient _http;

    /// <param name="access">The hub.</param>
    /// <param name="kind">Of what goes wrong.</param>
    /// <param name="time">For waits between attempts.</param>
    public HubDownloads(HubAccess access, FailureKind kind, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(access);
        (_access, _kind, _time) = (access, kind, time);
        _http = new HttpClient(new HubRedirects(access, Connect)) { Timeout = Answer };
    }

    /// <summary>What a user can do where the server is not reached.</summary>
    public string Advice { get; init; } = "check the network, set HF_ENDPOINT to a mirror, or name a local folder";

    /// <summary>What the server is called in messages.</summary>
    public string Server { get; init; } = "the hub";

    public void Dispose() => _http.Dispose();

    /// <summary>Revision of the main branch, a commit, and its files.</summary>
    /// <param name="repository">Like api/models/org/name.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    /// <exception cref="OctetException">The hub cannot be reached, refuses, or answers something else.</exception>
    public async Task<(string Revision, IReadOnlyList<HubFile> Files)> ListAsync(string repository, CancellationToken cancellationToken)
    {
        using var info = await GetAsync($"{repository}/revision/main", cancellationToken);
        var revision = info.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("sha", out var sha) && sha.ValueKind == JsonValueKind.String && sha.GetString() is { Length: > 0 and < 65 } text && text.All(char.IsAsciiLetterOrDigit)
            ? text
            : throw Failure($"{_access.Endpoint}{repository} names no revision");
        using var tree = await GetAsync($"{repository}/tree/{revision}?recursive=true", cancellationToken);
        try
        {
            var files = tree.RootElement.EnumerateArray().Where(entry => entry.GetProperty("type").GetString() == "file").Select(entry => new HubFile(
                entry.GetProperty("path").GetString()!,
                entry.TryGetProperty("size", out var size) ? size.GetInt64() : null,
                entry.TryGetProperty("lfs", out var large) && large.ValueKind == JsonValueKind.Object && large.TryGetProperty("oid", out var oid) ? oid.GetString() : null)
            {
                GitBlob = entry.TryGetProperty("oid", out var blob) ? blob.GetString() : null,
            });
            return (revision, [.. files.Where(file => IsSafe(file.Path))]);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Failure($"{_access.Endpoint}{repository} has no readable list of files: {exception.Message}", exception);
        }
    }

    /// <summary>Puts a file in place, unless one of its size is there.</summary>
    /// <param name="address">Below the hub's address.</param>
    /// <param name="file">What it must be.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="progress">Told the bytes that are here.</param>
    /// <param name="cancellationToken">Stops; what came stays for the next attempt.</param>
    /// <exception cref="OctetException">The hub cannot be reached or refuses, the file came damaged, or it cannot be written.</exception>
    public async Task FetchAsync(string address, HubFile file, string target, Action<long> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(progress);
        if (File.Exists(target) && file.HasSizeOf(target))
        {
            progress(file.Size ?? 0);
            return;
        }

        var partial = Partial(target);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await using (var stream = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.Asynchronous))
            {
                await ReceiveAsync(address, file, stream, progress, cancellationToken);
            }

            File.Move(partial, target, overwrite: true);
        }
        catch (InvalidDataException damaged)
        {
            File.Delete(partial);
            throw Failure(damaged.Message, damaged);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Storage, $"{target} cannot be written: {exception.Message}; free space, wait for another download of it, or set HF_HOME to another place", exception);
        }
    }

    /// <summary>Where a file lies until all of it has come.</summary>
    internal static string Partial(string target) => target + ".incomplete";

    /// <exception cref="InvalidDataException">What came is not the file.</exception>
    private async Task ReceiveAsync(string address, HubFile file, FileStream stream, Action<long> progress, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 18];
        for (var attempt = 1; file.Size is null || stream.Length < file.Size || stream.Length == 0; attempt++)
        {
            var before = stream.Length;
            using var response = await SendAsync(address, file.Size is null ? 0 : before, cancellationToken);
            stream.SetLength(response.StatusCode == HttpStatusCode.PartialContent ? stream.Length : 0);
            stream.Position = stream.Length;
            try
            {
                await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
                for (int read; (read = await ReadAsync(content, buffer, cancellationToken)) > 0;)
                {
                    await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                    progress(stream.Length);
                }

                break;
            }
            catch (HttpRequestException broken)
            {
                attempt = stream.Length > before ? 0 : attempt;
                if (attempt == Attempts)
                {
                    throw Unreachable($"{file.Path} broke off after {stream.Length} bytes ({broken.Message}), which are kept", broken);
                }
            }
        }

        if (await file.ProblemAsync(stream, cancellationToken) is { } problem)
        {
            throw new InvalidDataException($"{file.Path} came damaged from {_access.Endpoint}: {problem}; try again");
        }

        // On the disk before it gets its name.
        stream.Flush(flushToDisk: true);
    }

    private static async Task<int> ReadAsync(Stream content, byte[] buffer, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Stalled);
        try
        {
            return await content.ReadAsync(buffer, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"nothing came for {Stalled.TotalSeconds:0} s");
        }
        catch (IOException broken)
        {
            throw new HttpRequestException(broken.Message, broken);
        }
    }

    private async Task<JsonDocument> GetAsync(string address, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(address, 0, cancellationToken);
        try
        {
            return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        }
        catch (Exception exception) when (exception is JsonException or HttpIOException)
        {
            throw Failure($"{_access.Endpoint}{address} is not JSON: {exception.Message}", exception);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string address, long from, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            string problem;
            Exception? cause = null;
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_access.Endpoint, address));
                request.Headers.Range = from > 0 ? new RangeHeaderValue(from, null) : null;
                var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                var status = (int)response.StatusCode;
                response.Dispose();
                problem = $"{_access.Endpoint}{address} answered {status}";
                if (status is not 429 and < 500)
                {
                    throw Failure($"{problem}; {Remedy(status)}");
                }
            }
            catch (HttpRequestException exception)
            {
                (problem, cause) = ($"{Server} {_access.Endpoint} cannot be reached ({exception.Message})", exception);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                // Where nobody answered for so long, a second wait would only hide it.
                throw Unreachable($"{Server} {_access.Endpoint} does not answer within {Answer.TotalSeconds:0} s", exception);
            }

            if (attempt == Attempts)
            {
                throw Unreachable(problem, cause);
            }

            await Task.Delay(TimeSpan.FromSeconds(attempt), _time, cancellationToken);
        }
    }

    /// <summary>A path from the hub must stay inside the snapshot.</summary>
    private static bool IsSafe(string path) => path.Length is > 0 and < LongestPath && !path.StartsWith('/') && !path.Contains('\\', StringComparison.Ordinal) && !path.Split('/').Any(part => part is ".." or "." or "");

    private static string Remedy(int status) => status switch
    {
        401 or 403 => "a gated or private repository needs its licence accepted and HF_TOKEN set",
        >= 300 and < 400 => "redirects are followed five times and never from https to http: correct HF_ENDPOINT",
        _ => "check the name",
    };

    private OctetException Unreachable(string problem, Exception? cause) => Failure($"{problem}; {Advice}", cause);

    private OctetException Failure(string message, Exception? cause = null) => new(_kind, message, cause);
}
