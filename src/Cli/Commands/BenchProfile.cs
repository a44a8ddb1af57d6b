using System.CommandLine;
using Octet.Contracts.Runs;

namespace Octet.Cli.Commands;

/// <summary>How <c>octet bench</c> puts load on a server: by streams that wait for their answers (closed loop) or by the clock (open loop).</summary>
internal sealed record BenchProfile(string Name, bool IsOpen)
{
    private static readonly BenchProfile[] All =
    [
        new("concurrent", false), new("synchronous", false), new("throughput", false),
        new("constant", true), new("poisson", true), new("ramp", true), new("trace", true), new("sweep", true),
    ];

    public static readonly Option<string> Option = new("--profile")
    {
        Description = "Closed loop: concurrent (each number of --concurrency), synchronous (one stream), throughput (the largest number of --concurrency). "
            + "Open loop, sent by the clock whatever the server does: constant, poisson (each rate of --rate), ramp (from the first to the second rate of --rate), trace (--trace FILE), "
            + "sweep (synchronous, throughput, then rates between what these two completed).",
        DefaultValueFactory = _ => "concurrent",
    };

    /// <exception cref="OctetException">Kind Usage: no such profile.</exception>
    public static BenchProfile Of(ParseResult parsed)
    {
        var name = parsed.GetRequiredValue(Option);
        return Array.Find(All, profile => profile.Name == name) ?? throw new OctetException(FailureKind.Usage, $"--profile '{name}' is none of {string.Join(", ", All.Select(profile => profile.Name))}");
    }

    /// <summary>Streams of the closed loops of this profile.</summary>
    public int[] Streams(int[] asked) => Name switch
    {
        "synchronous" => [1],
        "throughput" => [asked.Max()],
        "sweep" => [.. new[] { 1, asked.Max() }.Distinct()],
        _ => asked,
    };
}
