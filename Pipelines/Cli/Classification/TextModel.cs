using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Encoders;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Classification;

/// <summary>A trained model over one text column, whatever it finds in texts.</summary>
internal abstract class TextModel(ITransformer model) : IDisposable
{
    public const string TextColumn = nameof(TextLabel.Text);
    public const string LabelColumn = nameof(TextLabel.Label);

    /// <summary>What it can find: classes, labels or types.</summary>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <summary>What the artifact says of itself, where the model comes from one.</summary>
    public ArtifactManifest? Manifest { get; private set; }

    /// <summary>Loads a model; every byte is checked, and the golden rows must come out as they did.</summary>
    public static TextModel Load(MLContext context, ArtifactStore store, ArtifactReference reference)
    {
        var loaded = Models.Package(context).Load(store, reference.Name, reference.Version);
        var inputs = loaded.Manifest.Signature.Inputs;
        string? input = inputs.Select(column => column.Name).Where(name => inputs.Count == 1 || name != LabelColumn).ToList() is [var only] ? only : null;
        TextModel? model = input is null ? null : loaded.Manifest.Task switch
        {
            TextClassifier.Task or TextClassifier.SentimentTask => new TextClassifier(context, loaded.Model, input),
            MultiLabelModel.Task => new MultiLabelModel(context, loaded.Model),
            EntityModel.Task => new EntityModel(context, loaded.Model),
            _ => null,
        };
        if (model is null)
        {
            using (loaded)
            {
                throw new CommandFailure(ExitCode.Artifact,
                    $"The artifact '{loaded.Path}' is for the task '{loaded.Manifest.Task}' over {inputs.Count} column(s); this command needs one over one text column for {TextClassifier.Task}, {TextClassifier.SentimentTask}, {MultiLabelModel.Task} or {EntityModel.Task}.");
            }
        }
        model.Manifest = loaded.Manifest;
        return model;
    }

    /// <summary>Judges it on labelled texts.</summary>
    public abstract TaskReport Judge(TextTable table, IProgress<StepProgress> progress, CancellationToken cancellation);

    /// <summary>Writes what it finds in texts, as they come.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="terminal">Where to write.</param>
    /// <param name="format">table, csv or jsonl.</param>
    /// <param name="topK">How many of the most probable labels to write; 0 for all.</param>
    /// <param name="cancellation">Stops it between texts.</param>
    public abstract void Predict(IEnumerable<string> texts, Terminal terminal, string format, int topK, CancellationToken cancellation);

    public void Dispose() => (model as IDisposable)?.Dispose();
}
