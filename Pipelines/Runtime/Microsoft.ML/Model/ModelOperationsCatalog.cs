using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Operations on trained models: saving, loading, prediction engines.</summary>
public sealed partial class ModelOperationsCatalog
{
    private const string SchemaEntry = "Schema";
    private const string TransformerDirectory = "TransformerChain/";
    private const string VersionEntry = "TrainingInfo/Version.txt";

    internal ModelOperationsCatalog(IHostEnvironment env)
    {
        Environment = env;
    }

    internal IHostEnvironment Environment { get; }

    public void Save<TSource>(ITransformer model, IDataLoader<TSource> loader, Stream stream)
    {
        Contracts.CheckValue(loader, nameof(loader));
        Contracts.CheckValue(stream, nameof(stream));
        var chain = model == null ? null : new TransformerChain<ITransformer>(model);
        var composite = new CompositeDataLoader<TSource, ITransformer>(loader, chain);
        WriteArchive(stream, archive => SaveTo(archive, "", composite));
    }

    public void Save<TSource>(ITransformer model, IDataLoader<TSource> loader, string filePath)
    {
        Contracts.CheckValue(loader, nameof(loader));
        Contracts.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.Create(filePath);
        Save(model, loader, stream);
    }

    public void Save(ITransformer model, DataViewSchema inputSchema, Stream stream)
    {
        Contracts.CheckValue(stream, nameof(stream));
        WriteArchive(stream, archive =>
        {
            SaveTo(archive, TransformerDirectory, model ?? new TransformerChain<ITransformer>());
            if (inputSchema == null)
                return;
            using var entry = ModelSaveContext.CreateEntry(archive, SchemaEntry);
            SchemaCodec.Write(entry, inputSchema);
        });
    }

    public void Save(ITransformer model, DataViewSchema inputSchema, string filePath)
    {
        Contracts.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.Create(filePath);
        Save(model, inputSchema, stream);
    }

    public ITransformer Load(Stream stream, out DataViewSchema inputSchema)
    {
        Contracts.CheckValue(stream, nameof(stream));
        using var archive = new ModelArchive(stream);
        if (archive.Contains(ModelSaveContext.KeyEntry))
        {
            var model = Decompose(ModelLoadContext.Load<IDataLoader<IMultiStreamSource>>(Environment, archive, ""), out var loader);
            inputSchema = loader.GetOutputSchema();
            return model;
        }
        inputSchema = archive.Contains(SchemaEntry) ? SchemaCodec.Read(archive.ReadEntry(SchemaEntry)) : null;
        return ModelLoadContext.Load<ITransformer>(Environment, archive, TransformerDirectory);
    }

    public ITransformer Load(string filePath, out DataViewSchema inputSchema)
    {
        Contracts.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.OpenRead(filePath);
        return Load(stream, out inputSchema);
    }

    public ITransformer LoadWithDataLoader(Stream stream, out IDataLoader<IMultiStreamSource> loader)
    {
        Contracts.CheckValue(stream, nameof(stream));
        using var archive = new ModelArchive(stream);
        Contracts.Check(archive.Contains(ModelSaveContext.KeyEntry), "The model was saved without a data loader; use " + nameof(Load) + ".");
        return Decompose(ModelLoadContext.Load<IDataLoader<IMultiStreamSource>>(Environment, archive, ""), out loader);
    }

    public ITransformer LoadWithDataLoader(string filePath, out IDataLoader<IMultiStreamSource> loader)
    {
        Contracts.CheckNonEmpty(filePath, nameof(filePath));
        using var stream = File.OpenRead(filePath);
        return LoadWithDataLoader(stream, out loader);
    }

    private static ITransformer Decompose(IDataLoader<IMultiStreamSource> saved, out IDataLoader<IMultiStreamSource> loader)
    {
        if (saved is not CompositeDataLoader<IMultiStreamSource, ITransformer> composite)
        {
            loader = saved;
            return new TransformerChain<ITransformer>();
        }
        loader = composite.Loader;
        var transformers = ((ITransformerChain)composite.Transformer).Transformers;
        return transformers.Count == 1 ? transformers[0] : composite.Transformer;
    }

    private static void WriteArchive(Stream stream, Action<ZipArchive> write)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        using (var version = new StreamWriter(ModelSaveContext.CreateEntry(archive, VersionEntry)))
            version.Write("5.0.0");
        write(archive);
    }

    private static void SaveTo(ZipArchive archive, string directory, ICanSaveModel model)
    {
        using var context = new ModelSaveContext(archive, directory);
        model.Save(context);
    }
}
