using Octet.Contracts.Results;

namespace Octet.LoadTester.Http;

/// <summary>Kinds of failed requests.</summary>
public static class RequestFailure
{
    /// <summary><c>http-STATUS</c> by status, <c>connection</c> where no status came, <c>truncated</c> without a finish reason, <c>unfinished</c> where it was cut, else <c>stream</c>:
    /// an error or a reset inside the stream.</summary>
    public static string KindOf(RequestRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row switch
        {
            { Error: RequestErrors.Cut } => "unfinished",
            { Error: RequestErrors.Truncated } => "truncated",
            { Status: 0 } => "connection",
            { Status: >= 400 } => $"http-{row.Status}",
            _ => "stream",
        };
    }
}
