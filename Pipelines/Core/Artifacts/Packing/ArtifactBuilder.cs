using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MLPipelines.Artifacts;

/// <summary>Collects the entries of an artifact and writes the zip: the same content gives the same bytes.</summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class ArtifactBuilder
{
    internal const string ManifestEntry = "manifest.json";

    private static readonly DateTimeOffset EntryTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] TextExtensions = [".json", ".jsonl", ".md", ".txt", ".yaml", ".csv"];

    private readonly SortedDictionary<string, (ArtifactEntry Entry, ReadOnlyMemory<byte> Bytes)> _entries = new(StringComparer.Ordinal);

    /// <summary>The entries so far, sorted by path.</summary>
    public IReadOnlyList<ArtifactEntry> Entries => [.. _entries.Values.Select(item => item.Entry)];

    /// <summary>Adds an entry.</summary>
    /// <param name="path">Its name within the zip, with forward slashes.</param>
    /// <param name="role">What it is, such as <c>weights</c>.</param>
    /// <param name="bytes">Its content; not copied, so it must not change until the artifact is written.</param>
    /// <exception cref="ArtifactException">The name is refused, is taken, or the content is a pickle.</exception>
    public void Add(string path, string role, ReadOnlyMemory<byte> bytes)
    {
        if (EntryNames.FaultOfEntry(path) is { } fault)
            ArtifactThrow.Entry("being built", path, fault);
        if (path == ManifestEntry || _entries.Keys.Contains(path, StringComparer.OrdinalIgnoreCase))
            ArtifactThrow.Entry("being built", path, "has a name that is taken");
        if (Pickles.LooksLikeOne(bytes.Span))
            ArtifactThrow.Entry("being built", path, "is a Python pickle, which can execute code when it is loaded");
        _entries.Add(path, (new ArtifactEntry(path, role, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes.Span))), bytes));
    }

    /// <summary>Adds an entry that is written to a stream.</summary>
    public void Add(string path, string role, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var stream = new MemoryStream();
        write(stream);
        Add(path, role, stream.ToArray());
    }

    /// <summary>The manifest as it will be written: with the entries and the digest over them.</summary>
    public ArtifactManifest Complete(ArtifactManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return manifest with { SchemaVersion = ArtifactManifest.CurrentSchemaVersion, Entries = Entries, ContentDigest = DigestOf(Entries) };
    }

    /// <summary>Writes the zip; gives the bytes of the manifest, for signing.</summary>
    public byte[] Write(Stream stream, ArtifactManifest completeManifest)
    {
        var manifest = JsonSerializer.SerializeToUtf8Bytes(completeManifest, ArtifactJsonContext.Default.ArtifactManifest);
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8);
        WriteEntry(archive, ManifestEntry, manifest);
        foreach (var (path, item) in _entries)
            WriteEntry(archive, path, item.Bytes);
        return manifest;
    }

    internal static string DigestOf(IReadOnlyList<ArtifactEntry> entries)
    {
        var canonical = new StringBuilder();
        foreach (var entry in entries.OrderBy(entry => entry.Path, StringComparer.Ordinal))
            canonical.Append(entry.Path).Append('\n').Append(entry.Length).Append('\n').Append(entry.Sha256).Append('\n');
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())));
    }

    private static void WriteEntry(ZipArchive archive, string path, ReadOnlyMemory<byte> bytes)
    {
        bool isText = TextExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
        var entry = archive.CreateEntry(path, isText ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
        entry.LastWriteTime = EntryTime;
        // The system on which the zip is made must not show in its bytes.
        entry.ExternalAttributes = 0;
        using var stream = entry.Open();
        stream.Write(bytes.Span);
    }
}

/// <summary>Tells Python pickles, plain or in a zip as torch writes them, from harmless files.</summary>
internal static class Pickles
{
    public static bool LooksLikeOne(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= 2 && bytes[0] == 0x80 && bytes[1] is >= 2 and <= 5 && bytes[^1] == (byte)'.')
            return true;
        return bytes.StartsWith("PK\u0003\u0004"u8) && bytes[..Math.Min(bytes.Length, 4096)].IndexOf("data.pkl"u8) >= 0;
    }
}
