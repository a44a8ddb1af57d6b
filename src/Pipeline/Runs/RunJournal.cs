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

    /// <summary>Reads the events of earlier processes. A line that was cut off by a kill is dropped.</summary>
    public static RunJournal Open(string path, TimeProvider time)
    {
        var events = new List<RunEvent>();
        if (File.Exists(path))
        {
            foreach (var line in File.ReadAllLines(path).Where(line => line.Length > 0))
            {
                try
                {
                    events.Add(Parser.Parse<RunEvent>(line));
                }
                catch (InvalidProtocolBufferException)
                {
                    // The process died while it wrote this line: what it told did not happen.
                }
            }
        }

        return new RunJournal(path, time, events);
    }

    /// <summary>Stages that are finished.</summary>
    public HashSet<string> Completed() => [.. Events.Where(entry => entry.StageCompleted is not null).Select(entry => entry.StageCompleted.Stage)];

    /// <summary>
    /// Appends, durably, and tells the watchers. A failure or cancellation is told even when it cannot be written, for the disk may be what failed:
    /// to later processes the run is then an interrupted one.
    /// </summary>
    /// <exception cref="OctetException">Kind Storage: the event cannot be written.</exception>
    public void Append(RunEvent entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_lock)
        {
            entry.Sequence = _events.Count + 1;
            entry.Time = Timestamp.FromDateTimeOffset(_time.GetUtcNow());
            try
            {
                using var stream = new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read);
                stream.Write(System.Text.Encoding.UTF8.GetBytes("\n" + Formatter.Format(entry)));
                stream.Flush(flushToDisk: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                if (entry.StageFailed is null && entry.RunCancelled is null)
                {
                    throw new OctetException(FailureKind.Storage, $"{_path} cannot be written: {exception.Message}; free space, then octet resume", exception);
                }
            }

            _events.Add(entry);
            _progress = null;
            Changed();
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

    private void Changed()
    {
        _version++;
        _changed.TrySetResult();
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
