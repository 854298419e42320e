namespace MLPipelines.Training.Checkpoints;

/// <summary>Reads a tensor whose elements do not stand one after the other, such as a transposed one, as if they did.</summary>
internal sealed class StridedReader
{
    private readonly ByteSource _source;
    private readonly int _size;
    private readonly long _start;
    private readonly long _extent;
    private readonly long[] _shape;
    private readonly long[] _strides;
    private readonly long _run;
    private readonly WeakReference<byte[]?> _region = new(null);

    /// <param name="source">Where the elements are.</param>
    /// <param name="start">The offset of the first, in bytes.</param>
    /// <param name="size">The size of one, in bytes.</param>
    /// <param name="shape">Without a 0.</param>
    /// <param name="strides">In elements, none negative, and all elements within the source.</param>
    public StridedReader(ByteSource source, long start, int size, long[] shape, long[] strides)
    {
        _source = source;
        _start = start;
        _size = size;
        // Dimensions of one element have meaningless strides; the innermost dense ones are copied as one run.
        var kept = Enumerable.Range(0, shape.Length).Where(d => shape[d] != 1).ToList();
        _run = 1;
        while (kept.Count > 0 && strides[kept[^1]] == _run)
        {
            _run *= shape[kept[^1]];
            kept.RemoveAt(kept.Count - 1);
        }
        _shape = [.. kept.Select(d => shape[d])];
        _strides = [.. kept.Select(d => strides[d])];
        _extent = _run + _shape.Zip(_strides, (length, stride) => (length - 1) * stride).Sum();
    }

    /// <param name="first">The index of the first element in row-major order.</param>
    /// <param name="destination">Whole elements.</param>
    public void Read(long first, Span<byte> destination)
    {
        var region = Region();
        var index = new long[_shape.Length];
        long rest = first / _run;
        long within = first % _run;
        long offset = 0;
        for (int d = _shape.Length - 1; d >= 0; d--)
        {
            index[d] = rest % _shape[d];
            rest /= _shape[d];
            offset += index[d] * _strides[d];
        }
        while (destination.Length > 0)
        {
            int bytes = (int)Math.Min((_run - within) * _size, destination.Length);
            long position = (offset + within) * _size;
            if (region != null)
                region.AsSpan((int)position, bytes).CopyTo(destination);
            else
                _source.Read(_start + position, destination[..bytes]);
            destination = destination[bytes..];
            within = 0;
            for (int d = _shape.Length - 1; d >= 0; d--)
            {
                offset += _strides[d];
                if (++index[d] < _shape[d])
                    break;
                offset -= index[d] * _strides[d];
                index[d] = 0;
            }
        }
    }

    /// <summary>The elements with all that stands between them, kept while memory lasts; null where that is too much for one array.</summary>
    private byte[]? Region()
    {
        if (_extent * _size > Array.MaxLength)
            return null;
        if (_region.TryGetTarget(out var region) && region != null)
            return region;
        region = _source.ReadAll(_start, (int)(_extent * _size));
        _region.SetTarget(region);
        return region;
    }
}
