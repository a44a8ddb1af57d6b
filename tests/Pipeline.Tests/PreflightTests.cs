using Octet.Contracts.Runs;
using Xunit;

namespace Octet.Pipeline.Tests;

public sealed class PreflightTests : IAsyncLifetime
{
    private PipelineHost _host = null!;

    public async ValueTask InitializeAsync() => _host = await PipelineHost.StartAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("serve:\n  backend: vllm", nameof(FailureKind.BackendUnavailable), "serve.backend 'vllm'")]
    [InlineData("quantize:\n  backend: python", nameof(FailureKind.BackendUnavailable), "backend")]
    public async Task Preflight_WhatIsNotThere_IsToldBeforeAnythingIsSpent(string changes, string kind, string message)
    {
        var run = await _host.StartRunAsync(_host.Spec(changes));

        var failure = (await _host.EndOfAsync(run))[^1].StageFailed;

        Assert.Equal(("preflight", kind), (failure.Stage, failure.Failure.Kind));
        Assert.Contains(message, failure.Failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Failure.Message);
        Assert.Equal(0, _host.Servers.Starts);
        Assert.False(Directory.Exists(_host.Root.ModelsDirectory) && Directory.EnumerateFileSystemEntries(_host.Root.ModelsDirectory).Any());
    }

    [Fact]
    public async Task Preflight_FolderWithoutConfig_NamesTheFile()
    {
        File.Delete(Path.Combine(_host.Model, "config.json"));

        var run = await _host.StartRunAsync(_host.Spec());
        var failure = (await _host.EndOfAsync(run))[^1].StageFailed;

        Assert.Equal(("preflight", nameof(FailureKind.Model)), (failure.Stage, failure.Failure.Kind));
        Assert.Contains(Path.Combine(_host.Model, "config.json"), failure.Failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("give a Hugging Face model folder", failure.Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors", "pytorch_model.bin", "pickled weights")]
    [InlineData(null, "config.json", "auto_map")]
    public async Task Quantize_CodeInTheModelFolder_IsRefusedInOneLine(string? remove, string file, string message)
    {
        if (remove is not null)
        {
            File.Delete(Path.Combine(_host.Model, remove));
        }

        var path = Path.Combine(_host.Model, file);
        File.WriteAllText(path, file == "config.json" ? File.ReadAllText(path).Trim().TrimEnd('}') + ",\"auto_map\":{\"AutoModel\":\"m.M\"}}" : "\x80\x02");
        var run = await _host.StartRunAsync(_host.Spec());

        var failure = (await _host.EndOfAsync(run))[^1].StageFailed;

        Assert.Equal(nameof(FailureKind.Model), failure.Failure.Kind);
        Assert.Contains(message, failure.Failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Failure.Message);
    }
}
