using System.Globalization;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using Spectre.Console;

namespace MLPipelines.Cli.Artifacts;

/// <summary>Writes a manifest for people.</summary>
internal static class ManifestOutput
{
    public static void Write(Terminal terminal, ArtifactManifest manifest)
    {
        Line("artifact", $"{manifest.Name} {manifest.Version}");
        Line("task", manifest.Task);
        Line("made", manifest.CreatedUtc.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        Line("content", manifest.ContentDigest);
        Line("licence", manifest.License);
        Line("notes", manifest.Notes);
        foreach (var column in manifest.Signature.Inputs)
            Line("input", $"{column.Name}: {column.Type}");
        foreach (var column in manifest.Signature.Outputs)
            Line("output", $"{column.Name}: {column.Type}");
        if (manifest.Labels is { } labels)
            Line("labels", string.Create(CultureInfo.InvariantCulture, $"{labels.Names.Count}: {string.Join(", ", labels.Names)}"));
        foreach (var (name, version) in manifest.Engines)
            Line("engine", $"{name} {version}");
        foreach (var set in manifest.Data)
            Line(set.Split, string.Create(CultureInfo.InvariantCulture, $"{set.Name}, {set.Rows:N0} rows, SHA-256 {set.Sha256}"));
        Line("seed", manifest.Training.Seed?.ToString(CultureInfo.InvariantCulture));
        Line("trained in", string.Create(CultureInfo.InvariantCulture, $"{manifest.Training.Seconds:0.0} s on {manifest.Training.Hardware}"));
        foreach (var (name, value) in manifest.Training.Options)
            Line("option", $"{name} = {value}");
        if (manifest.Metrics.Count == 0)
            return;
        var table = ReportOutput.Table("metric", "value", "95 % interval", "split", "rows");
        foreach (var metric in manifest.Metrics)
        {
            string interval = metric.Interval95 is [var low, var high] ? string.Create(CultureInfo.InvariantCulture, $"{low:0.0000} – {high:0.0000}") : "";
            table.AddRow(Markup.Escape(metric.Name), metric.Value.ToString("0.0000", CultureInfo.InvariantCulture), interval, Markup.Escape(metric.Split), metric.Rows.ToString("N0", CultureInfo.InvariantCulture));
        }
        terminal.Out.Write(table);

        void Line(string title, string? text)
        {
            if (text is { Length: > 0 })
                terminal.WriteLine($"{title,-10}  {text}");
        }
    }
}
