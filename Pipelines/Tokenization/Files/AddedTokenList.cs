using System.Globalization;
using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization.Files;

/// <summary>Gathers the added tokens of a tokenizer without a tokenizer.json.</summary>
internal sealed class AddedTokenList(IReadOnlyDictionary<string, int> vocabulary, SpecialTokens special)
{
    private readonly List<(int Id, AddedToken Token)> tokens = [];
    private readonly Dictionary<string, int> ids = [];

    public IReadOnlyList<(int Id, AddedToken Token)> Tokens => tokens;

    /// <summary>The token of a role, which must be there: the one that the files name, or else the usual one.</summary>
    public string Require(string role, string usual, string file) => RequireWithId(role, usual, file).Token;

    public (string Token, int Id) RequireWithId(string role, string usual, string file)
    {
        if (special.TokenFor(role) is { } token)
            return (token.Content, Add(token));
        if (!vocabulary.ContainsKey(usual))
            throw TokenizationErrors.Malformed(file, $"the vocabulary has no '{usual}', and {SpecialTokens.MapName} names no other '{role}'.");
        return (usual, Add(new AddedToken(usual, false, false, false, Normalized: false, Special: true)));
    }

    /// <summary>Adds the token of a role: the one that the files name, or the usual one if the vocabulary has it.</summary>
    public void AddIfKnown(string role, string? usual, bool stripLeft = false)
    {
        if (special.TokenFor(role) is { } token)
            Add(token);
        else if (usual != null && vocabulary.ContainsKey(usual))
            Add(new AddedToken(usual, false, stripLeft, false, Normalized: false, Special: true));
    }

    /// <summary>Adds what further files name: additional special tokens, tokens with ids.</summary>
    public void AddFiles(IReadOnlyDictionary<string, byte[]> files)
    {
        var listed = new SortedDictionary<int, AddedToken>();
        string source = SpecialTokens.ConfigName;
        if (special.Config?.Find("added_tokens_decoder") is { } decoder)
        {
            foreach (var (name, value) in decoder.Members())
            {
                if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                    throw TokenizationErrors.WrongType(value.File, value.Path, "named by an id");
                listed[id] = new AddedToken(
                    value.Text("content"), value.Flag("single_word", false), value.Flag("lstrip", false), value.Flag("rstrip", false), value.Flag("normalized", true), value.Flag("special", false));
            }
        }
        else if (files.TryGetValue(SlowTokenizers.Added, out byte[]? content))
        {
            source = SlowTokenizers.Added;
            foreach (var (token, value) in JsonPart.Parse(content, source).Members())
                listed[value.Integer()] = new AddedToken(token, false, false, false, Normalized: true, Special: false);
        }
        foreach (var (id, token) in listed)
        {
            if (Add(token) != id)
                throw TokenizationErrors.Malformed(source, string.Create(CultureInfo.InvariantCulture, $"the token '{token.Content}' is said to have the id {id}, but gets {ids[token.Content]}."));
        }
        foreach (var token in special.Additional)
            Add(token);
    }

    public void AddSpecial(string token) => Add(new AddedToken(token, false, false, false, Normalized: false, Special: true));

    private int Add(AddedToken token)
    {
        if (ids.TryGetValue(token.Content, out int id))
            return id;
        if (!vocabulary.TryGetValue(token.Content, out id))
            id = Math.Max(vocabulary.Count, ids.Count == 0 ? 0 : ids.Values.Max() + 1);
        ids.Add(token.Content, id);
        tokens.Add((id, token));
        return id;
    }
}
