using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPipelines.Artifacts;

/// <summary>Something that happened to an artifact name.</summary>
/// <param name="Utc">When.</param>
/// <param name="Kind"><c>published</c>, <c>promoted</c>, <c>rolledBack</c> or <c>deleted</c>.</param>
/// <param name="Version">To which version.</param>
/// <param name="Alias">Which alias moved, if one did.</param>
/// <param name="Previous">Where the alias was before.</param>
/// <param name="Digest">The content digest of a published version.</param>
/// <param name="ManifestSha256">The SHA-256 of the manifest of a published version, in lower-case hexadecimal.</param>
/// <param name="Recovered">True where the process was killed before it could write the event, and a later one wrote it.</param>
public sealed record ArtifactEvent(DateTime Utc, string Kind, string Version, string? Alias = null, string? Previous = null, string? Digest = null, string? ManifestSha256 = null, bool? Recovered = null)
{
    internal const string Published = "published", Promoted = "promoted", RolledBack = "rolledBack", Deleted = "deleted";
}

/// <summary>Where an alias points, and where it pointed before.</summary>
internal sealed record ArtifactAlias
{
    /// <summary>The version that it stands for.</summary>
    public required string Version { get; init; }

    /// <summary>The versions that it stood for before, latest last; rolling back takes the last.</summary>
    public IReadOnlyList<string> Previous { get; init; } = [];
}

/// <summary>The aliases of a name. <paramref name="Revision"/> grows with every change.</summary>
internal sealed record AliasTable(long Revision, Dictionary<string, ArtifactAlias> Aliases);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(ArtifactEvent))]
[JsonSerializable(typeof(AliasTable))]
internal sealed partial class StoreJsonContext : JsonSerializerContext;

/// <summary>Reads and writes <c>events.jsonl</c> and <c>aliases.json</c>. Writing is only for holders of the state lock.</summary>
internal sealed class StoreHistory(StoreFolder folder, TimeProvider clock)
{
    private const string EventFile = "events.jsonl";
    private const string AliasFile = "aliases.json";

    /// <summary>All events in order. A line that a killed process left unfinished is passed over.</summary>
    public IReadOnlyList<ArtifactEvent> ReadEvents()
    {
        var events = new List<ArtifactEvent>();
        ReadOnlySpan<byte> rest = folder.ReadShared(EventFile);
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            try
            {
                if (!line.IsEmpty && JsonSerializer.Deserialize(line, StoreJsonContext.Default.ArtifactEvent) is { } entry)
                    events.Add(entry);
            }
            catch (JsonException)
            {
                continue;
            }
        }
        return events;
    }

    public void Append(string kind, string version, string? alias = null, string? previous = null, string? digest = null, string? manifestSha256 = null, bool? recovered = null)
    {
        var entry = new ArtifactEvent(clock.GetUtcNow().UtcDateTime, kind, version, alias, previous, digest, manifestSha256, recovered);
        using var stream = new FileStream(folder.PathOf(EventFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        bool endsLine = true;
        if (stream.Length > 0)
        {
            stream.Position = stream.Length - 1;
            endsLine = stream.ReadByte() == '\n';
        }
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(entry, StoreJsonContext.Default.ArtifactEvent);
        stream.Write([.. endsLine ? [] : "\n"u8.ToArray(), .. line, (byte)'\n']);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Writes the events that killed processes could not: of versions that came or went without one.</summary>
    public void Recover(IReadOnlyCollection<SemanticVersion> present)
    {
        var stated = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in ReadEvents())
        {
            if (entry.Kind == ArtifactEvent.Published)
                stated.Add(entry.Version);
            else if (entry.Kind == ArtifactEvent.Deleted)
                stated.Remove(entry.Version);
        }
        var there = present.Select(version => version.ToString()).ToHashSet(StringComparer.Ordinal);
        foreach (var version in there.Except(stated).Order(StringComparer.Ordinal))
            Append(ArtifactEvent.Published, version, recovered: true);
        foreach (var version in stated.Except(there).Order(StringComparer.Ordinal))
            Append(ArtifactEvent.Deleted, version, recovered: true);
    }

    public AliasTable ReadAliases()
    {
        if (folder.ReadShared(AliasFile) is not { } bytes)
            return new AliasTable(0, []);
        try
        {
            return JsonSerializer.Deserialize(bytes, StoreJsonContext.Default.AliasTable) is { Aliases: not null } table
                ? table
                : throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new ArtifactException($"The aliases '{folder.PathOf(AliasFile)}' cannot be read: {e.Message} Restore the file, or delete it and promote versions again; '{EventFile}' beside it has the history.", e);
        }
    }

    /// <summary>Sets or moves an alias.</summary>
    public void WriteAlias(AliasTable table, string name, ArtifactAlias alias)
    {
        var aliases = new Dictionary<string, ArtifactAlias>(table.Aliases) { [name] = alias };
        var sorted = new Dictionary<string, ArtifactAlias>(aliases.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new AliasTable(table.Revision + 1, sorted), StoreJsonContext.Default.AliasTable);
        folder.WriteAtomically(StoreLock.State, AliasFile, overwrite: true, stream => stream.Write(bytes));
    }
}
