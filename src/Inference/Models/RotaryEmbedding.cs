using Octet.Checkpoints;
using Octet.Inference.Kernels.Elementwise;

namespace Octet.Inference.Models;

/// <summary>Rotary position embedding: tables of cosines and sines in FP32, rounded to the carried type, and their application.</summary>
public sealed class RotaryEmbedding
{
    private readonly float[] _cos;
    private readonly float[] _sin;
    private readonly int _half;
    private readonly ComputeDtype _carry;

    public RotaryEmbedding(RopeConfig rope, int headDim, int positions, ComputeDtype carry)
    {
        ArgumentNullException.ThrowIfNull(rope);
        _half = headDim / 2;
        _carry = carry;
        _cos = new float[positions * _half];
        _sin = new float[positions * _half];
        var frequencies = Frequencies(rope, headDim);
        for (var position = 0; position < positions; position++)
        {
            for (var i = 0; i < _half; i++)
            {
                var angle = position * frequencies[i];
                _cos[(position * _half) + i] = (float)Math.Cos(angle);
                _sin[(position * _half) + i] = (float)Math.Sin(angle);
            }
        }

        Rounding.Round(_cos, carry);
        Rounding.Round(_sin, carry);
    }

    /// <summary>Turns one head in place: pairs are value i and value i + headDim / 2.</summary>
    public void Apply(Span<float> head, int position)
    {
        var cos = _cos.AsSpan(position * _half, _half);
        var sin = _sin.AsSpan(position * _half, _half);
        for (var i = 0; i < _half; i++)
        {
            float a = head[i], b = head[i + _half];
            head[i] = (a * cos[i]) - (b * sin[i]);
            head[i + _half] = (b * cos[i]) + (a * sin[i]);
        }

        Rounding.Round(head, _carry);
    }

    /// <summary>Angles per position step, FP32 as the reference holds them.</summary>
    public static float[] Frequencies(RopeConfig rope, int headDim)
    {
        ArgumentNullException.ThrowIfNull(rope);
        var frequencies = new float[headDim / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            var frequency = 1.0 / Math.Pow(rope.Theta, 2.0 * i / headDim);
            frequencies[i] = (float)(rope.Scaling switch
            {
                RopeScaling.Linear => frequency / rope.Factor,
                RopeScaling.Llama3 => ScaleLlama3(rope, frequency),
                _ => frequency,
            });
        }

        return frequencies;
    }

    private static double ScaleLlama3(RopeConfig rope, double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength > rope.OriginalMaxPosition / rope.LowFreqFactor)
        {
            return frequency / rope.Factor;
        }

        if (wavelength < rope.OriginalMaxPosition / rope.HighFreqFactor)
        {
            return frequency;
        }

        var smooth = ((rope.OriginalMaxPosition / wavelength) - rope.LowFreqFactor) / (rope.HighFreqFactor - rope.LowFreqFactor);
        return ((1 - smooth) * frequency / rope.Factor) + (smooth * frequency);
    }
}
