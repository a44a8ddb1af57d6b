using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Octet.Cli.Output;
using Octet.Contracts.Hub;
using Octet.Contracts.Runs;

namespace Octet.Cli.Commands;

/// <summary>Models by their Hugging Face id: <c>octet models fetch</c>, and wherever a command takes a model.</summary>
internal static class ModelFetch
{
    public static Command Command(TextWriter output, TextWriter error)
    {
        var id = new Argument<string>("id") { Description = "Like HuggingFaceTB/SmolLM2-135M-Instruct." };
        var json = new Option<bool>("--json") { Description = "Where it lies, as JSON." };
        var command = new Command("fetch", "Download a model from the Hugging Face hub into its cache: config, tokenizer and safetensors weights. Goes on where an earlier download stopped; HF_TOKEN, HF_HOME, HF_ENDPOINT count.") { id, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var model = parsed.GetRequiredValue(id);
            if (!HubModels.IsId(model))
            {
                throw new OctetException(FailureKind.Usage, $"'{model}' is not a Hugging Face id like org/name");
            }

            var folder = await FolderAsync(model, error, cancellation);
            await output.WriteLineAsync(parsed.GetValue(json) ? new JsonObject { ["id"] = model, ["path"] = folder }.ToJsonString() : folder);
            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>The folder of a model: the one named, or what the hub has under that id; anything else is given back as it is, for the command to refuse.</summary>
    public static async Task<string> FolderAsync(string model, TextWriter error, CancellationToken cancellationToken)
    {
        if (Directory.Exists(model))
        {
            return Path.GetFullPath(model);
        }

        if (!HubModels.IsId(model))
        {
            return model;
        }

        var access = HubAccess.FromEnvironment(Environment.GetEnvironmentVariable);
        using var downloads = new HubDownloads(access, FailureKind.Model, TimeProvider.System);
        using var counter = new ByteCounter(error, $"fetch   {model}");
        try
        {
            return await new HubModels(access, downloads).FetchAsync(model, counter, cancellationToken);
        }
        catch (OctetException failure) when (failure.Kind == FailureKind.Model)
        {
            throw new OctetException(FailureKind.Model, $"model '{model}' is neither a folder here nor whole in the Hugging Face cache ({access.Cache}): {failure.Message}", failure);
        }
    }

    /// <summary>One line that counts bytes.</summary>
    private sealed class ByteCounter(TextWriter error, string what) : IProgress<HubProgress>, IDisposable
    {
        private readonly LiveLine _line = new(error, atOnce: true);

        public void Report(HubProgress value) =>
            _line.Show(string.Create(CultureInfo.InvariantCulture, $"{what}  {value.File}, {value.Done / 1e6:0.0} of {value.Total / 1e6:0.0} MB"), last: value.Done >= value.Total);

        public void Dispose() => _line.Dispose();
    }
}
