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

    /// <param name="context">Where the model lives.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputColumn">The name under which the model expects the text.</param>
    public TextClassifier(MLContext context, ITransformer model, string inputColumn = TextColumn)
    {
        _context = context;
        _model = model;
        _inputColumn = inputColumn;
        var schema = Transform(View([])).Schema;
        if (schema.GetColumnOrNull(ScoreColumn)?.Type is not VectorDataViewType || schema.GetColumnOrNull(PredictedLabelColumn) is not { Type: KeyDataViewType } predicted)
            throw new CommandFailure(ExitCode.Artifact, $"The model gives no key '{PredictedLabelColumn}' and vector '{ScoreColumn}', as a text classifier does.");
        VBuffer<ReadOnlyMemory<char>> names = default;
        predicted.GetKeyValues(ref names);
        Labels = [.. names.DenseValues().Select(name => name.ToString())];
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
        if (loaded.Manifest.Task != Task || inputs is not [var input])
        {
            using (loaded)
                throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' is for the task '{loaded.Manifest.Task}' over {inputs.Count} column(s); this command needs one for '{Task}' over one text column.");
        }
        return new TextClassifier(context, loaded.Model, input.Name) { Manifest = loaded.Manifest };
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

    /// <summary>Adds <c>PredictedLabel</c> and <c>Score</c> to rows with <c>Text</c>.</summary>
    public IDataView Transform(IDataView rows) =>
        _model.Transform(_inputColumn == TextColumn ? rows : _context.Transforms.CopyColumns(_inputColumn, TextColumn).Fit(rows).Transform(rows));

    public IDataView View(IEnumerable<TextLabel> rows) => _context.Data.LoadFromEnumerable(rows);

    public void Dispose() => (_model as IDisposable)?.Dispose();
}
