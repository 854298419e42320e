using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The index of the bin of a value as a share of the last one; where zeros are to stay, less that of zero.</summary>
internal sealed class BinFunction<T> : NormalizerFunction<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[][] _upperBounds;
    private readonly T[] _density;
    private readonly T[] _offset;

    /// <param name="isVector">Whether the column holds vectors.</param>
    /// <param name="upperBounds">The upper bounds of the bins of each slot, increasing, the last of them infinite.</param>
    /// <param name="fixZero">Whether zeros stay zero.</param>
    public BinFunction(bool isVector, T[][] upperBounds, bool fixZero) : base(isVector, upperBounds.Length)
    {
        _upperBounds = upperBounds;
        _density = Array.ConvertAll(upperBounds, bounds => T.CreateTruncating(Math.Max(1, bounds.Length - 1)));
        if (!fixZero)
            return;
        var offset = new T[upperBounds.Length];
        for (int i = 0; i < offset.Length; i++)
            offset[i] = T.CreateTruncating(FindBin(upperBounds[i], T.Zero)) / _density[i];
        _offset = Array.TrueForAll(offset, T.IsZero) ? null : offset;
    }

    public override NormalizingTransformer.NormalizerModelParametersBase Parameters => IsVector
        ? new NormalizingTransformer.BinNormalizerModelParameters<ImmutableArray<T>>(
            [.. _upperBounds.Select(bounds => bounds.ToImmutableArray())], [.. _density], _offset == null ? [] : [.. _offset])
        : new NormalizingTransformer.BinNormalizerModelParameters<T>([.. _upperBounds[0]], _density[0], _offset == null ? T.Zero : _offset[0]);

    internal static BinFunction<T> LoadCore(BinaryReader reader, bool isVector, int size)
    {
        bool fixZero = reader.ReadBoolean();
        // Each slot takes a length at least.
        Contracts.CheckDecode(size <= (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(int));
        var upperBounds = new T[size][];
        for (int i = 0; i < size; i++)
        {
            var bounds = upperBounds[i] = reader.ReadArray<T>();
            Contracts.CheckDecode(bounds.Length > 0 && T.IsPositiveInfinity(bounds[^1]));
            for (int j = 1; j < bounds.Length; j++)
                Contracts.CheckDecode(bounds[j - 1] < bounds[j]);
        }
        return new BinFunction<T>(isVector, upperBounds, fixZero);
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write((byte)Kind.Bin);
        writer.Write(_offset != null);
        foreach (var bounds in _upperBounds)
            writer.WriteArray<T>(bounds);
    }

    /// <summary>The first bin whose upper bound is not less than the value.</summary>
    public static int FindBin(ReadOnlySpan<T> upperBounds, T value)
    {
        int low = 0, high = upperBounds.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (value <= upperBounds[middle])
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    protected override T Normalize(T value, int slot)
    {
        if (T.IsNaN(value))
            return value;
        T share = T.CreateTruncating(FindBin(_upperBounds[slot], value)) / _density[slot];
        return _offset == null ? share : share - _offset[slot];
    }
}
