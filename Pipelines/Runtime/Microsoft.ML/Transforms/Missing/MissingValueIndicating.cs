using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Tells which values are missing.</summary>
public sealed class MissingValueIndicatorEstimator : TrivialEstimator<MissingValueIndicatorTransformer>
{
    internal MissingValueIndicatorEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(MissingValueIndicatorEstimator)), new MissingValueIndicatorTransformer(env, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(pair =>
        {
            var input = inputSchema.FindInput(pair.inputColumnName);
            if (!input.IsKey && !Missing.Exists(input.ItemType))
                throw MissingValueIndicatorTransformer.ExceptNeverMissing(input.GetTypeString());
            var annotations = new List<SchemaShape.Column> { SchemaShapeExtensions.IsNormalizedAnnotation };
            if (input.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out var slotNames))
                annotations.Add(slotNames);
            return new SchemaShape.Column(pair.outputColumnName, input.Kind, BooleanDataViewType.Instance, false, new SchemaShape(annotations));
        }));
    }
}

/// <summary>The transformer of <see cref="MissingValueIndicatorEstimator"/>.</summary>
public sealed class MissingValueIndicatorTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "NaIndicatorTransform";
    private const int FormatVersion = 1;

    internal MissingValueIndicatorTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(MissingValueIndicatorTransformer)), columns)
    {
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static ArgumentOutOfRangeException ExceptNeverMissing(string type) =>
        Contracts.ExceptParam("inputSchema", $"Type '{type}' is not supported by {nameof(MissingValueIndicatorTransformer)} since it doesn't have an NA value");

    internal static MissingValueIndicatorTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        return new MissingValueIndicatorTransformer(ctx.Env, LoadColumns(ctx));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        var item = input.Type.ItemTypeOrSelf();
        if (!Missing.Exists(item))
            throw ExceptNeverMissing(input.Type.ToString());
        DataViewType type = input.Type is VectorDataViewType vector ? new VectorDataViewType(BooleanDataViewType.Instance, vector.Dimensions) : BooleanDataViewType.Instance;
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
        return new OutputColumn(outputName, type, builder.ToAnnotations(), [input.Index], row =>
            GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Delegate>(item.RawType, MakeGetter<int>, row, input));
    }

    private static Delegate MakeGetter<T>(DataViewRow row, DataViewSchema.Column input)
    {
        var isMissing = Missing.GetPredicate<T>(input.Type.ItemTypeOrSelf());
        if (input.Type is not VectorDataViewType)
        {
            var scalar = row.GetGetter<T>(input);
            T value = default;
            return (ValueGetter<bool>)((ref bool destination) =>
            {
                scalar(ref value);
                destination = isMissing(in value);
            });
        }
        var vector = row.GetGetter<VBuffer<T>>(input);
        bool defaultIsMissing = isMissing(default);
        VBuffer<T> buffer = default;
        var marked = new List<int>();
        return (ValueGetter<VBuffer<bool>>)((ref VBuffer<bool> destination) =>
        {
            vector(ref buffer);
            var values = buffer.GetValues();
            var indices = buffer.GetIndices();
            // In a sparse vector whose left-out items are missing, those that are not are the exception.
            bool mark = buffer.IsDense || !defaultIsMissing;
            marked.Clear();
            for (int i = 0; i < values.Length; i++)
            {
                if (isMissing(in values[i]) == mark)
                    marked.Add(indices.IsEmpty ? i : indices[i]);
            }
            Write(marked, mark, buffer.Length, ref destination);
        });
    }

    private static void Write(List<int> marked, bool mark, int length, ref VBuffer<bool> destination)
    {
        bool isSparse = mark && (marked.Count == 0 || marked.Count < length / 2);
        var editor = VBufferEditor.Create(ref destination, length, isSparse ? marked.Count : length);
        if (isSparse)
        {
            editor.Values.Fill(true);
            marked.CopyTo(editor.Indices);
        }
        else
        {
            editor.Values.Fill(!mark);
            foreach (int index in marked)
                editor.Values[index] = mark;
        }
        destination = editor.Commit();
    }
}
