using System.Globalization;

namespace Octet.Contracts.Runs;

/// <summary>How many tokens the prompts or the answers of a load test have: one number, or a distribution with an upper bound.</summary>
public sealed class TokenLengths
{
    /// <summary>What the text may be, for messages and help.</summary>
    public const string Forms = "N | uniform:LOW,HIGH | normal:MEAN,SD,max=B | lognormal:MEDIAN,SIGMA,max=B | exponential:MEAN,max=B | empirical:N,N,..., each with optional ,min=A,max=B";

    /// <summary>The longest that anything may ask for.</summary>
    public const int Longest = 1 << 20;

    private readonly Distribution _distribution;

    private TokenLengths(Distribution distribution)
    {
        _distribution = distribution;
        Typical = Whole(distribution.Typical);
        Most = Whole(distribution.Most);
        Text = Typical == Most && distribution.ToString().All(char.IsAsciiDigit) ? null : distribution.ToString();
    }

    /// <summary>The median.</summary>
    public int Typical { get; }

    /// <summary>No length lies above.</summary>
    public int Most { get; }

    /// <summary>The distribution as it was written; null for one number.</summary>
    public string? Text { get; }

    /// <summary>Always the same length.</summary>
    public static TokenLengths Fixed(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 1);
        return new TokenLengths(Distribution.Fixed(tokens));
    }

    /// <summary>One of the <see cref="Forms"/>.</summary>
    /// <param name="text">Written by a user.</param>
    /// <param name="name">The option or field, for the message.</param>
    /// <exception cref="OctetException">Kind Usage: the text has none of the forms, or allows lengths below 1, above <see cref="Longest"/> or without bound.</exception>
    public static TokenLengths Parse(string text, string name)
    {
        var distribution = Distribution.Parse(text, name);
        return double.IsPositiveInfinity(distribution.Most) ? throw Wrong("it has no upper bound: add ,max=B, so that every request fits into the model's context")
            : distribution.Most is < 1 or > Longest ? throw Wrong(string.Create(CultureInfo.InvariantCulture, $"the longest is {distribution.Most}; expected 1 to {Longest} tokens"))
            : new TokenLengths(distribution);

        OctetException Wrong(string reason) => new(FailureKind.Usage, $"{name} '{text}': {reason}");
    }

    /// <summary>What a job or a report stores: the number, or the distribution where there is one.</summary>
    public static TokenLengths Of(int tokens, string? text, string name) => string.IsNullOrEmpty(text) ? Fixed(tokens) : Parse(text, name);

    /// <summary>One length, at least 1; draws of a distribution are rounded to the nearest whole number.</summary>
    public int Draw(Random random) => Whole(_distribution.Draw(random));

    private static int Whole(double length) => Math.Max(1, (int)Math.Round(length));
}
