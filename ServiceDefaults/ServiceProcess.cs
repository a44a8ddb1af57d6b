using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

namespace Octet.ServiceDefaults;

/// <summary>One service as a process: it runs until it is told to stop, and says in one line why it cannot start.</summary>
public static class ServiceProcess
{
    private const int CannotStart = 4;

    /// <summary>Builds, starts and waits for SIGTERM or Ctrl+C.</summary>
    /// <returns>0 after a clean stop, 4 when a setting is wrong or an address is taken.</returns>
    public static async Task<int> RunAsync(Func<WebApplication> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        WebApplication? app = null;
        try
        {
            app = build();
            await app.StartAsync();
        }
        catch (Exception failure)
        {
            // The boundary of the process: whatever keeps it from starting is told, and it ends.
            await Console.Error.WriteLineAsync($"cannot start: {failure.Message.ReplaceLineEndings(" ")}");
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            return CannotStart;
        }

        await using (app)
        {
            await app.WaitForShutdownAsync();
        }

        return 0;
    }
}
