using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Maps keys to indicator vectors, or the keys of a vector to one vector of their counts.</summary>
public sealed class KeyToVectorMappingEstimator : TrivialEstimator<KeyToVectorMappingTransformer>
{
    /// <summary>What one column is mapped to.</summary>
    internal sealed record ColumnOptions(string Name, string InputColumnName, bool OutputCountVector = false);

    internal KeyToVectorMappingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
        : base(env.Register(nameof(KeyToVectorMappingEstimator)), new KeyToVectorMappingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(column =>
        {
            var input = inputSchema.FindInput(column.InputColumnName);
            if (!input.IsKey)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "key type of known cardinality", input.GetTypeString());
            bool isVariable = input.Kind == SchemaShape.Column.VectorKind.VariableVector && !column.OutputCountVector;
            var annotations = new List<SchemaShape.Column>();
            if (!isVariable && input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var keyValues) && keyValues.ItemType is TextDataViewType)
                annotations.Add(SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames));
            if (!column.OutputCountVector && !isVariable)
                annotations.Add(new SchemaShape.Column(AnnotationUtils.Kinds.CategoricalSlotRanges, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Int32, false));
            if (!column.OutputCountVector || input.Kind == SchemaShape.Column.VectorKind.Scalar)
                annotations.Add(SchemaShapeExtensions.IsNormalizedAnnotation);
            var kind = isVariable ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector;
            return new SchemaShape.Column(column.Name, kind, NumberDataViewType.Single, false, new SchemaShape(annotations));
        }));
    }
}

/// <summary>The transformer of <see cref="KeyToVectorMappingEstimator"/>.</summary>
public sealed class KeyToVectorMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "KeyToVectorTransform";
    private const int FormatVersion = 1;

    private readonly KeyToVectorMappingEstimator.ColumnOptions[] _columns;

    internal KeyToVectorMappingTransformer(IHostEnvironment env, params KeyToVectorMappingEstimator.ColumnOptions[] columns)
        : base(env.Register(nameof(KeyToVectorMappingTransformer)), Array.ConvertAll(columns, column => (column.Name, column.InputColumnName)))
    {
        _columns = columns;
    }

    internal IReadOnlyList<KeyToVectorMappingEstimator.ColumnOptions> Columns => _columns;

    internal static KeyToVectorMappingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var pairs = LoadColumns(ctx);
        return new KeyToVectorMappingTransformer(ctx.Env, Array.ConvertAll(pairs, pair =>
            new KeyToVectorMappingEstimator.ColumnOptions(pair.outputColumnName, pair.inputColumnName, ctx.Reader.ReadBoolean())));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        foreach (var column in _columns)
            ctx.Writer.Write(column.OutputCountVector);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        int keyCount = KeySlotNames.CheckedKeyCount(input);
        int valueCount = input.Type.ValueCount();
        bool counts = _columns[index].OutputCountVector;
        bool isOneVector = counts || valueCount == 1;
        var type = isOneVector
            ? new VectorDataViewType(NumberDataViewType.Single, keyCount)
            : new VectorDataViewType(NumberDataViewType.Single, valueCount, keyCount);

        var builder = new DataViewSchema.Annotations.Builder();
        if (KeySlotNames.KeyNamesOrNull(input) is { } names && type.IsKnownSize)
        {
            if (isOneVector)
                builder.AddSlotNames(keyCount, names);
            else
                builder.Add(AnnotationUtils.Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, type.Dimensions), CombinedNames(input, names));
        }
        if (!counts && valueCount > 0)
        {
            builder.Add(AnnotationUtils.Kinds.CategoricalSlotRanges, new VectorDataViewType(NumberDataViewType.Int32, valueCount, 2),
                (ref VBuffer<int> ranges) => ranges = SlotRanges(valueCount, keyCount));
        }
        if (!counts || valueCount == 1)
            builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);

        return new OutputColumn(outputName, type, builder.ToAnnotations(), [input.Index], row => input.Type switch
        {
            not VectorDataViewType => MakeIndicator(row, input, keyCount),
            _ when counts => MakeCounts(row, input, keyCount),
            _ => MakeIndicators(row, input, keyCount),
        });
    }

    private static ValueGetter<VBuffer<ReadOnlyMemory<char>>> CombinedNames(DataViewSchema.Column input, ValueGetter<VBuffer<ReadOnlyMemory<char>>> names) =>
        (ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            VBuffer<ReadOnlyMemory<char>> keys = default;
            names(ref keys);
            destination = KeySlotNames.Combine(input, [.. keys.DenseValues()]);
        };

    private static VBuffer<int> SlotRanges(int valueCount, int keyCount)
    {
        var bounds = new int[valueCount * 2];
        for (int i = 0; i < valueCount; i++)
        {
            bounds[2 * i] = i * keyCount;
            bounds[2 * i + 1] = (i + 1) * keyCount - 1;
        }
        return new VBuffer<int>(bounds.Length, bounds);
    }

    private static ValueGetter<VBuffer<float>> MakeIndicator(DataViewRow row, DataViewSchema.Column input, int keyCount)
    {
        var source = KeySlotNames.Keys(row, input);
        uint key = 0;
        return (ref VBuffer<float> destination) =>
        {
            source(ref key);
            if (key == 0 || key > (uint)keyCount)
            {
                VBufferUtils.Resize(ref destination, keyCount);
                return;
            }
            var editor = VBufferEditor.Create(ref destination, keyCount, 1, requireIndicesOnDense: true);
            editor.Values[0] = 1;
            editor.Indices[0] = (int)key - 1;
            destination = editor.Commit();
        };
    }

    private static ValueGetter<VBuffer<float>> MakeIndicators(DataViewRow row, DataViewSchema.Column input, int keyCount)
    {
        var source = KeySlotNames.KeyVectors(row, input);
        VBuffer<uint> keys = default;
        return (ref VBuffer<float> destination) =>
        {
            source(ref keys);
            var values = keys.GetValues();
            var indices = keys.GetIndices();
            var editor = VBufferEditor.Create(ref destination, checked(keyCount * keys.Length), values.Length, requireIndicesOnDense: true);
            int count = 0;
            for (int i = 0; i < values.Length; i++)
            {
                uint slot = values[i] - 1;
                if (slot >= (uint)keyCount)
                    continue;
                editor.Values[count] = 1;
                editor.Indices[count++] = (indices.IsEmpty ? i : indices[i]) * keyCount + (int)slot;
            }
            destination = editor.CommitTruncated(count);
        };
    }

    private static ValueGetter<VBuffer<float>> MakeCounts(DataViewRow row, DataViewSchema.Column input, int keyCount)
    {
        var source = KeySlotNames.KeyVectors(row, input);
        VBuffer<uint> keys = default;
        var counts = new SlotCounter(keyCount);
        return (ref VBuffer<float> destination) =>
        {
            source(ref keys);
            foreach (uint key in keys.GetValues())
            {
                uint slot = key - 1;
                if (slot < (uint)keyCount)
                    counts.Add((int)slot);
            }
            counts.MoveTo(ref destination);
        };
    }
}
