using System.Runtime.InteropServices;
using MLPipelines.Artifacts;

namespace MLPipelines.Scoring.Writing;

/// <summary>A constant of a graph: a weight, or a number that an operator needs.</summary>
/// <remarks>Immutable; as thread-safe as the delegate that it was made with.</remarks>
public sealed class OnnxTensor
{
    private readonly Action<Stream> _write;
    private readonly long[] _shape;

    /// <summary>A tensor whose elements are written when their turn comes, so that they need not all be in memory at once.</summary>
    /// <param name="name">Its name in the graph. Models that are written together and have tensors of one name share the elements.</param>
    /// <param name="elementType">The type of its elements.</param>
    /// <param name="shape">Its shape, outermost dimension first; empty for a single number.</param>
    /// <param name="write">Writes the elements row by row, little-endian and densely packed.</param>
    public OnnxTensor(string name, OnnxElementType elementType, IReadOnlyList<long> shape, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(write);
        (Name, ElementType, _write) = (name, elementType, write);
        _shape = [.. shape];
        ByteLength = elementType.ByteSize();
        foreach (long size in _shape)
            ByteLength = checked(ByteLength * size);
        ArgumentOutOfRangeException.ThrowIfNegative(ByteLength, nameof(shape));
    }

    /// <summary>Its name in the graph.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public OnnxElementType ElementType { get; }

    /// <summary>Its shape, outermost dimension first. A copy.</summary>
    public long[] Shape => [.. _shape];

    /// <summary>How many bytes its elements take.</summary>
    public long ByteLength { get; }

    /// <summary>A tensor of numbers in memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="elements">The elements row by row; they must not change until they are written.</param>
    /// <param name="shape">Its shape.</param>
    /// <typeparam name="T">float, int, long, sbyte, byte or <see cref="Half"/>.</typeparam>
    /// <exception cref="ArgumentException">The elements are not as many as the shape has, or of a type that is not known.</exception>
    public static OnnxTensor Of<T>(string name, T[] elements, params long[] shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(elements);
        var type = default(T) switch
        {
            float => OnnxElementType.Float,
            byte => OnnxElementType.UInt8,
            sbyte => OnnxElementType.Int8,
            int => OnnxElementType.Int32,
            long => OnnxElementType.Int64,
            Half => OnnxElementType.Float16,
            _ => throw OnnxWritingErrors.ElementType(typeof(T)),
        };
        var tensor = new OnnxTensor(name, type, shape, stream =>
        {
            const int Piece = 1 << 20;
            for (int start = 0; start < elements.Length; start += Piece)
                stream.Write(MemoryMarshal.AsBytes(elements.AsSpan(start, Math.Min(Piece, elements.Length - start))));
        });
        return tensor.ByteLength == (long)elements.Length * type.ByteSize() ? tensor : throw OnnxWritingErrors.ElementCount(name, elements.Length, shape);
    }

    internal void WriteElements(Stream target)
    {
        var counting = new CountingStream(target);
        _write(counting);
        if (counting.Written != ByteLength)
            throw OnnxWritingErrors.WrittenBytes(Name, ByteLength, counting.Written);
    }
}
