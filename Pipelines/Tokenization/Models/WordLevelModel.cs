namespace MLPipelines.Tokenization.Models;

/// <summary>Every word is a token or unknown.</summary>
internal sealed class WordLevelModel(Vocabulary vocabulary, string unknownToken) : SubwordModel
{
    public override int Count => vocabulary.Count;

    public override int MaximumId => vocabulary.MaximumId;

    public override int? UnknownId { get; } = vocabulary.IdOf(unknownToken);

    public override int? IdOf(string token) => vocabulary.IdOf(token);

    public override string? TokenOf(int id) => vocabulary.TokenOf(id);

    public override void Encode(ReadOnlySpan<char> word, TokenList tokens, ModelScratch scratch)
    {
        if (!vocabulary.TryGetId(word, out int id))
            id = UnknownId ?? throw TokenizationErrors.NoUnknownToken("WordLevel");
        tokens.Add(id, 0, word.Length);
    }
}
