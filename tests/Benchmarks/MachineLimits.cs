using System.Diagnostics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Octet.Inference.Compute;

namespace Octet.Benchmarks;

/// <summary>What this machine does at most, measured with as many threads as the benchmarks have.</summary>
/// <param name="ReadBandwidth">Bytes read per second from memory.</param>
/// <param name="Int8Operations">INT8 multiplications and additions per second of the widest instruction that .NET has here, operands in registers.</param>
/// <param name="FloatOperations">The same of FP32 fused multiply-add.</param>
internal sealed record MachineLimits(double ReadBandwidth, double Int8Operations, double FloatOperations)
{
    private const int Repeats = 7;
    private const long ReadBytes = 512L << 20;
    private const int Rounds = 20_000_000;
    private const int Chains = 8;

    public static unsafe MachineLimits Measure(ComputePool pool)
    {
        using var memory = new NativeBuffer<byte>();
        var data = memory.Ensure(ReadBytes);
        new Span<byte>(data, (int)ReadBytes).Fill(1);
        var sums = new long[pool.Threads];
        void Read(int thread)
        {
            var (start, end) = pool.Part(thread, (int)(ReadBytes / 4096), 1);
            sums[thread] += Sum(data + ((long)start * 4096), (long)(end - start) * 4096);
        }

        return new MachineLimits(
            ReadBytes / Fastest(() => pool.Run(Read)),
            pool.Threads * (double)Rounds * Chains * OperationsOfInt8 / Fastest(() => pool.Run(thread => sums[thread] += Int8Loop())),
            pool.Threads * (double)Rounds * Chains * Vector512<float>.Count * 2 / Fastest(() => pool.Run(thread => sums[thread] += FloatLoop())));
    }

    private static int OperationsOfInt8 => AvxVnni.IsSupported ? 64 : 32;

    private static double Fastest(Action action)
    {
        var best = double.PositiveInfinity;
        for (var i = 0; i < Repeats; i++)
        {
            var started = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return best;
    }

    private static unsafe long Sum(byte* data, long bytes)
    {
        Vector512<long> a = default, b = default, c = default, d = default;
        for (var end = data + bytes; data < end; data += 256)
        {
            a += Vector512.Load((long*)data);
            b += Vector512.Load((long*)(data + 64));
            c += Vector512.Load((long*)(data + 128));
            d += Vector512.Load((long*)(data + 192));
        }

        return Vector512.Sum(a + b + c + d);
    }

    private static long Int8Loop()
    {
        Vector256<int> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        var x = Vector256.Create((byte)3);
        var w = Vector256.Create((sbyte)-5);
        for (var i = 0; i < Rounds; i++)
        {
            s0 = Step(s0, x, w);
            s1 = Step(s1, x, w);
            s2 = Step(s2, x, w);
            s3 = Step(s3, x, w);
            s4 = Step(s4, x, w);
            s5 = Step(s5, x, w);
            s6 = Step(s6, x, w);
            s7 = Step(s7, x, w);
        }

        return Vector256.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7);
    }

    /// <summary>32 products with VNNI, otherwise 16 of 16 bits: what is left of AVX2 when nothing may saturate.</summary>
    private static Vector256<int> Step(Vector256<int> sum, Vector256<byte> x, Vector256<sbyte> w) => AvxVnni.IsSupported
        ? AvxVnni.MultiplyWideningAndAdd(sum, x, w)
        : sum + Avx2.MultiplyAddAdjacent(x.AsInt16(), w.AsInt16());

    private static long FloatLoop()
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        var (x, w) = (Vector512.Create(1.0000001f), Vector512.Create(0.9999999f));
        for (var i = 0; i < Rounds; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(x, w, s0);
            s1 = Vector512.FusedMultiplyAdd(x, w, s1);
            s2 = Vector512.FusedMultiplyAdd(x, w, s2);
            s3 = Vector512.FusedMultiplyAdd(x, w, s3);
            s4 = Vector512.FusedMultiplyAdd(x, w, s4);
            s5 = Vector512.FusedMultiplyAdd(x, w, s5);
            s6 = Vector512.FusedMultiplyAdd(x, w, s6);
            s7 = Vector512.FusedMultiplyAdd(x, w, s7);
        }

        return (long)Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7);
    }
}
