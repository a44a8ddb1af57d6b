using System.CommandLine;
using Octet.Checkpoints;
using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Xunit;

namespace Octet.InferenceServer.Tests;

public sealed class ServeCommandTests
{
    [Theory]
    [InlineData("--dtype int3", "--dtype 'int3' is not one of auto, bfloat16, float16, float32")]
    [InlineData("--port 99999", "--port 99999 is out of range")]
    [InlineData("--host nohost", "--host 'nohost' is not an IP address; use 127.0.0.1 or 0.0.0.0")]
    [InlineData("--max-model-len 0", "--max-model-len must be at least 1, or -1 for the model's own limit")]
    [InlineData("--threads 0", "--threads 0 is out of range")]
    [InlineData("--gpu-memory-utilization 1.5", "--gpu-memory-utilization 1.5 is out of range")]
    [InlineData("--tensor-parallel-size 2", "--tensor-parallel-size is refused: one process serves the model; use --threads")]
    [InlineData("--api-key k", "--api-key is refused: secrets do not belong on a command line; set the environment variable OCTET_API_KEY")]
    public void Parse_BadFlag_IsOneClearLine(string flags, string message)
    {
        var error = Assert.Single(Parse("model " + flags).Errors);

        Assert.Equal(message, error.Message);
    }

    [Fact]
    public void Parse_FlagsOfVllm_BecomeOptions()
    {
        var options = ServeCommand.Read(Parse("m --served-model-name s --port 0 --dtype float32 --max-model-len 64 --max-num-seqs 3 --max-num-batched-tokens 99 --no-enable-prefix-caching --block-size 32 --enforce-eager --gpu-memory-utilization 0.6"));

        Assert.Equal(("m", "s", 0), (options.ModelPath, options.ServedModelName, options.Port));
        Assert.Equal(
            new EngineOptions { Dtype = ComputeDtype.Float32, MaxModelLen = 64, MaxNumSeqs = 3, MaxNumBatchedTokens = 99, EnablePrefixCaching = false, BlockSize = 32, EnforceEager = true, KvCacheShare = 0.6 },
            options.Engine);
    }

    [Fact]
    public async Task Start_MissingFolder_SaysSo()
    {
        var failure = await Assert.ThrowsAsync<CheckpointException>(() => StoriesServer.StartAsync(StoriesServer.Options with { ModelPath = "no-such-folder" }));

        Assert.Equal("model folder 'no-such-folder' does not exist", failure.Message);
    }

    [Fact]
    public async Task Start_MoreContextThanTheModelHas_SaysSo()
    {
        var options = StoriesServer.Options with { Engine = StoriesServer.Options.Engine with { MaxModelLen = 100_000 } };
        var failure = await Assert.ThrowsAsync<CheckpointException>(() => StoriesServer.StartAsync(options));

        Assert.Contains("--max-model-len 100000 is more than the 512 positions", failure.Message, StringComparison.Ordinal);
    }

    private static ParseResult Parse(string line)
    {
        var command = new RootCommand();
        ServeCommand.AddTo(command);
        return command.Parse(line);
    }
}
