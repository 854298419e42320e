using System.Collections;
using System.Runtime.CompilerServices;

namespace TorchSharp.Utils;

/// <summary>
/// The elements of a tensor on the CPU, in the order of its dimensions whatever its strides are. It is a view: it reads
/// and writes the tensor's own memory, which must not be disposed of meanwhile.
/// </summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    private readonly torch.Tensor _tensor;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly bool _contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        _tensor = tensor;
        _shape = tensor.shape;
        _strides = tensor.stride();
        _contiguous = tensor.is_contiguous();
        Count = tensor.NumberOfElements;
    }

    /// <summary>The number of elements.</summary>
    public long Count { get; }

    /// <summary>Always false: elements can be set.</summary>
    public bool IsReadOnly => false;

    /// <summary>The element at a place, one index for each dimension or one in all.</summary>
    public unsafe T this[params long[] indices]
    {
        get => *Address(indices);
        set => *Address(indices) = value;
    }

    /// <summary>All elements, row after row.</summary>
    public unsafe T[] ToArray()
    {
        var all = new T[Count];
        CopyTo(all);
        return all;
    }

    /// <summary>Copies elements into an array.</summary>
    /// <param name="array">Where to.</param>
    /// <param name="arrayIndex">The first place of the array to write.</param>
    /// <param name="tensorIndex">The first element to copy.</param>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies elements into a span, as many as fit.</summary>
    /// <param name="array">Where to.</param>
    /// <param name="arrayIndex">The first place of the span to write.</param>
    /// <param name="tensorIndex">The first element to copy.</param>
    public unsafe void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var target = array[arrayIndex..];
        int count = (int)Math.Min(target.Length, Count - tensorIndex);
        if (_contiguous)
        {
            new ReadOnlySpan<T>((T*)_tensor.DataPointer() + tensorIndex, count).CopyTo(target);
        }
        else
        {
            T* start = (T*)_tensor.DataPointer();
            for (int i = 0; i < count; i++)
                target[i] = start[Offset(tensorIndex + i)];
        }
        GC.KeepAlive(_tensor);
    }

    /// <summary>Copies elements from an array into the tensor.</summary>
    /// <param name="array">Where from.</param>
    /// <param name="arrayIndex">The first place of the array to read.</param>
    /// <param name="tensorIndex">The first element to write.</param>
    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies elements from a span into the tensor, as many as fit.</summary>
    /// <param name="array">Where from.</param>
    /// <param name="arrayIndex">The first place of the span to read.</param>
    /// <param name="tensorIndex">The first element to write.</param>
    public unsafe void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var source = array[arrayIndex..];
        int count = (int)Math.Min(source.Length, Count - tensorIndex);
        if (_contiguous)
        {
            source[..count].CopyTo(new Span<T>((T*)_tensor.DataPointer() + tensorIndex, count));
        }
        else
        {
            T* start = (T*)_tensor.DataPointer();
            for (int i = 0; i < count; i++)
                start[Offset(tensorIndex + i)] = source[i];
        }
        GC.KeepAlive(_tensor);
    }

    /// <summary>The elements, row after row.</summary>
    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++)
            yield return Read(i);
    }

    /// <summary>Does nothing: the tensor keeps its memory.</summary>
    public void Dispose()
    {
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private unsafe T Read(long index) => ((T*)_tensor.DataPointer())[_contiguous ? index : Offset(index)];

    private unsafe T* Address(long[] indices)
    {
        long offset = 0;
        if (indices.Length == 1 && _shape.Length != 1)
        {
            CheckIndex(indices[0], Count);
            offset = Offset(indices[0]);
        }
        else
        {
            if (indices.Length != _shape.Length)
                TorchErrors.Argument($"The tensor has {_shape.Length} dimensions; {indices.Length} indices were given.", nameof(indices));
            for (int i = 0; i < indices.Length; i++)
            {
                CheckIndex(indices[i], _shape[i]);
                offset += indices[i] * _strides[i];
            }
        }
        return (T*)_tensor.DataPointer() + offset;
    }

    private static void CheckIndex(long index, long length)
    {
        if ((ulong)index >= (ulong)length)
            TorchErrors.OutOfRange(nameof(index), index, $"An index must be at least 0 and less than {length} here.");
    }

    private long Offset(long index)
    {
        long offset = 0;
        for (int i = _shape.Length - 1; i >= 0; i--)
        {
            (index, long place) = Math.DivRem(index, _shape[i]);
            offset += place * _strides[i];
        }
        return offset;
    }
}
