using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Text;

namespace MLPipelines.Cli.Encoders;

/// <summary>A model that finds any number of labels in a text.</summary>
internal sealed class MultiLabelModel : TextModel
{
    public const string Task = "multi-label-classification";
    public const char Separator = '|';
    private const string PredictedLabelsColumn = "PredictedLabels", ScoreColumn = "Score";

    private readonly MLContext _context;
    private readonly ITransformer _model;

    public MultiLabelModel(MLContext context, ITransformer model)
        : base(model)
    {
        (_context, _model) = (context, model);
        var score = model.GetOutputSchema(context.Data.LoadFromEnumerable<TextLabel>([]).Schema)[ScoreColumn];
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        Labels = [.. names.DenseValues().Select(name => name.ToString())];
    }

    public override IReadOnlyList<string> Labels { get; }

    public override TaskReport Judge(TextTable table, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        var known = Labels.Select((label, index) => (label, index)).ToDictionary(pair => pair.label, pair => pair.index, StringComparer.Ordinal);
        List<bool[]> truth = [], predicted = [];
        List<float[]> scores = [];
        var unknown = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var row in Map(table.Rows))
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Report(new StepProgress("evaluating", truth.Count, table.Rows.Count, "texts"));
            string[] labels = table.Rows[truth.Count].Label!.Split(Separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            unknown.UnionWith(labels.Where(label => !known.ContainsKey(label)));
            truth.Add(Flags(labels.Where(known.ContainsKey)));
            predicted.Add(Flags(row.Labels));
            scores.Add(row.Scores);
        }
        var metrics = MultiLabelMetrics.Of(Labels, truth, predicted, scores);
        return new LabelsReport
        {
            Rows = metrics.Rows,
            Figures =
            [
                new("microF1", metrics.MicroF1), new("macroF1", metrics.MacroF1), new("microPrecision", metrics.MicroPrecision), new("microRecall", metrics.MicroRecall),
                new("subsetAccuracy", metrics.SubsetAccuracy), new("hammingLoss", metrics.HammingLoss), new("rankingAveragePrecision", metrics.RankingAveragePrecision),
            ],
            Text = metrics.ToString(),
            Remark = unknown.Count == 0 ? null : $"labels that the model does not know were left out: {string.Join(", ", unknown.Take(5))}{(unknown.Count > 5 ? ", …" : "")}",
        };

        bool[] Flags(IEnumerable<string> labels)
        {
            var flags = new bool[Labels.Count];
            foreach (var label in labels)
                flags[known[label]] = true;
            return flags;
        }
    }

    public override void Predict(IEnumerable<string> texts, Terminal terminal, string format, int topK, CancellationToken cancellation)
    {
        if (format == "csv")
            terminal.WriteLine("text,predictedLabels");
        foreach (var row in Map(texts.Select(text => new TextLabel { Text = text })))
        {
            cancellation.ThrowIfCancellationRequested();
            if (format == "jsonl")
            {
                var top = topK == 1 ? null : Labels.Zip(row.Scores, (label, score) => new ScoredLabel(label, score)).OrderByDescending(label => label.Score).Take(topK == 0 ? Labels.Count : topK);
                terminal.WriteJson(new LabelsResult(row.Text, row.Labels, top?.ToList()), CliJson.Default.LabelsResult);
            }
            else if (format == "csv")
            {
                terminal.WriteLine($"{PredictionWriter.Field(row.Text)},{PredictionWriter.Field(string.Join(Separator, row.Labels))}");
            }
            else
            {
                var scores = Labels.Zip(row.Scores).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
                var scored = row.Labels.Select(label => string.Create(CultureInfo.InvariantCulture, $"{label} {scores[label]:0.00}"));
                terminal.WriteLine($"{PredictionWriter.OneLine(row.Text)}  →  {(row.Labels.Count == 0 ? "none" : string.Join(", ", scored))}");
            }
        }
    }

    private IEnumerable<(string Text, IReadOnlyList<string> Labels, float[] Scores)> Map(IEnumerable<TextLabel> rows)
    {
        var output = _model.Transform(_context.Data.LoadFromEnumerable(rows));
        var (text, labels, score) = (output.Schema[TextColumn], output.Schema[PredictedLabelsColumn], output.Schema[ScoreColumn]);
        using var cursor = output.GetRowCursor([text, labels, score]);
        var textGetter = cursor.GetGetter<ReadOnlyMemory<char>>(text);
        var labelGetter = cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(labels);
        var scoreGetter = cursor.GetGetter<VBuffer<float>>(score);
        ReadOnlyMemory<char> value = default;
        VBuffer<ReadOnlyMemory<char>> found = default;
        VBuffer<float> scores = default;
        while (cursor.MoveNext())
        {
            textGetter(ref value);
            labelGetter(ref found);
            scoreGetter(ref scores);
            yield return (value.ToString(), [.. found.DenseValues().Select(label => label.ToString())], [.. scores.DenseValues()]);
        }
    }
}

/// <summary>A report whose metrics know how to show themselves.</summary>
internal sealed record LabelsReport : TaskReport
{
    /// <summary>The metrics, for people.</summary>
    public required string Text { get; init; }

    /// <summary>What limits the figures, if anything does.</summary>
    public string? Remark { get; init; }

    public override void Write(Terminal terminal)
    {
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured on {Rows:N0} texts:"));
        if (Remark is not null)
            terminal.Note(Remark);
        terminal.WriteLine(Text.TrimEnd());
    }
}
