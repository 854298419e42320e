using System.IO.Compression;

namespace MLPipelines.Artifacts;

/// <summary>
/// Reads an artifact: its directory and manifest are checked when it is opened, and every entry is checked against the
/// manifest as it is read. Bytes that do not match are never handed out, and what is handed out is not read a second time.
/// </summary>
/// <remarks>Holds the file open until it is disposed. Not thread-safe.</remarks>
public sealed class ArtifactReader : IDisposable
{
    private const int MaximumManifestBytes = 16 << 20;
    private const int ChunkBytes = 1 << 20;

    private readonly Stream _stream;
    private readonly ArtifactTrustOptions _trust;
    private readonly Dictionary<string, ZipItem> _items;
    private readonly Dictionary<string, ArtifactEntry> _entries;
    private readonly HashSet<string> _verified = new(StringComparer.Ordinal);
    private long _verifiedBytes;

    private ArtifactReader(Stream stream, string file, ArtifactTrustOptions trust)
    {
        _stream = stream;
        _trust = trust;
        File = file;
        var items = ZipDirectory.Read(stream, file, trust);
        if (items.Count == 0 || items[0].Name != ArtifactBuilder.ManifestEntry)
            ArtifactThrow.Damaged(file, $"its first entry is not '{ArtifactBuilder.ManifestEntry}'");
        if (items[0].Length > MaximumManifestBytes)
            ArtifactThrow.Damaged(file, $"its manifest has {items[0].Length:N0} bytes, more than {MaximumManifestBytes:N0}");
        _items = items.ToDictionary(item => item.Name, StringComparer.Ordinal);
        ManifestBytes = new byte[items[0].Length];
        Unpack(items[0], expectedSha256: null, new MemoryStream(ManifestBytes), CancellationToken.None);
        Manifest = ManifestParser.Parse(ManifestBytes, file);
        _entries = CheckListing(items);
    }

    /// <summary>The path of the file, for messages.</summary>
    public string File { get; }

    /// <summary>What the artifact says of itself.</summary>
    public ArtifactManifest Manifest { get; }

    internal byte[] ManifestBytes { get; }

    /// <summary>Told of the bytes of entries checked so far.</summary>
    internal IProgress<long>? Progress { get; set; }

    /// <summary>Opens an artifact and checks its directory, its manifest and, where keys are configured, its signature.</summary>
    /// <exception cref="ArtifactException">It is missing, damaged or refused.</exception>
    public static ArtifactReader Open(string path, ArtifactTrustOptions? trust = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1 << 12);
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
        catch (EndOfStreamException e)
        {
            stream.Dispose();
            throw new ArtifactException($"The artifact '{name}' became shorter while it was read.", e);
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
    /// <exception cref="ArtifactException">It is not listed, does not match the manifest, or has more than 2 GiB.</exception>
    public byte[] Read(string path)
    {
        var entry = Find(path);
        if (entry.Length > Array.MaxLength)
            ArtifactThrow.Entry(File, path, $"has {entry.Length:N0} bytes; open it as a stream, as an array can have at most {Array.MaxLength:N0}");
        var bytes = new byte[entry.Length];
        Unpack(entry, new MemoryStream(bytes), CancellationToken.None);
        return bytes;
    }

    /// <summary>
    /// Gives an entry of any length as a stream to read and to seek in. All of it is checked before this returns; the stream
    /// reads the checked bytes, from memory or, where there are many, from a private temporary file.
    /// </summary>
    /// <exception cref="ArtifactException">It is not listed, or does not match the manifest.</exception>
    public Stream OpenRead(string path, CancellationToken cancellationToken = default)
    {
        var entry = Find(path);
        var spool = new SpoolStream(entry.Length);
        try
        {
            Unpack(entry, spool, cancellationToken);
            return new SectionStream(spool, 0, spool.Length) { OwnsSource = true };
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Reads and checks every entry.</summary>
    /// <param name="progress">Told of the bytes checked so far.</param>
    /// <param name="cancellationToken">Honoured once per mebibyte.</param>
    /// <exception cref="ArtifactException">An entry does not match the manifest.</exception>
    public void Verify(IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        _verified.Clear();
        _verifiedBytes = 0;
        Progress = progress;
        VerifyRest(cancellationToken);
    }

    /// <summary>Checks the entries that have not been read yet.</summary>
    internal void VerifyRest(CancellationToken cancellationToken)
    {
        foreach (var entry in Manifest.Entries.Where(entry => !_verified.Contains(entry.Path)))
        {
            var sums = Unpack(_items[entry.Path], entry.Sha256, Stream.Null, cancellationToken);
            if (sums.IsZip)
                OpenRead(entry.Path, cancellationToken).Dispose();
            else
                Accept(entry, sums, Stream.Null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private ArtifactEntry Find(string path)
    {
        if (!_entries.TryGetValue(path, out var entry))
            ArtifactThrow.Entry(File, path, "is not listed in the manifest");
        return entry;
    }

    private Dictionary<string, ArtifactEntry> CheckListing(IReadOnlyList<ZipItem> items)
    {
        var entries = Manifest.Entries.ToDictionary(entry => entry.Path, StringComparer.Ordinal);
        foreach (var entry in Manifest.Entries)
        {
            if (entry.Path == ArtifactBuilder.ManifestEntry || !_items.TryGetValue(entry.Path, out var item))
                ArtifactThrow.Entry(File, entry.Path, "is listed in the manifest, but missing");
            else if (item.Length != entry.Length)
                ArtifactThrow.Entry(File, entry.Path, $"has {item.Length:N0} bytes where the manifest states {entry.Length:N0}");
            else if (entry.Role == ArtifactEntry.WeightsRole && item.IsDeflated)
                ArtifactThrow.Entry(File, entry.Path, "has the role of weights, but is compressed");
        }
        for (int i = 1; i < items.Count; i++)
        {
            if (!entries.ContainsKey(items[i].Name))
                ArtifactThrow.Entry(File, items[i].Name, "is not listed in the manifest");
            if (i > 1 && string.CompareOrdinal(items[i - 1].Name, items[i].Name) >= 0)
                ArtifactThrow.Entry(File, items[i].Name, "does not stand in its place: after the manifest, entries are sorted by name. The artifact was packed anew by another tool");
        }
        return entries;
    }

    private void Unpack(ArtifactEntry entry, Stream target, CancellationToken cancellationToken)
    {
        var sums = Unpack(_items[entry.Path], entry.Sha256, target, cancellationToken);
        Accept(entry, sums, target);
        target.Position = 0;
    }

    private void Accept(ArtifactEntry entry, EntrySums sums, Stream bytes)
    {
        ForbiddenContent.Check(sums, bytes, File, entry.Path, _trust);
        if (!_verified.Add(entry.Path))
            return;
        _verifiedBytes += entry.Length;
        Progress?.Report(_verifiedBytes);
    }

    // Writes exactly the entry's bytes to the target, and gives their sums.
    private EntrySums Unpack(ZipItem item, string? expectedSha256, Stream target, CancellationToken cancellationToken)
    {
        try
        {
            using var packed = new SectionStream(_stream, item.DataOffset, item.PackedLength) { KeepsLastByteApart = item.IsDeflated };
            using var source = item.IsDeflated ? new DeflateStream(packed, CompressionMode.Decompress, leaveOpen: true) : (Stream)packed;
            // What the manifest has a hash of needs no check sum; the manifest itself does.
            using var summing = new SummingStream(target, withCrc: expectedSha256 is null);
            Copy(source, summing, item, cancellationToken);
            if (packed.Position != packed.Length)
                ArtifactThrow.Entry(File, item.Name, $"has {packed.Length - packed.Position:N0} bytes after the end of its compressed data");
            var sums = summing.Complete();
            if (expectedSha256 is null && sums.Crc != item.Crc)
                ArtifactThrow.Entry(File, item.Name, $"was changed: its check sum is {sums.Crc:x8}, its header states {item.Crc:x8}");
            if (expectedSha256 is not null && sums.Sha256 != expectedSha256)
                ArtifactThrow.Entry(File, item.Name, $"was changed: its SHA-256 is {sums.Sha256}, the manifest states {expectedSha256}");
            return sums;
        }
        catch (InvalidDataException e)
        {
            throw new ArtifactException($"The artifact '{File}' is refused: entry '{item.Name}' cannot be decompressed.", e);
        }
    }

    private void Copy(Stream source, Stream target, ZipItem item, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Clamp(item.Length, 1, ChunkBytes)];
        long left = item.Length;
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int read = source.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, left)));
            if (read == 0)
                ArtifactThrow.Entry(File, item.Name, $"ends after {item.Length - left:N0} bytes where its header states {item.Length:N0}");
            target.Write(buffer.AsSpan(0, read));
            left -= read;
        }
        if (source.Read(buffer.AsSpan(0, 1)) > 0)
            ArtifactThrow.Entry(File, item.Name, $"is longer than the {item.Length:N0} bytes that its header states");
    }
}
