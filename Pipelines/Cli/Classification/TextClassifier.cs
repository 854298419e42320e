using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Classification;

/// <summary>The class given to a text.</summary>
/// <param name="Text">The text.</param>
/// <param name="Class">The class, counted from 0.</param>
/// <param name="Scores">The probability of each class; valid until the next prediction is asked for.</param>
internal readonly record struct TextPrediction(string Text, int Class, ReadOnlyMemory<float> Scores);

/// <summary>A trained text classifier, whichever pipeline made it: one text column in, <c>PredictedLabel</c> and <c>Score</c> out.</summary>
internal sealed class TextClassifier : IDisposable
{
    public const string Task = "text-classification";
    public const string TextColumn = nameof(TextLabel.Text);
    public const string LabelColumn = nameof(TextLabel.Label);
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
    public IReadOnlyList<string> Labels { get; }

    /// <summary>What the artifact says of itself, where the model comes from one.</summary>
    public ArtifactManifest? Manifest { get; private init; }

    /// <summary>Loads a classifier; every byte is checked, and the golden rows must come out as they did.</summary>
    public static TextClassifier Load(MLContext context, ArtifactStore store, ArtifactReference reference)
    {
        var loaded = Models.Package(context).Load(store, reference.Name, reference.Version);
        var inputs = loaded.Manifest.Signature.Inputs;
        string? input = inputs.Select(column => column.Name).SingleOrDefault(name => inputs.Count == 1 || name != LabelColumn);
        if (loaded.Manifest.Task != Task || input is null)
        {
            using (loaded)
                throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' is for the task '{loaded.Manifest.Task}' over {inputs.Count} column(s); this command needs one for '{Task}' over one text column.");
        }
        return new TextClassifier(context, loaded.Model, input) { Manifest = loaded.Manifest };
    }

    /// <summary>Classifies texts as they come, one by one.</summary>
    public IEnumerable<TextPrediction> Predict(IEnumerable<string> texts)
    {
        string current = "";
        var output = Transform(View(texts.Select(text => new TextLabel { Text = current = text })));
        using var cursor = output.GetRowCursor([output.Schema[PredictedLabelColumn], output.Schema[ScoreColumn]]);
        var predictedGetter = cursor.GetGetter<uint>(output.Schema[PredictedLabelColumn]);
        var scoreGetter = cursor.GetGetter<VBuffer<float>>(output.Schema[ScoreColumn]);
        var scores = new float[Labels.Count];
        uint predicted = 0;
        VBuffer<float> score = default;
        while (cursor.MoveNext())
        {
            predictedGetter(ref predicted);
            scoreGetter(ref score);
            score.CopyTo(scores);
            yield return new TextPrediction(current, (int)predicted - 1, scores);
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

    public void Dispose() => (_model as IDisposable)?.Dispose();

    private sealed class KeyRow
    {
        public string Value { get; set; } = "";
    }
}
