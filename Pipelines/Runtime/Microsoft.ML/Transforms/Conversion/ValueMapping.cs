using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Maps values by a table.</summary>
public class ValueMappingEstimator : TrivialEstimator<ValueMappingTransformer>
{
    internal ValueMappingEstimator(IHostEnvironment env, ValueMap map, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(ValueMappingEstimator)), new ValueMappingTransformer(env, map, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var value = new DataViewSchema.Builder();
        value.AddColumn("Value", Transformer.Map.ValueType, Transformer.Map.ValueColumn.Annotations);
        var shape = SchemaShape.Create(value.ToSchema())[0];
        return inputSchema.With(Transformer.Columns.Select(pair =>
        {
            var input = inputSchema.FindInput(pair.inputColumnName);
            bool isVector = input.Kind != SchemaShape.Column.VectorKind.Scalar;
            if (isVector && shape.Kind != SchemaShape.Column.VectorKind.Scalar)
                throw ValueMappingTransformer.ExceptTwoVectors(input.Name);
            return new SchemaShape.Column(pair.outputColumnName, isVector ? input.Kind : shape.Kind, shape.ItemType, shape.IsKey, shape.Annotations);
        }));
    }
}

/// <inheritdoc cref="ValueMappingEstimator"/>
public sealed class ValueMappingEstimator<TKey, TValue> : ValueMappingEstimator
{
    internal ValueMappingEstimator(IHostEnvironment env, ValueMap map, params (string outputColumnName, string inputColumnName)[] columns) : base(env, map, columns)
    {
    }
}

/// <summary>The transformer of <see cref="ValueMappingEstimator"/>.</summary>
public class ValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ValueMappingTransformer";
    private const int FormatVersion = 1;

    internal ValueMappingTransformer(IHostEnvironment env, ValueMap map, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(ValueMappingTransformer)), columns)
    {
        Map = map;
    }

    internal ValueMap Map { get; }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static NotSupportedException ExceptTwoVectors(string column) =>
        Contracts.ExceptNotSupp($"Column '{column}' cannot be mapped to values when the column and the map values are both vector type.");

    internal static ValueMappingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        return new ValueMappingTransformer(ctx.Env, ValueMap.Load(ctx.Reader), columns);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        Map.Save(ctx.Writer);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        var type = Map.ValueType;
        if (input.Type is VectorDataViewType inputVector)
        {
            if (type is VectorDataViewType)
                throw ExceptTwoVectors(input.Name);
            type = new VectorDataViewType((PrimitiveDataViewType)type, inputVector.Dimensions);
        }
        return new OutputColumn(outputName, type, Map.ValueColumn.Annotations, [input.Index], row => Map.MakeGetter(row, input));
    }
}
