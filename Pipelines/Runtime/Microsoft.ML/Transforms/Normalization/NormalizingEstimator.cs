using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Learns in one pass how to bring columns to a common scale.</summary>
public sealed class NormalizingEstimator : IEstimator<NormalizingTransformer>
{
    private readonly IHost _host;
    private readonly NormalizerColumn[] _columns;

    internal NormalizingEstimator(IHostEnvironment env, params NormalizerColumn[] columns)
    {
        _host = env.Register(nameof(NormalizingEstimator));
        Contracts.CheckNonEmpty(columns, nameof(columns));
        foreach (var column in columns)
            column.Check();
        _columns = columns;
    }

    public NormalizingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var inputs = Array.ConvertAll(_columns, column => Find(input.Schema, column.InputColumnName, "input"));
        var labels = _columns.OfType<SupervisedBinningColumn>().Select(column => Find(input.Schema, column.LabelColumnName, "label"));
        using var cursor = input.GetRowCursor(inputs.Concat(labels));
        var trainers = _columns.Zip(inputs, (column, source) => column.MakeTrainer(cursor, source)).ToArray();
        var open = trainers.ToList();
        while (open.Count > 0 && cursor.MoveNext())
        {
            _host.CheckAlive();
            open.RemoveAll(trainer => !trainer.AddRow());
        }
        return new NormalizingTransformer(_host, [.. _columns.Select((column, i) =>
            new NormalizingTransformer.NormalizedColumn(column.Name, column.InputColumnName, inputs[i].Type, trainers[i].Finish()))]);
    }

    private static DataViewSchema.Column Find(DataViewSchema schema, string name, string role) =>
        schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch("input", role, name);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(column =>
        {
            var input = inputSchema.FindInput(column.InputColumnName);
            if (input.Kind == SchemaShape.Column.VectorKind.VariableVector)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "fixed-size vector or scalar", input.GetTypeString());
            if (input.IsKey || (!input.ItemType.Equals(NumberDataViewType.Single) && !input.ItemType.Equals(NumberDataViewType.Double)))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "vector or scalar of Single or Double", input.GetTypeString());
            var annotations = new List<SchemaShape.Column> { SchemaShapeExtensions.IsNormalizedAnnotation };
            if (input.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out var slotNames))
                annotations.Add(slotNames);
            return new SchemaShape.Column(column.Name, input.Kind, input.ItemType, false, new SchemaShape(annotations));
        }));
    }
}
