using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Octet.Comparison.Simulation;
using Octet.Comparison.Verdicts;
using Octet.Contracts.Runs;

namespace Octet.Cli.Commands;

/// <summary><c>octet validate-statistics</c>: the error rates of the verdict, by simulation.</summary>
internal static class ValidateStatisticsCommand
{
    private const int Tasks = 4;
    private const int DocumentsPerTask = 400;

    public static Command Create(TextWriter output, TextWriter error)
    {
        var runs = new Option<int>("--runs") { Description = "Runs drawn for each line.", DefaultValueFactory = _ => 20_000 };
        var seed = new Option<int>("--seed") { Description = "The same seed gives the same table.", DefaultValueFactory = _ => 1 };
        var file = new Option<FileInfo?>("--output") { Description = "Also write the table to this Markdown file." };
        var json = new Option<bool>("--json") { Description = "One JSON object a line of the table." };
        var command = new Command("validate-statistics", "Simulate runs of known truth under the default policy and count wrong verdicts, coverage and power. Exit 1 when a rate lies outside its limit by three standard errors.") { runs, seed, file, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var count = parsed.GetValue(runs) is >= 100 and var enough ? enough : throw new OctetException(FailureKind.Usage, $"--runs {parsed.GetValue(runs)} is less than 100");
            var (policy, assumed, pairs) = (Policy.Default, PowerAssumptions.Default, new LoadSpec().Replicates);
            var documents = Enumerable.Range(0, Tasks).ToDictionary(task => $"task{task}", _ => DocumentsPerTask);
            var power = PolicyPower.Decided(policy, documents, pairs, assumed);
            var margin = policy.Gates.Single(gate => gate is { Metric: GateMetric.MeanAccuracy, Importance: GateImportance.Critical }).Margin!.Value / 100;
            var simulation = new PolicySimulation(DocumentsPerTask, pairs, assumed.Spread, margin, policy.Alpha, parsed.GetValue(seed));
            var methods = new MethodSimulation(margin, policy.Alpha, parsed.GetValue(seed));
            var rates = new List<SimulatedRate>();
            Func<SimulatedRate>[] lines = [.. simulation.Cells(power).Select(cell => (Func<SimulatedRate>)(() => simulation.Run(cell, count, cancellation))), .. methods.Cells().Select(method => (Func<SimulatedRate>)(() => methods.Run(method, count, cancellation)))];
            foreach (var line in lines)
            {
                rates.Add(await Task.Run(line, cancellation));
                await (parsed.GetValue(json) ? output.WriteLineAsync(Json(rates[^1])) : error.WriteLineAsync($"{rates.Count}/{lines.Length} {rates[^1].Cell.Name}"));
            }

            var table = Table(rates, count, pairs, assumed, power);
            if (!parsed.GetValue(json))
            {
                await output.WriteLineAsync(table);
            }

            if (parsed.GetValue(file) is { } target)
            {
                await ReportFile.WriteAsync(target.FullName, stream => stream.WriteAsync(Encoding.UTF8.GetBytes(table + "\n"), cancellation).AsTask());
            }

            return rates.All(rate => rate.Holds) ? ExitCodes.Success : ExitCodes.Mismatch;
        });
        return command;
    }

    private static string Table(IReadOnlyList<SimulatedRate> rates, int runs, int pairs, PowerAssumptions assumed, double power)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{runs} runs a line, fewer where the line says so; {Tasks} tasks of {DocumentsPerTask} documents, {pairs} pairs of runs with {assumed.Spread:0%} spread; default policy; printed power {power:0.0%}.\n\n");
        text.Append("| truth | rate of | simulated | limit | holds |\n|---|---|---:|---:|---|\n");
        foreach (var rate in rates)
        {
            var limit = (rate.Cell.AtMost, rate.Cell.AtLeast) switch
            {
                ({ } most, _) => string.Create(CultureInfo.InvariantCulture, $"at most {most:0.0%}"),
                (_, { } least) => string.Create(CultureInfo.InvariantCulture, $"at least {least:0.0%}"),
                _ => "",
            };
            text.Append(CultureInfo.InvariantCulture, $"| {rate.Cell.Name}{(rate.Runs < runs ? $" ({rate.Runs} runs)" : "")} | {Words(rate.Cell.Counted)} | {rate.Rate:0.00%} | {limit} | {(limit.Length == 0 ? "" : rate.Holds ? "yes" : "NO")} |\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string Words(CountedOutcome counted) => counted switch
    {
        CountedOutcome.Go => "GO",
        CountedOutcome.NoGo => "NO-GO",
        CountedOutcome.Decided => "GO or NO-GO",
        CountedOutcome.Pass => "pass of the gate",
        CountedOutcome.TaskNamed => "any task called changed",
        _ => "bound at or below the truth",
    };

    private static string Json(SimulatedRate rate) => new JsonObject
    {
        ["truth"] = rate.Cell.Name,
        ["rate_of"] = Words(rate.Cell.Counted),
        ["runs"] = rate.Runs,
        ["rate"] = rate.Rate,
        ["at_most"] = rate.Cell.AtMost,
        ["at_least"] = rate.Cell.AtLeast,
        ["holds"] = rate.Holds,
    }.ToJsonString();
}
