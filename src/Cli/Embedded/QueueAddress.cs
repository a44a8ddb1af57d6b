using System.Globalization;
using Octet.Contracts.Runs;
using StackExchange.Redis;

namespace Octet.Cli.Embedded;

/// <summary>A Redis, Valkey or Garnet server that runs already, with workers of its own.</summary>
internal sealed class QueueAddress
{
    /// <summary>Environment: HOST:PORT of the queue when no flag gives it.</summary>
    public const string AddressVariable = "OCTET_QUEUE";

    /// <summary>Environment: the queue's password.</summary>
    public const string PasswordVariable = "OCTET_QUEUE_PASSWORD";

    /// <summary>Environment: a file that holds the password.</summary>
    public const string PasswordFileVariable = "OCTET_QUEUE_PASSWORD_FILE";

    private QueueAddress(string place, string connectionString) => (Place, ConnectionString) = (place, connectionString);

    /// <summary>HOST:PORT, for messages.</summary>
    public string Place { get; }

    /// <summary>For ConnectionStrings:redis. Holds the password.</summary>
    public string ConnectionString { get; }

    /// <summary>From the flag, else from the environment; null when neither names a queue.</summary>
    /// <exception cref="OctetException">It is not HOST:PORT, or the password cannot be read.</exception>
    public static QueueAddress? Find(string? flag, Func<string, string?> environment)
    {
        var place = flag ?? environment(AddressVariable);
        if (string.IsNullOrEmpty(place))
        {
            return null;
        }

        var colon = place.LastIndexOf(':');
        if (colon < 1 || place.Any(letter => letter is ',' or '=' or '@' || char.IsWhiteSpace(letter)) || !ushort.TryParse(place[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            throw new OctetException(FailureKind.Usage, $"--queue '{place}' is not HOST:PORT, like 127.0.0.1:6379; the password comes by {PasswordVariable} or {PasswordFileVariable}");
        }

        var password = Password(environment);
        return new QueueAddress(place, password.Length == 0 ? place : $"{place},password={password}");
    }

    /// <exception cref="OctetException">It does not answer, or refuses the password.</exception>
    public async Task CheckAsync()
    {
        try
        {
            var options = ConfigurationOptions.Parse(ConnectionString);
            options.ConnectTimeout = 5000;
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            await connection.GetDatabase().PingAsync();
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            throw new OctetException(FailureKind.BackendUnavailable, $"the queue at {Place} does not answer ({error.GetType().Name}); check --queue or {AddressVariable}, and its password in {PasswordVariable} or {PasswordFileVariable}", error);
        }
    }

    private static string Password(Func<string, string?> environment)
    {
        var password = environment(PasswordVariable);
        if (string.IsNullOrEmpty(password) && environment(PasswordFileVariable) is { Length: > 0 } file)
        {
            try
            {
                password = File.ReadAllText(file).Trim();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new OctetException(FailureKind.Usage, $"{PasswordFileVariable} {file} cannot be read: {error.Message}", error);
            }
        }

        return password is null ? ""
            : !password.Contains(',', StringComparison.Ordinal) ? password
            : throw new OctetException(FailureKind.Usage, "the queue's password holds a comma, which a connection string cannot carry; choose another");
    }
}
