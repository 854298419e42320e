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
public sealed record ArtifactEvent(DateTime Utc, string Kind, string Version, string? Alias = null, string? Previous = null, string? Digest = null);

/// <summary>Where an alias points, and where it pointed before.</summary>
public sealed record ArtifactAlias
{
    /// <summary>The version that it stands for.</summary>
    public required string Version { get; init; }

    /// <summary>The versions that it stood for before, latest last; rolling back takes the last.</summary>
    public IReadOnlyList<string> Previous { get; init; } = [];
}

/// <summary>The aliases of a name. <paramref name="Revision"/> grows with every change, for compare-and-swap.</summary>
internal sealed record AliasTable(long Revision, SortedDictionary<string, ArtifactAlias> Aliases);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16)]
[JsonSerializable(typeof(ArtifactEvent))]
[JsonSerializable(typeof(AliasTable))]
internal sealed partial class StoreJsonContext : JsonSerializerContext;

/// <summary>Reads and writes <c>events.jsonl</c> and <c>aliases.json</c>.</summary>
internal sealed class StoreHistory(StoreFolder folder)
{
    private const string EventFile = "events.jsonl";
    private const string AliasFile = "aliases.json";

    /// <summary>All events in order. A line that a killed process left unfinished is passed over.</summary>
    public IReadOnlyList<ArtifactEvent> ReadEvents()
    {
        var path = folder.PathOf(EventFile);
        if (!File.Exists(path))
            return [];
        var events = new List<ArtifactEvent>();
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                if (line.Length > 0 && JsonSerializer.Deserialize(line, StoreJsonContext.Default.ArtifactEvent) is { } entry)
                    events.Add(entry);
            }
            catch (JsonException)
            {
                continue;
            }
        }
        return events;
    }

    public void Append(ArtifactEvent entry)
    {
        using var stream = new FileStream(folder.PathOf(EventFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
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

    public AliasTable ReadAliases()
    {
        var path = folder.PathOf(AliasFile);
        if (!File.Exists(path))
            return new AliasTable(0, []);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), StoreJsonContext.Default.AliasTable) is { Aliases: not null } table
                ? table
                : throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new ArtifactException($"The aliases '{path}' cannot be read: {e.Message}. Restore the file, or delete it and promote versions again; '{EventFile}' beside it has the history.", e);
        }
    }

    public void WriteAliases(AliasTable table) =>
        folder.WriteAtomically(AliasFile, overwrite: true, stream => JsonSerializer.Serialize(stream, table, StoreJsonContext.Default.AliasTable));
}
