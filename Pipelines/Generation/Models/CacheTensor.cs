using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Generation;

/// <summary>A tensor of a batch, [rows, …], that is kept from step to step, and whose rows change places and go.</summary>
internal sealed unsafe class CacheTensor(TensorElementType type, int elementSize, long[] rowShape) : IDisposable
{
    private readonly long _rowBytes = rowShape.Aggregate((long)elementSize, (product, size) => product * size);
    private NativeBuffer _buffer = new();

    /// <summary>Takes room.</summary>
    /// <param name="capacity">How many rows there will be.</param>
    public void Begin(int capacity) => _buffer.Ensure(_rowBytes * capacity);

    /// <summary>Takes over what a first step gave.</summary>
    /// <param name="value">[rows, …].</param>
    /// <param name="rows">How many.</param>
    /// <param name="capacity">How many there will be.</param>
    public void Fill(OrtValue value, int rows, int capacity)
    {
        Begin(capacity);
        fixed (byte* source = value.GetTensorDataAsSpan<byte>())
            Buffer.MemoryCopy(source, _buffer.Pointer, _buffer.Capacity, _rowBytes * rows);
    }

    /// <summary>Takes over values of a batch that is in managed memory.</summary>
    public void Fill(ReadOnlySpan<long> values, int capacity)
    {
        Begin(capacity);
        values.CopyTo(_buffer.AsSpan<long>(values.Length));
    }

    public OrtValue View(int rows) => _buffer.View(type, [rows, .. rowShape], elementSize);

    public void Move(RowMoves moves, int rows, NativeBuffer aside)
    {
        Grow(rows);
        moves.Apply(_buffer.Pointer, _rowBytes, aside);
    }

    public void Dispose() => _buffer.Dispose();

    private void Grow(int rows)
    {
        if (_rowBytes * rows <= _buffer.Capacity)
            return;
        var larger = new NativeBuffer();
        larger.Ensure(_rowBytes * rows);
        Buffer.MemoryCopy(_buffer.Pointer, larger.Pointer, larger.Capacity, _buffer.Capacity);
        _buffer.Dispose();
        _buffer = larger;
    }
}
