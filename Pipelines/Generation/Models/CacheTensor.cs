using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Generation;

/// <summary>A tensor of a batch, [rows, …], that is kept from step to step, and whose rows change places and go.</summary>
/// <remarks>A tensor of the decoder's own keys or values grows: each step writes all of it into the other one of two buffers.</remarks>
internal sealed unsafe class CacheTensor(TensorElementType type, int elementSize, long[] rowShape, bool grows = false) : IDisposable
{
    // (steps) How much room is taken in advance.
    private const int Reserve = 32;

    private NativeBuffer _current = new();
    private NativeBuffer? _next;

    public TensorElementType Type => type;

    public int ElementSize => elementSize;

    /// <summary>The shape of a row; its second size is the number of tokens where the tensor grows.</summary>
    public long[] RowShape { get; } = rowShape;

    private long RowBytes => BytesOf(RowShape);

    /// <summary>Takes over what a first step gave.</summary>
    /// <param name="value">[rows, …].</param>
    /// <param name="rows">How many.</param>
    /// <param name="capacity">How many there will be.</param>
    public void Fill(OrtValue value, int rows, int capacity)
    {
        _current.Ensure(RowBytes * capacity, Reserved(capacity));
        fixed (byte* source = value.GetTensorDataAsSpan<byte>())
            Buffer.MemoryCopy(source, _current.Pointer, _current.Capacity, RowBytes * rows);
    }

    /// <summary>Takes over values of a batch that is in managed memory.</summary>
    public void Fill(ReadOnlySpan<long> values, int capacity)
    {
        _current.Ensure(RowBytes * capacity);
        values.CopyTo(_current.AsSpan<long>(values.Length));
    }

    /// <summary>Takes room for a tensor without tokens yet.</summary>
    public void Begin(int capacity) => _current.Ensure(0, Reserved(capacity));

    public OrtValue View(int rows) => _current.View(type, [rows, .. RowShape], elementSize);

    /// <summary>Where the next step writes the tensor with a token more.</summary>
    public OrtValue NextView(int rows)
    {
        long[] shape = [.. RowShape];
        shape[1]++;
        _next ??= new();
        _next.Ensure(BytesOf(shape) * rows, Reserved(rows));
        return _next.View(type, [rows, .. shape], elementSize);
    }

    /// <summary>The next step has written: the tensor is a token longer.</summary>
    public void Advance()
    {
        (_current, _next) = (_next!, _current);
        RowShape[1]++;
    }

    public void Move(RowMoves moves, int rows, NativeBuffer aside)
    {
        Grow(rows);
        moves.Apply(_current.Pointer, RowBytes, aside);
    }

    public void Dispose()
    {
        _current.Dispose();
        _next?.Dispose();
    }

    private void Grow(int rows)
    {
        if (RowBytes * rows <= _current.Capacity)
            return;
        var larger = new NativeBuffer();
        larger.Ensure(RowBytes * rows, Reserved(rows));
        Buffer.MemoryCopy(_current.Pointer, larger.Pointer, larger.Capacity, _current.Capacity);
        _current.Dispose();
        _current = larger;
    }

    // Tensors that do not grow get what they need, no more.
    private long Reserved(int rows) => grows ? BytesOf([RowShape[0], RowShape[1] + Reserve, .. RowShape.AsSpan(2)]) * rows : 0;

    private long BytesOf(long[] rowShape)
    {
        long bytes = elementSize;
        foreach (long size in rowShape)
            bytes *= size;
        return bytes;
    }
}
