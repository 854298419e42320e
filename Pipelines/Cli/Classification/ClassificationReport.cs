using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Classification;

/// <summary>A figure with the bounds of its 95 % confidence interval, which are NaN where it has none.</summary>
internal sealed record Figure(string Name, double Value, double Low = double.NaN, double High = double.NaN)
{
    public bool HasInterval => !double.IsNaN(Low);
}

/// <summary>How well a model does on labelled rows.</summary>
internal abstract record TaskReport
{
    /// <summary>Rows that were judged.</summary>
    public required int Rows { get; init; }

    public required IReadOnlyList<Figure> Figures { get; init; }

    /// <summary>The figures as a manifest states them.</summary>
    public IEnumerable<ArtifactMetric> ToManifest(string split) => Figures.Select(figure => new ArtifactMetric
    {
        Name = figure.Name,
        Value = figure.Value,
        Split = split,
        Rows = Rows,
        Interval95 = figure.HasInterval ? [figure.Low, figure.High] : null,
    });

    /// <summary>Writes the report for people.</summary>
    public abstract void Write(Terminal terminal);
}

/// <summary>How often rows of one class were taken for another.</summary>
internal sealed record Confusion(string Label, string Predicted, int Count, int RowsOfLabel);

/// <summary>How well a classifier does on labelled texts.</summary>
internal sealed record ClassificationReport : TaskReport
{
    private const int MostTopK = 3;
    private const int MostConfusions = 10;
    private const int MostClassesInTable = 10;

    /// <summary>Rows left out because the model does not know their label.</summary>
    public required int RowsWithUnknownLabel { get; init; }

    /// <summary>Those labels.</summary>
    public required IReadOnlyList<string> UnknownLabels { get; init; }

    /// <summary>K of the top-k accuracy.</summary>
    public required int TopK { get; init; }

    /// <summary>The pairs most often confused, worst first.</summary>
    public required IReadOnlyList<Confusion> Confusions { get; init; }

    /// <summary>The whole confusion matrix for people, where the classes are few.</summary>
    public string? ConfusionTable { get; init; }

    /// <summary>Judges a classifier: the figures of ML.NET, macro F1, and intervals (Wilson for shares of rows, else bootstrap).</summary>
    public static ClassificationReport Make(
        MLContext context, TextClassifier classifier, TextTable table, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        var labels = classifier.Labels;
        var known = labels.ToHashSet(StringComparer.Ordinal);
        var rows = table.Rows.Where(row => known.Contains(row.Label!)).ToList();
        string[] unknown = [.. table.Rows.Select(row => row.Label!).Where(label => !known.Contains(label)).Distinct().Order(StringComparer.Ordinal)];
        if (rows.Count == 0)
            throw new CommandFailure(ExitCode.Data, $"{table.Source.File}: no row has a label that the model knows; it knows {Listing(labels)}, the file has {Listing(unknown)}.");

        var view = classifier.View(Watched(rows, progress, cancellation));
        // In a column of its own, since a model may turn its label column into keys itself.
        view = classifier.KeyMapping(RowOutcomes.LabelColumn, TextClassifier.LabelColumn).Fit(view).Transform(view);
        var scored = context.Data.Cache(classifier.Transform(view), RowOutcomes.LabelColumn, TextClassifier.PredictedLabelColumn, TextClassifier.ScoreColumn);
        int topK = Math.Clamp(labels.Count - 1, 1, MostTopK);
        var outcomes = RowOutcomes.Read(scored, rows.Count, labels.Count, topK);
        var metrics = context.MulticlassClassification.Evaluate(scored, RowOutcomes.LabelColumn, topKPredictionCount: topK);

        return new ClassificationReport
        {
            Rows = rows.Count,
            RowsWithUnknownLabel = table.Rows.Count - rows.Count,
            UnknownLabels = unknown,
            TopK = topK,
            Figures = Intervals.Add(metrics, outcomes, cancellation),
            Confusions = WorstPairs(outcomes, labels),
            ConfusionTable = labels.Count <= MostClassesInTable ? metrics.ConfusionMatrix.GetFormattedConfusionTable() : null,
        };
    }

    public override void Write(Terminal terminal) => ReportOutput.Write(terminal, this);

    private static List<Confusion> WorstPairs(RowOutcomes outcomes, IReadOnlyList<string> labels)
    {
        var counts = new Dictionary<(int, int), int>();
        var rowsOfLabel = new int[labels.Count];
        for (int row = 0; row < outcomes.Count; row++)
        {
            rowsOfLabel[outcomes.Label[row]]++;
            if (outcomes.Label[row] != outcomes.Predicted[row])
            {
                var pair = (outcomes.Label[row], outcomes.Predicted[row]);
                counts[pair] = counts.GetValueOrDefault(pair) + 1;
            }
        }
        return
        [
            .. counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key)
                .Take(MostConfusions)
                .Select(pair => new Confusion(labels[pair.Key.Item1], labels[pair.Key.Item2], pair.Value, rowsOfLabel[pair.Key.Item1])),
        ];
    }

    private static IEnumerable<TextLabel> Watched(List<TextLabel> rows, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        const int Stride = 64;
        for (int i = 0; i < rows.Count; i++)
        {
            if (i % Stride == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress.Report(new StepProgress("evaluating", i, rows.Count, "texts"));
            }
            yield return rows[i];
        }
        progress.Report(new StepProgress("evaluating", rows.Count, rows.Count, "texts"));
    }

    private static string Listing(IReadOnlyList<string> labels) =>
        string.Join(", ", labels.Take(5).Select(label => $"'{label}'")) + (labels.Count > 5 ? string.Create(CultureInfo.InvariantCulture, $" and {labels.Count - 5} more") : "");
}

/// <summary>What came out for each row.</summary>
internal sealed class RowOutcomes(int count, int classes)
{
    /// <summary>The column with the true class, a key over the classes of the model.</summary>
    public const string LabelColumn = "TrueLabel";

    private const double SmallestProbability = 1e-15;

    public int Count => count;

    public int Classes => classes;

    public int[] Label { get; } = new int[count];

    public int[] Predicted { get; } = new int[count];

    public bool[] InTopK { get; } = new bool[count];

    public double[] LogLoss { get; } = new double[count];

    /// <summary>Reads scored rows.</summary>
    public static RowOutcomes Read(IDataView scored, int count, int classes, int topK)
    {
        var outcomes = new RowOutcomes(count, classes);
        var schema = scored.Schema;
        var (label, predicted, score) = (schema[LabelColumn], schema[TextClassifier.PredictedLabelColumn], schema[TextClassifier.ScoreColumn]);
        using var cursor = scored.GetRowCursor([label, predicted, score]);
        var labelGetter = cursor.GetGetter<uint>(label);
        var predictedGetter = cursor.GetGetter<uint>(predicted);
        var scoreGetter = cursor.GetGetter<VBuffer<float>>(score);
        uint key = 0;
        VBuffer<float> buffer = default;
        var scores = new float[classes];
        for (int row = 0; cursor.MoveNext(); row++)
        {
            labelGetter(ref key);
            int truth = outcomes.Label[row] = (int)key - 1;
            predictedGetter(ref key);
            scoreGetter(ref buffer);
            buffer.CopyTo(scores);
            // A model that abstains is judged by what it holds most probable.
            outcomes.Predicted[row] = key > 0 ? (int)key - 1 : System.Numerics.Tensors.TensorPrimitives.IndexOfMax(scores);
            float own = scores[truth];
            outcomes.InTopK[row] = scores.Count(other => other > own) < topK;
            outcomes.LogLoss[row] = -Math.Log(Math.Clamp(own, SmallestProbability, 1));
        }
        return outcomes;
    }
}
