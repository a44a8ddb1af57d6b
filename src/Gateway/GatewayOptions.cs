using Microsoft.Extensions.Options;

namespace Octet.Gateway;

/// <summary>Settings of the gateway; section <c>Gateway</c> of the configuration.</summary>
public sealed class GatewayOptions
{
    /// <summary>Address of the base server, without a path; empty when it is set later or never.</summary>
    public string Base { get; set; } = "";

    /// <summary>Address of the compressed server.</summary>
    public string Compressed { get; set; } = "";

    /// <summary>Key that clients must send; empty for none. A secret: by environment or file, never by command line.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>Key of the servers, sent in place of the client's; empty for none. A secret.</summary>
    public string ServerApiKey { get; set; } = "";

    /// <summary>Requests of one variant in flight before 429.</summary>
    public int MaxConcurrentRequests { get; set; } = 4096;

    /// <summary>Longest request body, bytes, before 413.</summary>
    public long MaxRequestBodyBytes { get; set; } = 64L << 20;

    /// <summary>How long a server may stay silent in a request before 504.</summary>
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromMinutes(30);
}

internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var errors = new List<string>();
        void Check(bool good, string error)
        {
            if (!good)
            {
                errors.Add(error);
            }
        }

        Check(IsServer(options.Base), $"Gateway:Base '{options.Base}' is not an address like http://127.0.0.1:8000, without a path");
        Check(IsServer(options.Compressed), $"Gateway:Compressed '{options.Compressed}' is not an address like http://127.0.0.1:8001, without a path");
        Check(options.MaxConcurrentRequests >= 1, "Gateway:MaxConcurrentRequests must be at least 1");
        Check(options.MaxRequestBodyBytes >= 1, "Gateway:MaxRequestBodyBytes must be at least 1");
        Check(options.ActivityTimeout > TimeSpan.Zero, "Gateway:ActivityTimeout must be above zero");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static bool IsServer(string address) => address.Length == 0
        || (Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url is { AbsolutePath: "/", Query: "", UserInfo: "" });
}
