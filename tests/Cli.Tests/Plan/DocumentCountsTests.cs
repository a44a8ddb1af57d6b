using Octet.Cli.Plan;
using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Cli.Tests.Plan;

public sealed class DocumentCountsTests : IDisposable
{
    private const string Family = """
        task: animals
        files: { test: [all-of-them.jsonl] }
        test_split: test
        output_type: multiple_choice
        doc_to_text: "{{question}}"
        doc_to_choice: [A, B]
        doc_to_target: answer
        metrics: [acc]
        subjects: { all: [cats, dogs] }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("octet-counts-");

    public DocumentCountsTests()
    {
        Directory.CreateDirectory(Tasks);
        File.WriteAllText(Path.Combine(Tasks, "animals.yaml"), Family);
        Rows("cats", 2);
        Rows("dogs", 5);
    }

    private string Tasks => Path.Combine(_folder.FullName, "tasks");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task OfAsync_TaskOfSubjects_IsOneTaskAsTheGatesTakeIt()
    {
        var counts = await CountAsync("animals", null);

        Assert.Null(counts.Problem);
        Assert.Equal(new Dictionary<string, int> { ["animals"] = 7 }, counts.Scored);
        Assert.Equal(7, counts.ByTask["animals"]);
    }

    [Fact]
    public async Task OfAsync_Limit_IsOneOfEachSubject() => Assert.Equal(5, (await CountAsync("animals", 3)).Scored["animals"]);

    [Fact]
    public async Task OfAsync_SubjectsAskedByName_AreTasksOfTheirOwn() =>
        Assert.Equal(new Dictionary<string, int> { ["animals_cats"] = 2, ["animals_dogs"] = 5 }, (await CountAsync("animals_cats,animals_dogs", null)).Scored);

    private Task<DocumentCounts> CountAsync(string tasks, double? limit) => DocumentCounts.OfAsync(
        new EvaluateSpec { Tasks = tasks.Split(','), TaskFolder = Tasks, Datasets = _folder.FullName, Limit = limit }, TestContext.Current.CancellationToken);

    private void Rows(string subject, int count) =>
        File.WriteAllLines(Path.Combine(_folder.CreateSubdirectory("animals_" + subject).FullName, "test.jsonl"), Enumerable.Range(0, count).Select(i => $$"""{"question": "{{i}}", "answer": 0}"""));
}
