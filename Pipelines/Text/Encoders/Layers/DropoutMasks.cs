using System.Runtime.Intrinsics;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// Draws dropout masks on the processor: elements are 0 with the given probability and 1 / (1 - probability) otherwise.
/// LibTorch draws them one at a time on one thread, which costs more than every other element-wise step of an encoder together;
/// here eight xorshift128+ generators run side by side and each draws four elements at once.
/// </summary>
/// <remarks>
/// A seed gives the same mask on every processor, and the same elements are dropped in float32 and in bfloat16.
/// Probabilities are rounded to 1 / 65,536.
/// </remarks>
internal static class DropoutMasks
{
    private const int Lanes = 32; // elements that one round of the generators draws

    /// <summary>Fills a mask of bfloat16 values, given as their bits.</summary>
    /// <param name="mask">Receives the mask.</param>
    /// <param name="probability">The share of zeros, at least 0 and below 1.</param>
    /// <param name="seed">Any number.</param>
    public static void FillBFloat16(Span<ushort> mask, double probability, ulong seed)
    {
        var kept = Vector512.Create(BFloat16Bits((float)(1 / (1 - probability))));
        var limit = Vector512.Create(Threshold(probability));
        var generators = new Generators(seed);
        int i = 0;
        for (; i <= mask.Length - Lanes; i += Lanes)
            (Vector512.GreaterThanOrEqual(generators.Next(), limit) & kept).CopyTo(mask[i..]);
        if (i == mask.Length)
            return;
        Span<ushort> rest = stackalloc ushort[Lanes];
        (Vector512.GreaterThanOrEqual(generators.Next(), limit) & kept).CopyTo(rest);
        rest[..(mask.Length - i)].CopyTo(mask[i..]);
    }

    /// <summary>Fills a mask of float32 values.</summary>
    /// <param name="mask">Receives the mask.</param>
    /// <param name="probability">The share of zeros, at least 0 and below 1.</param>
    /// <param name="seed">Any number.</param>
    public static void FillFloat32(Span<float> mask, double probability, ulong seed)
    {
        var kept = Vector512.Create((float)(1 / (1 - probability))).AsInt32();
        var limit = Vector512.Create(Threshold(probability));
        var generators = new Generators(seed);
        Span<float> rest = stackalloc float[Lanes];
        for (int i = 0; i < mask.Length; i += Lanes)
        {
            var (low, high) = Vector512.Widen(Vector512.GreaterThanOrEqual(generators.Next(), limit).AsInt16());
            var target = mask.Length - i >= Lanes ? mask[i..] : rest;
            (low & kept).AsSingle().CopyTo(target);
            (high & kept).AsSingle().CopyTo(target[(Lanes / 2)..]);
            if (mask.Length - i < Lanes)
                rest[..(mask.Length - i)].CopyTo(mask[i..]);
        }
    }

    private static ushort Threshold(double probability) => (ushort)Math.Clamp(Math.Round(probability * 65536), 0, 65535);

    private static ushort BFloat16Bits(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    private struct Generators
    {
        private Vector512<ulong> _a;
        private Vector512<ulong> _b;

        public Generators(ulong seed)
        {
            Span<ulong> states = stackalloc ulong[16];
            foreach (ref ulong state in states)
            {
                // SplitMix64: neighbouring seeds give unrelated states.
                ulong z = seed += 0x9E3779B97F4A7C15UL;
                z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
                z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
                state = z ^ (z >> 31);
            }
            _a = Vector512.Create<ulong>(states[..8]);
            _b = Vector512.Create<ulong>(states[8..]);
        }

        public Vector512<ushort> Next()
        {
            var x = _a;
            var y = _b;
            _a = y;
            x ^= x << 23;
            _b = x ^ y ^ (x >> 17) ^ (y >> 26);
            return (_b + y).AsUInt16();
        }
    }
}
