using System.Globalization;
using System.Text;

namespace MLPipelines.Text;

/// <summary>How well one label, or one type of span, was found.</summary>
/// <param name="Label">The label.</param>
/// <param name="Support">How often it is right.</param>
/// <param name="Predicted">How often it was predicted.</param>
/// <param name="Correct">How often it was predicted where it is right.</param>
public sealed record LabelMetrics(string Label, int Support, int Predicted, int Correct)
{
    /// <summary>The share of predictions that are right, 0 to 1; 0 where it was never predicted.</summary>
    public double Precision => Ratio(Correct, Predicted);

    /// <summary>The share of what is right that was predicted, 0 to 1; 0 where it is never right.</summary>
    public double Recall => Ratio(Correct, Support);

    /// <summary>The harmonic mean of precision and recall, 0 to 1; 0 where the label neither occurs nor was predicted.</summary>
    public double F1 => Ratio(2.0 * Correct, (double)Predicted + Support);

    internal static double Ratio(double part, double whole) => whole == 0 ? 0 : part / whole;

    /// <summary>All labels together, as if they were one.</summary>
    internal static LabelMetrics Micro(IReadOnlyCollection<LabelMetrics> labels) =>
        new("all", labels.Sum(label => label.Support), labels.Sum(label => label.Predicted), labels.Sum(label => label.Correct));

    /// <summary>The mean F1 of the labels that occur or were predicted.</summary>
    internal static double MacroF1(int[] support, int[] predicted, int[] correct) =>
        Mean([.. Enumerable.Range(0, support.Length).Where(label => support[label] + predicted[label] > 0).Select(label => new LabelMetrics("", support[label], predicted[label], correct[label]))], label => label.F1);

    internal static double Mean(IReadOnlyCollection<LabelMetrics> labels, Func<LabelMetrics, double> select) =>
        labels.Count == 0 ? 0 : labels.Average(select);
}

/// <summary>Tables of figures made for people.</summary>
internal static class MetricsText
{
    private const int MostRows = 20;

    public static StringBuilder Figures(params ReadOnlySpan<(string Name, double Value)> figures)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in figures)
            text.Append(CultureInfo.InvariantCulture, $"{name,-28}{value,9:0.0000}").Append('\n');
        return text;
    }

    public static StringBuilder Rows(this StringBuilder text, IReadOnlyCollection<LabelMetrics> rows)
    {
        var shown = rows.Count <= MostRows ? rows : [.. rows.OrderByDescending(row => row.Support).Take(MostRows)];
        int width = Math.Clamp(shown.Select(row => row.Label.Length).DefaultIfEmpty(0).Max(), 8, 40);
        text.Append(CultureInfo.InvariantCulture, $"{"label".PadRight(width)} precision  recall      F1  support\n");
        foreach (var row in shown)
        {
            string label = row.Label.Length <= width ? row.Label.PadRight(width) : row.Label[..(width - 1)] + "…";
            text.Append(CultureInfo.InvariantCulture, $"{label} {row.Precision,9:0.000} {row.Recall,7:0.000} {row.F1,7:0.000} {row.Support,8}\n");
        }
        if (shown.Count < rows.Count)
            text.Append(CultureInfo.InvariantCulture, $"… and {rows.Count - shown.Count} labels with fewer rows\n");
        return text;
    }
}
