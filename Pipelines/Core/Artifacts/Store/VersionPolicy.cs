using System.Globalization;
using System.Text.Json;

namespace MLPipelines.Artifacts;

/// <summary>A difference between two versions: what, and its value in each (null where it is absent).</summary>
public sealed record ArtifactDifference(string What, string? Before, string? After);

/// <summary>What differs between two versions.</summary>
public sealed record ArtifactDiff
{
    /// <summary>The earlier version.</summary>
    public required string Before { get; init; }

    /// <summary>The later version.</summary>
    public required string After { get; init; }

    /// <summary>Columns, labels and task.</summary>
    public IReadOnlyList<ArtifactDifference> Schema { get; init; } = [];

    /// <summary>Training options and stages.</summary>
    public IReadOnlyList<ArtifactDifference> Options { get; init; } = [];

    /// <summary>Metrics, each with the split it was measured on.</summary>
    public IReadOnlyList<ArtifactDifference> Metrics { get; init; } = [];

    /// <summary>Data sets.</summary>
    public IReadOnlyList<ArtifactDifference> Data { get; init; } = [];

    /// <summary>What the change asks of the version number.</summary>
    public VersionChange Change => Schema.Count > 0 ? VersionChange.Major : Options.Count > 0 ? VersionChange.Minor : VersionChange.Patch;

    /// <summary>One line a difference.</summary>
    public override string ToString()
    {
        var lines = new List<string> { $"{Before} -> {After}" };
        foreach (var (title, differences) in new[] { ("schema", Schema), ("options", Options), ("metrics", Metrics), ("data", Data) })
            lines.AddRange(differences.Select(difference => $"  {title}: {difference.What}: {difference.Before ?? "(absent)"} -> {difference.After ?? "(absent)"}"));
        return string.Join(Environment.NewLine, lines);
    }
}

/// <summary>Compares manifests, and chooses version numbers from what changed.</summary>
internal static class VersionPolicy
{
    public static ArtifactDiff Compare(ArtifactManifest before, ArtifactManifest after) => new()
    {
        Before = before.Version,
        After = after.Version,
        Schema = Differences(SchemaOf(before), SchemaOf(after)),
        Options = Differences(OptionsOf(before), OptionsOf(after)),
        Metrics = Differences(MetricsOf(before), MetricsOf(after)),
        Data = Differences(DataOf(before), DataOf(after)),
    };

    private static Dictionary<string, string> SchemaOf(ArtifactManifest manifest)
    {
        var parts = new Dictionary<string, string> { ["task"] = manifest.Task };
        foreach (var column in manifest.Signature.Inputs)
            parts["input " + column.Name] = column.Type;
        foreach (var column in manifest.Signature.Outputs)
            parts["output " + column.Name] = column.Type;
        if (manifest.Labels is { } labels)
            parts["labels"] = string.Join(", ", labels.Names) + (labels.IsMultiLabel ? " (several each)" : "");
        return parts;
    }

    private static Dictionary<string, string> OptionsOf(ArtifactManifest manifest)
    {
        var parts = manifest.Training.Options.ToDictionary(option => option.Key, option => Text(option.Value));
        if (manifest.Training.Seed is { } seed)
            parts["training seed"] = seed.ToString(CultureInfo.InvariantCulture);
        if (manifest.Stages.Count > 0)
            parts["stage list"] = string.Join(" -> ", manifest.Stages.Select(stage => $"{stage.Kind} ({string.Join(", ", stage.Transformers)})"));
        parts["stage folders"] = string.Join(", ", manifest.Entries.Select(entry => entry.Path.Split('/')).Where(path => path is ["stages", _, ..]).Select(path => path[1]).Distinct());
        if (manifest.Lineage.BaseCheckpoint is { } checkpoint)
            parts["base checkpoint"] = checkpoint;
        return parts;
    }

    private static Dictionary<string, string> MetricsOf(ArtifactManifest manifest)
    {
        var parts = new Dictionary<string, string>();
        foreach (var metric in manifest.Metrics)
            parts[$"{metric.Name} ({metric.Split})"] = metric.Value.ToString("R", CultureInfo.InvariantCulture);
        return parts;
    }

    private static Dictionary<string, string> DataOf(ArtifactManifest manifest)
    {
        var parts = new Dictionary<string, string>();
        foreach (var set in manifest.Data)
            parts[$"{set.Split} {set.Name}"] = $"{set.Rows} rows, sha256 {set.Sha256 ?? "unknown"}";
        return parts;
    }

    private static List<ArtifactDifference> Differences(Dictionary<string, string> before, Dictionary<string, string> after) =>
    [
        .. before.Keys.Union(after.Keys)
            .Where(key => before.GetValueOrDefault(key) != after.GetValueOrDefault(key))
            .Order(StringComparer.Ordinal)
            .Select(key => new ArtifactDifference(key, before.GetValueOrDefault(key), after.GetValueOrDefault(key))),
    ];

    // Independent of how the JSON is laid out, so that options in memory equal the same options read from a file.
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => $"[{string.Join(", ", value.EnumerateArray().Select(Text))}]",
        JsonValueKind.Object => $"{{{string.Join(", ", value.EnumerateObject().Select(property => $"{property.Name}: {Text(property.Value)}"))}}}",
        _ => value.GetRawText(),
    };
}
