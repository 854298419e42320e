namespace MLPipelines.Generation;

/// <summary>The best finished sequences of a group of beams; the arithmetic is that of transformers from version 4.36 on.</summary>
internal sealed class BeamHypotheses(int most, float lengthPenalty, EarlyStopping earlyStopping, int startLength, int maximumLength)
{
    private readonly List<Hypothesis> _found = [];
    private double _worst = 1e9;

    public IReadOnlyList<Hypothesis> Found => _found;

    /// <param name="sequence">The tokens.</param>
    /// <param name="sum">The sum of their scores.</param>
    /// <param name="counted">(tokens) The length that counts: generated tokens, the end token included.</param>
    /// <param name="reason">Why it ended.</param>
    public void Add(SequenceBuffer sequence, float sum, int counted, FinishReason reason)
    {
        double score = sum / Math.Pow(counted, lengthPenalty);
        if (_found.Count >= most && !(score > _worst))
            return;
        _found.Add(new Hypothesis(sequence, score, reason));
        if (_found.Count <= most)
        {
            _worst = Math.Min(score, _worst);
            return;
        }
        int worst = 0;
        for (int i = 1; i < _found.Count; i++)
        {
            if (_found[i].Score < _found[worst].Score)
                worst = i;
        }
        _found.RemoveAt(worst);
        _worst = _found.Min(hypothesis => hypothesis.Score);
    }

    /// <summary>Whether no open beam can improve on what was found.</summary>
    /// <param name="bestSum">The best sum of scores among the candidates of this step.</param>
    /// <param name="length">(tokens) The length of the open beams after this step, start included.</param>
    public bool IsDone(float bestSum, int length)
    {
        if (_found.Count < most)
            return false;
        if (earlyStopping == EarlyStopping.WhenFull)
            return true;
        int counted = earlyStopping == EarlyStopping.Never && lengthPenalty > 0 ? maximumLength : length;
        return _worst >= bestSum / Math.Pow(counted - startLength, lengthPenalty);
    }

    internal sealed record Hypothesis(SequenceBuffer Sequence, double Score, FinishReason Reason);
}
