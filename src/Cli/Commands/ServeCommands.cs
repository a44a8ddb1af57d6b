using System.CommandLine;
using Octet.Checkpoints;
using Octet.Contracts.Hub;
using Octet.Contracts.Runs;
using Octet.InferenceServer.Hosting;

namespace Octet.Cli.Commands;

/// <summary><c>octet serve</c>: one model behind vLLM's endpoints.</summary>
public static class ServeCommands
{
    public static Command Create(TextWriter output, TextWriter error)
    {
        var command = new Command("serve", "Serve a model folder over vLLM's OpenAI-compatible endpoints, on the CPU. Ctrl+C ends it cleanly with code 0; a bad flag ends with 4, a bad model with 5, a taken port with 8.");
        ServeCommand.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                var options = ServeCommand.Read(parsed);
                var folder = await ModelFetch.FolderAsync(options.ModelPath, error, cancellation);
                var name = options.ServedModelName ?? (HubModels.IsId(options.ModelPath) && !Directory.Exists(options.ModelPath) ? options.ModelPath : null);
                await ServeCommand.RunAsync(options with { ModelPath = folder, ServedModelName = name }, output, cancellation);
                return ExitCodes.Success;
            }
            catch (CheckpointException failure)
            {
                throw new OctetException(FailureKind.Model, failure.Message, failure);
            }
            catch (ServerStartException failure)
            {
                throw new OctetException(FailureKind.ResourceBusy, failure.Message, failure);
            }
        });
        return command;
    }
}
