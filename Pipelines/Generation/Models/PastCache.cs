using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Generation;

/// <summary>A tensor of keys or values but for its rows and tokens.</summary>
internal readonly record struct PastKind(TensorElementType Type, int ElementSize, long Heads, long Size);

/// <summary>
/// The decoder's own keys and values of a batch, tensors of [rows, heads, tokens, size]. A step reads each and writes it anew with a token more, into the buffer of a tensor that the step
/// has read by then: besides the tensors themselves there are only as many buffers as come in between.
/// </summary>
/// <param name="kinds">What each tensor is like, in the order in which a step reads them.</param>
/// <param name="lag">How many tensors further a step has to be for a buffer to be free; as many as there are tensors where nothing is known of its order.</param>
/// <param name="capacity">(rows) How many there will be at most.</param>
internal sealed unsafe class PastCache(PastKind[] kinds, int lag, int capacity) : IDisposable
{
    // (tokens) How much room is taken in advance.
    private const int Reserve = 32;

    private readonly NativeBuffer[] _held = [.. kinds.Select(_ => new NativeBuffer())];
    private readonly NativeBuffer[] _spare = [.. Enumerable.Range(0, lag).Select(_ => new NativeBuffer())];
    private long _tokens;

    public int Count => kinds.Length;

    /// <summary>Takes over what a first step gave.</summary>
    /// <param name="values">[rows, heads, tokens, size] for each tensor.</param>
    /// <param name="tokens">How many.</param>
    /// <param name="rows">How many.</param>
    public void Fill(ReadOnlySpan<OrtValue> values, int tokens, int rows)
    {
        _tokens = tokens;
        for (int i = 0; i < Count; i++)
        {
            _held[i].Ensure(Bytes(_tokens + Reserve));
            fixed (byte* source = values[i].GetTensorDataAsSpan<byte>())
                Buffer.MemoryCopy(source, _held[i].Pointer, _held[i].Capacity, RowBytes(i) * rows);
        }
    }

    public OrtValue View(int index, int rows) => _held[index].View(kinds[index].Type, Shape(index, rows, _tokens), kinds[index].ElementSize);

    /// <summary>Makes room for a further token. Called before views are taken.</summary>
    /// <param name="rows">How many there are.</param>
    public void Lengthen(int rows)
    {
        long needed = Bytes(_tokens + 1), reserved = Bytes(_tokens + Reserve);
        foreach (var buffer in _spare)
            buffer.Ensure(needed, reserved);
        for (int i = 0; i < Count; i++)
        {
            if (_held[i].Capacity >= needed)
                continue;
            var larger = new NativeBuffer();
            larger.Ensure(needed, reserved);
            Buffer.MemoryCopy(_held[i].Pointer, larger.Pointer, larger.Capacity, RowBytes(i) * rows);
            _held[i].Dispose();
            _held[i] = larger;
        }
    }

    /// <summary>Where the next step writes a tensor with a token more.</summary>
    public OrtValue NextView(int index, int rows) => Next(index).View(kinds[index].Type, Shape(index, rows, _tokens + 1), kinds[index].ElementSize);

    /// <summary>The next step has written: the tensors are a token longer.</summary>
    public void Advance()
    {
        NativeBuffer[] next = [.. Enumerable.Range(0, Count).Select(Next)], free = _held[(Count - lag)..];
        next.CopyTo(_held, 0);
        free.CopyTo(_spare, 0);
        _tokens++;
    }

    public void Move(RowMoves moves, NativeBuffer aside)
    {
        for (int i = 0; i < Count; i++)
            moves.Apply(_held[i].Pointer, RowBytes(i), aside);
    }

    public void Dispose()
    {
        foreach (var buffer in _held)
            buffer.Dispose();
        foreach (var buffer in _spare)
            buffer.Dispose();
    }

    private NativeBuffer Next(int index) => index < lag ? _spare[index] : _held[index - lag];

    private long[] Shape(int index, int rows, long tokens) => [rows, kinds[index].Heads, tokens, kinds[index].Size];

    private long RowBytes(int index) => kinds[index].ElementSize * kinds[index].Heads * _tokens * kinds[index].Size;

    // Buffers change from tensor to tensor, so that each has room for the largest.
    private long Bytes(long tokens) => kinds.Max(kind => kind.ElementSize * kind.Heads * kind.Size) * tokens * capacity;
}
