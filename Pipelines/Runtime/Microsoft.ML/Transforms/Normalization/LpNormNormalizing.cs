using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The base of estimators that scale each vector by a norm of its own.</summary>
public abstract class LpNormNormalizingEstimatorBase : TrivialEstimator<LpNormNormalizingTransformer>
{
    /// <summary>The norm by which a vector is divided.</summary>
    public enum NormFunction : byte
    {
        L2 = 0,
        StandardDeviation = 1,
        L1 = 2,
        Infinity = 3
    }

    internal const string ExpectedColumnType = "Expected known-size vector of Single";

    private protected LpNormNormalizingEstimatorBase(IHostEnvironment env, string outputColumnName, string inputColumnName, LpNorm norm)
        : base(env.Register(nameof(LpNormNormalizingEstimator)), new LpNormNormalizingTransformer(env, outputColumnName, inputColumnName ?? outputColumnName, norm))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var (output, name) = Transformer.Columns;
        var input = inputSchema.FindInput(name);
        if (input.Kind != SchemaShape.Column.VectorKind.Vector || input.IsKey || input.ItemType != NumberDataViewType.Single)
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", name, ExpectedColumnType, input.GetTypeString());
        var annotations = new List<SchemaShape.Column>();
        if (input.Annotations.TryFindColumn(AnnotationUtils.Kinds.SlotNames, out var slotNames))
            annotations.Add(slotNames);
        annotations.Add(SchemaShapeExtensions.IsNormalizedAnnotation);
        return inputSchema.With(new SchemaShape.Column(output, input.Kind, input.ItemType, false, new SchemaShape(annotations)));
    }
}

/// <summary>Scales each vector to a norm of one.</summary>
public sealed class LpNormNormalizingEstimator : LpNormNormalizingEstimatorBase
{
    internal LpNormNormalizingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, NormFunction norm, bool ensureZeroMean)
        : base(env, outputColumnName, inputColumnName, new LpNorm(norm, ensureZeroMean, 1))
    {
    }
}

/// <summary>Takes the mean from each vector and scales it by its norm or standard deviation.</summary>
public sealed class GlobalContrastNormalizingEstimator : LpNormNormalizingEstimatorBase
{
    internal GlobalContrastNormalizingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, bool ensureZeroMean, bool ensureUnitStandardDeviation, float scale)
        : base(env, outputColumnName, inputColumnName, new LpNorm(ensureUnitStandardDeviation ? NormFunction.StandardDeviation : NormFunction.L2, ensureZeroMean, scale))
    {
    }
}

/// <summary>The transformer of <see cref="LpNormNormalizingEstimator"/> and <see cref="GlobalContrastNormalizingEstimator"/>.</summary>
public sealed class LpNormNormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "LpNormNormalizer";
    private const int FormatVersion = 1;

    private readonly LpNorm _norm;

    internal LpNormNormalizingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, LpNorm norm)
        : base(env.Register(nameof(LpNormNormalizingTransformer)), (outputColumnName, inputColumnName))
    {
        Contracts.CheckNonWhiteSpace(outputColumnName, nameof(outputColumnName));
        Contracts.CheckUserArg(norm.Scale is > 0 and < float.PositiveInfinity, "scale", $"scale must be a positive finite value, but is {norm.Scale}.");
        _norm = norm;
    }

    internal (string outputColumnName, string inputColumnName) Columns => ColumnPairs[0];

    internal static LpNormNormalizingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        Contracts.CheckDecode(columns.Length == 1);
        var norm = new LpNorm((LpNormNormalizingEstimatorBase.NormFunction)ctx.Reader.ReadByte(), ctx.Reader.ReadBoolean(), ctx.Reader.ReadSingle());
        Contracts.CheckDecode(Enum.IsDefined(norm.Function));
        return new LpNormNormalizingTransformer(ctx.Env, columns[0].outputColumnName, columns[0].inputColumnName, norm);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        ctx.Writer.Write((byte)_norm.Function);
        ctx.Writer.Write(_norm.EnsureZeroMean);
        ctx.Writer.Write(_norm.Scale);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType { IsKnownSize: true } vector || vector.ItemType != NumberDataViewType.Single)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, LpNormNormalizingEstimatorBase.ExpectedColumnType, input.Type.ToString());
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
        return new OutputColumn(outputName, input.Type, builder.ToAnnotations(), [input.Index], row =>
        {
            var getter = row.GetGetter<VBuffer<float>>(input);
            VBuffer<float> source = default;
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> destination) =>
            {
                getter(ref source);
                _norm.Apply(in source, ref destination);
            });
        });
    }
}

/// <summary>The scaling of one vector by its norm.</summary>
internal readonly record struct LpNorm(LpNormNormalizingEstimatorBase.NormFunction Function, bool EnsureZeroMean, float Scale)
{
    // Vectors with so large a norm are not scaled.
    private const float MinScale = 1e-8f;

    public void Apply(in VBuffer<float> source, ref VBuffer<float> destination)
    {
        var values = source.GetValues();
        if (values.IsEmpty)
        {
            VBufferUtils.Resize(ref destination, source.Length);
            return;
        }
        float mean = EnsureZeroMean ? VectorMath.Sum(values) / source.Length : 0;
        float scale = ScaleOf(values, source.Length, mean);
        if (mean == 0)
        {
            var editor = VBufferEditor.Create(ref destination, source.Length, values.Length);
            if (!source.IsDense)
                source.GetIndices().CopyTo(editor.Indices);
            VectorMath.Scale(scale, values, editor.Values);
            destination = editor.Commit();
            return;
        }
        source.CopyToDense(ref destination);
        var dense = VBufferEditor.CreateFromBuffer(ref destination);
        if (scale != 1)
            VectorMath.ScaleAdd(scale, -mean, dense.Values);
        else
            VectorMath.Add(-mean, dense.Values);
    }

    /// <summary>Scales a vector without mean in place.</summary>
    public void ApplyInPlace(Span<float> values, int length)
    {
        if (!values.IsEmpty)
            VectorMath.Scale(ScaleOf(values, length, 0), values);
    }

    private float ScaleOf(ReadOnlySpan<float> values, int length, float mean)
    {
        float norm = Function switch
        {
            LpNormNormalizingEstimatorBase.NormFunction.StandardDeviation => StandardDeviation(values, length, EnsureZeroMean ? mean : VectorMath.Sum(values) / length),
            LpNormNormalizingEstimatorBase.NormFunction.L1 => VectorMath.SumAbs(mean, values),
            LpNormNormalizingEstimatorBase.NormFunction.Infinity => VectorMath.MaxAbsDiff(mean, values),
            _ => MathF.Sqrt(VectorMath.SumSq(mean, values)),
        };
        float scale = norm > 0 ? Scale / norm : Scale;
        return scale < MinScale ? 1 : scale;
    }

    private static float StandardDeviation(ReadOnlySpan<float> values, int length, float mean)
    {
        float sum = values.Length != length && mean != 0 ? (length - values.Length) * (mean * mean) : 0;
        sum += VectorMath.SumSq(mean, values);
        return MathF.Sqrt(sum / length);
    }
}
