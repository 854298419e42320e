using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Makes editors over the storage of an existing <see cref="VBuffer{T}"/>.</summary>
public static class VBufferEditor
{
    /// <summary>An editor over a buffer as it is; the values of the buffer change with it.</summary>
    public static VBufferEditor<T> CreateFromBuffer<T>(ref VBuffer<T> destination) =>
        new(destination.Length, destination.ExplicitCount, destination.ValuesBuffer, destination.IndicesBuffer, destination.IsDense, false, false);

    /// <summary>An editor for a vector of a new length that reuses the storage of <paramref name="destination"/> where it is large enough.</summary>
    public static VBufferEditor<T> Create<T>(
        ref VBuffer<T> destination,
        int newLogicalLength,
        int? valuesCount = null,
        int? maxValuesCapacity = null,
        bool keepOldOnResize = false,
        bool requireIndicesOnDense = false)
    {
        Contracts.CheckParam(newLogicalLength >= 0, nameof(newLogicalLength));
        Contracts.CheckParam(valuesCount is null or >= 0, nameof(valuesCount));
        Contracts.CheckParam(valuesCount is null || valuesCount <= newLogicalLength, nameof(valuesCount));
        int count = valuesCount ?? newLogicalLength;
        int limit = Math.Max(maxValuesCapacity ?? newLogicalLength, count);

        var values = Grow(destination.ValuesBuffer, count, limit, keepOldOnResize, out bool newValues);
        bool needIndices = count < newLogicalLength || requireIndicesOnDense;
        bool newIndices = false;
        var indices = needIndices ? Grow(destination.IndicesBuffer, count, limit, keepOldOnResize, out newIndices) : destination.IndicesBuffer;
        return new VBufferEditor<T>(newLogicalLength, count, values, indices, !needIndices, newValues, newIndices);
    }

    private static TItem[] Grow<TItem>(TItem[] buffer, int needed, int limit, bool keepOld, out bool isNew)
    {
        isNew = buffer == null ? needed > 0 : buffer.Length < needed;
        if (!isNew)
            return buffer;
        int size = buffer == null ? needed : (int)Math.Clamp(2L * buffer.Length, needed, limit);
        if (!keepOld || buffer == null)
            return new TItem[size];
        Array.Resize(ref buffer, size);
        return buffer;
    }
}

/// <summary>Writes the values (and, for a sparse vector, the indices) of a <see cref="VBuffer{T}"/>.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "The published shape.")]
public readonly ref struct VBufferEditor<T>
{
    private readonly int _logicalLength;
    private readonly T[] _values;
    private readonly int[] _indices;

    public readonly Span<T> Values;
    public readonly Span<int> Indices;

    internal VBufferEditor(int logicalLength, int count, T[] values, int[] indices, bool noIndices, bool createdNewValues, bool createdNewIndices)
    {
        _logicalLength = logicalLength;
        _values = values;
        _indices = indices;
        CreatedNewValues = createdNewValues;
        CreatedNewIndices = createdNewIndices;
        Values = values.AsSpan(0, count);
        Indices = noIndices ? default : indices.AsSpan(0, count);
    }

    public bool CreatedNewValues { get; }

    public bool CreatedNewIndices { get; }

    public VBuffer<T> Commit() => new(_logicalLength, Values.Length, _values, _indices);

    /// <summary>Commits with only the first <paramref name="physicalValuesCount"/> values explicit.</summary>
    public VBuffer<T> CommitTruncated(int physicalValuesCount)
    {
        Contracts.CheckParam(0 <= physicalValuesCount && physicalValuesCount <= Values.Length, nameof(physicalValuesCount), "Updating the number of values of a buffer can only truncate.");
        return new(_logicalLength, physicalValuesCount, _values, _indices);
    }
}
