using System.Security.Cryptography;
using System.Text.Json;

namespace MLPipelines.Artifacts;

/// <summary>Collects the entries of an artifact and writes the zip: the same content gives the same bytes.</summary>
/// <remarks>
/// Not thread-safe. Large entries wait in private temporary files, which go when the builder is disposed.
/// </remarks>
public sealed class ArtifactBuilder : IDisposable
{
    internal const string ManifestEntry = "manifest.json";

    private const string BeingBuilt = "being built";

    private readonly SortedDictionary<string, (ArtifactEntry Entry, EntryContent Content)> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { ManifestEntry };

    /// <summary>The entries so far, sorted by path.</summary>
    public IReadOnlyList<ArtifactEntry> Entries => [.. _entries.Values.Select(item => item.Entry)];

    /// <summary>Adds an entry.</summary>
    /// <param name="path">Its name within the zip: ASCII, with forward slashes.</param>
    /// <param name="role">What it is, such as <c>config</c>; what has the role <c>weights</c> is stored uncompressed.</param>
    /// <param name="bytes">Its content; not copied, so it must not change until the artifact is written.</param>
    /// <exception cref="ArtifactException">The name is refused or taken, or the content could execute code when it is loaded.</exception>
    public void Add(string path, string role, ReadOnlyMemory<byte> bytes)
    {
        CheckName(path, role);
        Add(path, role, EntryContent.Of(bytes));
    }

    /// <summary>Adds an entry that is written to a stream.</summary>
    /// <inheritdoc cref="Add(string, string, ReadOnlyMemory{byte})"/>
    public void Add(string path, string role, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        CheckName(path, role);
        Add(path, role, EntryContent.Of(write));
    }

    /// <summary>The manifest as it will be written: with the entries and the digest over them.</summary>
    public ArtifactManifest Complete(ArtifactManifest manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return manifest with
        {
            SchemaVersion = ArtifactManifest.CurrentSchemaVersion,
            Engines = Sorted(manifest.Engines),
            Training = manifest.Training with { Options = Sorted(manifest.Training.Options) },
            Entries = Entries,
            ContentDigest = DigestOf(Entries),
        };
    }

    /// <summary>Writes the zip; gives the bytes of the manifest, for signing.</summary>
    /// <param name="stream">Where to; it is never seeked.</param>
    /// <param name="completeManifest">What <see cref="Complete"/> gave, with a version.</param>
    /// <param name="progress">Told of the bytes written so far.</param>
    /// <param name="cancellationToken">Honoured several times per mebibyte.</param>
    public byte[] Write(Stream stream, ArtifactManifest completeManifest, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(completeManifest);
        var manifest = JsonSerializer.SerializeToUtf8Bytes(completeManifest, ArtifactJsonContext.Default.ArtifactManifest);
        // What could not be read back is not written.
        ManifestParser.Parse(manifest, BeingBuilt);
        using var manifestContent = EntryContent.Of(manifest);
        var zip = new ZipWriter(stream);
        zip.Add(ManifestEntry, manifestContent, deflate: true, progress, cancellationToken);
        foreach (var (path, item) in _entries)
            zip.Add(path, item.Content, deflate: item.Entry.Role != ArtifactEntry.WeightsRole, progress, cancellationToken);
        zip.Finish();
        return manifest;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var item in _entries.Values)
            item.Content.Dispose();
    }

    /// <summary>SHA-256 over the canonical JSON of the entries: sorted by path, without white space.</summary>
    internal static string DigestOf(IReadOnlyList<ArtifactEntry> entries)
    {
        ArtifactEntry[] sorted = [.. entries.OrderBy(entry => entry.Path, StringComparer.Ordinal)];
        var canonical = JsonSerializer.SerializeToUtf8Bytes(sorted, CanonicalJsonContext.Default.ArtifactEntryArray);
        return "sha256:" + Convert.ToHexStringLower(SHA256.HashData(canonical));
    }

    // In the same order whatever the culture of the process.
    private static SortedDictionary<string, T> Sorted<T>(SortedDictionary<string, T> values) => new(values, StringComparer.Ordinal);

    private void CheckName(string path, string role)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentException.ThrowIfNullOrWhiteSpace(role);
        if (EntryNames.FaultOfEntry(path) is { } fault)
            ArtifactThrow.Entry(BeingBuilt, path, fault);
        if (_names.Contains(path))
            ArtifactThrow.Entry(BeingBuilt, path, "has a name that is taken, or that differs from another only in case");
    }

    private void Add(string path, string role, EntryContent content)
    {
        try
        {
            using var bytes = content.OpenRead();
            ForbiddenContent.Check(content.Sums, bytes, BeingBuilt, path, new ArtifactTrustOptions());
        }
        catch
        {
            content.Dispose();
            throw;
        }
        _names.Add(path);
        _entries.Add(path, (new ArtifactEntry(path, role, content.Sums.Length, content.Sums.Sha256), content));
    }
}
