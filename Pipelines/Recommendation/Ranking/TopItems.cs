using System.Numerics;

namespace MLPipelines.Recommendation;

/// <summary>The best of many scores: higher ones first, of equal ones that with the lower index. Scores of negative infinity or NaN are passed over.</summary>
internal sealed class TopItems(int capacity)
{
    private readonly int[] _items = new int[capacity];
    private readonly float[] _scores = new float[capacity];
    private int _count;

    public ReadOnlySpan<int> Items => _items.AsSpan(0, _count);

    public ReadOnlySpan<float> Scores => _scores.AsSpan(0, _count);

    /// <summary>Finds the best, in order.</summary>
    public void Select(ReadOnlySpan<float> scores)
    {
        _count = 0;
        if (_items.Length == 0)
            return;
        int i = 0;
        for (; i < scores.Length && _count < _items.Length; i++)
        {
            if (scores[i] > float.NegativeInfinity)
                Push(i, scores[i]);
        }
        // What does not beat the worst is skipped a register at a time; equal scores have higher indices from here on.
        var worst = new Vector<float>(_count < _items.Length ? float.NegativeInfinity : _scores[0]);
        for (; i + Vector<float>.Count <= scores.Length; i += Vector<float>.Count)
        {
            if (!Vector.GreaterThanAny(new Vector<float>(scores[i..]), worst))
                continue;
            for (int j = i; j < i + Vector<float>.Count; j++)
                Replace(j, scores[j]);
            worst = new Vector<float>(_scores[0]);
        }
        for (; i < scores.Length; i++)
            Replace(i, scores[i]);
        Sort();
    }

    private void Replace(int item, float score)
    {
        if (!(score > _scores[0]))
            return;
        _items[0] = item;
        _scores[0] = score;
        Sink(0, _count);
    }

    private void Push(int item, float score)
    {
        int at = _count++;
        _items[at] = item;
        _scores[at] = score;
        while (at > 0 && IsWorse(at, (at - 1) / 2))
        {
            Swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
    }

    // A heap with the worst on top.
    private void Sink(int at, int count)
    {
        while (true)
        {
            int child = 2 * at + 1;
            if (child >= count)
                return;
            if (child + 1 < count && IsWorse(child + 1, child))
                child++;
            if (!IsWorse(child, at))
                return;
            Swap(child, at);
            at = child;
        }
    }

    private void Sort()
    {
        for (int end = _count - 1; end > 0; end--)
        {
            Swap(0, end);
            Sink(0, end);
        }
    }

    private bool IsWorse(int first, int second) =>
        _scores[first] < _scores[second] || _scores[first] == _scores[second] && _items[first] > _items[second];

    private void Swap(int first, int second)
    {
        (_items[first], _items[second]) = (_items[second], _items[first]);
        (_scores[first], _scores[second]) = (_scores[second], _scores[first]);
    }
}
