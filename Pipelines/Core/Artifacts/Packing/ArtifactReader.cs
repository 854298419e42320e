using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;

namespace MLPipelines.Artifacts;

/// <summary>
/// Reads an artifact: its directory and manifest are checked when it is opened, and every entry is checked against the
/// manifest as it is read. Bytes that do not match are never handed out.
/// </summary>
/// <remarks>Holds the file open until it is disposed. Not thread-safe.</remarks>
public sealed class ArtifactReader : IDisposable
{
    private const int MaximumManifestBytes = 16 << 20;

    private readonly Stream _stream;
    private readonly Dictionary<string, ZipItem> _items;
    private readonly Dictionary<string, ArtifactEntry> _entries;

    private ArtifactReader(Stream stream, string file, ArtifactTrustOptions trust)
    {
        _stream = stream;
        File = file;
        var items = ZipDirectory.Read(stream, file, trust);
        if (items.Count == 0 || items[0].Name != ArtifactBuilder.ManifestEntry)
            ArtifactThrow.Damaged(file, $"its first entry is not '{ArtifactBuilder.ManifestEntry}'");
        _items = items.ToDictionary(item => item.Name, StringComparer.Ordinal);
        if (items[0].Length > MaximumManifestBytes)
            ArtifactThrow.Damaged(file, $"its manifest has {items[0].Length:N0} bytes, more than {MaximumManifestBytes:N0}");
        ManifestBytes = Inflate(items[0]);
        Manifest = ParseManifest(ManifestBytes, file);
        _entries = CheckListing(items);
    }

    /// <summary>The path of the file, for messages.</summary>
    public string File { get; }

    /// <summary>What the artifact says of itself.</summary>
    public ArtifactManifest Manifest { get; }

    internal byte[] ManifestBytes { get; }

    /// <summary>Opens an artifact and checks its directory, its manifest and, where keys are configured, its signature.</summary>
    /// <exception cref="ArtifactException">It is missing, damaged or refused.</exception>
    public static ArtifactReader Open(string path, ArtifactTrustOptions? trust = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ArtifactException($"The artifact '{path}' cannot be opened: {e.Message}", e);
        }
        var reader = Open(stream, path, trust);
        try
        {
            ArtifactSignatures.Check(reader, trust ?? new ArtifactTrustOptions());
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Opens an artifact over a seekable stream, which is disposed with the reader. Signatures are not checked.</summary>
    public static ArtifactReader Open(Stream stream, string name, ArtifactTrustOptions? trust = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        trust ??= new ArtifactTrustOptions();
        trust.Validate();
        try
        {
            return new ArtifactReader(stream, name, trust);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether the manifest lists the entry.</summary>
    public bool Contains(string path) => _entries.ContainsKey(path);

    /// <summary>Reads an entry and checks its length and hash.</summary>
    /// <exception cref="ArtifactException">It is not listed, or does not match the manifest.</exception>
    public byte[] Read(string path)
    {
        if (!_entries.TryGetValue(path, out var entry))
            ArtifactThrow.Entry(File, path, "is not listed in the manifest");
        var bytes = Inflate(_items[path]);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (!hash.Equals(entry.Sha256, StringComparison.Ordinal))
            ArtifactThrow.Entry(File, path, $"was changed: its SHA-256 is {hash}, the manifest states {ArtifactThrow.Printable(entry.Sha256)}");
        if (Pickles.LooksLikeOne(bytes))
            ArtifactThrow.Entry(File, path, "is a Python pickle, which can execute code when it is loaded");
        return bytes;
    }

    /// <summary>Reads and checks every entry.</summary>
    /// <param name="progress">Gets the bytes read so far.</param>
    /// <param name="cancellationToken">Honoured between entries.</param>
    public void Verify(IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        long done = 0;
        foreach (var entry in Manifest.Entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Read(entry.Path);
            done += entry.Length;
            progress?.Report(done);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private Dictionary<string, ArtifactEntry> CheckListing(IReadOnlyList<ZipItem> items)
    {
        var entries = new Dictionary<string, ArtifactEntry>(StringComparer.Ordinal);
        foreach (var entry in Manifest.Entries)
        {
            if (entry?.Path is null || entry.Sha256 is null || !entries.TryAdd(entry.Path, entry))
                ArtifactThrow.Damaged(File, "its manifest lists an entry twice or incompletely");
            if (entry.Path == ArtifactBuilder.ManifestEntry || !_items.TryGetValue(entry.Path, out var item))
                ArtifactThrow.Entry(File, entry.Path, "is listed in the manifest, but missing");
            else if (item.Length != entry.Length)
                ArtifactThrow.Entry(File, entry.Path, $"has {item.Length:N0} bytes where the manifest states {entry.Length:N0}");
        }
        foreach (var item in items.Skip(1))
        {
            if (!entries.ContainsKey(item.Name))
                ArtifactThrow.Entry(File, item.Name, "is not listed in the manifest");
        }
        if (ArtifactBuilder.DigestOf(Manifest.Entries) != Manifest.ContentDigest)
            ArtifactThrow.Damaged(File, "the content digest in its manifest does not match its list of entries");
        return entries;
    }

    private byte[] Inflate(ZipItem item)
    {
        if (item.Length > Array.MaxLength)
            ArtifactThrow.Entry(File, item.Name, $"has {item.Length:N0} bytes; a single entry can have at most {Array.MaxLength:N0}");
        var bytes = new byte[item.Length];
        try
        {
            _stream.Position = item.DataOffset;
            if (!item.IsDeflated)
            {
                _stream.ReadExactly(bytes);
                return bytes;
            }
            var packed = new byte[item.CompressedLength];
            _stream.ReadExactly(packed);
            using var inflated = new DeflateStream(new MemoryStream(packed), CompressionMode.Decompress);
            inflated.ReadExactly(bytes);
            if (inflated.ReadByte() >= 0)
                ArtifactThrow.Entry(File, item.Name, "is longer than its header states");
            return bytes;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            ArtifactThrow.Entry(File, item.Name, "cannot be decompressed", e);
            throw;
        }
    }

    private static ArtifactManifest ParseManifest(byte[] bytes, string file)
    {
        ArtifactManifest? manifest = null;
        try
        {
            CheckSchemaVersion(bytes, file);
            manifest = JsonSerializer.Deserialize(bytes, ArtifactJsonContext.Default.ArtifactManifest);
        }
        catch (JsonException e)
        {
            ArtifactThrow.Damaged(file, $"its manifest is not valid: {e.Message}", e);
        }
        if (manifest is null || manifest.Entries is null || manifest.Signature is null || manifest.Training is null || manifest.Lineage is null || manifest.Metrics is null || manifest.Data is null || manifest.Engines is null || manifest.Name is null || manifest.Version is null || manifest.Task is null)
            ArtifactThrow.Damaged(file, "its manifest lacks a part that must be there");
        if (!SemanticVersion.TryParse(manifest.Version, out _))
            ArtifactThrow.Damaged(file, $"its manifest states the version '{ArtifactThrow.Printable(manifest.Version)}'");
        return manifest;
    }

    private static void CheckSchemaVersion(byte[] bytes, string file)
    {
        using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
        var version = default(JsonElement);
        bool isStated = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("schemaVersion", out version) && version.ValueKind == JsonValueKind.String;
        if (!isStated)
            ArtifactThrow.Damaged(file, "its manifest states no schema version");
        if (version.GetString() != ArtifactManifest.CurrentSchemaVersion)
            ArtifactThrow.Fail($"The artifact '{file}' has the format {ArtifactThrow.Printable(version.GetString()!)}; this library reads format {ArtifactManifest.CurrentSchemaVersion}. Use the version of the library that made it, or a later one.");
    }
}
