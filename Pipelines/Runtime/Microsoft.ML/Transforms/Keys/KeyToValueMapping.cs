using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Gives back the values that keys stand for.</summary>
public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingEstimator)), new KeyToValueMappingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(pair =>
        {
            var input = inputSchema.FindInput(pair.inputColumnName);
            if (!input.IsKey)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "key type", input.GetTypeString());
            if (!input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values) || values.Kind != SchemaShape.Column.VectorKind.Vector)
                throw Contracts.ExceptParam(nameof(inputSchema), $"Input column '{input.Name}' doesn't contain key values metadata");
            var annotations = input.HasSlotNames() ? new SchemaShape([SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames)]) : null;
            return new SchemaShape.Column(pair.outputColumnName, input.Kind, values.ItemType, values.IsKey, annotations);
        }));
    }
}

/// <summary>The transformer of <see cref="KeyToValueMappingEstimator"/>.</summary>
public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "KeyToValueTransform";
    private const int FormatVersion = 1;

    internal KeyToValueMappingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), columns)
    {
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static KeyToValueMappingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        return new KeyToValueMappingTransformer(ctx.Env, LoadColumns(ctx));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        var key = input.Type.ItemTypeOrSelf() as KeyDataViewType
            ?? throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, "key type", input.Type.ToString());
        Contracts.Check(AnnotationUtils.HasKeyValues(input, out var valuesType), "Metadata KeyValues does not exist");
        DataViewType type = input.Type is VectorDataViewType vector ? new VectorDataViewType(valuesType.ItemType, vector.Dimensions) : valuesType.ItemType;
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new OutputColumn(outputName, type, builder.ToAnnotations(), [input.Index], row =>
            GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Delegate>(key.RawType, valuesType.ItemType.RawType, MakeGetter<uint, int>, row, input));
    }

    private static Delegate MakeGetter<TKey, TValue>(DataViewRow row, DataViewSchema.Column input) where TKey : unmanaged
    {
        VBuffer<TValue> annotation = default;
        input.GetKeyValues(ref annotation);
        // Slot 0 is what a missing key stands for.
        var values = new TValue[annotation.Length + 1];
        annotation.CopyTo(values.AsSpan(1));
        AnnotationUtils.HasKeyValues(input, out var valuesType);
        values[0] = Internal.Missing.GetValueOrDefault<TValue>(valuesType.ItemType);

        if (input.Type is not VectorDataViewType)
        {
            var scalar = row.GetGetter<TKey>(input);
            TKey key = default;
            return (ValueGetter<TValue>)((ref TValue value) =>
            {
                scalar(ref key);
                value = values[IndexOf(key)];
            });
        }
        var vector = row.GetGetter<VBuffer<TKey>>(input);
        VBuffer<TKey> keys = default;
        var isDefault = Internal.Missing.GetDefaultPredicate<TValue>();
        bool missingIsDefault = isDefault(in values[0]);
        return (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> destination) =>
        {
            vector(ref keys);
            if (!keys.IsDense && !missingIsDefault)
                VBufferUtils.Densify(ref keys);
            var source = keys.GetValues();
            var indices = keys.GetIndices();
            var editor = VBufferEditor.Create(ref destination, keys.Length, source.Length);
            int kept = 0;
            for (int i = 0; i < source.Length; i++)
            {
                var value = values[IndexOf(source[i])];
                if (!indices.IsEmpty)
                {
                    if (isDefault(in value))
                        continue;
                    editor.Indices[kept] = indices[i];
                }
                editor.Values[kept++] = value;
            }
            destination = editor.CommitTruncated(kept);
        });

        int IndexOf(TKey key)
        {
            ulong index = key switch
            {
                byte value => value,
                ushort value => value,
                uint value => value,
                ulong value => value,
                _ => 0,
            };
            return index < (ulong)values.Length ? (int)index : 0;
        }
    }
}
