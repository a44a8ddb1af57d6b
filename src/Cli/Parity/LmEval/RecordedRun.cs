using System.Globalization;
using System.Text.Json;

namespace Octet.Cli.Parity.LmEval;

/// <summary>One recorded run of lm-eval: its arguments, exchanges, samples and results.</summary>
internal sealed class RecordedRun
{
    private readonly Dictionary<string, string> _arguments = new(StringComparer.Ordinal);

    public RecordedRun(string folder)
    {
        Folder = folder;
        using var run = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "run.json")));
        var root = run.RootElement;
        var list = root.GetProperty("lm_eval_args").EnumerateArray().Select(item => item.GetString()!).ToArray();
        for (var i = 0; i < list.Length; i++)
        {
            var hasValue = i + 1 < list.Length && !list[i + 1].StartsWith("--", StringComparison.Ordinal);
            _arguments[list[i]] = hasValue ? list[++i] : "true";
        }

        Model = Pairs(Argument("--model_args") ?? "");
        ExitCode = root.GetProperty("exit_code").GetInt32();
        Failures = root.TryGetProperty("server_failures", out var failures) ? [.. failures.EnumerateArray().Select(status => status.GetInt32())] : [];
        RemoteTokenizer = root.TryGetProperty("remote_tokenizer", out var remote) && remote.GetBoolean();
        Constant = root.TryGetProperty("constant_logprob", out var constant) && constant.ValueKind == JsonValueKind.Number ? constant.GetDouble() : null;
    }

    public string Folder { get; }

    public string Id => Path.GetFileName(Folder);

    /// <summary>Pairs of --model_args.</summary>
    public IReadOnlyDictionary<string, string> Model { get; }

    public int ExitCode { get; }

    /// <summary>Status injected for each request in order; 0 for none.</summary>
    public IReadOnlyList<int> Failures { get; }

    public bool RemoteTokenizer { get; }

    /// <summary>Logprob of every token; null for those recorded.</summary>
    public double? Constant { get; }

    public string? Argument(string name) => _arguments.GetValueOrDefault(name);

    public int Whole(string name, int fallback) => Model.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    /// <summary>Scoring and generation requests in the order they came.</summary>
    public IReadOnlyList<JsonElement> Exchanges() =>
        [.. RecordedLines.Read(Path.Combine(Folder, "http.jsonl.gz")).Where(line => line.GetProperty("path").GetString()!.EndsWith("completions", StringComparison.Ordinal))];

    /// <summary>Samples by task, in the order of their files.</summary>
    public Dictionary<string, List<JsonElement>> Samples()
    {
        var samples = new Dictionary<string, List<JsonElement>>(StringComparer.Ordinal);
        foreach (var path in Directory.GetFiles(Folder, "samples_*.jsonl.gz").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path)["samples_".Length..^".jsonl.gz".Length];
            foreach (var line in RecordedLines.Read(path))
            {
                var task = line.TryGetProperty("task", out var inside) && name == "all" ? inside.GetString()! : name;
                (samples.TryGetValue(task, out var known) ? known : samples[task] = []).Add(line);
            }
        }

        return samples;
    }

    public JsonElement Results() => JsonElement.Parse(File.ReadAllText(Path.Combine(Folder, "results.json")));

    /// <summary>Rows of the split that examples came from; null where there were none.</summary>
    public int? PoolSize(string task) => File.Exists(Path.Combine(Folder, "fewshot.jsonl.gz"))
        ? RecordedLines.Read(Path.Combine(Folder, "fewshot.jsonl.gz")).Where(line => line.GetProperty("task").GetString() == task).Select(line => (int?)line.GetProperty("pool").GetInt32()).FirstOrDefault()
        : null;

    public static Dictionary<string, string> Pairs(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
}
