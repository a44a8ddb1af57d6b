namespace Octet.Cli.Plan;

/// <summary>How long one stage takes.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Minutes">Null where nothing measured says it.</param>
/// <param name="AtMost">The figure is an upper limit.</param>
/// <param name="Basis">Where the figure comes from, or why there is none.</param>
internal sealed record StageEstimate(string Stage, double? Minutes, bool AtMost, string Basis);
