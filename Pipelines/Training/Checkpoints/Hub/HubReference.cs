using System.Buffers;

namespace MLPipelines.Training.Checkpoints;

/// <summary>A model of the hub: <c>hf:org/name@revision</c>.</summary>
internal sealed record HubReference(string Id, string Revision)
{
    public const string Scheme = "hf:";

    private const string DefaultRevision = "main";
    private const int LongestId = 96, LongestRevision = 200;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>The name of its folder in the cache.</summary>
    public string FolderName => "models--" + Id.Replace("/", "--", StringComparison.Ordinal);

    public static bool IsReference(string text) => text.StartsWith(Scheme, StringComparison.Ordinal);

    /// <exception cref="CheckpointException">The text is no reference.</exception>
    public static HubReference Parse(string text)
    {
        var rest = text[Scheme.Length..];
        int at = rest.IndexOf('@');
        var id = at < 0 ? rest : rest[..at];
        var revision = at < 0 ? DefaultRevision : rest[(at + 1)..];
        var parts = id.Split('/');
        if (id.Length > LongestId || parts.Length > 2 || !Array.TrueForAll(parts, IsName))
            throw CheckpointErrors.BadReference(text, $"'{CheckpointErrors.Printable(id)}' is no name of a model");
        if (revision.Length > LongestRevision || !Array.TrueForAll(revision.Split('/'), IsRefPart))
            throw CheckpointErrors.BadReference(text, $"'{CheckpointErrors.Printable(revision)}' is no branch, tag or commit");
        return new HubReference(id, revision);
    }

    /// <summary>Whether a text is the full hash of a commit.</summary>
    public static bool IsCommit(string text) => IsHex(text, 40);

    public static bool IsHex(string text, int length) => text.Length == length && !text.AsSpan().ContainsAnyExcept(Hex);

    public override string ToString() => $"{Scheme}{Id}@{Revision}";

    private static bool IsName(string name) =>
        name.Length > 0 && !name.AsSpan().ContainsAnyExcept(NameCharacters) && name[0] is not ('-' or '.') && name[^1] is not ('-' or '.')
        && !name.Contains("--", StringComparison.Ordinal) && !name.Contains("..", StringComparison.Ordinal);

    private static bool IsRefPart(string part) =>
        part.Length > 0 && !part.AsSpan().ContainsAnyExcept(NameCharacters) && part[0] is not ('-' or '.') && part[^1] != '.' && !part.Contains("..", StringComparison.Ordinal);
}
