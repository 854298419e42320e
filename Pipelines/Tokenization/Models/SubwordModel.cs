namespace MLPipelines.Tokenization.Models;

/// <summary>Splits a word into tokens of a vocabulary. Immutable and thread-safe; the scratch belongs to one caller at a time.</summary>
internal abstract class SubwordModel
{
    public abstract int Count { get; }

    public abstract int MaximumId { get; }

    /// <summary>The id that stands for what the vocabulary does not hold; null where there is none.</summary>
    public abstract int? UnknownId { get; }

    /// <summary>Whether an unknown token's text is the text that was not known, not the unknown token's own.</summary>
    public virtual bool KeepsUnknownText => false;

    public abstract int? IdOf(string token);

    public abstract string? TokenOf(int id);

    /// <summary>Adds the tokens of a word, which is not empty and has no lone surrogates.</summary>
    public abstract void Encode(ReadOnlySpan<char> word, TokenList tokens, ModelScratch scratch);
}

/// <summary>Room to work in, kept between words.</summary>
internal sealed class ModelScratch
{
    public int[] Symbols = new int[64];
    public int[] SymbolStarts = new int[65];
    public int[] Ranks = new int[64];
    public int[] Merged = new int[64];
    public int[] Previous = [];
    public int[] Next = [];
    public int[] Versions = [];
    public double[] Scores = [];
    public int[] BestStarts = [];
    public int[] BestIds = [];

    public readonly PriorityQueue<int, long> Queue = new();

    public void EnsureSymbols(int count)
    {
        if (Symbols.Length >= count)
            return;
        int length = count + count / 2;
        Symbols = new int[length];
        SymbolStarts = new int[length + 1];
        Ranks = new int[length];
        Merged = new int[length];
    }

    public void EnsureLinks(int count)
    {
        if (Next.Length >= count)
            return;
        Previous = new int[count + count / 2];
        Next = new int[Previous.Length];
    }

    public void EnsurePositions(int count)
    {
        if (Scores.Length >= count)
            return;
        Scores = new double[count + count / 2];
        BestStarts = new int[Scores.Length];
        BestIds = new int[Scores.Length];
    }
}
