using System.Text.Json;

namespace MLPipelines.Artifacts;

/// <summary>Reads a manifest and checks that it is whole and agrees with itself.</summary>
internal static class ManifestParser
{
    private const int Sha256Digits = 64;

    /// <exception cref="ArtifactException">It is no JSON, of another format, or contradicts itself.</exception>
    public static ArtifactManifest Parse(byte[] bytes, string file)
    {
        try
        {
            CheckSchemaVersion(bytes, file);
            var manifest = JsonSerializer.Deserialize(bytes, ArtifactJsonContext.Default.ArtifactManifest) ?? throw new JsonException("it is null");
            if (FaultOf(manifest) is { } fault)
                ArtifactThrow.Damaged(file, "its manifest " + fault);
            return manifest;
        }
        catch (JsonException e)
        {
            throw new ArtifactException($"The artifact '{file}' is damaged: its manifest cannot be read at line {e.LineNumber + 1}, {e.Path ?? "$"}: {ArtifactThrow.Printable(e.Message)}", e);
        }
        catch (InvalidOperationException e)
        {
            // What the JSON reader throws for half of a surrogate pair, which is valid JSON but no text.
            throw new ArtifactException($"The artifact '{file}' is damaged: its manifest holds a text that is not valid Unicode: {ArtifactThrow.Printable(e.Message)}", e);
        }
    }

    private static void CheckSchemaVersion(byte[] bytes, string file)
    {
        using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = ArtifactJsonContext.MaximumDepth });
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("schemaVersion", out var version)
            || version.ValueKind != JsonValueKind.String)
        {
            ArtifactThrow.Damaged(file, "its manifest states no schema version");
            return;
        }
        if (version.GetString() is { } stated && stated != ArtifactManifest.CurrentSchemaVersion)
            ArtifactThrow.Fail($"The artifact '{file}' has the format '{ArtifactThrow.Printable(stated)}'; this library reads format {ArtifactManifest.CurrentSchemaVersion}. Use the version of the library that made it, or a later one.");
    }

    private static string? FaultOf(ArtifactManifest manifest)
    {
        if (!EntryNames.IsName(manifest.Name))
            return $"states the name '{ArtifactThrow.Printable(manifest.Name)}', which no artifact can have";
        if (!SemanticVersion.TryParse(manifest.Version, out _))
            return $"states the version '{ArtifactThrow.Printable(manifest.Version)}'; expected is major.minor.patch";
        if (manifest.CreatedUtc.Kind != DateTimeKind.Utc)
            return "states a time of making that is not in UTC";
        if (manifest.Labels is { Thresholds: { } thresholds } labels && thresholds.Count != labels.Names.Count)
            return $"has {thresholds.Count} thresholds for {labels.Names.Count} labels";
        if (manifest.Metrics.FirstOrDefault(metric => metric.Interval95 is { Count: not 2 }) is { } wrong)
            return $"has an interval of {wrong.Interval95!.Count} bounds for the metric '{ArtifactThrow.Printable(wrong.Name)}'; expected are 2";
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in manifest.Entries)
        {
            if (EntryNames.FaultOfEntry(entry.Path) is { } fault)
                return $"lists the entry '{ArtifactThrow.Printable(entry.Path)}', which {fault}";
            if (!seen.Add(entry.Path))
                return $"lists the entry '{entry.Path}' twice, or another that differs from it only in case";
            if (entry.Length < 0 || entry.Sha256.Length != Sha256Digits || !entry.Sha256.All(char.IsAsciiHexDigitLower))
                return $"states the length {entry.Length} and the SHA-256 '{ArtifactThrow.Printable(entry.Sha256)}' for the entry '{entry.Path}'; expected are a length from 0 and {Sha256Digits} lower-case hexadecimal digits";
        }
        return ArtifactBuilder.DigestOf(manifest.Entries) == manifest.ContentDigest ? null : "states a content digest that does not match its list of entries";
    }
}
