using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>An estimator that trains a model.</summary>
public interface ITrainerEstimator<out TTransformer, out TModel> : IEstimator<TTransformer>
    where TTransformer : IPredictionTransformer<TModel>
    where TModel : class
{
    TrainerInfo Info { get; }
}

/// <summary>The base of trainers that read one feature column and, where they need them, a label and a weight column.</summary>
public abstract class TrainerEstimatorBase<TTransformer, TModel> : ITrainerEstimator<TTransformer, TModel>, IInMemoryTrainer
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    public readonly SchemaShape.Column FeatureColumn;
    public readonly SchemaShape.Column LabelColumn;
    public readonly SchemaShape.Column WeightColumn;

    private protected readonly IHost Host;

    private protected TrainerEstimatorBase(IHost host, SchemaShape.Column feature, SchemaShape.Column label = default, SchemaShape.Column weight = default)
    {
        Contracts.CheckValue(host, nameof(host));
        Contracts.CheckParam(feature.IsValid, nameof(feature), "not initialized properly");
        Host = host;
        FeatureColumn = feature;
        LabelColumn = label;
        WeightColumn = weight;
    }

    public abstract TrainerInfo Info { get; }

    public TTransformer Fit(IDataView input) => TrainTransformer(input);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        CheckInputSchema(inputSchema);
        return inputSchema.With(GetOutputColumns(inputSchema));
    }

    private protected abstract SchemaShape.Column[] GetOutputColumns(SchemaShape inputSchema);

    private protected abstract TModel TrainModel(TrainContext context);

    private protected abstract TTransformer MakeTransformer(TModel model, DataViewSchema trainSchema);

    /// <summary>The group column of trainers that have one.</summary>
    private protected virtual string GroupColumnName => null;

    /// <summary>Throws where the label cannot be trained on; by default its shape must be that of <see cref="LabelColumn"/>.</summary>
    private protected virtual void CheckLabelCompatible(SchemaShape.Column label)
    {
        if (!LabelColumn.IsCompatibleWith(label))
            throw Mismatch("label", LabelColumn, label);
    }

    private protected TTransformer TrainTransformer(IDataView trainSet, object initialModel = null)
    {
        Contracts.CheckValue(trainSet, "input");
        var model = TrainModel(new TrainContext(MapRoles(trainSet), initialModel));
        return MakeTransformer(model, trainSet.Schema);
    }

    RoleMappedData IInMemoryTrainer.MapRoles(IDataView data) => MapRoles(data);

    object IInMemoryTrainer.Train(RoleMappedData data, TrainingSet examples) => TrainModel(new TrainContext(data, null, examples));

    private RoleMappedData MapRoles(IDataView data)
    {
        CheckInputSchema(SchemaShape.Create(data.Schema));
        return new RoleMappedData(data, LabelColumn.Name, FeatureColumn.Name, GroupColumnName, WeightColumn.Name);
    }

    /// <summary>Throws where the columns of the inputs are missing or of the wrong shape.</summary>
    private protected virtual void CheckInputSchema(SchemaShape inputSchema)
    {
        CheckColumn(inputSchema, "feature", FeatureColumn);
        if (WeightColumn.IsValid)
            CheckColumn(inputSchema, "weight", WeightColumn);
        if (LabelColumn.IsValid)
            CheckLabelCompatible(Find(inputSchema, "label", LabelColumn.Name));
    }

    private protected static void CheckColumn(SchemaShape inputSchema, string role, SchemaShape.Column expected)
    {
        var actual = Find(inputSchema, role, expected.Name);
        if (!expected.IsCompatibleWith(actual))
            throw Mismatch(role, expected, actual);
    }

    private static SchemaShape.Column Find(SchemaShape inputSchema, string role, string name) =>
        inputSchema.TryFindColumn(name, out var column) ? column : throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), role, name);

    private static ArgumentOutOfRangeException Mismatch(string role, SchemaShape.Column expected, SchemaShape.Column actual) =>
        Contracts.ExceptSchemaMismatch("inputSchema", role, expected.Name, expected.GetTypeString(), actual.GetTypeString());
}

/// <summary>The base of trainers that read a group column too.</summary>
public abstract class TrainerEstimatorBaseWithGroupId<TTransformer, TModel> : TrainerEstimatorBase<TTransformer, TModel>
    where TTransformer : ISingleFeaturePredictionTransformer<TModel>
    where TModel : class
{
    public readonly SchemaShape.Column GroupIdColumn;

    private protected TrainerEstimatorBaseWithGroupId(IHost host, SchemaShape.Column feature, SchemaShape.Column label, SchemaShape.Column weight = default, SchemaShape.Column groupId = default)
        : base(host, feature, label, weight)
    {
        GroupIdColumn = groupId;
    }

    private protected override string GroupColumnName => GroupIdColumn.Name;

    private protected override void CheckInputSchema(SchemaShape inputSchema)
    {
        base.CheckInputSchema(inputSchema);
        if (GroupIdColumn.IsValid)
            CheckColumn(inputSchema, "group", GroupIdColumn);
    }
}
