using System.Globalization;
using System.Text;

namespace MLPipelines.Artifacts;

/// <summary>The README of an artifact: what its manifest says, for people.</summary>
internal static class ModelCard
{
    public static byte[] Write(ArtifactManifest manifest)
    {
        var card = new StringBuilder();
        card.Append(CultureInfo.InvariantCulture, $"# {manifest.Name}\n\nTask: {manifest.Task}. Made {manifest.CreatedUtc:yyyy-MM-dd HH:mm} UTC.");
        if (manifest.License is { } license)
            card.Append(CultureInfo.InvariantCulture, $" Licence: {license}.");
        card.Append("\n\n## Columns\n\n| | name | type |\n|---|---|---|\n");
        foreach (var column in manifest.Signature.Inputs)
            card.Append(CultureInfo.InvariantCulture, $"| in | {column.Name} | {column.Type} |\n");
        foreach (var column in manifest.Signature.Outputs)
            card.Append(CultureInfo.InvariantCulture, $"| out | {column.Name} | {column.Type} |\n");
        if (manifest.Labels is { } labels)
            card.Append(CultureInfo.InvariantCulture, $"\n{labels.Names.Count} labels: {string.Join(", ", labels.Names)}.\n");
        if (manifest.Metrics.Count > 0)
        {
            card.Append("\n## Quality\n\n| metric | value | 95 % | split | rows | linear baseline |\n|---|---|---|---|---|---|\n");
            foreach (var metric in manifest.Metrics)
            {
                var interval = metric.Interval95 is [var low, var high] ? string.Create(CultureInfo.InvariantCulture, $"{low:F4} – {high:F4}") : "";
                var baseline = metric.LinearBaseline?.ToString("F4", CultureInfo.InvariantCulture);
                card.Append(CultureInfo.InvariantCulture, $"| {metric.Name} | {metric.Value:F4} | {interval} | {metric.Split} | {metric.Rows} | {baseline} |\n");
            }
        }
        if (manifest.Data.Count > 0)
        {
            card.Append("\n## Data\n\n");
            foreach (var set in manifest.Data)
                card.Append(CultureInfo.InvariantCulture, $"- {set.Split}: {set.Name}, {set.Rows} rows, SHA-256 `{set.Sha256}`\n");
        }
        if (manifest.Training.Options.Count > 0)
        {
            card.Append("\n## Options\n\n");
            foreach (var (name, value) in manifest.Training.Options)
                card.Append(CultureInfo.InvariantCulture, $"- {name}: {value.GetRawText()}\n");
        }
        if (manifest.Notes is { } notes)
            card.Append(CultureInfo.InvariantCulture, $"\n## Notes\n\n{notes}\n");
        return Encoding.UTF8.GetBytes(card.ToString());
    }
}
