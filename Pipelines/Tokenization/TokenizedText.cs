namespace MLPipelines.Tokenization;

/// <summary>An encoded text, or pair of texts: one entry of each array per token. Immutable but for its arrays, which belong to the caller.</summary>
public sealed class TokenizedText
{
    private readonly TextTokenizer tokenizer;
    private readonly (int Index, string Text)[] unusual;
    private string[]? tokens;

    internal TokenizedText(TextTokenizer tokenizer, int length, (int Index, string Text)[] unusual)
    {
        this.tokenizer = tokenizer;
        this.unusual = unusual;
        Ids = new int[length];
        Offsets = new (int, int)[length];
        TypeIds = new int[length];
        AttentionMask = new int[length];
        IsSpecial = new bool[length];
        WordIds = new int[length];
    }

    /// <summary>The number of tokens, padding included.</summary>
    public int Length => Ids.Length;

    /// <summary>The ids in the vocabulary.</summary>
    public int[] Ids { get; }

    /// <summary>The texts of the tokens: the vocabulary's, but the text itself for added tokens that took in spaces and for unknown SentencePiece pieces. Made on first use.</summary>
    public string[] Tokens => tokens ??= MakeTokens();

    /// <summary>
    /// Where the tokens come from, in UTF-16 code units of their own text (the first or the second of a pair; the word
    /// itself for words given one by one): first unit, and one past the last. (0, 0) for special tokens and padding.
    /// </summary>
    public (int Start, int End)[] Offsets { get; }

    /// <summary>The segment of each token: 0 or 1 where the tokenizer tells the texts of a pair apart, else 0.</summary>
    public int[] TypeIds { get; }

    /// <summary>1 for tokens, 0 for padding.</summary>
    public int[] AttentionMask { get; }

    /// <summary>Whether a token was added by the tokenizer: marks of start, end and separation, and padding.</summary>
    public bool[] IsSpecial { get; }

    /// <summary>Which word of its text each token is from, counted from 0; -1 for special tokens and padding.</summary>
    public int[] WordIds { get; }

    internal (int Index, string Text)[] Unusual => unusual;

    private string[] MakeTokens()
    {
        var made = new string[Ids.Length];
        for (int i = 0; i < made.Length; i++)
            made[i] = tokenizer.TextOf(Ids[i]) ?? "";
        foreach (var (index, text) in unusual)
            made[index] = text;
        return made;
    }
}
