using System.Globalization;
using Octet.Contracts.Runs;
using StackExchange.Redis;

namespace Octet.Jobs.Queue;

/// <summary>The hash of one job as read at one moment.</summary>
internal sealed class JobRecord(string id, RedisValue[] values)
{
    private static readonly RedisValue[] Fields =
    [
        JobFields.Queue, JobFields.State, JobFields.Attempt, JobFields.Worker, JobFields.TraceParent, JobFields.TraceState,
        JobFields.Progress, JobFields.Result, JobFields.FailureKind, JobFields.FailureMessage, JobFields.Cancel,
    ];

    public string Id => id;

    public string Queue => Text(0);

    public string State => Text(1);

    public int Attempt => int.TryParse(Text(2), NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) ? attempt : 0;

    public string Worker => Text(3);

    public string? TraceParent => values[4];

    public string? TraceState => values[5];

    public string? Progress => values[6];

    public string? Result => values[7];

    public FailureKind FailureKind => Enum.TryParse<FailureKind>(Text(8), out var kind) && Enum.IsDefined(kind) ? kind : FailureKind.Internal;

    public string FailureMessage => Text(9);

    public bool CancelAsked => Text(10) == "1";

    public bool Exists => !values[1].IsNull;

    public bool IsFinal => State is JobStates.Completed or JobStates.Failed or JobStates.Cancelled;

    public static async Task<JobRecord> ReadAsync(IDatabase database, string id) =>
        new(id, await database.HashGetAsync(JobKeys.Job(id), Fields));

    private string Text(int index) => values[index].IsNull ? "" : values[index].ToString();
}
