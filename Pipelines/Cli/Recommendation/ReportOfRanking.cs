using System.Globalization;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;
using Spectre.Console;

namespace MLPipelines.Cli.Recommendation;

/// <summary>Writes how good rankings are, for people, for machines and for a manifest.</summary>
internal static class ReportOfRanking
{
    private const string BaselinePrefix = "popularity.";

    /// <summary>The figures by name: <c>ndcgAt10</c> and so on, and <c>auc</c>.</summary>
    public static IEnumerable<Figure> Figures(RankingReport report)
    {
        foreach (var row in report.Rows)
        {
            foreach (var (name, metric) in Metrics(row))
                yield return new Figure($"{name}At{row.K}", metric.Value, metric.Low < metric.High ? metric.Low : double.NaN, metric.Low < metric.High ? metric.High : double.NaN);
            yield return new Figure($"coverageAt{row.K}", row.Coverage);
            yield return new Figure($"noveltyAt{row.K}", row.Novelty);
            yield return new Figure($"giniAt{row.K}", row.Gini);
        }
        yield return new Figure("auc", report.Auc.Value, report.Auc.Low < report.Auc.High ? report.Auc.Low : double.NaN, report.Auc.Low < report.Auc.High ? report.Auc.High : double.NaN);
    }

    public static Dictionary<string, double> Values(RankingReport? report) => report is null ? [] : Figures(report).ToDictionary(figure => figure.Name, figure => figure.Value);

    public static Dictionary<string, double[]> Intervals(RankingReport? report) =>
        report is null ? [] : Figures(report).Where(figure => figure.HasInterval).ToDictionary(figure => figure.Name, figure => new[] { figure.Low, figure.High });

    /// <summary>The segments by name, each with its users and figures.</summary>
    public static Dictionary<string, Dictionary<string, double>> Segments(RankingReport? report) => report is null ? [] : report.Segments.ToDictionary(
        segment => segment.Name,
        segment => segment.Rows.SelectMany(row => Metrics(row).Select(pair => ($"{pair.Name}At{row.K}", pair.Metric.Value))).Prepend(("users", segment.Users)).ToDictionary(pair => pair.Item1, pair => pair.Item2));

    /// <summary>The figures as a manifest states them; those of popularity have its name before theirs.</summary>
    public static IEnumerable<ArtifactMetric> ToManifest(RankingReport? report, RankingReport? baseline)
    {
        return [.. Of(report, ""), .. Of(baseline, BaselinePrefix)];

        static IEnumerable<ArtifactMetric> Of(RankingReport? report, string prefix) => report is null ? [] : Figures(report).Select(figure => new ArtifactMetric
        {
            Name = prefix + figure.Name,
            Value = figure.Value,
            Split = "test",
            Rows = report.Users,
            Interval95 = figure.HasInterval ? [figure.Low, figure.High] : null,
        });
    }

    public static void Write(Terminal terminal, string name, RankingReport report, RankingReport? baseline)
    {
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured on {report.Users:N0} users ({report.SkippedUsers:N0} left out), AUC {report.Auc.Value:F4}:"));
        var table = ReportOutput.Table("lists", "@", "NDCG", "95 % interval", "precision", "recall", "MAP", "MRR", "hit rate", "coverage", "novelty", "Gini");
        Add(name, report.Rows);
        if (baseline is not null)
            Add("popularity, to compare", baseline.Rows);
        if (report.Segments.Count > 1)
        {
            foreach (var segment in report.Segments)
                Add(string.Create(CultureInfo.InvariantCulture, $"{segment.Name} users ({segment.Users:N0})"), segment.Rows);
        }
        terminal.Out.Write(table);

        void Add(string list, IReadOnlyList<RankingRow> rows)
        {
            foreach (var row in rows)
            {
                table.AddRow(
                    Markup.Escape(list), row.K.ToString(CultureInfo.InvariantCulture), Number(row.Ndcg.Value), $"{Number(row.Ndcg.Low)} – {Number(row.Ndcg.High)}", Number(row.Precision.Value), Number(row.Recall.Value),
                    Number(row.Map.Value), Number(row.Mrr.Value), Number(row.HitRate.Value), row.Coverage.ToString("F3", CultureInfo.InvariantCulture), row.Novelty.ToString("F2", CultureInfo.InvariantCulture), row.Gini.ToString("F3", CultureInfo.InvariantCulture));
            }
        }
    }

    private static IEnumerable<(string Name, RankingMetric Metric)> Metrics(RankingRow row) =>
    [
        ("ndcg", row.Ndcg), ("precision", row.Precision), ("recall", row.Recall), ("map", row.Map), ("mrr", row.Mrr), ("hitRate", row.HitRate),
    ];

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
