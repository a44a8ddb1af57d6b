namespace Octet.Cli.Parity.Server;

/// <summary>Recorded HTTP exchanges of vLLM, sent to our server.</summary>
/// <param name="file">Name of the recording without its extension.</param>
public sealed class ExchangeSuite(string file) : IParitySuite
{
    public string Name => "vllm/http/" + file;

    public bool IsPresent(ParityFolders folders) => File.Exists(PathIn(folders));

    public async Task<ParityResult> RunAsync(ParityFolders folders, CancellationToken cancellationToken)
    {
        var tally = new ParityTally();
        var deviations = new Deviations();
        await tally.TryAsync(Name, async () =>
        {
            await using var server = await RecordedServer.StartAsync(folders, null, cancellationToken);
            foreach (var exchange in RecordedExchange.Read(PathIn(folders), cancellationToken))
            {
                await tally.TryAsync(exchange.Name, async () =>
                {
                    var difference = await ExchangeJudge.DifferenceAsync(server, exchange, deviations, cancellationToken);
                    tally.Exact(difference is null, () => $"{exchange.Method} {exchange.Path} '{exchange.Name}': {difference}");
                });
            }

            if (deviations.Count > 0)
            {
                tally.Within(deviations.Mean, Deviations.MeanLimit, () => FormattableString.Invariant($"mean deviation of {deviations.Count} logprobs is {deviations.Mean:0.0000}"));
            }
        });
        return tally.Result(deviations.Count > 0 ? FormattableString.Invariant($"{Deviations.MeanLimit} (mean logprob), each {Deviations.Limit}") : "exact");
    }

    private string PathIn(ParityFolders folders) => Path.Combine(RecordedServer.Folder(folders), file + ".jsonl");
}
