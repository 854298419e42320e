using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Classification;

/// <summary>The class given to a text.</summary>
/// <param name="Text">The text.</param>
/// <param name="Class">The class, counted from 0; -1 where the model abstains.</param>
/// <param name="Scores">The probability of each class; valid until the next prediction is asked for.</param>
internal readonly record struct TextPrediction(string Text, int Class, ReadOnlyMemory<float> Scores)
{
    /// <summary>The probability of the class, or of the most probable one where the model abstains.</summary>
    public float Score => Class >= 0 ? Scores.Span[Class] : System.Numerics.Tensors.TensorPrimitives.Max(Scores.Span);
}

/// <summary>A trained text classifier, whichever pipeline made it: one text column in, <c>PredictedLabel</c> and <c>Score</c> out.</summary>
internal sealed class TextClassifier : TextModel
{
    public const string Task = "text-classification";
    public const string SentimentTask = "sentiment-analysis";
    public const string PredictedLabelColumn = "PredictedLabel";
    public const string ScoreColumn = "Score";

    private readonly MLContext _context;
    private readonly ITransformer _model;
    private readonly string _inputColumn;
    private readonly IEstimator<ITransformer>? _labelToKey;

    /// <param name="context">Where the model lives.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputColumn">The name under which the model expects the text.</param>
    public TextClassifier(MLContext context, ITransformer model, string inputColumn = TextColumn)
        : base(model)
    {
        _context = context;
        _model = model;
        _inputColumn = inputColumn;
        var schema = Map(View([])).Schema;
        if (schema.GetColumnOrNull(ScoreColumn) is not { Type: VectorDataViewType } score || !score.HasSlotNames() || schema.GetColumnOrNull(PredictedLabelColumn) is not { } predicted)
            throw new CommandFailure(ExitCode.Artifact, $"The model gives no '{PredictedLabelColumn}' and no vector '{ScoreColumn}' with the names of the classes, as a text classifier does.");
        VBuffer<ReadOnlyMemory<char>> names = default;
        score.GetSlotNames(ref names);
        Labels = [.. names.DenseValues().Select(name => name.ToString())];
        if (predicted.Type is TextDataViewType)
            _labelToKey = KeyMapping(PredictedLabelColumn, PredictedLabelColumn);
    }

    /// <summary>The classes, in the order of the scores.</summary>
    public override IReadOnlyList<string> Labels { get; }

    public override TaskReport Judge(TextTable table, IProgress<StepProgress> progress, CancellationToken cancellation) =>
        ClassificationReport.Make(_context, this, table, progress, cancellation);

    public override void Predict(IEnumerable<string> texts, Terminal terminal, string format, int topK, CancellationToken cancellation)
    {
        var writer = PredictionWriter.Create(terminal, format, Labels, topK);
        foreach (var prediction in Predict(texts))
        {
            cancellation.ThrowIfCancellationRequested();
            writer.Write(prediction);
        }
    }

    /// <summary>Classifies texts as they come, one by one.</summary>
    public IEnumerable<TextPrediction> Predict(IEnumerable<string> texts)
    {
        var output = Transform(View(texts.Select(text => new TextLabel { Text = text })));
        using var cursor = output.GetRowCursor([output.Schema[TextColumn], output.Schema[PredictedLabelColumn], output.Schema[ScoreColumn]]);
        var textGetter = cursor.GetGetter<ReadOnlyMemory<char>>(output.Schema[TextColumn]);
        var predictedGetter = cursor.GetGetter<uint>(output.Schema[PredictedLabelColumn]);
        var scoreGetter = cursor.GetGetter<VBuffer<float>>(output.Schema[ScoreColumn]);
        var scores = new float[Labels.Count];
        ReadOnlyMemory<char> text = default;
        uint predicted = 0;
        VBuffer<float> score = default;
        while (cursor.MoveNext())
        {
            textGetter(ref text);
            predictedGetter(ref predicted);
            scoreGetter(ref score);
            score.CopyTo(scores);
            yield return new TextPrediction(text.ToString(), (int)predicted - 1, scores);
        }
    }

    /// <summary>Adds <c>PredictedLabel</c>, a key over the classes, and <c>Score</c> to rows with <c>Text</c>.</summary>
    public IDataView Transform(IDataView rows)
    {
        var mapped = Map(rows);
        return _labelToKey is null ? mapped : _labelToKey.Fit(mapped).Transform(mapped);
    }

    /// <summary>An estimator that turns a column of class names into keys over the classes.</summary>
    public IEstimator<ITransformer> KeyMapping(string output, string input) =>
        _context.Transforms.Conversion.MapValueToKey(output, input, keyData: _context.Data.LoadFromEnumerable(Labels.Select(label => new KeyRow { Value = label })));

    private IDataView Map(IDataView rows) =>
        _model.Transform(_inputColumn == TextColumn ? rows : _context.Transforms.CopyColumns(_inputColumn, TextColumn).Fit(rows).Transform(rows));

    public IDataView View(IEnumerable<TextLabel> rows) => _context.Data.LoadFromEnumerable(rows);

    private sealed class KeyRow
    {
        public string Value { get; set; } = "";
    }
}
