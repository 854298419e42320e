using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Maps keys to the bits of their values, highest first; a missing key to ones in every bit.</summary>
public sealed class KeyToBinaryVectorMappingEstimator : TrivialEstimator<KeyToBinaryVectorMappingTransformer>
{
    internal KeyToBinaryVectorMappingEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToBinaryVectorMappingEstimator)), new KeyToBinaryVectorMappingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(pair =>
        {
            var input = inputSchema.FindInput(pair.inputColumnName);
            if (!input.IsKey)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, "key type of known cardinality", input.GetTypeString());
            bool isVariable = input.Kind == SchemaShape.Column.VectorKind.VariableVector;
            var annotations = new List<SchemaShape.Column>();
            if (!isVariable && input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var keyValues) && keyValues.ItemType is TextDataViewType)
                annotations.Add(SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames));
            if (input.Kind == SchemaShape.Column.VectorKind.Scalar)
                annotations.Add(SchemaShapeExtensions.IsNormalizedAnnotation);
            var kind = isVariable ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector;
            return new SchemaShape.Column(pair.outputColumnName, kind, NumberDataViewType.Single, false, new SchemaShape(annotations));
        }));
    }
}

/// <summary>The transformer of <see cref="KeyToBinaryVectorMappingEstimator"/>.</summary>
public sealed class KeyToBinaryVectorMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "KeyToBinaryTransform";
    private const int FormatVersion = 1;

    internal KeyToBinaryVectorMappingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToBinaryVectorMappingTransformer)), columns)
    {
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static KeyToBinaryVectorMappingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        return new KeyToBinaryVectorMappingTransformer(ctx.Env, LoadColumns(ctx));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        // One bit more than the largest key needs, so that ones in all of them are no key.
        int bits = BitOperations.Log2((uint)KeySlotNames.CheckedKeyCount(input)) + 2;
        int valueCount = input.Type.ValueCount();
        var type = valueCount == 1
            ? new VectorDataViewType(NumberDataViewType.Single, bits)
            : new VectorDataViewType(NumberDataViewType.Single, valueCount, bits);

        var builder = new DataViewSchema.Annotations.Builder();
        if (KeySlotNames.KeyNamesOrNull(input) != null && type.IsKnownSize)
        {
            var bitNames = new ReadOnlyMemory<char>[bits];
            for (int i = 0; i < bits; i++)
                bitNames[i] = $"Bit{bits - 1 - i}".AsMemory();
            if (valueCount == 1)
                builder.AddSlotNames(bitNames);
            else
                builder.Add(AnnotationUtils.Kinds.SlotNames, new VectorDataViewType(TextDataViewType.Instance, type.Dimensions),
                    (ref VBuffer<ReadOnlyMemory<char>> names) => names = KeySlotNames.Combine(input, bitNames));
        }
        if (valueCount == 1)
            builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
        return new OutputColumn(outputName, type, builder.ToAnnotations(), [input.Index], row =>
            input.Type is VectorDataViewType ? MakeVectorGetter(row, input, bits) : MakeGetter(row, input, bits));
    }

    private static ValueGetter<VBuffer<float>> MakeGetter(DataViewRow row, DataViewSchema.Column input, int bits)
    {
        var source = KeySlotNames.Keys(row, input);
        var dense = new float[bits];
        uint key = 0;
        return (ref VBuffer<float> destination) =>
        {
            source(ref key);
            WriteBits(key, dense);
            DensityRule.Copy(dense, ref destination);
        };
    }

    private static ValueGetter<VBuffer<float>> MakeVectorGetter(DataViewRow row, DataViewSchema.Column input, int bits)
    {
        var source = KeySlotNames.KeyVectors(row, input);
        VBuffer<uint> keys = default;
        uint[] denseKeys = [];
        float[] dense = [];
        return (ref VBuffer<float> destination) =>
        {
            source(ref keys);
            if (denseKeys.Length < keys.Length)
            {
                denseKeys = new uint[keys.Length];
                dense = new float[checked(keys.Length * bits)];
            }
            keys.CopyTo(denseKeys);
            for (int i = 0; i < keys.Length; i++)
                WriteBits(denseKeys[i], dense.AsSpan(i * bits, bits));
            DensityRule.Copy(dense.AsSpan(0, keys.Length * bits), ref destination);
        };
    }

    private static void WriteBits(uint key, Span<float> bits)
    {
        // The missing key 0 becomes ones in every bit.
        uint value = key - 1;
        for (int i = 0; i < bits.Length; i++)
            bits[i] = value >> bits.Length - 1 - i & 1;
    }
}
