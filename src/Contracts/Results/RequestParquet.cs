using System.Globalization;
using Parquet;
using Parquet.Schema;

namespace Octet.Contracts.Results;

/// <summary><c>requests.parquet</c>: one row a request, columns named as in the JSON files.</summary>
public static class RequestParquet
{
    private static readonly DataField<int> Block = new("block");
    private static readonly DataField<int> Order = new("order");
    private static readonly DataField<string> Variant = new("variant", nullable: false);
    private static readonly DataField<int> Concurrency = new("concurrency");
    private static readonly DataField<int> Index = new("index");
    private static readonly DataField<double> Scheduled = new("scheduled");
    private static readonly DataField<double> Sent = new("sent");
    private static readonly DataField<double> FirstToken = new("first_token");
    private static readonly DataField<double> LastToken = new("last_token");
    private static readonly DataField<double> Ended = new("ended");
    private static readonly DataField<int> PromptTokens = new("prompt_tokens");
    private static readonly DataField<int> OutputTokens = new("output_tokens");
    private static readonly DataField<bool> Succeeded = new("succeeded");
    private static readonly DataField<int> Status = new("status");
    private static readonly DataField<string> Error = new("error", nullable: false);
    private static readonly DataField<bool> Measured = new("measured");

    /// <summary>Comma-separated whole numbers. Files of tools without it lack the column.</summary>
    private static readonly DataField<string> TokenMicroseconds = new("token_us", nullable: false);

    internal static readonly ParquetSchema Schema = new(
        Block, Order, Variant, Concurrency, Index, Scheduled, Sent, FirstToken, LastToken, Ended, PromptTokens, OutputTokens, Succeeded, Status, Error, Measured, TokenMicroseconds);

    /// <summary>Writes all rows at once.</summary>
    public static async Task WriteAsync(Stream stream, IReadOnlyList<RequestRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        await using var writer = await ParquetWriter.CreateAsync(Schema, stream, cancellationToken: cancellationToken);
        await WriteGroupAsync(writer, rows, cancellationToken);
    }

    /// <summary>Writes rows as one row group.</summary>
    internal static async Task WriteGroupAsync(ParquetWriter writer, IReadOnlyList<RequestRow> rows, CancellationToken cancellationToken)
    {
        using var group = writer.CreateRowGroup();
        await WriteColumn(Block, row => row.Block);
        await WriteColumn(Order, row => row.Order);
        await group.WriteAsync(Variant, [.. rows.Select(row => row.Variant)]);
        await WriteColumn(Concurrency, row => row.Concurrency);
        await WriteColumn(Index, row => row.Index);
        await WriteColumn(Scheduled, row => row.Scheduled);
        await WriteColumn(Sent, row => row.Sent);
        await WriteColumn(FirstToken, row => row.FirstToken);
        await WriteColumn(LastToken, row => row.LastToken);
        await WriteColumn(Ended, row => row.Ended);
        await WriteColumn(PromptTokens, row => row.PromptTokens);
        await WriteColumn(OutputTokens, row => row.OutputTokens);
        await WriteColumn(Succeeded, row => row.Succeeded);
        await WriteColumn(Status, row => row.Status);
        await group.WriteAsync(Error, [.. rows.Select(row => row.Error)]);
        await WriteColumn(Measured, row => row.Measured);
        await group.WriteAsync(TokenMicroseconds, [.. rows.Select(row => string.Join(',', row.TokenMicroseconds))]);

        Task WriteColumn<T>(DataField<T> field, Func<RequestRow, T> value)
            where T : struct =>
            group.WriteAsync<T>(field, rows.Select(value).ToArray(), cancellationToken: cancellationToken);
    }

    /// <summary>Reads every row.</summary>
    public static async Task<IReadOnlyList<RequestRow>> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken);
        var rows = new List<RequestRow>();
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            rows.AddRange(await ReadGroupAsync(group, reader.Schema.DataFields.Any(field => field.Name == TokenMicroseconds.Name), cancellationToken));
        }

        return rows;
    }

    private static async Task<IEnumerable<RequestRow>> ReadGroupAsync(ParquetRowGroupReader group, bool hasTokenTimes, CancellationToken cancellationToken)
    {
        var count = checked((int)group.RowCount);
        var block = await Column(Block);
        var order = await Column(Order);
        var variant = await Text(Variant);
        var concurrency = await Column(Concurrency);
        var index = await Column(Index);
        var scheduled = await Column(Scheduled);
        var sent = await Column(Sent);
        var firstToken = await Column(FirstToken);
        var lastToken = await Column(LastToken);
        var ended = await Column(Ended);
        var promptTokens = await Column(PromptTokens);
        var outputTokens = await Column(OutputTokens);
        var succeeded = await Column(Succeeded);
        var status = await Column(Status);
        var error = await Text(Error);
        var measured = await Column(Measured);
        var tokenTimes = hasTokenTimes ? await Text(TokenMicroseconds) : null;
        return Enumerable.Range(0, count).Select(i => new RequestRow
        {
            Block = block[i],
            Order = order[i],
            Variant = variant[i],
            Concurrency = concurrency[i],
            Index = index[i],
            Scheduled = scheduled[i],
            Sent = sent[i],
            FirstToken = firstToken[i],
            LastToken = lastToken[i],
            Ended = ended[i],
            PromptTokens = promptTokens[i],
            OutputTokens = outputTokens[i],
            Succeeded = succeeded[i],
            Status = status[i],
            Error = error[i],
            Measured = measured[i],
            TokenMicroseconds = tokenTimes is null || tokenTimes[i].Length == 0 ? [] : ParseTimes(tokenTimes[i]),
        });

        async Task<T[]> Column<T>(DataField<T> field)
            where T : struct
        {
            var values = new T[count];
            await group.ReadAsync<T>(field, values.AsMemory(), cancellationToken: cancellationToken);
            return values;
        }

        async Task<string[]> Text(DataField<string> field)
        {
            var values = new string?[count];
            await group.ReadAsync(field, values.AsMemory(), cancellationToken: cancellationToken);
            return [.. values.Select(value => value ?? "")];
        }
    }

    private static int[] ParseTimes(string text)
    {
        var times = new int[text.AsSpan().Count(',') + 1];
        var i = 0;
        foreach (var part in text.AsSpan().Split(','))
        {
            times[i++] = int.Parse(text.AsSpan(part), NumberStyles.None, CultureInfo.InvariantCulture);
        }

        return times;
    }
}
