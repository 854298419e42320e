using System.Globalization;
using System.Text;

namespace MLPipelines.Artifacts;

/// <summary>The README of an artifact: what its manifest says, for people.</summary>
internal static class ModelCard
{
    public static byte[] Write(ArtifactManifest manifest)
    {
        var card = new StringBuilder();
        card.Append(CultureInfo.InvariantCulture, $"# {manifest.Name}\n\nTask: {Plain(manifest.Task)}.");
        if (manifest.License is { } license)
            card.Append(CultureInfo.InvariantCulture, $" Licence: {Plain(license)}.");
        card.Append("\n\n## Columns\n\n| | name | type |\n|---|---|---|\n");
        foreach (var column in manifest.Signature.Inputs)
            card.Append(CultureInfo.InvariantCulture, $"| in | {Plain(column.Name)} | {Plain(column.Type)} |\n");
        foreach (var column in manifest.Signature.Outputs)
            card.Append(CultureInfo.InvariantCulture, $"| out | {Plain(column.Name)} | {Plain(column.Type)} |\n");
        if (manifest.Labels is { } labels)
            card.Append(CultureInfo.InvariantCulture, $"\n{labels.Names.Count} labels: {string.Join(", ", labels.Names.Select(Plain))}.\n");
        if (manifest.Metrics.Count > 0)
        {
            card.Append("\n## Quality\n\n| metric | value | 95 % | split | rows | linear baseline |\n|---|---|---|---|---|---|\n");
            foreach (var metric in manifest.Metrics)
            {
                var interval = metric.Interval95 is [var low, var high] ? string.Create(CultureInfo.InvariantCulture, $"{low:F4} – {high:F4}") : "";
                var baseline = metric.LinearBaseline?.ToString("F4", CultureInfo.InvariantCulture);
                card.Append(CultureInfo.InvariantCulture, $"| {Plain(metric.Name)} | {metric.Value:F4} | {interval} | {Plain(metric.Split)} | {metric.Rows} | {baseline} |\n");
            }
        }
        if (manifest.Data.Count > 0)
        {
            card.Append("\n## Data\n\n");
            foreach (var set in manifest.Data)
                card.Append(CultureInfo.InvariantCulture, $"- {Plain(set.Split)}: {Plain(set.Name)}, {set.Rows} rows{(set.Sha256 is null ? "" : $", SHA-256 `{Plain(set.Sha256)}`")}\n");
        }
        if (manifest.Training.Options.Count > 0)
        {
            card.Append("\n## Options\n\n");
            foreach (var (name, value) in manifest.Training.Options)
                card.Append(CultureInfo.InvariantCulture, $"- {Plain(name)}: {Plain(value.GetRawText())}\n");
        }
        if (manifest.Notes is { } notes)
            card.Append(CultureInfo.InvariantCulture, $"\n## Notes\n\n{notes}\n");
        return Encoding.UTF8.GetBytes(card.ToString());
    }

    // Text that stands in a line or a cell without changing what is around it.
    private static string Plain(string text) =>
        string.Concat(text.Select(c => c switch
        {
            '|' or '<' or '>' or '`' or '*' or '_' or '[' or ']' or '\\' => $"\\{c}",
            _ when char.IsControl(c) => " ",
            _ => c.ToString(),
        }));
}
