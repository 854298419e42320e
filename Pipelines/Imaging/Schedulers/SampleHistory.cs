namespace MLPipelines.Imaging.Schedulers;

/// <summary>The last few samples of a run, newest first; their arrays are used again and again.</summary>
internal sealed class SampleHistory(int capacity)
{
    private readonly List<float[]> _samples = new(capacity);

    public int Count { get; private set; }

    /// <summary>The newest is 0.</summary>
    public ReadOnlySpan<float> this[int age] => _samples[age];

    public void Clear() => Count = 0;

    /// <summary>Makes room for a new sample, which the caller writes; the oldest is dropped when there are too many.</summary>
    public Span<float> Push(int length)
    {
        if (_samples.Count > 0 && _samples[0].Length != length)
        {
            _samples.Clear();
            Count = 0;
        }
        float[] room;
        if (_samples.Count < capacity)
            room = new float[length];
        else
        {
            room = _samples[^1];
            _samples.RemoveAt(_samples.Count - 1);
        }
        _samples.Insert(0, room);
        Count = Math.Min(Count + 1, capacity);
        return room;
    }
}
