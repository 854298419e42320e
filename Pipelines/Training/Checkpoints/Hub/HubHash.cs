using System.Security.Cryptography;
using System.Text;

namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// What the hub promises of a file's content, and the name of its blob: the SHA-256 of a large file, or what git calls a small one, the
/// SHA-1 of its length and content.
/// </summary>
internal sealed record HubHash(string Text)
{
    private const int Sha256Length = 64, Sha1Length = 40;

    /// <summary>Of an ETag, or null where that is not a hash.</summary>
    public static HubHash? Parse(string? etag)
    {
        var text = etag?.Trim() ?? "";
        if (text.StartsWith("W/", StringComparison.Ordinal))
            text = text[2..];
        text = text.Trim('"');
        return HubReference.IsHex(text, Sha256Length) || HubReference.IsHex(text, Sha1Length) ? new HubHash(text) : null;
    }

    private bool IsSha256 => Text.Length == Sha256Length;

    /// <summary>The hash of the same kind that a file has.</summary>
    public async Task<string> OfAsync(Stream file, CancellationToken cancellationToken)
    {
        file.Position = 0;
        using var hash = IncrementalHash.CreateHash(IsSha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        if (!IsSha256)
            hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {file.Length}\0")));
        var buffer = new byte[1 << 20];
        for (int read; (read = await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
            hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public override string ToString() => (IsSha256 ? "SHA-256 " : "git hash ") + Text;
}
