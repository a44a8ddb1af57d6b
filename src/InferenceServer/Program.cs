using System.CommandLine;
using Octet.Checkpoints;
using Octet.InferenceServer.Hosting;

var command = new RootCommand("Serves a Llama-family model, BF16 or INT8 W8A8, over vLLM's OpenAI-compatible endpoints.");
ServeCommand.AddTo(command);
command.SetAction(async (parsed, cancellation) =>
{
    try
    {
        await ServeCommand.RunAsync(ServeCommand.Read(parsed), Console.Out, cancellation);
        return 0;
    }
    catch (CheckpointException failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return 5;
    }
    catch (ServerStartException failure)
    {
        await Console.Error.WriteLineAsync(failure.Message);
        return 8;
    }
});
var request = command.Parse(args);
foreach (var problem in request.Errors)
{
    await Console.Error.WriteLineAsync(problem.Message);
}

return request.Errors.Count > 0 ? 4 : await request.InvokeAsync();
