using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Data;

/// <summary>The base of transformers that add the outputs of a model.</summary>
/// <remarks>Thread-safe for reading. Disposing it disposes a model that holds resources.</remarks>
public abstract class PredictionTransformerBase<TModel> : IPredictionTransformer<TModel>, IDisposable where TModel : class
{
    private protected const string ModelChild = "Model";

    private protected readonly IHost Host;

    private bool _disposed;

    private protected PredictionTransformerBase(IHost host, TModel model)
    {
        Contracts.CheckValue(host, nameof(host));
        Contracts.CheckValue(model, nameof(model));
        Host = host;
        Model = model;
    }

    public TModel Model { get; }

    bool ITransformer.IsRowToRowMapper => true;

    public abstract DataViewSchema GetOutputSchema(DataViewSchema inputSchema);

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        return new MappedDataView(input, Bind(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return Bind(inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        SaveModel(ctx);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        (Model as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract RowMapper Bind(DataViewSchema inputSchema);

    private protected abstract void SaveModel(ModelSaveContext ctx);
}

/// <summary>The base of transformers that add the outputs of a model of one feature column.</summary>
public abstract class SingleFeaturePredictionTransformerBase<TModel> : PredictionTransformerBase<TModel>, ISingleFeaturePredictionTransformer<TModel> where TModel : class
{
    private protected SingleFeaturePredictionTransformerBase(IHost host, TModel model, FeatureSource feature) : base(host, model)
    {
        FeatureColumnName = feature.Name;
        FeatureColumnType = feature.Type;
    }

    /// <summary>The column of features; null for a model that needs none.</summary>
    public string FeatureColumnName { get; }

    /// <summary>The type of the column when the model was trained.</summary>
    public DataViewType FeatureColumnType { get; }

    public sealed override DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        if (FeatureColumnName != null && inputSchema.GetColumnOrNull(FeatureColumnName) is { } column && !column.Type.Equals(FeatureColumnType))
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "feature", FeatureColumnName, FeatureColumnType.ToString(), column.Type.ToString());
        return Bind(inputSchema).OutputSchema;
    }

    /// <summary>The feature column in a schema; null for a model that needs none.</summary>
    private protected DataViewSchema.Column? FindFeatures(DataViewSchema inputSchema)
    {
        if (FeatureColumnName == null)
            return null;
        var column = inputSchema.GetColumnOrNull(FeatureColumnName) ?? throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "feature", FeatureColumnName);
        if (((IPredictor)Model).InputType is { } expected && !Fits(expected, column.Type))
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "feature", FeatureColumnName, expected.ToString(), column.Type.ToString());
        return column;
    }

    private protected void SaveBase(ModelSaveContext ctx, string loaderName, int formatVersion)
    {
        ctx.SetLoader(loaderName, formatVersion);
        new FeatureSource(FeatureColumnName, FeatureColumnType).Save(ctx.Writer);
        ctx.SaveChild(ModelChild, Model as ICanSaveModel ?? throw Contracts.ExceptNotSupp($"A model of type {typeof(TModel)} cannot be saved."));
    }

    private static bool Fits(VectorDataViewType expected, DataViewType actual) =>
        actual is VectorDataViewType vector && vector.ItemType.Equals(expected.ItemType) && (vector.Size == expected.Size || expected.Size == 0);
}

/// <summary>The name and type of the feature column of a model; null where it needs none.</summary>
internal readonly record struct FeatureSource(string Name, DataViewType Type)
{
    public static FeatureSource Find(DataViewSchema trainSchema, string name)
    {
        Contracts.CheckValue(trainSchema, nameof(trainSchema));
        if (name == null)
            return default;
        var column = trainSchema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch("featureColumn", "feature", name);
        return new FeatureSource(name, column.Type);
    }

    public void Save(BinaryWriter writer)
    {
        writer.WriteStringOrNull(Name);
        if (Name != null)
            ValueCodecs.WriteType(writer, Type);
    }

    public static FeatureSource Load(BinaryReader reader)
    {
        string name = reader.ReadStringOrNull();
        return name == null ? default : new FeatureSource(name, ValueCodecs.ReadType(reader));
    }
}
