using Parquet;
using Parquet.Schema;

namespace Octet.Contracts.Results;

/// <summary><c>samples.VARIANT.parquet</c>: one row a document, columns named as in the JSON files. Lists are JSON text: numbers in shortest form.</summary>
public static class SampleParquet
{
    private static readonly DataField<string> Task = Text("task");
    private static readonly DataField<string> Subject = Text("subject");
    private static readonly DataField<int> DocId = new("doc_id");
    private static readonly DataField<string> DocHash = Text("doc_hash");
    private static readonly DataField<string> PromptHash = Text("prompt_hash");
    private static readonly DataField<int> Gold = new("gold");
    private static readonly DataField<int> Choice = new("choice");
    private static readonly DataField<int> ChoiceNorm = new("choice_norm");
    private static readonly DataField<string> LogLikelihoods = Text("log_likelihoods");
    private static readonly DataField<int> Tokens = new("tokens");
    private static readonly DataField<string> Response = Text("response");
    private static readonly DataField<string> InstructionIds = Text("instruction_ids");
    private static readonly DataField<string> InstructionStrict = Text("instruction_strict");
    private static readonly DataField<string> InstructionLoose = Text("instruction_loose");

    /// <summary>NaN stands for no score.</summary>
    private static readonly DataField<double> Score = new("score");
    private static readonly DataField<double> Milliseconds = new("milliseconds");

    private static readonly ParquetSchema Schema = new(
        Task, Subject, DocId, DocHash, PromptHash, Gold, Choice, ChoiceNorm, LogLikelihoods, Tokens, Response, InstructionIds, InstructionStrict, InstructionLoose, Score, Milliseconds);

    /// <summary>Writes all rows as one row group.</summary>
    public static async Task WriteAsync(Stream stream, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(rows);
        await using var writer = await ParquetWriter.CreateAsync(Schema, stream, cancellationToken: cancellationToken);
        using var group = writer.CreateRowGroup();
        await WriteText(Task, row => row.Task);
        await WriteText(Subject, row => row.Subject);
        await WriteColumn(DocId, row => row.DocId);
        await WriteText(DocHash, row => row.DocHash);
        await WriteText(PromptHash, row => row.PromptHash);
        await WriteColumn(Gold, row => row.Gold);
        await WriteColumn(Choice, row => row.Choice);
        await WriteColumn(ChoiceNorm, row => row.ChoiceNorm);
        await WriteText(LogLikelihoods, row => Json(row.LogLikelihoods));
        await WriteColumn(Tokens, row => row.Tokens);
        await WriteText(Response, row => row.Response);
        await WriteText(InstructionIds, row => Json(row.InstructionIds));
        await WriteText(InstructionStrict, row => Json(row.InstructionStrict));
        await WriteText(InstructionLoose, row => Json(row.InstructionLoose));
        await WriteColumn(Score, row => row.Score ?? double.NaN);
        await WriteColumn(Milliseconds, row => row.Milliseconds);

        Task WriteColumn<T>(DataField<T> field, Func<SampleRow, T> value)
            where T : struct =>
            group.WriteAsync<T>(field, rows.Select(value).ToArray(), cancellationToken: cancellationToken);

        Task WriteText(DataField<string> field, Func<SampleRow, string> value) => group.WriteAsync(field, [.. rows.Select(value)]);
    }

    /// <summary>Reads every row.</summary>
    public static async Task<IReadOnlyList<SampleRow>> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken);
        var rows = new List<SampleRow>();
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            rows.AddRange(await ReadGroupAsync(group, cancellationToken));
        }

        return rows;
    }

    private static async Task<IEnumerable<SampleRow>> ReadGroupAsync(ParquetRowGroupReader group, CancellationToken cancellationToken)
    {
        var count = checked((int)group.RowCount);
        var task = await ReadText(Task);
        var subject = await ReadText(Subject);
        var docId = await Column(DocId);
        var docHash = await ReadText(DocHash);
        var promptHash = await ReadText(PromptHash);
        var gold = await Column(Gold);
        var choice = await Column(Choice);
        var choiceNorm = await Column(ChoiceNorm);
        var logLikelihoods = await ReadText(LogLikelihoods);
        var tokens = await Column(Tokens);
        var response = await ReadText(Response);
        var instructionIds = await ReadText(InstructionIds);
        var strict = await ReadText(InstructionStrict);
        var loose = await ReadText(InstructionLoose);
        var score = await Column(Score);
        var milliseconds = await Column(Milliseconds);
        return Enumerable.Range(0, count).Select(i => new SampleRow
        {
            Task = task[i],
            Subject = subject[i],
            DocId = docId[i],
            DocHash = docHash[i],
            PromptHash = promptHash[i],
            Gold = gold[i],
            Choice = choice[i],
            ChoiceNorm = choiceNorm[i],
            LogLikelihoods = Parse(logLikelihoods[i], OctetJson.Default.IReadOnlyListDouble),
            Tokens = tokens[i],
            Response = response[i],
            InstructionIds = Parse(instructionIds[i], OctetJson.Default.IReadOnlyListString),
            InstructionStrict = Parse(strict[i], OctetJson.Default.IReadOnlyListBoolean),
            InstructionLoose = Parse(loose[i], OctetJson.Default.IReadOnlyListBoolean),
            Score = double.IsNaN(score[i]) ? null : score[i],
            Milliseconds = milliseconds[i],
        });

        async Task<T[]> Column<T>(DataField<T> field)
            where T : struct
        {
            var values = new T[count];
            await group.ReadAsync<T>(field, values.AsMemory(), cancellationToken: cancellationToken);
            return values;
        }

        async Task<string[]> ReadText(DataField<string> field)
        {
            var values = new string?[count];
            await group.ReadAsync(field, values.AsMemory(), cancellationToken: cancellationToken);
            return [.. values.Select(value => value ?? "")];
        }
    }

    private static DataField<string> Text(string name) => new(name, nullable: false);

    private static string Json(IReadOnlyList<double> values) => System.Text.Json.JsonSerializer.Serialize(values, OctetJson.Default.IReadOnlyListDouble).ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal);

    private static string Json(IReadOnlyList<string> values) => System.Text.Json.JsonSerializer.Serialize(values, OctetJson.Default.IReadOnlyListString);

    private static string Json(IReadOnlyList<bool> values) => System.Text.Json.JsonSerializer.Serialize(values, OctetJson.Default.IReadOnlyListBoolean);

    private static IReadOnlyList<T> Parse<T>(string text, System.Text.Json.Serialization.Metadata.JsonTypeInfo<IReadOnlyList<T>> type) =>
        System.Text.Json.JsonSerializer.Deserialize(text, type) ?? [];
}
