namespace Octet.Evaluator.Python;

/// <summary>CPython's <c>random.Random(seed)</c>: the Mersenne Twister MT19937 and the draws lm-eval makes from it. Not thread-safe.</summary>
public sealed class PythonRandom
{
    private const int Size = 624;
    private const int Shift = 397;
    private readonly uint[] _state = new uint[Size];
    private int _index = Size;
    private double? _nextGauss;

    /// <param name="seed">A whole number that is not negative.</param>
    public PythonRandom(ulong seed)
    {
        Span<uint> key = seed > uint.MaxValue ? [(uint)seed, (uint)(seed >> 32)] : [(uint)seed];
        Seed(key);
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble()
    {
        var high = NextWord() >> 5;
        var low = NextWord() >> 6;
        return ((high * 67108864.0) + low) * (1.0 / 9007199254740992.0);
    }

    /// <summary>A whole number below a limit, as <c>randrange</c>, <c>choice</c> and <c>sample</c> draw it.</summary>
    public int Below(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        var bits = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)limit);
        while (true)
        {
            var drawn = NextWord() >> (32 - bits);
            if (drawn < limit)
            {
                return (int)drawn;
            }
        }
    }

    /// <summary><c>gauss(mean, deviation)</c>: pairs of one Box-Muller draw.</summary>
    public double NextGauss(double mean, double deviation)
    {
        double value;
        if (_nextGauss is { } kept)
        {
            (value, _nextGauss) = (kept, null);
        }
        else
        {
            var angle = NextDouble() * 2 * Math.PI;
            var radius = Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble()));
            value = Math.Cos(angle) * radius;
            _nextGauss = Math.Sin(angle) * radius;
        }

        return mean + (value * deviation);
    }

    /// <summary>Positions that <c>sample(population, count)</c> takes.</summary>
    public int[] Sample(int population, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population);
        var drawn = new int[count];
        var poolSize = 21.0;
        if (count > 5)
        {
            poolSize += Math.Pow(4, Math.Ceiling(Math.Log(count * 3, 4)));
        }

        if (population <= poolSize)
        {
            var pool = Enumerable.Range(0, population).ToArray();
            for (var i = 0; i < count; i++)
            {
                var at = Below(population - i);
                drawn[i] = pool[at];
                pool[at] = pool[population - i - 1];
            }

            return drawn;
        }

        var taken = new HashSet<int>();
        for (var i = 0; i < count; i++)
        {
            var at = Below(population);
            while (!taken.Add(at))
            {
                at = Below(population);
            }

            drawn[i] = at;
        }

        return drawn;
    }

    /// <summary>Fills positions as <c>choices(population, k)</c> takes them, with replacement.</summary>
    public void Choices(int population, Span<int> positions)
    {
        for (var i = 0; i < positions.Length; i++)
        {
            positions[i] = (int)Math.Floor(NextDouble() * population);
        }
    }

    private void Seed(ReadOnlySpan<uint> key)
    {
        _state[0] = 19650218;
        for (var i = 1; i < Size; i++)
        {
            _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        }

        var (at, part) = (1, 0);
        for (var k = Math.Max(Size, key.Length); k > 0; k--)
        {
            _state[at] = (_state[at] ^ ((_state[at - 1] ^ (_state[at - 1] >> 30)) * 1664525u)) + key[part] + (uint)part;
            at = Wrapped(at + 1);
            part = (part + 1) % key.Length;
        }

        for (var k = Size - 1; k > 0; k--)
        {
            _state[at] = (_state[at] ^ ((_state[at - 1] ^ (_state[at - 1] >> 30)) * 1566083941u)) - (uint)at;
            at = Wrapped(at + 1);
        }

        _state[0] = 0x80000000;
    }

    private int Wrapped(int at)
    {
        if (at < Size)
        {
            return at;
        }

        _state[0] = _state[Size - 1];
        return 1;
    }

    private uint NextWord()
    {
        if (_index == Size)
        {
            for (var i = 0; i < Size; i++)
            {
                var mixed = (_state[i] & 0x80000000) | (_state[(i + 1) % Size] & 0x7fffffff);
                _state[i] = _state[(i + Shift) % Size] ^ (mixed >> 1) ^ ((mixed & 1) * 0x9908b0df);
            }

            _index = 0;
        }

        var word = _state[_index++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c5680;
        word ^= (word << 15) & 0xefc60000;
        return word ^ (word >> 18);
    }
}
