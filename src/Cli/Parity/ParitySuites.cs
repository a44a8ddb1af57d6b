using Octet.Cli.Parity.ChatTemplates;
using Octet.Cli.Parity.GuideLlm;
using Octet.Cli.Parity.LmEval;
using Octet.Cli.Parity.Load;
using Octet.Cli.Parity.Models;
using Octet.Cli.Parity.Quantizer;
using Octet.Cli.Parity.Server;
using Octet.Cli.Parity.Tokenizers;

namespace Octet.Cli.Parity;

/// <summary>Every suite that <c>octet parity</c> knows, in the order of its table.</summary>
public static class ParitySuites
{
    public static IReadOnlyList<IParitySuite> All { get; } =
    [
        new TokenizerSuite("llama3_style"),
        new TokenizerSuite("qwen2_style"),
        new TokenizerSuite("gpt2_style"),
        new TokenizerSuite("llama2_legacy"),
        new TokenizerSuite("llama2_metaspace"),
        new TokenizerSuite("flags_bytelevel"),
        new TokenizerSuite("flags_spm"),
        new StoriesTokenizerSuite(),
        new ChatTemplateSuite(),
        new TemplateSnippetSuite(),
        new Float32LogitsSuite(),
        new Float32GreedySuite(),
        DefaultRoundingSuite.Originals(),
        VllmCpuSuite.Originals(),
        new PerplexitySuite(),
        new LinearUnitsSuite(),
        new LinearTapsSuite(),
        new W8A8Float32Suite(),
        DefaultRoundingSuite.Artifacts(),
        VllmCpuSuite.Artifacts(),
        new W8A8PerplexitySuite(),
        new VllmKernelsSuite(),
        new VllmLogitsSuite(),
        new DataFreeSuite(),
        new ArtifactSuite(),
        new ExchangeSuite("misc"),
        new ExchangeSuite("auth"),
        new ExchangeSuite("tokenize"),
        new ExchangeSuite("completions"),
        new ExchangeSuite("completions-errors"),
        new ExchangeSuite("completions-stream"),
        new ExchangeSuite("chat"),
        new ExchangeSuite("chat-errors"),
        new ExchangeSuite("chat-stream"),
        new MetricsSuite(),
        new PrefixCacheSuite(),
        new DisconnectSuite(),
        new GaugesSuite(),
        new PythonRandomSuite(),
        new StatisticsSuite(),
        new IfEvalCasesSuite(),
        new IfEvalResponsesSuite(),
        new ReportRecipeSuite(),
        new SweepComparisonSuite(),
        new HellaSwagTextSuite(),
        new DatasetRowsSuite(),
        new ReplaySuite('a', "replay-tasks"),
        new ReplaySuite('b', "replay-groups"),
        new ReplaySuite('c', "replay-client"),
        new ReplaySuite('d', "replay-edges"),
        new ReplaySuite('e', "replay-retries"),
        new ReplaySuite('g', "replay-generation"),
        new ReplaySuite('t', "replay-ties"),
        new ReplaySuite('w', "replay-wikitext"),
        new RealModelSuite(),
        new LiveModelSuite(),
    ];
}
