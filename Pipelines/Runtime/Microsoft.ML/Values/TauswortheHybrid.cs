namespace Microsoft.ML.Internal;

/// <summary>
/// The hybrid Tausworthe generator behind every seeded draw: three combined Tausworthe registers and one
/// linear congruential register, one step of each per draw.
/// </summary>
/// <remarks>
/// P. L'Ecuyer, "Maximally equidistributed combined Tausworthe generators" (1996), with the parameters of GPU Gems 3,
/// chapter 37. Not safe for concurrent use.
/// </remarks>
internal sealed class TauswortheHybrid : Random
{
    // A Tausworthe register whose high bits are all zero would stay at zero.
    private const uint SmallestRegister = 128;

    private uint _a, _b, _c, _lcg;

    public TauswortheHybrid(State state) => (_a, _b, _c, _lcg) = (state.A, state.B, state.C, state.Lcg);

    /// <summary>Seeds the four registers with draws of 16 bits each from <paramref name="source"/>.</summary>
    public TauswortheHybrid(Random source)
    {
        _a = DrawRegister(source);
        _b = DrawRegister(source);
        _c = DrawRegister(source);
        _lcg = DrawWord(source);
    }

    /// <summary>The four registers. Saving them and making a generator from them continues the sequence.</summary>
    internal readonly record struct State(uint A, uint B, uint C, uint Lcg)
    {
        public static State FromSeed(uint seed)
        {
            uint b = Hashing.MurmurRound(seed, seed);
            uint c = Hashing.MurmurRound(b, seed);
            return new State(seed, b, c, Hashing.MurmurRound(c, seed));
        }

        public static State Load(BinaryReader reader) =>
            new(reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32(), reader.ReadUInt32());

        public void Save(BinaryWriter writer)
        {
            writer.Write(A);
            writer.Write(B);
            writer.Write(C);
            writer.Write(Lcg);
        }
    }

    public State GetState() => new(_a, _b, _c, _lcg);

    /// <summary>A number in [0, <see cref="int.MaxValue"/>]; unlike <see cref="Random.Next()"/> the upper end can occur.</summary>
    public override int Next() => (int)(NextWord() & int.MaxValue);

    /// <summary>A number in [0, <paramref name="maxValue"/>); 0 where that is 0.</summary>
    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (int)((ulong)NextWord() * (uint)maxValue >> 32);
    }

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return (int)((long)(NextDouble() * ((long)maxValue - minValue)) + minValue);
    }

    /// <summary>A number over the whole range of <see cref="int"/>.</summary>
    public int NextSigned() => (int)NextWord();

    /// <summary>A number in [0, 1) on a grid of 2^-23.</summary>
    public override float NextSingle() => (NextWord() >> 9) * (1f / (1 << 23));

    /// <summary>A number in [0, 1) on a grid of 2^-32.</summary>
    public override double NextDouble() => NextWord() * (1d / (1L << 32));

    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref byte item in buffer)
            item = (byte)Next();
    }

    protected override double Sample() => NextDouble();

    private uint NextWord()
    {
        _a = Step(_a, 13, 19, 12, ~0x1u);
        _b = Step(_b, 2, 25, 4, ~0x7u);
        _c = Step(_c, 3, 11, 17, ~0xFu);
        _lcg = 1664525u * _lcg + 1013904223u;
        return _a ^ _b ^ _c ^ _lcg;
    }

    private static uint Step(uint register, int left, int right, int shift, uint mask) =>
        (register & mask) << shift ^ (register << left ^ register) >> right;

    private static uint DrawRegister(Random source)
    {
        uint word;
        do
        {
            word = DrawWord(source);
        }
        while (word < SmallestRegister);
        return word;
    }

    private static uint DrawWord(Random source)
    {
        uint high = (uint)source.Next(1 << 16);
        return high << 16 | (uint)source.Next(1 << 16);
    }
}
