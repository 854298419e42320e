using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MLPipelines.Training.Checkpoints;

/// <summary>One tensor of a <see cref="Checkpoint"/>: what it is, and its elements, which are read from the file only when asked for.</summary>
/// <remarks>Thread-safe. It can be read until its checkpoint is disposed; it holds no memory of its own worth mentioning.</remarks>
public sealed class CheckpointTensor
{
    private const int ChunkBytes = 1 << 20;

    private readonly long[] _shape;
    private readonly ByteSource _bytes;
    private readonly long _start;
    private readonly StridedReader? _strided;

    /// <param name="name">Its name.</param>
    /// <param name="type">The type of its elements.</param>
    /// <param name="shape">Its shape, already checked against the source.</param>
    /// <param name="bytes">Where its bytes are.</param>
    /// <param name="start">The offset of its first element there, in bytes.</param>
    /// <param name="strides">Its strides in elements, or null where it is dense.</param>
    internal CheckpointTensor(string name, TensorDataType type, long[] shape, ByteSource bytes, long start, long[]? strides = null)
    {
        Name = name;
        DataType = type;
        _shape = shape;
        _bytes = bytes;
        _start = start;
        ElementCount = TensorShape.Elements(shape)!.Value;
        ByteLength = ElementCount * type.ByteSize();
        if (strides != null && ElementCount > 0)
            _strided = new StridedReader(bytes, start, type.ByteSize(), shape, strides);
    }

    /// <summary>Its name, as the module that saved it calls the parameter.</summary>
    public string Name { get; }

    /// <summary>The type of its elements.</summary>
    public TensorDataType DataType { get; }

    /// <summary>Its shape, outermost dimension first; empty for a single number. A copy.</summary>
    public long[] Shape => [.. _shape];

    /// <summary>How many elements it has.</summary>
    public long ElementCount { get; }

    /// <summary>How many bytes its elements take.</summary>
    public long ByteLength { get; }

    /// <summary>The file that holds it, for messages.</summary>
    public string Source => _bytes.Name;

    /// <summary>Reads elements as they are stored: row by row, little-endian, densely packed.</summary>
    /// <param name="byteOffset">The offset of the first, in bytes; a multiple of the element's size.</param>
    /// <param name="destination">Filled to the end; its length is a multiple of the element's size.</param>
    /// <exception cref="ArgumentException">Offset or length are not whole elements, or lie outside the tensor.</exception>
    /// <exception cref="CheckpointException">The file cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public void Read(long byteOffset, Span<byte> destination)
    {
        int size = DataType.ByteSize();
        if (byteOffset < 0 || byteOffset > ByteLength - destination.Length)
            throw CheckpointErrors.OutsideTensor(Name, byteOffset, destination.Length, ByteLength);
        if (byteOffset % size != 0 || destination.Length % size != 0)
            throw CheckpointErrors.NotWholeElements(Name, byteOffset, destination.Length, size);
        if (_strided == null)
            _bytes.Read(_start + byteOffset, destination);
        else
            _strided.Read(byteOffset / size, destination);
    }

    /// <summary>All elements as they are stored.</summary>
    /// <exception cref="CheckpointException">The file cannot be read, or the tensor is larger than one array can be (2 GiB).</exception>
    public byte[] ToBytes()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(CheckedLength(ByteLength));
        Read(0, bytes);
        return bytes;
    }

    /// <summary>
    /// All elements as single-precision numbers: exact from <see cref="TensorDataType.Float16"/> and <see cref="TensorDataType.BFloat16"/>,
    /// rounded from wider types.
    /// </summary>
    /// <exception cref="CheckpointException">The file cannot be read, or there are more elements than one array can hold.</exception>
    public float[] ToFloats()
    {
        var values = GC.AllocateUninitializedArray<float>(CheckedLength(ElementCount));
        if (DataType == TensorDataType.Float32)
        {
            // A byte span of more than 2 GiB does not exist.
            for (int done = 0; done < values.Length;)
            {
                int count = Math.Min(values.Length - done, ChunkBytes);
                Read((long)done * sizeof(float), MemoryMarshal.AsBytes(values.AsSpan(done, count)));
                done += count;
            }
            return values;
        }
        int size = DataType.ByteSize();
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (int done = 0; done < values.Length;)
            {
                int count = Math.Min(values.Length - done, ChunkBytes / size);
                var bytes = buffer.AsSpan(0, count * size);
                Read((long)done * size, bytes);
                Convert(bytes, values.AsSpan(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return values;
    }

    /// <summary>Writes all elements as they are stored.</summary>
    /// <exception cref="CheckpointException">The file cannot be read.</exception>
    public void CopyTo(Stream target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (long done = 0; done < ByteLength;)
            {
                var bytes = buffer.AsSpan(0, (int)Math.Min(ByteLength - done, ChunkBytes));
                Read(done, bytes);
                target.Write(bytes);
                done += bytes.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>For people: name, type and shape.</summary>
    public override string ToString() => $"{Name}: {DataType} {TensorShape.Text(_shape)}";

    private int CheckedLength(long length) =>
        length <= Array.MaxLength ? (int)length : throw CheckpointErrors.Tensor(Source, Name, FormattableString.Invariant($"has {ElementCount} elements, more than one array can hold"));

    private void Convert(ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (DataType)
        {
            case TensorDataType.Float16:
                TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(bytes), values);
                break;
            case TensorDataType.BFloat16:
                var upper = MemoryMarshal.Cast<byte, ushort>(bytes);
                var bits = MemoryMarshal.Cast<float, uint>(values);
                for (int i = 0; i < upper.Length; i++)
                    bits[i] = (uint)upper[i] << 16;
                break;
            case TensorDataType.Float64:
                TensorPrimitives.ConvertTruncating<double, float>(MemoryMarshal.Cast<byte, double>(bytes), values);
                break;
            case TensorDataType.Int64:
                TensorPrimitives.ConvertTruncating<long, float>(MemoryMarshal.Cast<byte, long>(bytes), values);
                break;
            case TensorDataType.Int32:
                TensorPrimitives.ConvertTruncating<int, float>(MemoryMarshal.Cast<byte, int>(bytes), values);
                break;
            case TensorDataType.Int16:
                TensorPrimitives.ConvertTruncating<short, float>(MemoryMarshal.Cast<byte, short>(bytes), values);
                break;
            case TensorDataType.Int8:
                TensorPrimitives.ConvertTruncating<sbyte, float>(MemoryMarshal.Cast<byte, sbyte>(bytes), values);
                break;
            default:
                for (int i = 0; i < bytes.Length; i++)
                    values[i] = DataType == TensorDataType.Bool ? (bytes[i] == 0 ? 0 : 1) : bytes[i];
                break;
        }
    }
}
