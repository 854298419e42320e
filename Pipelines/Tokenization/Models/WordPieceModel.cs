namespace MLPipelines.Tokenization.Models;

/// <summary>Takes the longest token that the rest of the word starts with, again and again (BERT).</summary>
internal sealed class WordPieceModel : SubwordModel
{
    private readonly Vocabulary vocabulary;
    private readonly Trie initial = new();
    private readonly Trie continuing = new();
    private readonly int maximumCharacters;

    public WordPieceModel(Vocabulary vocabulary, string unknownToken, string prefix, int maximumCharacters)
    {
        this.vocabulary = vocabulary;
        this.maximumCharacters = maximumCharacters;
        UnknownId = vocabulary.IdOf(unknownToken);
        foreach (var (token, id) in vocabulary.Ids)
        {
            initial.Add(token, id);
            if (token.Length > prefix.Length && token.StartsWith(prefix, StringComparison.Ordinal))
                continuing.Add(token.AsSpan(prefix.Length), id);
        }
    }

    public override int Count => vocabulary.Count;

    public override int MaximumId => vocabulary.MaximumId;

    public override int? UnknownId { get; }

    public override int? IdOf(string token) => vocabulary.IdOf(token);

    public override string? TokenOf(int id) => vocabulary.TokenOf(id);

    public override void Encode(ReadOnlySpan<char> word, TokenList tokens, ModelScratch scratch)
    {
        if (IsTooLong(word))
        {
            AddUnknown(word, tokens);
            return;
        }
        int first = tokens.Count;
        int start = 0;
        var trie = initial;
        while (start < word.Length)
        {
            int node = Trie.Root, end = -1, id = 0;
            for (int i = start; i < word.Length; i++)
            {
                node = trie.Step(node, word[i]);
                if (node == Trie.None)
                    break;
                int value = trie.ValueOf(node);
                if (value != Trie.None)
                    (end, id) = (i + 1, value);
            }
            if (end < 0)
            {
                tokens.Count = first;
                AddUnknown(word, tokens);
                return;
            }
            tokens.Add(id, start, end);
            start = end;
            trie = continuing;
        }
    }

    private void AddUnknown(ReadOnlySpan<char> word, TokenList tokens) =>
        tokens.Add(UnknownId ?? throw TokenizationErrors.NoUnknownToken("WordPiece"), 0, word.Length);

    private bool IsTooLong(ReadOnlySpan<char> word)
    {
        if (word.Length <= maximumCharacters)
            return false;
        int codePoints = 0;
        foreach (char unit in word)
        {
            if (!char.IsLowSurrogate(unit) && ++codePoints > maximumCharacters)
                return true;
        }
        return false;
    }
}
