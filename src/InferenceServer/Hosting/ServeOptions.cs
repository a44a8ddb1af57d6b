using Octet.Inference;

namespace Octet.InferenceServer.Hosting;

/// <summary>What a server is started with; names follow vLLM's flags.</summary>
public sealed record ServeOptions
{
    public required string ModelPath { get; init; }

    /// <summary>Name in requests; null takes the model path.</summary>
    public string? ServedModelName { get; init; }
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 takes a free one.</summary>
    public int Port { get; init; } = 8000;
    public EngineOptions Engine { get; init; } = new();

    /// <summary>Reports cached prompt tokens in the usage.</summary>
    public bool EnablePromptTokensDetails { get; init; }

    /// <summary>Guards /v1; null lets everyone in. From the environment, never from the command line.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Ends the server when its standard input closes: a child process never outlives its parent.</summary>
    public bool ExitWithStandardInput { get; init; }

    /// <summary>Where traces go, as vLLM's flag says it; null leaves it to the OTEL_ variables of the environment.</summary>
    public string? OtlpTracesEndpoint { get; init; }
}

/// <summary>The server cannot start: one line that says why.</summary>
public sealed class ServerStartException(string message, Exception inner) : Exception(message, inner);
