namespace MLPipelines.Tokenization.Models;

/// <summary>Tokens and their ids, which need not be without gaps. Where a token occurs twice its last id counts.</summary>
internal sealed class Vocabulary
{
    /// <summary>Ids from here on are refused: no model has as many rows.</summary>
    public const int IdLimit = 1 << 26;

    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> idsBySpan;
    private readonly string?[] tokens;

    public Vocabulary(Dictionary<string, int> ids)
    {
        this.ids = ids;
        idsBySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        tokens = new string?[ids.Count == 0 ? 0 : ids.Values.Max() + 1];
        foreach (var (token, id) in ids)
            tokens[id] = token;
    }

    public int Count => ids.Count;

    public int MaximumId => tokens.Length - 1;

    public IReadOnlyDictionary<string, int> Ids => ids;

    public int? IdOf(string token) => ids.TryGetValue(token, out int id) ? id : null;

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => idsBySpan.TryGetValue(token, out id);

    public string? TokenOf(int id) => (uint)id < (uint)tokens.Length ? tokens[id] : null;
}
