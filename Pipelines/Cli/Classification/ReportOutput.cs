using System.Globalization;
using MLPipelines.Cli.Infrastructure;
using Spectre.Console;

namespace MLPipelines.Cli.Classification;

/// <summary>Writes a report for people, and its parts for machines.</summary>
internal static class ReportOutput
{
    public static Dictionary<string, double> Metrics(TaskReport? report) =>
        report?.Figures.ToDictionary(figure => figure.Name, figure => figure.Value) ?? [];

    public static Dictionary<string, double[]> Intervals(TaskReport? report) =>
        report?.Figures.Where(figure => figure.HasInterval).ToDictionary(figure => figure.Name, figure => new[] { figure.Low, figure.High }) ?? [];

    public static IReadOnlyList<ConfusionResult> Confusions(TaskReport? report) =>
        [.. (report as ClassificationReport)?.Confusions.Select(pair => new ConfusionResult(pair.Label, pair.Predicted, pair.Count, pair.RowsOfLabel)) ?? []];

    public static void Write(Terminal terminal, ClassificationReport report)
    {
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured on {report.Rows:N0} texts:"));
        if (report.RowsWithUnknownLabel > 0)
            terminal.Note(string.Create(CultureInfo.InvariantCulture, $"left out: {report.RowsWithUnknownLabel:N0} texts with labels that the model does not know ({string.Join(", ", report.UnknownLabels.Take(5))}{(report.UnknownLabels.Count > 5 ? ", …" : "")}); these figures do not count them as errors"));
        var figures = Table("metric", "value", "95 % interval");
        foreach (var figure in report.Figures)
            figures.AddRow(figure.Name == "topKAccuracy" ? $"topKAccuracy (k = {report.TopK})" : figure.Name, Number(figure.Value), $"{Number(figure.Low)} – {Number(figure.High)}");
        terminal.Out.Write(figures);
        if (report.ConfusionTable is { } matrix)
        {
            terminal.WriteLine(matrix.Trim());
            terminal.WriteLine("");
            return;
        }
        if (report.Confusions.Count == 0)
            return;
        terminal.WriteLine("most often confused:");
        var pairs = Table("label", "predicted", "texts", "of");
        foreach (var pair in report.Confusions)
            pairs.AddRow(Markup.Escape(pair.Label), Markup.Escape(pair.Predicted), Count(pair.Count), Count(pair.RowsOfLabel));
        terminal.Out.Write(pairs);
    }

    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(column).NoWrap());
        return table;
    }

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    private static string Count(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
