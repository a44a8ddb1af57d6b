using Octet.Contracts.Pipeline.V1;
using Octet.Contracts.Progress.V1;
using Octet.Contracts.Runs;
using Octet.Pipeline.Runs;
using Xunit;

namespace Octet.Pipeline.Tests;

public sealed class RunJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octet-journal-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PathOfEvents => Path.Combine(_folder, RunFiles.Events);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_AfterAppends_HasThemInOrder()
    {
        Append(Started("a"), Completed("a"), Started("b"));

        var events = Open().Events;

        Assert.Equal([1, 2, 3], events.Select(entry => entry.Sequence));
        Assert.Equal(["a"], Open().Completed());
    }

    [Fact]
    public void Open_FileCutAtEveryByte_HasEveryWholeLine()
    {
        Append(Started("a"), Completed("a"), Started("b"), Completed("b"));
        var whole = File.ReadAllBytes(PathOfEvents);

        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(PathOfEvents, whole[..length]);
            var lines = System.Text.Encoding.UTF8.GetString(whole, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(line => line.EndsWith('}') && line.Count(letter => letter == '{') == line.Count(letter => letter == '}'));

            Assert.Equal(Enumerable.Range(1, lines).Select(number => (long)number), Open().Events.Select(entry => entry.Sequence));
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(30, 2)]
    [InlineData(0, 3)]
    public void Append_AfterATornLine_GoesOnWithTheNextNumber(int torn, int expected)
    {
        Append(Started("a"), Completed("a"));
        var whole = File.ReadAllBytes(PathOfEvents);
        File.WriteAllBytes(PathOfEvents, whole[..^torn]);

        Append(new RunEvent { Note = new Note { Text = "resumed" } });

        var events = Open().Events;
        Assert.Equal(expected, events[^1].Sequence);
        Assert.Equal("resumed", events[^1].Note.Text);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"sequence\":\"9\",\"stageCompleted\":{\"stage\":\"x\"")]
    [InlineData("{\"sequence\":\"nine\"}")]
    [InlineData("{\"sequence\":\"99999999999999999999\"}")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"stageCompleted\":{\"stage\":\"x\"}}")]
    [InlineData("{\"sequence\":\"1\",\"stageCompleted\":{\"stage\":\"x\"}}")]
    public void Open_DamagedOrRepeatedLine_IsLeftOut(string line)
    {
        Append(Started("a"), Completed("a"));
        File.AppendAllText(PathOfEvents, "\n" + line);
        Append(Started("b"));

        Assert.Equal([1, 2, 3], Open().Events.Select(entry => entry.Sequence));
        Assert.Equal(["a"], Open().Completed());
    }

    [Fact]
    public void Open_SameEventTwice_IsThereOnce()
    {
        Append(Started("a"), Completed("a"));
        File.AppendAllText(PathOfEvents, "\n" + File.ReadAllLines(PathOfEvents)[^1]);

        Assert.Equal([1, 2], Open().Events.Select(entry => entry.Sequence));
    }

    [Fact]
    public void Open_EventOfALaterVersion_IsKeptWithoutItsNewFields()
    {
        File.WriteAllText(PathOfEvents, "\n{\"sequence\":\"1\",\"tomorrow\":{\"x\":1},\"stageCompleted\":{\"stage\":\"a\",\"new\":2}}");

        Assert.Equal(["a"], Open().Completed());
    }

    [Fact]
    public async Task WatchAsync_WritersAndWatchersAtOnce_EveryWatcherSeesEveryEventInOrder()
    {
        const int Writers = 4, Each = 10;
        var journal = Open();
        var watchers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => CollectAsync(journal), Token)).ToArray();

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                journal.Append(Started($"{writer}-{i}"));
                journal.Show("load", new Progress { Done = i });
            }
        }, Token)));
        journal.Append(new RunEvent { RunCancelled = new RunCancelled() });

        foreach (var seen in await Task.WhenAll(watchers))
        {
            Assert.Equal(Enumerable.Range(1, (Writers * Each) + 1).Select(number => (long)number), seen.Where(entry => entry.StageProgress is null).Select(entry => entry.Sequence));
        }
    }

    [Fact]
    public async Task WatchAsync_LateWatcher_SeesEverythingFromTheStart()
    {
        var journal = Open();
        journal.Append(Started("a"));
        journal.Append(new RunEvent { RunCancelled = new RunCancelled() });

        Assert.Equal([1, 2], (await CollectAsync(journal)).Select(entry => entry.Sequence));
    }

    [Fact]
    public void Append_CannotBeWritten_SaysSoAndTellsNobody()
    {
        var journal = Open();
        Directory.CreateDirectory(PathOfEvents);

        var failure = Assert.Throws<OctetException>(() => journal.Append(Started("a")));

        Assert.Equal(FailureKind.Storage, failure.Kind);
        Assert.Empty(journal.Events);
    }

    [Fact]
    public async Task AppendEnd_CannotBeWritten_StillEndsTheWatchers()
    {
        var journal = Open();
        Directory.CreateDirectory(PathOfEvents);

        journal.AppendEnd(new RunEvent { RunCancelled = new RunCancelled() });

        Assert.NotNull(Assert.Single(await CollectAsync(journal)).RunCancelled);
    }

    private static RunEvent Started(string stage) => new() { StageStarted = new StageStarted { Stage = stage } };

    private static RunEvent Completed(string stage) => new() { StageCompleted = new StageCompleted { Stage = stage } };

    private static async Task<List<RunEvent>> CollectAsync(RunJournal journal)
    {
        var seen = new List<RunEvent>();
        await foreach (var entry in journal.WatchAsync(Token))
        {
            seen.Add(entry);
        }

        return seen;
    }

    private RunJournal Open() => RunJournal.Open(PathOfEvents, TimeProvider.System);

    private void Append(params RunEvent[] events)
    {
        var journal = Open();
        Array.ForEach(events, journal.Append);
    }
}
