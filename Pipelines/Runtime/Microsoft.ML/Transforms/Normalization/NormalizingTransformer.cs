using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The transformer of <see cref="NormalizingEstimator"/>.</summary>
[SuppressMessage("Design", "CA1034", Justification = "The published shape.")]
public sealed class NormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "Normalizer";
    private const int FormatVersion = 1;
    private const string ExpectedType = "scalar or known-size vector of Single or Double";

    private readonly NormalizedColumn[] _columns;

    internal sealed record NormalizedColumn(string Name, string InputColumnName, DataViewType InputType, NormalizerFunction Function);

    internal NormalizingTransformer(IHostEnvironment env, params NormalizedColumn[] columns)
        : base(env.Register(nameof(NormalizingTransformer)), Array.ConvertAll(columns, column => (column.Name, column.InputColumnName)))
    {
        _columns = columns;
    }

    /// <summary>What was learnt for the column pair <paramref name="index"/>: one of the parameter classes nested here.</summary>
    public NormalizerModelParametersBase GetNormalizerModelParameters(int index)
    {
        Contracts.CheckParam(0 <= index && index < _columns.Length, nameof(index), $"There are {_columns.Length} normalized columns, the first of which has index 0; {index} is none of them.");
        return _columns[index].Function.Parameters;
    }

    internal static NormalizingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        return new NormalizingTransformer(ctx.Env, Array.ConvertAll(LoadColumns(ctx), pair =>
        {
            var type = ValueCodecs.ReadType(ctx.Reader);
            var item = type.ItemTypeOrSelf();
            Contracts.CheckDecode((item == NumberDataViewType.Single || item == NumberDataViewType.Double) && type.ValueCount() > 0);
            return new NormalizedColumn(pair.outputColumnName, pair.inputColumnName, type, NormalizerFunction.Load(ctx.Reader, type));
        }));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        foreach (var column in _columns)
        {
            ValueCodecs.WriteType(ctx.Writer, column.InputType);
            column.Function.Save(ctx.Writer);
        }
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        var item = input.Type.ItemTypeOrSelf();
        if (input.Type is VectorDataViewType { IsKnownSize: false })
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, ExpectedType, "variable-size vector");
        if (item != NumberDataViewType.Single && item != NumberDataViewType.Double)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, ExpectedType, input.Type.ToString());
        var column = _columns[index];
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new OutputColumn(outputName, column.InputType, builder.ToAnnotations(), [input.Index], row => column.Function.MakeGetter(row, input));
    }

    /// <summary>What a normalizer learnt.</summary>
    public abstract class NormalizerModelParametersBase
    {
        private protected NormalizerModelParametersBase()
        {
        }
    }

    /// <summary>Normalized is (value − <see cref="Offset"/>) · <see cref="Scale"/>; without an offset it is empty or 0.</summary>
    public sealed class AffineNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal AffineNormalizerModelParameters(TData scale, TData offset)
        {
            Scale = scale;
            Offset = offset;
        }

        public TData Scale { get; }

        public TData Offset { get; }
    }

    /// <summary>Normalized is the distribution function of a normal distribution, at the value or its logarithm.</summary>
    public sealed class CdfNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal CdfNormalizerModelParameters(TData mean, TData standardDeviation, bool useLog)
        {
            Mean = mean;
            StandardDeviation = standardDeviation;
            UseLog = useLog;
        }

        public TData Mean { get; }

        public TData StandardDeviation { get; }

        public bool UseLog { get; }
    }

    /// <summary>Normalized is the index of the bin of the value, divided by <see cref="Density"/>, less <see cref="Offset"/>.</summary>
    public sealed class BinNormalizerModelParameters<TData> : NormalizerModelParametersBase
    {
        internal BinNormalizerModelParameters(ImmutableArray<TData> upperBounds, TData density, TData offset)
        {
            UpperBounds = upperBounds;
            Density = density;
            Offset = offset;
        }

        public ImmutableArray<TData> UpperBounds { get; }

        public TData Density { get; }

        public TData Offset { get; }
    }
}
