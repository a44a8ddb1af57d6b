using System.Globalization;
using System.Text.Json;
using Octet.Checkpoints.ChatTemplates;
using Octet.Evaluator.Data;
using Octet.Evaluator.Prompting;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Scoring;

/// <summary>Makes the questions of documents: texts to ids, generation settings to request fields.</summary>
/// <param name="options">How is asked.</param>
/// <param name="encoder">Texts to ids.</param>
/// <param name="prompts">Puts prompts together.</param>
/// <param name="longest">Most ids of a prompt.</param>
public sealed class QuestionBuilder(EvaluationOptions options, PairEncoder encoder, PromptBuilder prompts, int longest)
{
    /// <summary>The question of one document.</summary>
    /// <exception cref="FormatException">The document cannot be asked: it does not fit, or the chat template refuses it.</exception>
    public Question Build(EvalDocument document, IReadOnlyList<EvalDocument> examples)
    {
        ArgumentNullException.ThrowIfNull(document);
        var task = document.Leaf.Task;
        if (task.Output == OutputType.LogLikelihoodRolling)
        {
            return Rolling(document);
        }

        var prompt = PromptOf(document, examples);
        if (task.Output == OutputType.GenerateUntil)
        {
            return new Question { Document = document, Prompt = prompt, Generation = Generation(task, prompt) };
        }

        IReadOnlyList<string> continuations = task.Output == OutputType.LogLikelihood ? [document.Answer] : [.. document.Choices.Select(choice => prompt.Delimiter + choice)];
        var pairs = continuations.Select(continuation => encoder.Pair(prompt.Context, continuation)).ToArray();
        return pairs.All(pair => pair.From(longest) > 0)
            ? new Question { Document = document, Prompt = prompt, Continuations = continuations, Pairs = pairs }
            : throw new FormatException($"an answer of {pairs.Max(pair => pair.Continuation.Count)} tokens does not fit into {longest}; a longer context is needed");
    }

    private Question Rolling(EvalDocument document)
    {
        var windows = encoder.Windows(document.Answer, longest);
        return windows.Count > 0
            ? new Question { Document = document, Prompt = new Prompt(document.Answer, "", []), Pairs = windows }
            : throw new FormatException("the text has no tokens");
    }

    private Prompt PromptOf(EvalDocument document, IReadOnlyList<EvalDocument> examples)
    {
        var asChat = options.ApplyChatTemplate ?? (document.Leaf.Task.Output == OutputType.GenerateUntil && (prompts.HasTemplate || options.ChatEndpoint));
        try
        {
            return prompts.Build(document, examples, asChat);
        }
        catch (ChatTemplateException failure)
        {
            throw new FormatException(failure.Message, failure);
        }
    }

    /// <summary>Fields as lm-eval sends them. A context is cut on the left to leave room for the answer; where the answer alone would fill the
    /// model, the answer is shortened instead.</summary>
    private GenerationRequest Generation(TaskDefinition task, Prompt prompt)
    {
        var settings = new Dictionary<string, string>(options.GenerationSettings, StringComparer.Ordinal);
        settings.Remove("do_sample");
        var wanted = Whole(settings, "max_gen_toks") ?? task.Generation.MaxTokens;
        var direct = Whole(settings, "max_tokens");
        if (direct is not null)
        {
            settings["max_gen_toks"] = Text(wanted);
        }

        var ids = options.ChatEndpoint ? [] : encoder.Encode(prompt.Context);
        var room = longest - wanted;
        var tokens = direct ?? wanted;
        if (room > 0)
        {
            ids = ids.Count > room ? ids[^room..] : ids;
        }
        else if (longest - ids.Count is > 0 and var rest)
        {
            tokens = Math.Min(tokens, rest);
        }
        else
        {
            throw new FormatException($"a prompt of {ids.Count} tokens leaves no room for an answer in {longest}");
        }

        var stop = task.Generation.Until.ToList();
        if (options is { Concurrency: 1, ChatEndpoint: false } && encoder.EndText is { } end && !stop.Contains(end))
        {
            stop.Add(end);
        }

        var parameters = new Dictionary<string, string>
        {
            ["max_tokens"] = Text(tokens),
            ["temperature"] = settings.Remove("temperature", out var given) ? given : task.Generation.Temperature.ToString("0.0###", CultureInfo.InvariantCulture),
            ["stop"] = settings.Remove("until", out var until) ? until : JsonSerializer.Serialize(stop),
        };
        foreach (var (name, value) in settings)
        {
            parameters[name] = value;
        }

        return new GenerationRequest(ids, parameters);
    }

    private static int? Whole(Dictionary<string, string> settings, string name) => settings.Remove(name, out var text)
        ? int.TryParse(text, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : throw new Contracts.Runs.OctetException(Contracts.Runs.FailureKind.Usage, $"generation setting {name}='{text}' is not a positive number")
        : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
