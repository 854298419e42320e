using MLPipelines.Artifacts;

namespace MLPipelines.Training.Checkpoints;

/// <summary>One tensor for <see cref="SafetensorsWriter"/>.</summary>
/// <remarks>Immutable; as thread-safe as the delegate that it was made with.</remarks>
public sealed class TensorToWrite
{
    private readonly Action<Stream> _write;
    private readonly long[] _shape;

    /// <summary>A tensor whose elements are written when their turn comes, so that they need not all be in memory at once.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dataType">The type of its elements.</param>
    /// <param name="shape">Its shape, outermost dimension first; empty for a single number.</param>
    /// <param name="write">Writes the elements row by row, little-endian and densely packed; it may be called more than once.</param>
    /// <exception cref="ArgumentException">The name is empty, or a size is negative or too large.</exception>
    public TensorToWrite(string name, TensorDataType dataType, IReadOnlyList<long> shape, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(write);
        if (name == SafetensorsHeader.MetadataKey)
            throw CheckpointErrors.CannotWrite(name, "safetensors reserve that name for the metadata of the file");
        Name = name;
        DataType = dataType;
        _shape = [.. shape];
        _write = write;
        ByteLength = TensorShape.Bytes(_shape, dataType) ?? throw CheckpointErrors.CannotWrite(name, $"its shape {TensorShape.Text(_shape)} has a negative size, or more bytes than 64 bits can count");
    }

    /// <summary>A tensor whose elements are in memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dataType">The type of its elements.</param>
    /// <param name="shape">Its shape, outermost dimension first; empty for a single number.</param>
    /// <param name="bytes">The elements row by row, little-endian and densely packed; they must not change until they are written.</param>
    /// <exception cref="ArgumentException">The name is empty, or the bytes are not as many as the shape takes.</exception>
    public TensorToWrite(string name, TensorDataType dataType, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes)
        : this(name, dataType, shape, stream => stream.Write(bytes.Span))
    {
        if (bytes.Length != ByteLength)
            throw CheckpointErrors.CannotWrite(name, FormattableString.Invariant($"it has {bytes.Length} bytes where {dataType} {TensorShape.Text(_shape)} takes {ByteLength}"));
    }

    /// <summary>A tensor of a checkpoint, which must stay open until it is written.</summary>
    public TensorToWrite(CheckpointTensor tensor) : this((tensor ?? throw new ArgumentNullException(nameof(tensor))).Name, tensor.DataType, tensor.Shape, tensor.CopyTo)
    {
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public TensorDataType DataType { get; }

    /// <summary>Its shape, outermost dimension first; empty for a single number. A copy.</summary>
    public long[] Shape => [.. _shape];

    /// <summary>How many bytes its elements take.</summary>
    public long ByteLength { get; }

    /// <summary>Writes the elements and nothing but them.</summary>
    /// <exception cref="InvalidOperationException">The delegate wrote more or fewer bytes than the shape takes.</exception>
    internal void WriteTo(Stream target)
    {
        using var counting = new CountingStream(target);
        _write(counting);
        if (counting.Written != ByteLength)
            throw new InvalidOperationException(FormattableString.Invariant($"Tensor '{Name}' was to be written with {ByteLength} bytes, but {counting.Written} came."));
    }
}
