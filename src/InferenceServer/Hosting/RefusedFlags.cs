using System.CommandLine;

namespace Octet.InferenceServer.Hosting;

/// <summary>Flags of vLLM that this server knows and refuses, each with its reason: none is silently ignored.</summary>
internal static class RefusedFlags
{
    private static readonly (string Name, string Reason)[] All =
    [
        ("--api-key", $"secrets do not belong on a command line; set the environment variable {ServeCommand.ApiKeyVariable}"),
        ("--tensor-parallel-size", "one process serves the model; use --threads"),
        ("--pipeline-parallel-size", "one process serves the model; use --threads"),
        ("--data-parallel-size", "one process serves the model; start another server"),
        ("--trust-remote-code", "code from a model folder is never run"),
        ("--quantization", "it is read from the checkpoint's config.json"),
        ("--kv-cache-dtype", "the KV cache is float32"),
        ("--tokenizer", "the tokenizer of the model folder is used"),
        ("--chat-template", "the template of the model folder is used"),
        ("--revision", "only local folders are served"),
        ("--download-dir", "only local folders are served"),
        ("--enable-sleep-mode", "there is no GPU memory to free; stop the server"),
        ("--enable-auto-tool-choice", "tool calls are not parsed"),
        ("--tool-call-parser", "tool calls are not parsed"),
        ("--speculative-config", "there is no speculative decoding"),
        ("--enable-lora", "adapters are not supported"),
    ];

    public static void AddTo(Command command)
    {
        foreach (var (name, reason) in All)
        {
            var option = new Option<string?>(name) { Description = $"Refused: {reason}.", Arity = ArgumentArity.ZeroOrOne };
            option.Validators.Add(result => result.AddError($"{name} is refused: {reason}"));
            command.Options.Add(option);
        }
    }
}
