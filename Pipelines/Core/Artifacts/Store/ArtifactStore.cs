using System.Security.Cryptography;

namespace MLPipelines.Artifacts;

/// <summary>A published version.</summary>
/// <param name="Name">The name of the artifact.</param>
/// <param name="Version">Its version.</param>
/// <param name="Path">Where its zip stands.</param>
/// <param name="Aliases">The aliases that point to it.</param>
public sealed record ArtifactVersion(string Name, SemanticVersion Version, string Path, IReadOnlyList<string> Aliases);

/// <summary>
/// Versioned artifacts in a folder: <c>NAME/MAJOR.MINOR.PATCH.zip</c>, never changed once published, with aliases that move
/// from version to version and a history of all that happened.
/// </summary>
/// <remarks>
/// Thread-safe, and safe to use from several processes at once. A process that is killed at any moment leaves the store as it
/// was before or after what it was doing.
/// </remarks>
public sealed class ArtifactStore
{
    /// <summary>The alias that always stands for the highest version.</summary>
    public const string Latest = "latest";

    private const int LongestWayBack = 100;

    private readonly TimeProvider _clock;

    /// <summary>A store over a folder, which need not exist yet.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="trust">What is allowed in artifacts that are opened.</param>
    /// <param name="clock">Where event times come from.</param>
    public ArtifactStore(string root = "Artifacts", ArtifactTrustOptions? trust = null, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        Root = Path.GetFullPath(root);
        Trust = trust ?? new ArtifactTrustOptions();
        Trust.Validate();
        _clock = clock ?? TimeProvider.System;
    }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>What is allowed in artifacts that are opened.</summary>
    public ArtifactTrustOptions Trust { get; }

    /// <summary>
    /// Publishes an artifact. Without <paramref name="version"/> the number follows from what changed since the latest version:
    /// columns, labels or task a major one, options or stages a minor one, anything else a patch.
    /// </summary>
    /// <param name="content">The entries.</param>
    /// <param name="manifest">The manifest; its version, entries and digest are filled in here.</param>
    /// <param name="version">The version, if it is not to be chosen.</param>
    /// <param name="signingKey">A key (ECDSA, NIST P-256) to sign with.</param>
    /// <param name="progress">Told of the bytes written so far.</param>
    /// <param name="cancellationToken">Honoured until the zip gets its final name; then nothing has changed.</param>
    /// <exception cref="ArtifactException">The version exists or existed, or the folder cannot be written.</exception>
    public async Task<ArtifactVersion> PublishAsync(
        ArtifactBuilder content,
        ArtifactManifest manifest,
        SemanticVersion? version = null,
        ECDsa? signingKey = null,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(manifest);
        EntryNames.CheckName(manifest.Name, "an artifact");
        cancellationToken.ThrowIfCancellationRequested();
        var folder = new StoreFolder(Root, manifest.Name);
        using (await folder.LockAsync(StoreLock.Publish, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                var history = await RecoverAsync(folder, cancellationToken).ConfigureAwait(false);
                var complete = content.Complete(manifest);
                complete = complete with { Version = ChooseVersion(folder, history, complete, version).ToString() };
                var (temporary, manifestSha256) = await Task.Run(() => WriteZip(folder, content, complete, signingKey, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
                return await CommitAsync(folder, history, temporary, complete, manifestSha256, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not ArtifactException))
            {
                throw new ArtifactException($"'{manifest.Name}' could not be published in '{Root}': {e.Message}", e);
            }
        }
    }

    /// <summary>The names that have a version, sorted.</summary>
    public IReadOnlyList<string> ListNames() =>
        Directory.Exists(Root)
            ? [.. Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)).Where(name => EntryNames.IsName(name) && List(name).Count > 0).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>The versions of a name, earliest first; none where it has none.</summary>
    public IReadOnlyList<ArtifactVersion> List(string name)
    {
        EntryNames.CheckName(name, "an artifact");
        var folder = new StoreFolder(Root, name);
        if (!folder.Exists)
            return [];
        var aliases = new StoreHistory(folder, _clock).ReadAliases().Aliases;
        return
        [
            .. Versions(folder).Select(version => new ArtifactVersion(name, version, folder.PathOf(FileOf(version.ToString())),
                [.. aliases.Where(alias => alias.Value.Version == version.ToString()).Select(alias => alias.Key)])),
        ];
    }

    /// <summary>Finds a version by number, by alias, or, where <paramref name="versionOrAlias"/> is null, the latest.</summary>
    /// <exception cref="ArtifactException">There is no such version; the message lists those that there are.</exception>
    public ArtifactVersion Find(string name, string? versionOrAlias = null)
    {
        var versions = List(name);
        if (versions.Count == 0)
            ArtifactThrow.Fail($"There is no artifact '{name}' in '{Root}'. Those that there are: {Listing(ListNames())}.");
        if (versionOrAlias is null or Latest)
            return versions[^1];
        bool isNumber = SemanticVersion.TryParse(versionOrAlias, out var number);
        var found = versions.FirstOrDefault(version => isNumber ? version.Version == number : version.Aliases.Contains(versionOrAlias));
        if (found is null)
            ArtifactThrow.Fail($"The artifact '{name}' has no version or alias '{ArtifactThrow.Printable(versionOrAlias)}'. Versions: {Listing(versions.Select(version => version.Version.ToString()))}; aliases: {Listing(versions.SelectMany(version => version.Aliases))}.");
        return found;
    }

    /// <summary>Opens a version for reading, by number, alias or, with null, the latest.</summary>
    public ArtifactReader Open(string name, string? versionOrAlias = null)
    {
        var version = Find(name, versionOrAlias);
        var reader = ArtifactReader.Open(version.Path, Trust);
        if (reader.Manifest.Name == name && reader.Manifest.Version == version.Version.ToString())
            return reader;
        reader.Dispose();
        throw new ArtifactException($"The artifact '{version.Path}' is refused: its manifest says that it is {ArtifactThrow.Printable(reader.Manifest.Name)} {ArtifactThrow.Printable(reader.Manifest.Version)}.");
    }

    /// <summary>The manifest of a version.</summary>
    public ArtifactManifest Show(string name, string? versionOrAlias = null)
    {
        using var reader = Open(name, versionOrAlias);
        return reader.Manifest;
    }

    /// <summary>What happened to a name, in order.</summary>
    public IReadOnlyList<ArtifactEvent> History(string name)
    {
        EntryNames.CheckName(name, "an artifact");
        return new StoreHistory(new StoreFolder(Root, name), _clock).ReadEvents();
    }

    /// <summary>What differs between two versions.</summary>
    public ArtifactDiff Diff(string name, string before, string after) => VersionPolicy.Compare(Show(name, before), Show(name, after));

    /// <summary>Reads a whole version and checks every byte of it, and that it is what was published here under that number.</summary>
    /// <param name="name">The artifact.</param>
    /// <param name="versionOrAlias">The version, by number or alias; null for the latest.</param>
    /// <param name="progress">Told of the bytes checked so far.</param>
    /// <param name="cancellationToken">Honoured once per mebibyte.</param>
    /// <exception cref="ArtifactException">There is no such version, or it is not as it was published.</exception>
    public ArtifactManifest Verify(string name, string? versionOrAlias = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        using var reader = Open(name, versionOrAlias);
        reader.Verify(progress, cancellationToken);
        var published = History(name).LastOrDefault(entry => entry.Kind == ArtifactEvent.Published && entry.Version == reader.Manifest.Version);
        if (published?.ManifestSha256 is { } expected && Sha256Of(reader.ManifestBytes) != expected)
            ArtifactThrow.Fail($"The artifact '{reader.File}' is refused: it is whole, but not the one that was published under this number on {published.Utc:yyyy-MM-dd HH:mm} UTC. Fetch that one again.");
        return reader.Manifest;
    }

    /// <inheritdoc cref="Verify"/>
    public Task<ArtifactManifest> VerifyAsync(string name, string? versionOrAlias = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Verify(name, versionOrAlias, progress, cancellationToken), cancellationToken);

    /// <summary>Points an alias, such as <c>production</c>, to a version.</summary>
    /// <param name="name">The artifact.</param>
    /// <param name="versionOrAlias">The version, by number or by another alias.</param>
    /// <param name="alias">The alias to move.</param>
    /// <param name="expected">The version to which the alias must point now for the move to happen, empty where it must not exist yet; null to move it from anywhere.</param>
    /// <param name="cancellationToken">Honoured while waiting for the lock.</param>
    public Task<ArtifactVersion> PromoteAsync(string name, string? versionOrAlias, string alias, string? expected = null, CancellationToken cancellationToken = default)
    {
        CheckAlias(alias);
        return ChangeAsync(name, history =>
        {
            var target = Find(name, versionOrAlias);
            var table = history.ReadAliases();
            var current = table.Aliases.GetValueOrDefault(alias);
            if (expected is not null && (current?.Version ?? "") != expected)
                ArtifactThrow.Fail($"The alias '{alias}' of '{name}' points to {current?.Version ?? "nothing"}, not to {(expected.Length == 0 ? "nothing" : ArtifactThrow.Printable(expected))}: somebody else moved it. Look again, then decide.");
            if (current?.Version == target.Version.ToString())
                return target;
            history.WriteAlias(table, alias, new ArtifactAlias
            {
                Version = target.Version.ToString(),
                Previous = current is null ? [] : [.. current.Previous.TakeLast(LongestWayBack - 1), current.Version],
            });
            history.Append(ArtifactEvent.Promoted, target.Version.ToString(), alias, current?.Version);
            return Find(name, target.Version.ToString());
        }, cancellationToken);
    }

    /// <summary>Points an alias back to where it was before.</summary>
    public Task<ArtifactVersion> RollbackAsync(string name, string alias, CancellationToken cancellationToken = default)
    {
        CheckAlias(alias);
        return ChangeAsync(name, history =>
        {
            var table = history.ReadAliases();
            if (!table.Aliases.TryGetValue(alias, out var current))
                ArtifactThrow.Fail($"The artifact '{name}' has no alias '{alias}'; there are: {Listing(table.Aliases.Keys)}.");
            var existing = List(name).Select(version => version.Version.ToString()).ToHashSet();
            var previous = current!.Previous.Where(existing.Contains).ToList();
            if (previous.Count == 0)
                ArtifactThrow.Fail($"The alias '{alias}' of '{name}' points to {current.Version} and never pointed to another version that is still there.");
            history.WriteAlias(table, alias, new ArtifactAlias { Version = previous[^1], Previous = previous[..^1] });
            history.Append(ArtifactEvent.RolledBack, previous[^1], alias, current.Version);
            return Find(name, previous[^1]);
        }, cancellationToken);
    }

    /// <summary>Deletes a version to which no alias points. Its number is never given again.</summary>
    /// <exception cref="ArtifactException">There is no such version, or an alias points to it.</exception>
    public async Task<ArtifactVersion> DeleteAsync(string name, string version, CancellationToken cancellationToken = default)
    {
        if (!SemanticVersion.TryParse(version, out _))
            throw new ArgumentException($"'{ArtifactThrow.Printable(version)}' is not a version number; a version is deleted by number, such as 1.4.0, never by alias.", nameof(version));
        Find(name, version);
        var folder = new StoreFolder(Root, name);
        // A version must not go while a publisher compares itself with it.
        using (await folder.LockAsync(StoreLock.Publish, cancellationToken).ConfigureAwait(false))
        {
            return await ChangeAsync(name, history =>
            {
                var target = Find(name, version);
                if (target.Aliases.Count > 0)
                    ArtifactThrow.Fail($"Version {target.Version} of '{name}' is not deleted: the aliases {Listing(target.Aliases)} point to it. Promote another version first.");
                File.Delete(target.Path);
                File.Delete(target.Path + ArtifactSignatures.Extension);
                history.Append(ArtifactEvent.Deleted, target.Version.ToString());
                return target;
            }, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ArtifactVersion> ChangeAsync(string name, Func<StoreHistory, ArtifactVersion> change, CancellationToken cancellationToken)
    {
        Find(name);
        var folder = new StoreFolder(Root, name);
        using (await folder.LockAsync(StoreLock.State, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return change(new StoreHistory(folder, _clock));
            }
            catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not ArtifactException))
            {
                throw new ArtifactException($"The folder '{folder.Directory}' of the store could not be changed: {e.Message}", e);
            }
        }
    }

    // What killed publishers and deleters left undone is done first.
    private async Task<StoreHistory> RecoverAsync(StoreFolder folder, CancellationToken cancellationToken)
    {
        var history = new StoreHistory(folder, _clock);
        var versions = Versions(folder);
        foreach (var signature in Directory.EnumerateFiles(folder.Directory, "*.zip" + ArtifactSignatures.Extension))
        {
            if (!File.Exists(signature[..^ArtifactSignatures.Extension.Length]))
                File.Delete(signature);
        }
        using (await folder.LockAsync(StoreLock.State, cancellationToken).ConfigureAwait(false))
            history.Recover(versions);
        return history;
    }

    // The signature gets its name before the zip does, so that no zip is ever seen without the signature that it will have.
    private static (string Path, string ManifestSha256) WriteZip(
        StoreFolder folder, ArtifactBuilder content, ArtifactManifest manifest, ECDsa? signingKey, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        byte[] manifestBytes = [];
        var temporary = folder.WriteTemporary(StoreLock.Publish, stream => manifestBytes = content.Write(stream, manifest, progress, cancellationToken));
        if (signingKey is not null)
        {
            var signature = ArtifactSignatures.Sign(manifestBytes, signingKey);
            folder.WriteAtomically(StoreLock.Publish, FileOf(manifest.Version) + ArtifactSignatures.Extension, overwrite: true, stream => stream.Write(signature));
        }
        return (temporary, Sha256Of(manifestBytes));
    }

    private static async Task<ArtifactVersion> CommitAsync(
        StoreFolder folder, StoreHistory history, string temporary, ArtifactManifest manifest, string manifestSha256, CancellationToken cancellationToken)
    {
        try
        {
            using (await folder.LockAsync(StoreLock.State, cancellationToken).ConfigureAwait(false))
            {
                var file = FileOf(manifest.Version);
                folder.Commit(temporary, file, overwrite: false);
                history.Append(ArtifactEvent.Published, manifest.Version, digest: manifest.ContentDigest, manifestSha256: manifestSha256);
                return new ArtifactVersion(manifest.Name, SemanticVersion.Parse(manifest.Version), folder.PathOf(file), []);
            }
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private SemanticVersion ChooseVersion(StoreFolder folder, StoreHistory history, ArtifactManifest manifest, SemanticVersion? wanted)
    {
        var present = Versions(folder);
        var ever = history.ReadEvents()
            .Select(entry => SemanticVersion.TryParse(entry.Version, out var version) ? version : default)
            .Concat(present)
            .ToHashSet();
        if (wanted is { } given)
        {
            if (ever.Contains(given))
                ArtifactThrow.Fail($"Version {given} of '{manifest.Name}' {(present.Contains(given) ? $"is published at '{folder.PathOf(FileOf(given.ToString()))}' and never changes" : "was published and deleted")}; a number is given once. Choose another, or let it be chosen.");
            return given;
        }
        if (ever.Count == 0)
            return SemanticVersion.First;
        var highest = ever.Max();
        if (present.Count == 0)
            return highest.Next(VersionChange.Major);
        // Whoever signed the latest version, its manifest tells what changed.
        var trust = new ArtifactTrustOptions { MaximumEntries = Trust.MaximumEntries, MaximumTotalBytes = Trust.MaximumTotalBytes, MaximumCompressionRatio = Trust.MaximumCompressionRatio };
        using var latest = ArtifactReader.Open(folder.PathOf(FileOf(present[^1].ToString())), trust);
        return highest.Next(VersionPolicy.Compare(latest.Manifest, manifest).Change);
    }

    private static List<SemanticVersion> Versions(StoreFolder folder)
    {
        var versions = new List<SemanticVersion>();
        foreach (var path in Directory.EnumerateFiles(folder.Directory, "*.zip"))
        {
            if (SemanticVersion.TryParse(Path.GetFileNameWithoutExtension(path), out var version))
                versions.Add(version);
        }
        versions.Sort();
        return versions;
    }

    private static void CheckAlias(string alias)
    {
        EntryNames.CheckName(alias, "an alias");
        if (alias == Latest || SemanticVersion.TryParse(alias, out _))
            throw new ArgumentException($"'{alias}' cannot be an alias: it already means a version.", nameof(alias));
    }

    private static string FileOf(string version) => version + ".zip";

    private static string Sha256Of(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Listing(IEnumerable<string> items) => items.Any() ? string.Join(", ", items) : "none";
}
