using BenchmarkDotNet.Attributes;
using Octet.Inference;
using Octet.Inference.Compute;
using Octet.Inference.Kernels;
using Octet.Inference.Models;

namespace Octet.Benchmarks;

/// <summary>One linear layer of the engine, activations quantized where it is INT8. Each call takes the next of several layers, whose weights
/// together exceed the last-level cache at least four times.</summary>
[MemoryDiagnoser]
public unsafe class LinearBenchmark : IDisposable
{
    public const int Inputs = 4096;
    public const int Outputs = 4096;

    /// <summary>INT8 weights of all layers in bytes: 256 MiB.</summary>
    private const int Layers = 16;
    private readonly NativeBuffer<byte> _weights = new();
    private readonly NativeBuffer<float> _x = new();
    private readonly NativeBuffer<float> _y = new();
    private LinearWeight[] _layers = [];
    private ComputePool? _pool;
    private LinearRunner? _runner;
    private int _next;

    public enum Kind
    {
        BFloat16,
        Int8,
    }

    [Params(Kind.BFloat16, Kind.Int8)]
    public Kind Weights { get; set; }

    [Params(1, 16, 256)]
    public int Tokens { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        var layerBytes = (long)Inputs * Outputs * (Weights == Kind.Int8 ? 1 : 2);
        var data = _weights.Ensure(layerBytes * Layers);
        Fill(data, layerBytes * Layers, random);
        float[] scales = [.. Enumerable.Repeat(0.01f, Outputs)];
        _layers = [.. Enumerable.Range(0, Layers).Select(layer => Weights == Kind.Int8
            ? LinearWeight.Int8("w", (sbyte*)(data + (layer * layerBytes)), Outputs, Inputs, scales, bias: null)
            : LinearWeight.BFloat16("w", (ushort*)(data + (layer * layerBytes)), Outputs, Inputs))];
        _y.Ensure((long)Tokens * Outputs);
        var x = _x.Ensure((long)Tokens * Inputs);
        for (var i = 0; i < Tokens * Inputs; i++)
        {
            x[i] = random.NextSingle() - 0.5f;
        }

        _pool = new ComputePool(Environment.ProcessorCount);
        _runner = new LinearRunner(KernelSet.Choose(Environment.GetEnvironmentVariable(KernelSet.ForceVariable)), _pool, ComputeDtype.BFloat16);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _runner?.Dispose();
        _pool?.Dispose();
        _weights.Dispose();
        _x.Dispose();
        _y.Dispose();
    }

    [Benchmark]
    public void Linear()
    {
        var layer = _layers[_next++ % Layers];
        _runner!.Prepare(_x.Pointer, Tokens, layer);
        _runner.Run([new LinearTarget(layer, _y.Pointer, Outputs)], _x.Pointer, Tokens);
    }

    /// <summary>INT8: any bytes. BF16: numbers below 1, so that nothing overflows.</summary>
    private void Fill(byte* data, long bytes, Random random)
    {
        for (var at = 0L; at < bytes; at += 1 << 20)
        {
            var part = new Span<byte>(data + at, 1 << 20);
            random.NextBytes(part);
            for (var i = 1; Weights == Kind.BFloat16 && i < part.Length; i += 2)
            {
                part[i] = (byte)((part[i] & 0x80) | 0x3C);
            }
        }
    }
}
