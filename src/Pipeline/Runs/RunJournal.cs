using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Progress.V1;
using Octet.Contracts.Runs;

namespace Octet.Pipeline.Runs;

/// <summary>The events of one run: appended to <c>events.jsonl</c>, replayed after a restart, watched live. Progress is shown live and not kept.</summary>
public sealed class RunJournal
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly List<RunEvent> _events;
    private RunEvent? _progress;
    private long _version;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RunJournal(string path, TimeProvider time, List<RunEvent> events)
    {
        _path = path;
        _time = time;
        _events = events;
    }

    /// <summary>Everything that happened, without progress.</summary>
    public IReadOnlyList<RunEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Reads the events of earlier processes. A line that was cut off by a kill is dropped, and so is a second one with the same number.</summary>
    /// <exception cref="OctetException">The file cannot be read.</exception>
    public static RunJournal Open(string path, TimeProvider time)
    {
        var events = new List<RunEvent>();
        foreach (var line in Lines(path))
        {
            if (Read(line) is { } entry && entry.Sequence > (events.Count == 0 ? 0 : events[^1].Sequence))
            {
                events.Add(entry);
            }
        }

        return new RunJournal(path, time, events);
    }

    /// <summary>Stages that are finished.</summary>
    public HashSet<string> Completed() => [.. Events.Where(entry => entry.StageCompleted is not null).Select(entry => entry.StageCompleted.Stage)];

    /// <summary>Appends, durably, and tells the watchers.</summary>
    /// <exception cref="OctetException">The file cannot be written; nobody was told.</exception>
    public void Append(RunEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_lock)
        {
            Number(entry);
            try
            {
                Write(entry);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new OctetException(FailureKind.Storage, $"{_path} cannot be written: {exception.Message}; free space, then octet resume", exception);
            }

            Tell(entry);
        }
    }

    /// <summary>The end of a run: the watchers are told even where it cannot be written, as on a full disk. Unwritten, the run is an interrupted one.</summary>
    public void AppendEnd(RunEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_lock)
        {
            Number(entry);
            try
            {
                Write(entry);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Whoever resumes finds no end, as after a kill.
            }

            Tell(entry);
        }
    }

    /// <summary>Shows progress to the watchers.</summary>
    public void Show(string stage, Progress progress)
    {
        lock (_lock)
        {
            _progress = new RunEvent { Time = Timestamp.FromDateTimeOffset(_time.GetUtcNow()), StageProgress = new StageProgress { Stage = stage, Progress = progress } };
            Changed();
        }
    }

    /// <summary>Every event from the first one, then live, until the run ends.</summary>
    public async IAsyncEnumerable<RunEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = 0;
        var seenVersion = -1L;
        while (true)
        {
            List<RunEvent> fresh;
            Task changed;
            lock (_lock)
            {
                fresh = _events[seen..];
                if (_progress is not null && seenVersion != _version)
                {
                    fresh.Add(_progress);
                }

                seen = _events.Count;
                seenVersion = _version;
                changed = _changed.Task;
            }

            foreach (var entry in fresh)
            {
                yield return entry;
            }

            if (fresh.Count > 0 && fresh[^1] is { } last && IsEnd(last))
            {
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>After this event the run does not go on by itself.</summary>
    public static bool IsEnd(RunEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.RunCompleted is not null || entry.RunCancelled is not null || entry.StageFailed is not null;
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Storage, $"{path} cannot be read: {exception.Message}", exception);
        }
    }

    private static RunEvent? Read(string line)
    {
        try
        {
            return line.Length == 0 ? null : Parser.Parse<RunEvent>(line);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidJsonException or FormatException or OverflowException)
        {
            // The process died while it wrote this line: what it told did not happen.
            return null;
        }
    }

    private void Number(RunEvent entry)
    {
        entry.Sequence = _events.Count == 0 ? 1 : _events[^1].Sequence + 1;
        entry.Time = Timestamp.FromDateTimeOffset(_time.GetUtcNow());
    }

    private void Write(RunEvent entry)
    {
        using var stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(System.Text.Encoding.UTF8.GetBytes("\n" + Formatter.Format(entry)));
        stream.Flush(flushToDisk: true);
    }

    private void Tell(RunEvent entry)
    {
        _events.Add(entry);
        _progress = null;
        Changed();
    }

    private void Changed()
    {
        _version++;
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
