using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Data with the columns that play a part in training; null where a part is not played.</summary>
internal sealed class RoleMappedData
{
    public RoleMappedData(IDataView data, string label = null, string feature = null, string group = null, string weight = null)
    {
        Contracts.CheckValue(data, nameof(data));
        Data = data;
        Label = Find(label, "label");
        Feature = Find(feature, "feature");
        Group = Find(group, "group");
        Weight = Find(weight, "weight");
    }

    public IDataView Data { get; }

    public DataViewSchema.Column? Label { get; }

    public DataViewSchema.Column? Feature { get; }

    public DataViewSchema.Column? Group { get; }

    public DataViewSchema.Column? Weight { get; }

    /// <summary>The size of the feature vectors.</summary>
    public int FeatureCount => Feature?.Type.VectorSize() ?? 0;

    /// <summary>The columns that have a part.</summary>
    public IEnumerable<DataViewSchema.Column> Columns =>
        new[] { Label, Feature, Group, Weight }.Where(column => column != null).Select(column => column.Value);

    private DataViewSchema.Column? Find(string name, string role)
    {
        if (name == null)
            return null;
        return Data.Schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch("schema", role, name);
    }
}

/// <summary>What a trainer is given.</summary>
/// <param name="TrainingSet">The data.</param>
/// <param name="InitialModel">The model to start from, or null.</param>
/// <param name="Examples">The examples where they are in memory already; null to read them.</param>
internal sealed record TrainContext(RoleMappedData TrainingSet, object InitialModel = null, TrainingSet Examples = null);
