using Octet.Checkpoints.Tokenizers;
using Octet.Contracts.Results;
using Octet.Contracts.Runs;
using Octet.Evaluator.Data;
using Octet.Evaluator.Http;
using Octet.Evaluator.IfEval;
using Octet.Evaluator.Python;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Scoring;

/// <summary>Asks one document and judges the answer.</summary>
public sealed class DocumentScorer
{
    private readonly CompletionScorer _endpoint;
    private readonly Tokenizer _tokenizer;
    private readonly EndpointModel _model;
    private readonly ContinuationEncoder _encoder;
    private readonly bool _chat;
    private readonly TextModels _models;
    private readonly TimeProvider _time;

    /// <param name="endpoint">The served model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="model">What the endpoint says of it.</param>
    /// <param name="chat">Instruction tasks go through the chat template.</param>
    /// <param name="models">For instructions.</param>
    /// <param name="time">For durations.</param>
    public DocumentScorer(CompletionScorer endpoint, Tokenizer tokenizer, EndpointModel model, bool chat, TextModels models, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(model);
        _endpoint = endpoint;
        _tokenizer = tokenizer;
        _model = model;
        _encoder = new ContinuationEncoder(tokenizer, Math.Min(2048, model.MaxModelLen) - 1);
        _chat = chat;
        _models = models;
        _time = time;
    }

    public async Task<SampleRow> ScoreAsync(TaskDefinition task, EvalDocument document, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(document);
        var started = _time.GetTimestamp();
        var row = task.Kind switch
        {
            TaskKind.MultipleChoice => await ChooseAsync(task, document, cancellationToken),
            TaskKind.InstructionFollowing => await FollowAsync(task, document, cancellationToken),
            _ => await LikelihoodAsync(task, document, cancellationToken),
        };
        return row with { Milliseconds = _time.GetElapsedTime(started).TotalMilliseconds };
    }

    private async Task<SampleRow> ChooseAsync(TaskDefinition task, EvalDocument document, CancellationToken cancellationToken)
    {
        var requests = document.Choices.Select(choice => _encoder.Encode(document.Context, choice)).ToArray();
        var sums = IsOneTokenEach(requests)
            ? await _endpoint.NextTokenAsync(requests[0].Ids[..requests[0].From], [.. requests.Select(request => request.Ids[^1])], cancellationToken)
            : await _endpoint.TailsAsync([.. requests.Select(request => request.Ids)], [.. requests.Select(request => Scorable(task, document, request.From))], cancellationToken);
        var choice = ArgMax(sums);
        var normalized = ArgMax([.. sums.Select((sum, i) => sum / CodePoints(document.Choices[i]))]);
        return Row(task, document) with
        {
            Choice = choice,
            ChoiceNorm = normalized,
            LogLikelihoods = sums,
            Tokens = requests.Sum(request => request.Ids.Length - request.From),
            Score = (task.PrimaryMetric == "acc_norm" ? normalized : choice) == document.Gold ? 1 : 0,
        };
    }

    private async Task<SampleRow> FollowAsync(TaskDefinition task, EvalDocument document, CancellationToken cancellationToken)
    {
        var room = _model.MaxModelLen - _tokenizer.Encode(document.Context).Count - 32;
        if (room < 1)
        {
            throw new OctetException(FailureKind.Dataset, $"task {task.Name}: document {document.DocId} leaves no room for an answer in {_model.MaxModelLen} tokens");
        }

        var (text, tokens) = await _endpoint.GenerateAsync(document.Context, _chat, Math.Min(task.MaxGenTokens, room), cancellationToken);
        var judge = new InstructionJudge(task.AssumeEnglish ? _models with { Languages = null } : _models);
        var judged = document.Instructions.Where(instruction => judge.CanJudge(instruction.Id, instruction.Arguments, document.Context)).ToArray();
        var strict = judged.Select(instruction => judge.Strict(instruction.Id, instruction.Arguments, document.Context, text)).ToArray();
        var loose = judged.Select(instruction => judge.Loose(instruction.Id, instruction.Arguments, document.Context, text)).ToArray();
        return Row(task, document) with
        {
            Tokens = tokens,
            Response = text,
            InstructionIds = [.. judged.Select(instruction => instruction.Id)],
            InstructionStrict = strict,
            InstructionLoose = loose,
            Score = judged.Length == 0 ? null : strict.All(passed => passed) ? 1 : 0,
        };
    }

    private async Task<SampleRow> LikelihoodAsync(TaskDefinition task, EvalDocument document, CancellationToken cancellationToken)
    {
        var ids = _tokenizer.Encode(document.Context);
        if (ids.Count > _model.MaxModelLen - 1)
        {
            ids = ids[..(_model.MaxModelLen - 1)];
        }

        if (ids.Count < 2)
        {
            throw new OctetException(FailureKind.Dataset, $"task {task.Name}: window {document.DocId} has fewer than two tokens");
        }

        var sums = await _endpoint.TailsAsync([ids], [1], cancellationToken);
        return Row(task, document) with { LogLikelihoods = sums, Tokens = ids.Count - 1 };
    }

    private static SampleRow Row(TaskDefinition task, EvalDocument document) => new()
    {
        Task = task.Name,
        Subject = document.Subject,
        DocId = document.DocId,
        DocHash = document.Hash,
        PromptHash = PythonJson.Hash(document.Context),
        Gold = document.Gold,
        Choice = -1,
        ChoiceNorm = -1,
        LogLikelihoods = [],
        Tokens = 0,
        Response = "",
        InstructionIds = [],
        InstructionStrict = [],
        InstructionLoose = [],
        Score = null,
        Milliseconds = 0,
    };

    private bool IsOneTokenEach((int[] Ids, int From)[] requests) =>
        _model.TokenIdLogprobs && requests.All(request => request.Ids.Length - request.From == 1 && request.From > 0 && request.Ids.AsSpan(0, request.From).SequenceEqual(requests[0].Ids.AsSpan(0, requests[0].From)));

    private static int Scorable(TaskDefinition task, EvalDocument document, int from) => from > 0
        ? from
        : throw new OctetException(FailureKind.Dataset, $"task {task.Name}: a choice of document {document.DocId} is longer than the model's context");

    private static int ArgMax(double[] values) => Array.IndexOf(values, values.Max());

    private static int CodePoints(string text) => Math.Max(1, text.EnumerateRunes().Count());
}
