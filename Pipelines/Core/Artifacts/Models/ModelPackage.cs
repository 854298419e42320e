using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Artifacts;

/// <summary>A model that was loaded from an artifact and passed its golden inputs.</summary>
/// <remarks>Disposing it disposes the model. Thread-safe for reading as far as the model is.</remarks>
public sealed class LoadedModel : IDisposable
{
    internal LoadedModel(ITransformer model, DataViewSchema inputSchema, ArtifactManifest manifest, string path)
    {
        Model = model;
        InputSchema = inputSchema;
        Manifest = manifest;
        Path = path;
    }

    /// <summary>The model: all stages, one after another.</summary>
    public ITransformer Model { get; }

    /// <summary>The schema of the data that it was trained on.</summary>
    public DataViewSchema InputSchema { get; }

    /// <summary>What the artifact says of itself.</summary>
    public ArtifactManifest Manifest { get; }

    /// <summary>The file that it was loaded from.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => (Model as IDisposable)?.Dispose();
}

/// <summary>Turns models into entries of an artifact, and back.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class ModelPackage
{
    private const string SchemaEntry = "schema/input.zip";
    private const string GoldenEntry = "reference/golden.jsonl";
    private const string CardEntry = "README.md";
    private const string StagesFolder = "stages/";
    private const int MaximumStages = 100;

    // What ML.NET's scorers and trainers call their results.
    private static readonly string[] ResultNames = ["PredictedLabel", "Score", "Probability"];
    private const string ScoreAnnotation = "ScoreColumnKind";

    private readonly MLContext _context;
    private readonly MLNetStageCodec _mlnet;
    private readonly StageCodec[] _codecs;

    /// <summary>A package for models whose stages are of ML.NET's own kinds or of those that the codecs write.</summary>
    /// <param name="context">Where models are loaded.</param>
    /// <param name="codecs">The further kinds that this host writes and loads, asked in this order.</param>
    /// <exception cref="ArgumentException">A kind is not made of lower-case letters, digits and hyphens, or occurs twice.</exception>
    public ModelPackage(MLContext context, params IReadOnlyList<StageCodec> codecs)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(codecs);
        _context = context;
        _mlnet = new MLNetStageCodec(context);
        _codecs = [.. codecs];
        var kinds = new HashSet<string>(StringComparer.Ordinal) { _mlnet.Kind };
        foreach (var codec in _codecs)
        {
            if (codec.Kind.Length == 0 || !codec.Kind.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
                throw new ArgumentException($"The kind '{codec.Kind}' of {codec.GetType().Name} must be made of lower-case letters, digits and hyphens.", nameof(codecs));
            if (!kinds.Add(codec.Kind))
                throw new ArgumentException($"Two codecs have the kind '{codec.Kind}'.", nameof(codecs));
        }
    }

    /// <summary>Makes the entries of a model, and completes the signature and stages in its manifest.</summary>
    /// <param name="model">The model; a chain is split into its stages.</param>
    /// <param name="manifest">What is known of the model.</param>
    /// <param name="sample">Rows of its input. Their schema is saved; the first of them become golden inputs.</param>
    /// <param name="goldenRows">How many golden rows to keep, from 0 to 1,000; none are kept of a model that does not map rows one by one.</param>
    /// <param name="outputColumns">
    /// The columns that callers of the model use; a change in them, or in the inputs that they are made from, is a new major
    /// version. Null for scores and predicted labels or, where there are none, for all columns that the model adds.
    /// </param>
    /// <exception cref="NotSupportedException">No codec writes a stage.</exception>
    /// <exception cref="ArgumentException">The model does not give one of the output columns.</exception>
    public (ArtifactBuilder Content, ArtifactManifest Manifest) Pack(
        ITransformer model, ArtifactManifest manifest, IDataView sample, int goldenRows = 8, IReadOnlyList<string>? outputColumns = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentOutOfRangeException.ThrowIfNegative(goldenRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(goldenRows, 1000);

        var stages = SplitIntoStages(model);
        var outputs = OutputsOf(model.GetOutputSchema(sample.Schema), sample.Schema, outputColumns);
        var inputs = InputsOf(model, sample.Schema, outputs);
        manifest = manifest with
        {
            Signature = new ArtifactSignature { Inputs = [.. inputs.Select(Describe)], Outputs = [.. outputs.Select(Describe)] },
            Stages = [.. stages.Select(stage => new ArtifactStage(stage.Codec.Kind, [.. Flatten(stage.Transformer).Select(NameOf)]))],
            GoldenTolerance = stages.Select(stage => stage.Codec.ToleranceOf(stage.Transformer)).Append(manifest.GoldenTolerance).Max(),
        };
        var builder = new ArtifactBuilder();
        try
        {
            for (int i = 0; i < stages.Count; i++)
                stages[i].Codec.Write(stages[i].Transformer, new StageWriter(builder, FolderOf(i, stages[i].Codec.Kind)));
            builder.Add(SchemaEntry, "schema", stream => MLNetStageCodec.Save(_context, new TransformerChain<ITransformer>(), sample.Schema, stream));
            var golden = GoldenRows.Take(model, sample, inputs.Select(column => column.Name).ToHashSet(StringComparer.Ordinal), outputs.Select(column => column.Name), goldenRows);
            if (golden.Length > 0)
                builder.Add(GoldenEntry, "golden", golden);
            builder.Add(CardEntry, "card", ModelCard.Write(manifest));
            return (builder, manifest);
        }
        catch
        {
            builder.Dispose();
            throw;
        }
    }

    /// <summary>Loads a model: every byte is checked, then the golden inputs must give the golden outputs.</summary>
    /// <exception cref="ArtifactException">The artifact is damaged, is refused, or works differently here.</exception>
    public LoadedModel Load(ArtifactReader reader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var stages = new List<ITransformer>();
        try
        {
            foreach (var (folder, codec) in StagesOf(reader))
                stages.Add(codec.Read(new StageReader(reader, folder, cancellationToken)));
            var model = stages is [var only] ? only : new TransformerChain<ITransformer>([.. stages.SelectMany(Flatten)]);
            var loaded = new LoadedModel(model, ReadSchema(reader), reader.Manifest, reader.File);
            if (reader.Contains(GoldenEntry))
                GoldenRows.Check(loaded, reader.Read(GoldenEntry), cancellationToken);
            reader.VerifyRest(cancellationToken);
            return loaded;
        }
        catch (Exception e)
        {
            stages.ForEach(stage => (stage as IDisposable)?.Dispose());
            if (e is ArtifactException or OperationCanceledException or OutOfMemoryException)
                throw;
            throw new ArtifactException($"The artifact '{reader.File}' is refused: its model cannot be loaded, or fails on its golden rows: {ArtifactThrow.Printable(e.Message)}", e);
        }
    }

    /// <summary>Loads a model from a store, by version, alias or, with null, the latest.</summary>
    /// <inheritdoc cref="Load(ArtifactReader, CancellationToken)"/>
    public LoadedModel Load(ArtifactStore store, string name, string? versionOrAlias = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        using var reader = store.Open(name, versionOrAlias);
        return Load(reader, cancellationToken);
    }

    /// <summary>Loads a model from a store on another thread, by version, alias or, with null, the latest.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The artifact.</param>
    /// <param name="versionOrAlias">The version, by number or alias; null for the latest.</param>
    /// <param name="progress">Told of the bytes checked so far.</param>
    /// <param name="cancellationToken">Honoured once per mebibyte.</param>
    /// <exception cref="ArtifactException">The artifact is missing, damaged, refused, or works differently here.</exception>
    public Task<LoadedModel> LoadAsync(
        ArtifactStore store, string name, string? versionOrAlias = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        return Task.Run(() =>
        {
            using var reader = store.Open(name, versionOrAlias);
            reader.Progress = progress;
            return Load(reader, cancellationToken);
        }, cancellationToken);
    }

    private List<(StageCodec Codec, ITransformer Transformer)> SplitIntoStages(ITransformer model)
    {
        var stages = new List<(StageCodec, ITransformer)>();
        var run = new List<ITransformer>();
        foreach (var transformer in Flatten(model))
        {
            var codec = Array.Find(_codecs, codec => codec.CanWrite(transformer));
            if (codec is null && !_mlnet.CanWrite(transformer))
                throw new NotSupportedException($"No codec writes a {transformer.GetType()}. Pass the codec of its pipeline to {nameof(ModelPackage)}.");
            if (codec is null)
            {
                run.Add(transformer);
                continue;
            }
            EndRun();
            stages.Add((codec, transformer));
        }
        // A chain that is ML.NET's as a whole stays whole, with the scopes of its parts.
        if (stages.Count == 0)
            return [(_mlnet, model)];
        EndRun();
        return stages.Count <= MaximumStages
            ? stages
            : throw new NotSupportedException($"The model has {stages.Count} stages; an artifact has at most {MaximumStages}.");

        void EndRun()
        {
            if (run.Count > 0)
                stages.Add((_mlnet, run is [var only] ? only : new TransformerChain<ITransformer>([.. run])));
            run.Clear();
        }
    }

    private static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];

    private static string FolderOf(int index, string kind) => string.Create(CultureInfo.InvariantCulture, $"{StagesFolder}{index:00}-{kind}/");

    // The folders count up from 00, so that none is missing.
    private List<(string Folder, StageCodec Codec)> StagesOf(ArtifactReader reader)
    {
        var folders = reader.Manifest.Entries
            .Where(entry => entry.Path.StartsWith(StagesFolder, StringComparison.Ordinal))
            .Select(entry => entry.Path[..(entry.Path.IndexOf('/', StagesFolder.Length) + 1)])
            .Distinct()
            .Order(StringComparer.Ordinal);
        var stages = new List<(string, StageCodec)>();
        foreach (var folder in folders)
        {
            int kindAt = StagesFolder.Length + "00-".Length;
            string kind = folder.Length > kindAt ? folder[kindAt..^1] : "";
            if (folder != FolderOf(stages.Count, kind))
                ArtifactThrow.Entry(reader.File, folder, $"is not the folder of stage {stages.Count:00}, which is expected next");
            var codec = _codecs.Append(_mlnet).FirstOrDefault(codec => codec.Kind == kind);
            if (codec is null)
                ArtifactThrow.Entry(reader.File, folder, $"is of the kind '{ArtifactThrow.Printable(kind)}', which this host does not load; it loads {string.Join(", ", _codecs.Append(_mlnet).Select(known => known.Kind))}");
            stages.Add((folder, codec));
        }
        if (stages.Count == 0)
            ArtifactThrow.Damaged(reader.File, "it has no stage");
        return stages;
    }

    private static List<DataViewSchema.Column> OutputsOf(DataViewSchema output, DataViewSchema input, IReadOnlyList<string>? wanted)
    {
        if (wanted is not null)
        {
            return [.. wanted.Select(name => output.GetColumnOrNull(name)
                ?? throw new ArgumentException($"The model gives no column '{name}'; it gives {string.Join(", ", output.Where(column => !column.IsHidden).Select(column => column.Name))}.", nameof(wanted)))];
        }
        List<DataViewSchema.Column> added = [.. output.Where(column => !column.IsHidden && IsAdded(column, input))];
        List<DataViewSchema.Column> results = [.. added.Where(column => ResultNames.Contains(column.Name) || column.Annotations.Schema.GetColumnOrNull(ScoreAnnotation) is not null)];
        return results.Count > 0 ? results : added;
    }

    /// <summary>The input columns that the outputs are made from: all of them where the model does not tell.</summary>
    private static List<DataViewSchema.Column> InputsOf(ITransformer model, DataViewSchema inputSchema, List<DataViewSchema.Column> outputs)
    {
        var visible = inputSchema.Where(column => !column.IsHidden);
        if (!model.IsRowToRowMapper)
            return [.. visible];
        var mapper = model.GetRowToRowMapper(inputSchema);
        var used = mapper.GetDependencies(outputs.Select(output => mapper.OutputSchema[output.Name])).Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        return [.. visible.Where(column => used.Contains(column.Name))];
    }

    private static bool IsAdded(DataViewSchema.Column column, DataViewSchema input) =>
        input.GetColumnOrNull(column.Name) is not { } before || before.Index != column.Index;

    private static ArtifactColumn Describe(DataViewSchema.Column column) => new(column.Name, column.Type.ToString()!);

    // For people: without namespaces, and without the counts of type parameters.
    private static string NameOf(ITransformer transformer)
    {
        var type = transformer.GetType();
        string name = type.FullName ?? type.Name;
        int arguments = name.IndexOf('[', StringComparison.Ordinal);
        name = (arguments < 0 ? name : name[..arguments])[((type.Namespace?.Length ?? -1) + 1)..];
        return string.Join('.', name.Split('+').Select(part => part.Split('`')[0]));
    }

    private DataViewSchema ReadSchema(ArtifactReader reader)
    {
        using var stream = reader.OpenRead(SchemaEntry);
        var schema = MLNetStageCodec.Load(_context, stream, $"{reader.File}: {SchemaEntry}").Schema;
        if (schema is null)
            ArtifactThrow.Entry(reader.File, SchemaEntry, "holds no schema");
        var missing = reader.Manifest.Signature.Inputs.FirstOrDefault(input => schema.GetColumnOrNull(input.Name)?.Type.ToString() != input.Type);
        if (missing is not null)
            ArtifactThrow.Entry(reader.File, SchemaEntry, $"has no column '{ArtifactThrow.Printable(missing.Name)}' of type {ArtifactThrow.Printable(missing.Type)}, which the manifest lists as an input");
        return schema;
    }
}
