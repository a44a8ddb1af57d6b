using System.Runtime.CompilerServices;

namespace Octet.Checkpoints.ChatTemplates;

/// <summary>The clock and the budget of one rendering.</summary>
internal sealed class RenderContext(ChatTemplateLimits limits, TimeProvider clock)
{
    private const int StepsPerLookAtTheClock = 512;
    private readonly long _started = clock.GetTimestamp();
    private long _steps;
    private long _size;

    /// <summary>Local time, what <c>strftime_now</c> prints.</summary>
    public DateTime Now => clock.GetLocalNow().DateTime;

    /// <summary>Counts one step and guards the stack.</summary>
    /// <exception cref="ChatTemplateException">The rendering takes too long or nests too deeply.</exception>
    public void Step()
    {
        if (++_steps > limits.Steps)
        {
            throw ChatTemplateException.Limit($"the template takes more than {limits.Steps} steps");
        }

        if (_steps % StepsPerLookAtTheClock == 0 && clock.GetElapsedTime(_started) > limits.Time)
        {
            throw ChatTemplateException.Limit($"the template takes longer than {limits.Time.TotalSeconds} s");
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw ChatTemplateException.Limit("the template nests too deeply");
        }
    }

    /// <summary>Accounts for text or elements before they are made.</summary>
    public void Charge(long size)
    {
        _size += size;
        if (size < 0 || _size > limits.Size)
        {
            throw ChatTemplateException.Limit($"the template makes more than {limits.Size} characters");
        }
    }

    /// <summary>A text that was made; short enough by <see cref="Charge"/>.</summary>
    public string Made(string text)
    {
        Charge(text.Length);
        return text;
    }
}
