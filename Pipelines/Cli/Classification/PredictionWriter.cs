using System.Globalization;
using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Classification;

/// <summary>Writes predictions as they come.</summary>
internal abstract class PredictionWriter(Terminal terminal, IReadOnlyList<string> labels, int topK)
{
    private readonly int[] _order = new int[labels.Count];
    private readonly float[] _negated = new float[labels.Count];

    protected Terminal Terminal { get; } = terminal;

    protected IReadOnlyList<string> Labels { get; } = labels;

    protected bool HasTop => topK != 1;

    public static PredictionWriter Create(Terminal terminal, string format, IReadOnlyList<string> labels, int topK) => format switch
    {
        "jsonl" => new JsonLines(terminal, labels, topK),
        "csv" => new Csv(terminal, labels, topK),
        _ => new Aligned(terminal, labels, topK),
    };

    public abstract void Write(TextPrediction prediction);

    /// <summary>A value as it stands in a CSV file.</summary>
    public static string Field(string value) =>
        value.AsSpan().ContainsAny(",\"\r\n") ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;

    /// <summary>A text without line ends and other control characters.</summary>
    public static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>The class predicted; empty where the model abstains.</summary>
    protected string LabelOf(TextPrediction prediction) => prediction.Class < 0 ? "" : Labels[prediction.Class];

    protected static string Number(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The most probable classes, best first; equals in the order of the classes.</summary>
    protected IEnumerable<ScoredLabel> Top(TextPrediction prediction)
    {
        var scores = prediction.Scores.Span;
        for (int i = 0; i < _order.Length; i++)
            (_order[i], _negated[i]) = (i, -scores[i]);
        var order = _order.OrderBy(i => _negated[i]);
        return (topK == 0 ? order : order.Take(topK)).Select(i => new ScoredLabel(Labels[i], -_negated[i]));
    }

    private sealed class JsonLines(Terminal terminal, IReadOnlyList<string> labels, int topK) : PredictionWriter(terminal, labels, topK)
    {
        public override void Write(TextPrediction prediction) =>
            Terminal.WriteJson(
                new PredictResult(prediction.Text, prediction.Class < 0 ? null : Labels[prediction.Class], prediction.Score, HasTop ? [.. Top(prediction)] : null),
                CliJson.Default.PredictResult);
    }

    private sealed class Csv : PredictionWriter
    {
        public Csv(Terminal terminal, IReadOnlyList<string> labels, int topK) : base(terminal, labels, topK) =>
            Terminal.WriteLine(HasTop ? "text,rank,predictedLabel,score" : "text,predictedLabel,score");

        public override void Write(TextPrediction prediction)
        {
            if (!HasTop)
            {
                Terminal.WriteLine($"{Field(prediction.Text)},{Field(LabelOf(prediction))},{Number(prediction.Score)}");
                return;
            }
            int rank = 1;
            foreach (var (label, score) in Top(prediction))
                Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Field(prediction.Text)},{rank++},{Field(label)},{Number(score)}"));
        }

    }

    private sealed class Aligned : PredictionWriter
    {
        private const int ScoreWidth = 6;
        private const int LeastTextWidth = 20;
        private readonly int _labelWidth;
        private readonly int _textWidth;

        public Aligned(Terminal terminal, IReadOnlyList<string> labels, int topK) : base(terminal, labels, topK)
        {
            _labelWidth = Math.Max("label".Length, labels.Max(label => label.Length));
            _textWidth = Math.Max(LeastTextWidth, terminal.Out.Profile.Width - _labelWidth - ScoreWidth - 4);
            Terminal.WriteLine($"{"label".PadRight(_labelWidth)}  {"score".PadRight(ScoreWidth)}  text");
        }

        public override void Write(TextPrediction prediction)
        {
            string text = Cut(prediction.Text);
            if (!HasTop)
            {
                WriteRow(LabelOf(prediction) is { Length: > 0 } label ? label : "?", prediction.Score, text);
                return;
            }
            foreach (var (label, score) in Top(prediction))
            {
                WriteRow(label, score, text);
                text = "";
            }
        }

        private void WriteRow(string label, float score, string text) =>
            Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{label.PadRight(_labelWidth)}  {score:0.0000}  {text}").TrimEnd());

        private string Cut(string text)
        {
            string line = OneLine(text);
            return line.Length <= _textWidth ? line : string.Concat(line.AsSpan(0, _textWidth - 1), "…");
        }
    }
}
