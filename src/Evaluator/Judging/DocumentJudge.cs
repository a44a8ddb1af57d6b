using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Octet.Evaluator.Data;
using Octet.Evaluator.IfEval;
using Octet.Evaluator.Python;
using Octet.Evaluator.Scoring;
using Octet.Evaluator.Tasks;

namespace Octet.Evaluator.Judging;

/// <summary>Judges answers by lm-eval's metrics. Thread-safe.</summary>
public sealed class DocumentJudge(TextModels models)
{
    private readonly InstructionJudge _instructions = new(models);
    private readonly InstructionJudge _english = new(models with { Languages = null });

    /// <exception cref="FormatException">The task's answer pattern takes too long on this text.</exception>
    public JudgedDocument Judge(AnsweredDocument answered)
    {
        ArgumentNullException.ThrowIfNull(answered);
        return answered.Document.Leaf.Task.Output switch
        {
            OutputType.MultipleChoice => Choose(answered),
            OutputType.LogLikelihood => Likely(answered),
            OutputType.LogLikelihoodRolling => Whole(answered),
            _ => answered.Document.Leaf.Task.Metrics.Contains("exact_match") ? Match(answered) : Follow(answered),
        };
    }

    private static JudgedDocument Choose(AnsweredDocument answered)
    {
        var (document, sums) = (answered.Document, answered.Answer.Sums);
        var choice = ChoiceRule.Likeliest(sums);
        var normalized = ChoiceRule.LikeliestPerLength(sums, [.. document.Choices.Select(PythonText.Length)]);
        var metrics = document.Leaf.Task.Metrics.Select(metric => (metric, Value: (metric == "acc_norm" ? normalized : choice) == document.Gold ? 1.0 : 0)).ToArray();
        return new JudgedDocument
        {
            Answered = answered,
            Choice = choice,
            ChoiceNorm = normalized,
            Score = metrics.First(metric => metric.metric == document.Leaf.Task.PrimaryMetric).Value,
            Metrics = [.. metrics.Select(metric => (metric.metric, (JsonNode)PythonNumber.Node(metric.Value)))],
        };
    }

    private static JudgedDocument Likely(AnsweredDocument answered)
    {
        var (sum, greedy, none) = (answered.Answer.Sums[0], answered.Answer.Greedy[0], answered.Answer.Tokens == 0);
        return new JudgedDocument
        {
            Answered = answered,
            Score = answered.Document.Leaf.Task.PrimaryMetric == "acc" ? greedy ? 1 : 0 : null,
            Metrics = [.. answered.Document.Leaf.Task.Metrics.Select(metric => (metric, metric == "acc" ? JsonValue.Create(greedy ? 1 : 0) : none ? JsonValue.Create(0) : (JsonNode)PythonNumber.Node(sum)))],
        };
    }

    private static JudgedDocument Whole(AnsweredDocument answered)
    {
        var sum = answered.Answer.Sums.Sum();
        return new JudgedDocument { Answered = answered, Metrics = [.. answered.Document.Leaf.Task.Metrics.Select(metric => (metric, (JsonNode)new JsonArray(PythonNumber.Node(sum), JsonValue.Create(Units(answered, metric)))))] };
    }

    /// <summary>Words or bytes of the original page, or scored tokens.</summary>
    internal static int Units(AnsweredDocument answered, string metric)
    {
        var page = answered.Document.Json.TryGetProperty("page", out var raw) && raw.ValueKind == JsonValueKind.String ? raw.GetString()! : answered.Document.Answer;
        return metric switch
        {
            "word_perplexity" => WikitextText.Words(page),
            "nll" => answered.Answer.Tokens,
            _ => System.Text.Encoding.UTF8.GetByteCount(page),
        };
    }

    private static JudgedDocument Match(AnsweredDocument answered)
    {
        var (task, response) = (answered.Document.Leaf.Task, answered.Answer.Response);
        if (task.AnswerPattern is { } pattern)
        {
            try
            {
                var match = Regex.Match(response, pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
                response = !match.Success ? "" : match.Groups.Count > 1 ? match.Groups[1].Value : match.Value;
            }
            catch (RegexMatchTimeoutException failure)
            {
                throw new FormatException($"answer_pattern takes longer than {failure.MatchTimeout.TotalSeconds} s on the answer", failure);
            }
        }

        var equal = PythonText.Strip(response) == PythonText.Strip(answered.Document.Answer) ? 1.0 : 0;
        return new JudgedDocument { Answered = answered, Score = equal, Metrics = [("exact_match", PythonNumber.Node(equal))] };
    }

    private JudgedDocument Follow(AnsweredDocument answered)
    {
        var document = answered.Document;
        var prompt = document.Json.GetProperty("prompt").GetString()!;
        var given = document.Json.GetProperty("instruction_id_list").EnumerateArray().Select(id => id.GetString()!).Zip(document.Json.GetProperty("kwargs").EnumerateArray()).ToArray();
        var judge = document.Leaf.Task.AssumeEnglish ? _english : _instructions;
        var judged = given.Where(instruction => judge.CanJudge(instruction.First, instruction.Second, prompt)).ToArray();
        var strict = judged.Select(instruction => judge.Strict(instruction.First, instruction.Second, prompt, answered.Answer.Response)).ToArray();
        var loose = judged.Select(instruction => judge.Loose(instruction.First, instruction.Second, prompt, answered.Answer.Response)).ToArray();
        return new JudgedDocument
        {
            Answered = answered,
            InstructionIds = [.. judged.Select(instruction => instruction.First)],
            Strict = strict,
            Loose = loose,
            InstructionsLeftOut = given.Length - judged.Length,
            Score = judged.Length == 0 ? null : (document.Leaf.Task.PrimaryMetric.Contains("loose", StringComparison.Ordinal) ? loose : strict).All(passed => passed) ? 1 : 0,
            Metrics =
            [
                ("prompt_level_strict_acc", JsonValue.Create(strict.All(passed => passed))), ("inst_level_strict_acc", new JsonArray([.. strict.Select(passed => JsonValue.Create(passed))])),
                ("prompt_level_loose_acc", JsonValue.Create(loose.All(passed => passed))), ("inst_level_loose_acc", new JsonArray([.. loose.Select(passed => JsonValue.Create(passed))])),
            ],
        };
    }
}
