namespace MLPipelines.Generation;

/// <summary>The tokens of a row, and how probable those that were generated are.</summary>
internal sealed class SequenceBuffer
{
    private readonly List<int> _tokens;
    private readonly List<float> _logProbabilities;

    public SequenceBuffer(ReadOnlySpan<int> start)
    {
        _tokens = new List<int>(start.Length + 32);
        _tokens.AddRange(start);
        _logProbabilities = new List<float>(32);
    }

    private SequenceBuffer(SequenceBuffer other)
    {
        _tokens = new List<int>(other._tokens.Count + 1);
        _tokens.AddRange(other._tokens);
        _logProbabilities = new List<float>(other._logProbabilities.Count + 1);
        _logProbabilities.AddRange(other._logProbabilities);
    }

    public int Length => _tokens.Count;

    public ReadOnlySpan<int> Tokens => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_tokens);

    public ReadOnlySpan<float> LogProbabilities => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_logProbabilities);

    public void Add(int token, float logProbability)
    {
        _tokens.Add(token);
        _logProbabilities.Add(logProbability);
    }

    public SequenceBuffer Copy() => new(this);

    public SequenceBuffer With(int token, float logProbability)
    {
        var copy = new SequenceBuffer(this);
        copy.Add(token, logProbability);
        return copy;
    }

    /// <summary>What is given to callers: all but the start token.</summary>
    public GeneratedSequence Finish(float score, FinishReason reason) => new(Tokens[1..].ToArray(), LogProbabilities.ToArray(), score, reason);
}
