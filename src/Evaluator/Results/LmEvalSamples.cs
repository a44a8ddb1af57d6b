using System.Text.Json;
using System.Text.Json.Nodes;
using Octet.Evaluator.Judging;
using Octet.Evaluator.Python;
using Octet.Evaluator.Scoring;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Results;

/// <summary>Lines of lm-eval's <c>samples_TASK_DATE.jsonl</c>.</summary>
public sealed class LmEvalSamples(EvaluationOptions options)
{
    /// <summary>The line of one document, keys in lm-eval's order.</summary>
    public JsonElement Line(JudgedDocument judged)
    {
        ArgumentNullException.ThrowIfNull(judged);
        var document = judged.Answered.Document;
        var responses = Responses(judged.Answered);
        var line = new JsonObject
        {
            ["doc_id"] = document.DocId,
            ["doc"] = JsonNode.Parse(document.Json.GetRawText()),
            ["target"] = document.Target,
            ["arguments"] = Arguments(judged.Answered),
            ["resps"] = new JsonArray([.. responses.Select(response => (JsonNode)new JsonArray(response.DeepClone()))]),
            ["filtered_resps"] = new JsonArray([.. responses]),
            ["filter"] = "none",
            ["metrics"] = new JsonArray(options.PredictOnly ? [] : [.. document.Leaf.Task.Metrics.Select(metric => JsonValue.Create(metric))]),
            ["doc_hash"] = document.Hash,
            ["prompt_hash"] = PromptHash(judged.Answered),
            ["target_hash"] = TargetHash(judged.Answered),
        };
        foreach (var (metric, value) in options.PredictOnly ? [] : judged.Metrics)
        {
            line[metric] = value.DeepClone();
        }

        return JsonSerializer.SerializeToElement(line);
    }

    /// <summary>SHA-256 over the hashes of all documents, prompts and targets in order.</summary>
    public string TaskHash(LeafResult leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        return PythonJson.Hash(string.Concat(leaf.Documents.Select(judged => judged.Answered.Document.Hash + PromptHash(judged.Answered) + TargetHash(judged.Answered))));
    }

    private string PromptHash(AnsweredDocument answered) => PythonJson.Hash(Context(answered.Question));

    private static string TargetHash(AnsweredDocument answered) => PythonJson.Hash(answered.Document.Target);

    /// <summary>For a chat endpoint lm-eval's context is the conversation as JSON.</summary>
    private string Context(Question question) => options.ChatEndpoint && question.Generation is not null
        ? PythonJson.Line(JsonSerializer.SerializeToElement(question.Prompt.Messages.Select(message => new Dictionary<string, string> { ["role"] = message.Role, ["content"] = message.Content })))
        : question.Prompt.Context;

    private JsonObject Arguments(AnsweredDocument answered)
    {
        var question = answered.Question;
        var arguments = new JsonObject();
        if (question.Generation is not null)
        {
            JsonNode context = options.ChatEndpoint ? new JsonArray(JsonValue.Create(Context(question))) : JsonValue.Create(Context(question));
            arguments["gen_args_0"] = new JsonObject { ["arg_0"] = context, ["arg_1"] = GenerationSettings(question.Document.Leaf.Task) };
        }
        else if (question.Continuations.Count == 0)
        {
            arguments["gen_args_0"] = new JsonObject { ["arg_0"] = question.Prompt.Context };
        }

        foreach (var (index, continuation) in question.Continuations.Index())
        {
            arguments[$"gen_args_{index}"] = new JsonObject { ["arg_0"] = question.Prompt.Context, ["arg_1"] = continuation };
        }

        return arguments;
    }

    /// <summary>The task's settings with the user's over them.</summary>
    internal JsonObject GenerationSettings(TaskDefinition task)
    {
        var settings = new JsonObject
        {
            ["until"] = new JsonArray([.. task.Generation.Until.Select(text => JsonValue.Create(text))]),
            ["do_sample"] = task.Generation.DoSample,
            ["temperature"] = PythonNumber.Node(task.Generation.Temperature),
            ["max_gen_toks"] = task.Generation.MaxTokens,
        };
        foreach (var (name, value) in options.GenerationSettings)
        {
            settings[name] = JsonNode.Parse(value);
        }

        return settings;
    }

    private static List<JsonNode> Responses(AnsweredDocument answered)
    {
        var answer = answered.Answer;
        var pairs = answered.Question.Pairs;
        if (answered.Question.Generation is not null)
        {
            return [JsonValue.Create(answer.Response)];
        }

        return answered.Document.Leaf.Task.Output == OutputType.LogLikelihoodRolling
            ? [JsonValue.Create(PythonNumber.Repr(answer.Sums.Sum()))]
            : [.. answer.Sums.Select((sum, i) => (JsonNode)new JsonArray(pairs[i].Continuation.Count == 0 ? "0" : PythonNumber.Repr(sum), answer.Greedy[i] ? "True" : "False"))];
    }
}
