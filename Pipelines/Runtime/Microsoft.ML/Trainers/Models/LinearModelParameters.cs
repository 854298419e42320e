using System.Collections;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>A model whose score is the product of features and weights, plus a bias.</summary>
public abstract class LinearModelParameters : ModelParametersBase<float>, ICalculateFeatureContribution
{
    private readonly VBuffer<float> _weights;
    private readonly Lazy<float[]> _denseWeights;

    private protected LinearModelParameters(IHostEnvironment env, string name, in VBuffer<float> weights, float bias)
        : base(env, name)
    {
        Contracts.CheckParam(!VBufferUtils.HasNonFinite(in weights), nameof(weights), "Cannot initialize linear predictor with non-finite weights");
        Contracts.CheckParam(float.IsFinite(bias), nameof(bias), "Cannot initialize linear predictor with non-finite bias");
        _weights = weights;
        Bias = bias;
        FeatureType = new VectorDataViewType(NumberDataViewType.Single, weights.Length);
        Weights = new WeightList(this);
        _denseWeights = new Lazy<float[]>(() => [.. _weights.DenseValues()]);
    }

    /// <summary>The weight of each feature.</summary>
    public IReadOnlyList<float> Weights { get; }

    public float Bias { get; protected set; }

    FeatureContributionCalculator ICalculateFeatureContribution.FeatureContributionCalculator => new(this);

    /// <summary>The weights, sparse where most are zero.</summary>
    internal ref readonly VBuffer<float> WeightVector => ref _weights;

    /// <summary>The linear model from which training starts, with its calibrator taken off; null where there is none.</summary>
    internal static LinearModelParameters FromInitial(TrainContext context)
    {
        var initial = context.InitialModel is CalibratedModelParametersBase calibrated ? calibrated.SubModel : context.InitialModel;
        Contracts.CheckParam(initial is null or LinearModelParameters, nameof(context), "Initial predictor was not a linear predictor.");
        return (LinearModelParameters)initial;
    }

    /// <summary>A vector of weights, sparse where at most a quarter are not zero.</summary>
    internal static VBuffer<float> MaybeSparse(float[] weights)
    {
        const int ShortestSparse = 20;
        const float LargestDensity = 0.25f;
        int count = weights.Count(weight => weight != 0);
        if (weights.Length < ShortestSparse || count > (int)(weights.Length * LargestDensity))
            return new VBuffer<float>(weights.Length, weights);
        var values = new float[count];
        var indices = new int[count];
        int next = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            values[next] = weights[i];
            indices[next++] = i;
        }
        return new VBuffer<float>(weights.Length, count, values, indices);
    }

    private protected sealed override VectorDataViewType FeatureType { get; }

    private protected sealed override DataViewType OutputType => NumberDataViewType.Single;

    private protected sealed override FeatureMapper<float> MakeMapper() => (in VBuffer<float> features, ref float score) =>
    {
        if (features.Length != _weights.Length)
            throw Contracts.Except($"Input is of length {features.Length}, but predictor expected length {_weights.Length}");
        score = Score(in features);
    };

    private protected virtual float Score(in VBuffer<float> features) => Bias + Dot(in features);

    private float Dot(in VBuffer<float> features)
    {
        if (!features.IsDense)
            return VectorMath.Dot(_denseWeights.Value, features.GetValues(), features.GetIndices());
        return _weights.IsDense
            ? VectorMath.Dot(_weights.GetValues(), features.GetValues())
            : VectorMath.Dot(features.GetValues(), _weights.GetValues(), _weights.GetIndices());
    }

    private protected void SaveLinear(ModelSaveContext ctx, string loaderName, int formatVersion)
    {
        ctx.SetLoader(loaderName, formatVersion);
        ctx.Writer.Write(Bias);
        ctx.Writer.WriteVBuffer(in _weights);
    }

    private protected static (VBuffer<float> Weights, float Bias) LoadLinear(ModelLoadContext ctx, int formatVersion)
    {
        ctx.CheckVersion(formatVersion);
        float bias = ctx.Reader.ReadSingle();
        return (ctx.Reader.ReadVBuffer<float>(), bias);
    }

    private sealed class WeightList(LinearModelParameters model) : IReadOnlyList<float>
    {
        public int Count => model._weights.Length;

        public float this[int index]
        {
            get
            {
                Contracts.CheckParam(0 <= index && index < Count, nameof(index), "Out of range");
                return model._weights.GetItemOrDefault(index);
            }
        }

        public IEnumerator<float> GetEnumerator() => model._weights.DenseValues().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

/// <summary>A linear model of two classes.</summary>
public sealed class LinearBinaryModelParameters : LinearModelParameters
{
    internal const string LoaderName = "Linear2CExec";
    private const int FormatVersion = 1;
    private const string StatisticsChild = "ModelStats";

    /// <summary>How well the model fits its training set; null where that was not computed.</summary>
    public readonly ModelStatisticsBase Statistics;

    internal LinearBinaryModelParameters(IHostEnvironment env, in VBuffer<float> weights, float bias, ModelStatisticsBase statistics = null)
        : base(env, "LinearBinaryPredictor", in weights, bias)
    {
        Statistics = statistics;
    }

    internal static LinearBinaryModelParameters Load(ModelLoadContext ctx)
    {
        var (weights, bias) = LoadLinear(ctx, FormatVersion);
        return new LinearBinaryModelParameters(ctx.Env, in weights, bias, ctx.LoadChildOrNull<ModelStatisticsBase>(StatisticsChild));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        SaveLinear(ctx, LoaderName, FormatVersion);
        if (Statistics != null)
            ctx.SaveChild(StatisticsChild, Statistics);
    }
}

/// <summary>The base of linear models of a number.</summary>
public abstract class RegressionModelParameters : LinearModelParameters
{
    private protected RegressionModelParameters(IHostEnvironment env, string name, in VBuffer<float> weights, float bias)
        : base(env, name, in weights, bias)
    {
    }
}

/// <summary>A linear model of a number.</summary>
public sealed class LinearRegressionModelParameters : RegressionModelParameters
{
    internal const string LoaderName = "LinearRegressionExec";
    private const int FormatVersion = 1;

    internal LinearRegressionModelParameters(IHostEnvironment env, in VBuffer<float> weights, float bias)
        : base(env, "LinearRegressionPredictor", in weights, bias)
    {
    }

    internal static LinearRegressionModelParameters Load(ModelLoadContext ctx)
    {
        var (weights, bias) = LoadLinear(ctx, FormatVersion);
        return new LinearRegressionModelParameters(ctx.Env, in weights, bias);
    }

    private protected override void SaveModel(ModelSaveContext ctx) => SaveLinear(ctx, LoaderName, FormatVersion);
}

/// <summary>A linear model of the logarithm of a count.</summary>
public sealed class PoissonRegressionModelParameters : RegressionModelParameters
{
    internal const string LoaderName = "PoissonRegressionExec";
    private const int FormatVersion = 1;

    internal PoissonRegressionModelParameters(IHostEnvironment env, in VBuffer<float> weights, float bias)
        : base(env, "PoissonRegressionPredictor", in weights, bias)
    {
    }

    internal static PoissonRegressionModelParameters Load(ModelLoadContext ctx)
    {
        var (weights, bias) = LoadLinear(ctx, FormatVersion);
        return new PoissonRegressionModelParameters(ctx.Env, in weights, bias);
    }

    private protected override float Score(in VBuffer<float> features) => (float)Math.Exp(base.Score(in features));

    private protected override void SaveModel(ModelSaveContext ctx) => SaveLinear(ctx, LoaderName, FormatVersion);
}
