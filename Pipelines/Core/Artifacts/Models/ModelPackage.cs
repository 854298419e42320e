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

    private readonly MLContext _context;
    private readonly MLNetStageCodec _mlnet;
    private readonly IReadOnlyList<StageCodec> _codecs;

    /// <summary>A package for models whose stages are of ML.NET's own kinds or of those that the codecs write.</summary>
    public ModelPackage(MLContext context, params IReadOnlyList<StageCodec> codecs)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(codecs);
        _context = context;
        _mlnet = new MLNetStageCodec(context);
        _codecs = codecs;
    }

    /// <summary>Makes the entries of a model, and completes the signature in its manifest.</summary>
    /// <param name="model">The model; a chain is split into its stages.</param>
    /// <param name="manifest">What is known of the model.</param>
    /// <param name="sample">Rows of its input. Their schema is saved; the first of them become golden inputs.</param>
    /// <param name="goldenRows">How many golden rows to keep, from 0 to 1,000.</param>
    /// <exception cref="NotSupportedException">No codec writes a stage.</exception>
    public (ArtifactBuilder Content, ArtifactManifest Manifest) Pack(ITransformer model, ArtifactManifest manifest, IDataView sample, int goldenRows = 8)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentOutOfRangeException.ThrowIfNegative(goldenRows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(goldenRows, 1000);

        var builder = new ArtifactBuilder();
        var runs = SplitIntoStages(model);
        for (int i = 0; i < runs.Count; i++)
            runs[i].Codec.Write(runs[i].Transformer, new StageWriter(builder, string.Create(CultureInfo.InvariantCulture, $"stages/{i:00}-{runs[i].Codec.Kind}/")));
        builder.Add(SchemaEntry, "schema", stream => _context.Model.Save(new TransformerChain<ITransformer>(), sample.Schema, stream));

        var used = UsedInputs(model, sample.Schema);
        manifest = manifest with { Signature = SignatureOf(sample.Schema, model.GetOutputSchema(sample.Schema), used) };
        var golden = GoldenRows.Take(model, sample, used, goldenRows);
        if (golden.Length > 0)
            builder.Add(GoldenEntry, "golden", golden);
        builder.Add(CardEntry, "card", ModelCard.Write(manifest));
        return (builder, manifest);
    }

    /// <summary>Loads a model: every byte is checked, then the golden inputs must give the golden outputs.</summary>
    /// <exception cref="ArtifactException">The artifact is damaged, is refused, or works differently here.</exception>
    public LoadedModel Load(ArtifactReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var stages = new List<ITransformer>();
        foreach (var folder in StageFolders(reader.Manifest))
        {
            var kind = folder["stages/00-".Length..^1];
            var codec = _codecs.Append(_mlnet).FirstOrDefault(codec => codec.Kind == kind);
            if (codec is null)
                ArtifactThrow.Entry(reader.File, folder, $"is of the kind '{ArtifactThrow.Printable(kind)}', which this host does not load; it loads {string.Join(", ", _codecs.Append(_mlnet).Select(known => known.Kind))}");
            stages.Add(codec!.Read(new StageReader(reader, folder)));
        }
        if (stages.Count == 0)
            ArtifactThrow.Damaged(reader.File, "it has no stage");
        ITransformer model = stages.Count == 1 ? stages[0] : new TransformerChain<ITransformer>([.. stages]);
        var loaded = new LoadedModel(model, ReadSchema(reader), reader.Manifest, reader.File);
        if (reader.Contains(GoldenEntry))
            GoldenRows.Check(_context, loaded, reader.Read(GoldenEntry), reader.File);
        return loaded;
    }

    /// <summary>Loads a model from a store, by version, alias or, with null, the latest.</summary>
    public LoadedModel Load(ArtifactStore store, string name, string? versionOrAlias = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        using var reader = store.Open(name, versionOrAlias);
        return Load(reader);
    }

    private List<(StageCodec Codec, ITransformer Transformer)> SplitIntoStages(ITransformer model)
    {
        var stages = new List<(StageCodec, ITransformer)>();
        var run = new List<ITransformer>();
        foreach (var transformer in Flatten(model))
        {
            var codec = _codecs.FirstOrDefault(codec => codec.CanWrite(transformer));
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
        EndRun();
        return stages;

        void EndRun()
        {
            if (run.Count > 0)
                stages.Add((_mlnet, new TransformerChain<ITransformer>([.. run])));
            run.Clear();
        }
    }

    private static IEnumerable<ITransformer> Flatten(ITransformer model) =>
        model is IEnumerable<ITransformer> chain ? chain.SelectMany(Flatten) : [model];

    private static IEnumerable<string> StageFolders(ArtifactManifest manifest) =>
        manifest.Entries
            .Where(entry => entry.Path.StartsWith("stages/", StringComparison.Ordinal))
            .Select(entry => entry.Path[..(entry.Path.IndexOf('/', "stages/".Length) + 1)])
            .Where(folder => folder.Length > "stages/00-/".Length && folder["stages/00".Length] == '-')
            .Distinct()
            .Order(StringComparer.Ordinal);

    /// <summary>The input columns that the added columns are made from: all of them where the model does not tell.</summary>
    private static HashSet<string> UsedInputs(ITransformer model, DataViewSchema inputSchema)
    {
        var visible = inputSchema.Where(column => !column.IsHidden).Select(column => column.Name);
        if (!model.IsRowToRowMapper)
            return [.. visible];
        var mapper = model.GetRowToRowMapper(inputSchema);
        var added = mapper.OutputSchema.Where(column => !column.IsHidden && IsAdded(column, inputSchema));
        return [.. mapper.GetDependencies(added).Select(column => column.Name)];
    }

    private static ArtifactSignature SignatureOf(DataViewSchema input, DataViewSchema output, HashSet<string> used) => new()
    {
        Inputs = [.. input.Where(column => !column.IsHidden && used.Contains(column.Name)).Select(Describe)],
        Outputs = [.. output.Where(column => !column.IsHidden && IsAdded(column, input)).Select(Describe)],
    };

    internal static bool IsAdded(DataViewSchema.Column column, DataViewSchema input) =>
        input.GetColumnOrNull(column.Name) is not { } before || column.Index >= input.Count || before.Index != column.Index;

    private static ArtifactColumn Describe(DataViewSchema.Column column) => new(column.Name, column.Type.ToString()!);

    private DataViewSchema ReadSchema(ArtifactReader reader)
    {
        using var stream = new MemoryStream(reader.Read(SchemaEntry));
        try
        {
            _context.Model.Load(stream, out var schema);
            return schema;
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or ArgumentException or InvalidDataException)
        {
            throw new ArtifactException($"The artifact '{reader.File}' is refused: its input schema cannot be read.", e);
        }
    }
}
