using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Converts columns to another kind of value.</summary>
public sealed class TypeConvertingEstimator : TrivialEstimator<TypeConvertingTransformer>
{
    /// <summary>What one column is converted to; with a key count, to keys.</summary>
    internal sealed record ColumnOptions(string Name, DataKind OutputKind, string InputColumnName, KeyCount OutputKeyCount = null);

    internal TypeConvertingEstimator(IHostEnvironment env, params ColumnOptions[] columns)
        : base(env.Register(nameof(TypeConvertingEstimator)), new TypeConvertingTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(column => Convert(inputSchema.FindInput(column.InputColumnName), column)));
    }

    private static SchemaShape.Column Convert(SchemaShape.Column input, ColumnOptions column)
    {
        // The shape knows no key count; as conversions between keys keep it, any will do.
        DataViewType source = input.IsKey ? new KeyDataViewType(input.ItemType.RawType, 1) : input.ItemType;
        if (!TypeConvertingTransformer.TryConvert(source, column, out var type))
            throw Contracts.ExceptParam("inputSchema", $"Source column '{input.Name}' with item type '{input.GetTypeString()}' is not compatible with destination type '{type}'");
        bool isKey = type is KeyDataViewType;
        var annotations = new List<SchemaShape.Column>();
        if (input.ItemType is BooleanDataViewType && input.Kind == SchemaShape.Column.VectorKind.Scalar && type is NumberDataViewType)
            annotations.Add(SchemaShapeExtensions.IsNormalizedAnnotation);
        if (input.HasSlotNames())
            annotations.Add(SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames));
        if (isKey && input.IsKey && input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var keyValues))
            annotations.Add(keyValues);
        if (!isKey && !input.IsKey && input.ItemType is NumberDataViewType && type is NumberDataViewType && input.IsNormalized())
            annotations.Add(SchemaShapeExtensions.IsNormalizedAnnotation);
        DataViewType itemType = isKey ? NumberDataViewType.FromRawType(type.RawType) : type;
        return new SchemaShape.Column(column.Name, input.Kind, itemType, isKey, new SchemaShape(annotations));
    }
}

/// <summary>The transformer of <see cref="TypeConvertingEstimator"/>.</summary>
public sealed class TypeConvertingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ConvertTransform";
    private const int FormatVersion = 1;

    private readonly TypeConvertingEstimator.ColumnOptions[] _columns;

    internal TypeConvertingTransformer(IHostEnvironment env, params TypeConvertingEstimator.ColumnOptions[] columns)
        : base(env.Register(nameof(TypeConvertingTransformer)), Array.ConvertAll(columns, column => (column.Name, column.InputColumnName)))
    {
        foreach (var column in columns)
            Contracts.CheckParam(DataKinds.IsDefined(column.OutputKind), "outputKind", $"{(int)column.OutputKind} is no {nameof(DataKind)}.");
        _columns = columns;
    }

    internal IReadOnlyList<TypeConvertingEstimator.ColumnOptions> Columns => _columns;

    internal static TypeConvertingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var pairs = LoadColumns(ctx);
        var columns = Array.ConvertAll(pairs, pair =>
        {
            var kind = (DataKind)ctx.Reader.ReadByte();
            Contracts.CheckDecode(DataKinds.IsDefined(kind));
            ulong keyCount = ctx.Reader.ReadUInt64();
            return new TypeConvertingEstimator.ColumnOptions(pair.outputColumnName, kind, pair.inputColumnName, keyCount == 0 ? null : new KeyCount(keyCount));
        });
        return new TypeConvertingTransformer(ctx.Env, columns);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        foreach (var column in _columns)
        {
            ctx.Writer.Write((byte)column.OutputKind);
            ctx.Writer.Write(column.OutputKeyCount == null ? 0 : DataKinds.ToKeyType(column.OutputKind, column.OutputKeyCount).Count);
        }
    }

    /// <summary>The item type that values of <paramref name="source"/> are converted to; false, with the type asked for, if that cannot be.</summary>
    internal static bool TryConvert(DataViewType source, TypeConvertingEstimator.ColumnOptions column, out PrimitiveDataViewType type)
    {
        var kind = column.OutputKind;
        if (column.OutputKeyCount != null)
        {
            type = DataKinds.ToKeyType(kind, column.OutputKeyCount);
            if (source is not (KeyDataViewType or TextDataViewType))
                return false;
        }
        else
        {
            type = kind.ToPrimitiveType();
            if (source is KeyDataViewType key)
            {
                if (!KeyDataViewType.IsValidDataType(type.RawType))
                    return false;
                ulong largest = DataKinds.ToKeyType(kind, new KeyCount()).Count;
                type = new KeyDataViewType(type.RawType, Math.Min(key.Count, largest));
            }
        }
        return Conversions.TryGet(source, type, out _, out _);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        var sourceItem = input.Type.ItemTypeOrSelf();
        if (!TryConvert(sourceItem, _columns[index], out var item))
            throw Contracts.ExceptParam("inputSchema", $"Source column '{input.Name}' with item type '{input.Type}' is not compatible with destination type '{item}'");
        DataViewType type = input.Type is VectorDataViewType vector ? new VectorDataViewType(item, vector.Dimensions) : item;

        var builder = new DataViewSchema.Annotations.Builder();
        if (type.IsKnownSizeVector())
            builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        if (sourceItem is KeyDataViewType source && item is KeyDataViewType key && source.Count == key.Count)
            builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.KeyValues);
        if (sourceItem is NumberDataViewType && item is NumberDataViewType)
            builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.IsNormalized);
        if (input.Type is BooleanDataViewType && item is NumberDataViewType)
            builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);

        return new OutputColumn(outputName, type, builder.ToAnnotations(), [input.Index], row =>
            GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, PrimitiveDataViewType, Delegate>(item.RawType, MakeGetter<int>, row, input, item));
    }

    private static Delegate MakeGetter<T>(DataViewRow row, DataViewSchema.Column input, PrimitiveDataViewType item) =>
        input.Type is VectorDataViewType ? ConvertingGetters.Vector<T>(row, input, item) : ConvertingGetters.Scalar<T>(row, input, item);
}
