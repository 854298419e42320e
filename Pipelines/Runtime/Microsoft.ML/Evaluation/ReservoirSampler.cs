namespace Microsoft.ML.Evaluation;

/// <summary>A uniform sample, without replacement, of a stream; the stream itself while it is short.</summary>
internal sealed class ReservoirSampler<T>(Random rand, int capacity)
{
    private readonly List<T> _sample = [];
    private int _seen;

    public IReadOnlyList<T> Sample => _sample;

    public void Add(T item)
    {
        _seen++;
        if (_sample.Count < capacity)
        {
            _sample.Add(item);
            return;
        }
        int place = rand.Next(_seen);
        if (place < capacity)
            _sample[place] = item;
    }
}
