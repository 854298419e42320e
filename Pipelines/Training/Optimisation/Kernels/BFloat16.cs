using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLPipelines.Training;

/// <summary>bfloat16, the upper half of a float32, as bits. Rounding is to nearest, ties to even; a NaN stays a (quiet) NaN.</summary>
internal static class BFloat16
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Widen(Vector256<ushort> bits)
    {
        var (lower, upper) = Vector256.Widen(bits);
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Widen(Vector128<ushort> bits)
    {
        var (lower, upper) = Vector128.Widen(bits);
        return (Vector256.Create(lower, upper) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Round(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 16) & Vector512<uint>.One;
        var rounded = (bits + Vector512.Create(0x7FFFu) + odd) >> 16;
        var quiet = (bits >> 16) | Vector512.Create(0x40u);
        rounded = Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, quiet);
        return Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ushort> Round(Vector256<float> value)
    {
        var bits = value.AsUInt32();
        var odd = (bits >> 16) & Vector256<uint>.One;
        var rounded = (bits + Vector256.Create(0x7FFFu) + odd) >> 16;
        var quiet = (bits >> 16) | Vector256.Create(0x40u);
        rounded = Vector256.ConditionalSelect(Vector256.Equals(value, value).AsUInt32(), rounded, quiet);
        return Vector128.Narrow(rounded.GetLower(), rounded.GetUpper());
    }
}
