using System.Globalization;
using Octet.Contracts.Runs;
using Octet.LoadTester.Prompts;

namespace Octet.LoadTester.OpenLoop;

/// <summary>When requests are due: seconds from the start of a run, rising, decided before the run and by nothing that happens in it.</summary>
public sealed class ArrivalSchedule
{
    private readonly Func<long, int, IEnumerable<double>> _times;

    private ArrivalSchedule(string name, Func<long, int, IEnumerable<double>> times)
    {
        Name = name;
        _times = times;
    }

    /// <summary>In words, as <c>poisson 20/s</c>.</summary>
    public string Name { get; }

    /// <summary>One request each 1 / rate seconds, from 0 on.</summary>
    public static ArrivalSchedule Constant(double rate) => new($"constant {Text(rate)}/s", (_, _) => Naturals().Select(i => i / rate));

    /// <summary>Independent exponential gaps of mean 1 / rate: arrivals of many users who know nothing of each other.</summary>
    public static ArrivalSchedule Poisson(double rate) => new($"poisson {Text(rate)}/s", (seed, run) => PoissonTimes(rate, SeededRandom.For(seed, run, -1)));

    /// <summary>A rate that goes in a straight line from one to another over the seconds of the run, and stays there.</summary>
    public static ArrivalSchedule Ramp(double from, double to, double seconds) => new($"ramp {Text(from)} to {Text(to)}/s", (_, _) => Naturals().Select(i => RampTime(i, from, to, seconds)));

    /// <summary>The times of a trace, from its first line on.</summary>
    /// <param name="times">Seconds, rising.</param>
    /// <param name="speed">2 plays it twice as fast.</param>
    public static ArrivalSchedule Trace(IReadOnlyList<double> times, double speed) => new($"trace of {times.Count} at {Text(speed)}x", (_, _) => times.Select(time => (time - times[0]) / speed));

    /// <summary>Rates of a sweep: evenly from one to another, without the first and with the last.</summary>
    public static IReadOnlyList<double> Between(double from, double to, int count) => [.. Enumerable.Range(1, count).Select(i => i == count ? to : from + (i * ((to - from) / count)))];

    /// <summary>Reads a trace: a number of seconds a line, rising; empty lines and lines from # on are left out.</summary>
    /// <exception cref="OctetException">Kind Usage: the file cannot be read, or a line is wrong.</exception>
    public static async Task<IReadOnlyList<double>> ReadTraceAsync(string path, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        try
        {
            var number = 0;
            await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
            {
                number++;
                var text = line.Split('#')[0].Trim();
                if (text.Length == 0)
                {
                    continue;
                }

                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var time) || !double.IsFinite(time) || (times.Count > 0 && time < times[^1]))
                {
                    throw new OctetException(FailureKind.Usage, $"trace '{path}', line {number}: '{text}' is not a number of seconds at or after the line before");
                }

                times.Add(time);
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new OctetException(FailureKind.Usage, $"trace '{path}' cannot be read: {unreadable.Message}", unreadable);
        }

        return times.Count > 0 ? times : throw new OctetException(FailureKind.Usage, $"trace '{path}' has no times");
    }

    /// <summary>The times of one run; equal seeds and runs give equal times.</summary>
    public IEnumerable<double> Times(long seed, int run) => _times(seed, run);

    private static IEnumerable<double> PoissonTimes(double rate, Random random)
    {
        for (var time = 0.0; ;)
        {
            time -= Math.Log(1 - random.NextDouble()) / rate;
            yield return time;
        }
    }

    /// <summary>The i-th request is due when the integral of the rate, from t + (to - from) t^2 / 2T, reaches i; written so that nothing cancels.</summary>
    private static double RampTime(int i, double from, double to, double seconds)
    {
        var slope = (to - from) / seconds;
        var duringRamp = (from + to) / 2 * seconds;
        return i <= duringRamp ? (i == 0 ? 0 : 2 * i / (from + Math.Sqrt((from * from) + (2 * slope * i)))) : seconds + ((i - duringRamp) / to);
    }

    private static IEnumerable<int> Naturals()
    {
        for (var i = 0; ; i++)
        {
            yield return i;
        }
    }

    private static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}
