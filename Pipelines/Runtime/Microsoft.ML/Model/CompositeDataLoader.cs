using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A loader followed by transformers.</summary>
public sealed class CompositeDataLoader<TSource, TLastTransformer> : IDataLoader<TSource>, IDisposable
    where TLastTransformer : class, ITransformer
{
    public readonly IDataLoader<TSource> Loader;
    public readonly TransformerChain<TLastTransformer> Transformer;

    public CompositeDataLoader(IDataLoader<TSource> loader, TransformerChain<TLastTransformer> transformerChain = null)
    {
        Contracts.CheckValue(loader, nameof(loader));
        Loader = loader;
        Transformer = transformerChain ?? new TransformerChain<TLastTransformer>();
    }

    public IDataView Load(TSource input) => Transformer.Transform(Loader.Load(input));

    public DataViewSchema GetOutputSchema() => Transformer.GetOutputSchema(Loader.GetOutputSchema());

    public CompositeDataLoader<TSource, TNewLast> AppendTransformer<TNewLast>(TNewLast transformer) where TNewLast : class, ITransformer
    {
        Contracts.CheckValue(transformer, nameof(transformer));
        return new CompositeDataLoader<TSource, TNewLast>(Loader, Transformer.Append(transformer));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetLoader(CompositeDataLoaderCodec.LoaderName, CompositeDataLoaderCodec.FormatVersion);
        ctx.SaveChild(CompositeDataLoaderCodec.LoaderChild, Loader);
        ctx.SaveChild(CompositeDataLoaderCodec.TransformerChild, Transformer);
    }

    public void Dispose()
    {
        (Loader as IDisposable)?.Dispose();
        Transformer.Dispose();
    }
}

internal static class CompositeDataLoaderCodec
{
    public const string LoaderName = "CompositeDataLoader";
    public const string LoaderChild = "Loader";
    public const string TransformerChild = "TransformerChain";
    public const int FormatVersion = 1;

    public static object Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        return new CompositeDataLoader<IMultiStreamSource, ITransformer>(
            ctx.LoadChild<IDataLoader<IMultiStreamSource>>(LoaderChild),
            ctx.LoadChild<TransformerChain<ITransformer>>(TransformerChild));
    }
}

/// <summary>The estimator of a <see cref="CompositeDataLoader{TSource, TLastTransformer}"/>.</summary>
public sealed class CompositeLoaderEstimator<TSource, TLastTransformer> : IDataLoaderEstimator<TSource, CompositeDataLoader<TSource, TLastTransformer>>
    where TLastTransformer : class, ITransformer
{
    private readonly IDataLoaderEstimator<TSource, IDataLoader<TSource>> _start;
    private readonly EstimatorChain<TLastTransformer> _estimatorChain;

    public CompositeLoaderEstimator(IDataLoaderEstimator<TSource, IDataLoader<TSource>> start, EstimatorChain<TLastTransformer> estimatorChain = null)
    {
        Contracts.CheckValue(start, nameof(start));
        _start = start;
        _estimatorChain = estimatorChain ?? new EstimatorChain<TLastTransformer>();
        GetOutputSchema();
    }

    public CompositeDataLoader<TSource, TLastTransformer> Fit(TSource input)
    {
        var loader = _start.Fit(input);
        return new CompositeDataLoader<TSource, TLastTransformer>(loader, _estimatorChain.Fit(loader.Load(input)));
    }

    public SchemaShape GetOutputSchema() => _estimatorChain.GetOutputSchema(_start.GetOutputSchema());

    public CompositeLoaderEstimator<TSource, TNewTrans> Append<TNewTrans>(IEstimator<TNewTrans> estimator) where TNewTrans : class, ITransformer
    {
        Contracts.CheckValue(estimator, nameof(estimator));
        return new CompositeLoaderEstimator<TSource, TNewTrans>(_start, _estimatorChain.Append(estimator));
    }
}

/// <summary>The estimator of a loader that is given.</summary>
internal sealed class TrivialLoaderEstimator<TSource, TLoader>(TLoader loader) : IDataLoaderEstimator<TSource, TLoader>
    where TLoader : IDataLoader<TSource>
{
    public TLoader Fit(TSource input) => loader;

    public SchemaShape GetOutputSchema() => SchemaShape.Create(loader.GetOutputSchema());
}

/// <summary>Where a loader reads from: any number of streams.</summary>
public interface IMultiStreamSource
{
    int Count { get; }

    /// <summary>The path of stream <paramref name="index"/>, or null where it has none.</summary>
    string GetPathOrNull(int index);

    Stream Open(int index);

    TextReader OpenTextReader(int index);
}
