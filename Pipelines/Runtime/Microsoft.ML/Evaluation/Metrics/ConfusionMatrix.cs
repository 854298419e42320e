using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How often each actual class (rows) was predicted as each class (columns).</summary>
public sealed class ConfusionMatrix
{
    private readonly string[] _classNames;
    private readonly bool _isBinary;

    internal ConfusionMatrix(double[][] counts, ReadOnlyMemory<char>[] classNames, bool isBinary)
    {
        Counts = counts;
        _classNames = Array.ConvertAll(classNames, name => name.ToString());
        _isBinary = isBinary;
        PerClassRecall = [.. counts.Select((row, i) => Share(row[i], row.Sum()))];
        PerClassPrecision = [.. counts.Select((row, i) => Share(row[i], counts.Sum(other => other[i])))];
    }

    public IReadOnlyList<double> PerClassPrecision { get; }

    public IReadOnlyList<double> PerClassRecall { get; }

    public IReadOnlyList<IReadOnlyList<double>> Counts { get; }

    public int NumberOfClasses => Counts.Count;

    public double GetCountForClassPair(int predictedClassIndicatorIndex, int actualClassIndicatorIndex)
    {
        Contracts.CheckParam(predictedClassIndicatorIndex >= 0 && predictedClassIndicatorIndex < NumberOfClasses, nameof(predictedClassIndicatorIndex));
        Contracts.CheckParam(actualClassIndicatorIndex >= 0 && actualClassIndicatorIndex < NumberOfClasses, nameof(actualClassIndicatorIndex));
        return Counts[actualClassIndicatorIndex][predictedClassIndicatorIndex];
    }

    /// <summary>The table for people, with recall beside the rows and precision below the columns.</summary>
    public string GetFormattedConfusionTable()
    {
        int classes = NumberOfClasses;
        int columnWidth = classes == 2 ? 8 : 5;
        int nameWidth = _classNames.Max(name => name.Length);
        bool columnsByNumber = nameWidth > columnWidth;
        int digits = columnsByNumber ? (classes - 1).ToString().Length : 0;
        int rowWidth = Math.Max("PREDICTED".Length, columnsByNumber ? nameWidth + digits + 2 : nameWidth);
        string rule = new('=', classes * (classes > 2 ? 8 : 11));

        var table = new StringBuilder();
        if (_isBinary && classes == 2)
        {
            double positives = Counts[0].Sum(), negatives = Counts[1].Sum();
            table.Append($"TEST {_classNames[0].ToUpperInvariant()} RATIO:\t{positives / (positives + negatives):N4} ({positives:F1}/({positives:F1}+{negatives:F1}))");
        }
        table.AppendLine().AppendLine("Confusion table");
        AppendHead("").AppendLine(rule);
        AppendHead("PREDICTED");
        for (int i = 0; i < classes; i++)
            table.Append($" {(columnsByNumber ? i.ToString() : _classNames[i]).PadLeft(columnWidth)} |");
        table.AppendLine(" Recall");
        AppendHead("TRUTH").AppendLine(rule);
        for (int i = 0; i < classes; i++)
        {
            table.Append(columnsByNumber
                ? $"{i.ToString().PadLeft(digits)}. {_classNames[i].PadLeft(rowWidth - digits - 2)} ||"
                : $"{_classNames[i].PadLeft(rowWidth)} ||");
            foreach (double count in Counts[i])
                table.Append($" {count.ToString("N0").PadLeft(columnWidth)} |");
            table.AppendLine($" {PerClassRecall[i],5:F4}");
        }
        AppendHead("").AppendLine(rule);
        AppendHead("Precision");
        foreach (double precision in PerClassPrecision)
            table.Append($"{precision.ToString("N4").PadLeft(columnWidth + 1)} |");
        return table.AppendLine().ToString();

        StringBuilder AppendHead(string title) => table.Append(title.PadRight(rowWidth)).Append(" ||");
    }

    private static double Share(double part, double whole) => whole > 0 ? part / whole : 0;
}
