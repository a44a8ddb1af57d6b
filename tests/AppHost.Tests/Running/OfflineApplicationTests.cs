using System.Reflection;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Octet.AppHost.Tests.Running;

/// <summary>What F5 starts without a container engine: the real orchestrator, Garnet, every service and both model servers as processes.</summary>
public sealed class OfflineApplicationTests : IDisposable
{
    /// <summary>Enough for a start that builds nothing and a run of a minute, on two busy cores.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("octet-apphost-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task RunWithSpec_OfflineEngine_QuantizesServesMeasuresAndReports()
    {
        Assert.SkipUnless(File.Exists(Orchestrator), $"Aspire's orchestrator is not at '{Orchestrator}': its package was not restored");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(Longest);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--Octet:Engine=offline", "--Octet:PythonWorkers=off", $"--Octet:DataRoot={_data.FullName}"], stop.Token);
        await using var application = await builder.BuildAsync(stop.Token);
        var starting = application.StartAsync(stop.Token); // ends when the compressed server starts, which waits for its model
        await application.ResourceNotifications.WaitForResourceHealthyAsync("pipeline", stop.Token);

        var started = await application.ResourceCommands.ExecuteCommandAsync(builder.Resources.Single(resource => resource.Name == "pipeline"), "run-with-spec", Spec(), stop.Token);
        Assert.True(started.Success, started.Message);
        var report = await ReportAsync(stop.Token);
        await starting;

        // Both servers of the application were measured, through its gateway, by jobs over its queue.
        Assert.Contains("octet-demo-19m-int8-dynamic", report, StringComparison.Ordinal);
        Assert.Contains("| mini_arc |", report, StringComparison.Ordinal);
        Assert.Contains("/compressed/v1", await File.ReadAllTextAsync(Directory.GetFiles(_data.FullName, "spec.yaml", SearchOption.AllDirectories).Single(), stop.Token), StringComparison.Ordinal);
        var shown = await application.ResourceCommands.ExecuteCommandAsync(builder.Resources.Single(resource => resource.Name == "pipeline"), "open-report", stop.Token);
        Assert.True(shown.Success, shown.Message);
    }

    private static string Orchestrator => typeof(Projects.AppHost).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Concat(Assembly.Load("Octet.AppHost").GetCustomAttributes<AssemblyMetadataAttribute>())
        .FirstOrDefault(entry => string.Equals(entry.Key, "dcpclipath", StringComparison.OrdinalIgnoreCase))?.Value ?? "";

    private InteractionInputCollection Spec()
    {
        var path = Path.Combine(_data.FullName, "small.yaml");
        File.WriteAllText(path, "evaluate: { tasks: [mini_arc], limit: 8 }\nload: { concurrency: [1], seconds: 1, replicates: 2 }\n");
        return new InteractionInputCollection([new InteractionInput { Name = "spec", InputType = InputType.Text, Value = path }]);
    }

    private async Task<string> ReportAsync(CancellationToken cancellationToken)
    {
        var runs = Path.Combine(_data.FullName, "runs");
        while (true)
        {
            var run = Directory.Exists(runs) ? Directory.GetDirectories(runs).SingleOrDefault() : null;
            if (run is not null && File.Exists(Path.Combine(run, "comparison.md")))
            {
                return await File.ReadAllTextAsync(Path.Combine(run, "comparison.md"), cancellationToken);
            }

            var failed = run is null || !File.Exists(Path.Combine(run, "events.jsonl")) ? null : (await File.ReadAllLinesAsync(Path.Combine(run, "events.jsonl"), cancellationToken)).FirstOrDefault(line => line.Contains("\"stageFailed\"", StringComparison.Ordinal));
            Assert.True(failed is null, failed);
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }
    }
}
