using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>A "model" whose logits depend on a row's prompt and its tokens so far, and which forgets nothing that it is told.</summary>
internal sealed class TableState(int prompts, int vocabulary, Func<int, IReadOnlyList<int>, float[]> logits) : IDecoderState
{
    private List<(int Prompt, List<int> Tokens)> _rows = [.. Enumerable.Range(0, prompts).Select(prompt => (prompt, new List<int>()))];

    /// <summary>Logits that a seed, the prompt and all tokens decide.</summary>
    public static Func<int, IReadOnlyList<int>, float[]> Random(int seed, int vocabulary) => (prompt, tokens) =>
    {
        int mixed = tokens.Aggregate(seed * 31 + prompt, (sum, token) => unchecked(sum * 1_000_003 + token + 1));
        var random = new Random(mixed);
        return [.. Enumerable.Range(0, vocabulary).Select(_ => 4 * random.NextSingle() - 2)];
    };

    public int Rows => _rows.Count;

    public int VocabularySize => vocabulary;

    public int Steps { get; private set; }

    public int MostRows { get; private set; }

    public List<int> RowsAtSteps { get; } = [];

    public bool IsDisposed { get; private set; }

    public Span<float> Start(ReadOnlySpan<int> tokens, int copies, CancellationToken cancellationToken)
    {
        int[] start = tokens.ToArray();
        _rows = [.. _rows.SelectMany(row => Enumerable.Range(0, copies).Select(_ => (row.Prompt, start.ToList())))];
        return Logits(cancellationToken);
    }

    public Span<float> Step(ReadOnlySpan<int> tokens, CancellationToken cancellationToken)
    {
        Assert.AreEqual(_rows.Count, tokens.Length);
        for (int row = 0; row < tokens.Length; row++)
            _rows[row].Tokens.Add(tokens[row]);
        return Logits(cancellationToken);
    }

    public void Reorder(ReadOnlySpan<int> sources)
    {
        var rows = new List<(int, List<int>)>();
        foreach (int source in sources)
            rows.Add((_rows[source].Prompt, [.. _rows[source].Tokens]));
        _rows = rows;
    }

    public void Dispose() => IsDisposed = true;

    private Span<float> Logits(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Steps++;
        RowsAtSteps.Add(Rows);
        MostRows = Math.Max(MostRows, Rows);
        return _rows.SelectMany(row => logits(row.Prompt, row.Tokens)).ToArray();
    }
}
