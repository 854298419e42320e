using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The base of models of several classes with one linear score each.</summary>
public abstract class LinearMulticlassModelParametersBase : ModelParametersBase<VBuffer<float>>
{
    private const string StatisticsChild = "ModelStats";

    private readonly VBuffer<float>[] _weights;
    private readonly float[] _biases;
    private readonly Lazy<float[][]> _denseWeights;

    /// <summary>How well the model fits its training set; null where that was not computed.</summary>
    public readonly ModelStatisticsBase Statistics;

    private protected LinearMulticlassModelParametersBase(IHostEnvironment env, string name, VBuffer<float>[] weights, float[] biases, ModelStatisticsBase statistics)
        : base(env, name)
    {
        Contracts.CheckValue(weights, nameof(weights));
        Contracts.CheckValue(biases, nameof(biases));
        Contracts.CheckParam(biases.Length >= 2, "numClasses", "Must be at least 2.");
        Contracts.CheckParam(weights.Length == biases.Length, nameof(weights));
        Contracts.CheckParam(weights[0].Length >= 1, "numFeatures", "Must be positive.");
        _weights = weights;
        _biases = biases;
        Statistics = statistics;
        FeatureType = new VectorDataViewType(NumberDataViewType.Single, weights[0].Length);
        OutputType = new VectorDataViewType(NumberDataViewType.Single, biases.Length);
        _denseWeights = new Lazy<float[][]>(() => Array.ConvertAll(_weights, vector => vector.DenseValues().ToArray()));
    }

    private protected sealed override VectorDataViewType FeatureType { get; }

    private protected sealed override DataViewType OutputType { get; }

    internal int ClassCount => _biases.Length;

    internal int FeatureCount => FeatureType.Size;

    /// <summary>Copies the weights of each class.</summary>
    /// <param name="weights">Reused where it is long enough.</param>
    /// <param name="numClasses">The number of classes.</param>
    public void GetWeights(ref VBuffer<float>[] weights, out int numClasses)
    {
        numClasses = _weights.Length;
        if (weights == null || weights.Length < numClasses)
            Array.Resize(ref weights, numClasses);
        for (int i = 0; i < numClasses; i++)
            _weights[i].CopyTo(ref weights[i]);
    }

    /// <summary>The bias of each class.</summary>
    public IEnumerable<float> GetBiases() => Array.AsReadOnly(_biases);

    private protected sealed override FeatureMapper<VBuffer<float>> MakeMapper() => (in VBuffer<float> features, ref VBuffer<float> scores) =>
    {
        Contracts.Check(features.Length == FeatureCount, "src length should equal the number of features");
        var editor = VBufferEditor.Create(ref scores, ClassCount);
        Score(in features, editor.Values);
        Finish(editor.Values);
        scores = editor.Commit();
    };

    /// <summary>Turns linear scores into those of the model.</summary>
    private protected abstract void Finish(Span<float> scores);

    private void Score(in VBuffer<float> features, Span<float> scores)
    {
        var values = features.GetValues();
        if (!features.IsDense)
        {
            var indices = features.GetIndices();
            var dense = _denseWeights.Value;
            for (int i = 0; i < scores.Length; i++)
                scores[i] = _biases[i] + VectorMath.Dot(dense[i], values, indices);
            return;
        }
        for (int i = 0; i < scores.Length; i++)
        {
            ref readonly var weights = ref _weights[i];
            scores[i] = _biases[i] + (weights.IsDense
                ? VectorMath.Dot(weights.GetValues(), values)
                : VectorMath.Dot(values, weights.GetValues(), weights.GetIndices()));
        }
    }

    private protected void SaveLinear(ModelSaveContext ctx, string loaderName, int formatVersion)
    {
        ctx.SetLoader(loaderName, formatVersion);
        ctx.Writer.WriteArray<float>(_biases);
        foreach (var vector in _weights)
            ctx.Writer.WriteVBuffer(in vector);
        if (Statistics != null)
            ctx.SaveChild(StatisticsChild, Statistics);
    }

    private protected static (VBuffer<float>[] Weights, float[] Biases, ModelStatisticsBase Statistics) LoadLinear(ModelLoadContext ctx, int formatVersion)
    {
        ctx.CheckVersion(formatVersion);
        var biases = ctx.Reader.ReadArray<float>();
        Contracts.CheckDecode(biases.Length >= 2);
        var weights = new VBuffer<float>[biases.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = ctx.Reader.ReadVBuffer<float>();
            Contracts.CheckDecode(weights[i].Length == weights[0].Length && weights[i].Length >= 1);
        }
        return (weights, biases, ctx.LoadChildOrNull<ModelStatisticsBase>(StatisticsChild));
    }
}

/// <summary>A model of several classes whose scores are linear.</summary>
public sealed class LinearMulticlassModelParameters : LinearMulticlassModelParametersBase
{
    internal const string LoaderName = "MulticlassLinear";
    private const int FormatVersion = 1;

    internal LinearMulticlassModelParameters(IHostEnvironment env, VBuffer<float>[] weights, float[] biases, ModelStatisticsBase statistics = null)
        : base(env, "MulticlassLinearPredictor", weights, biases, statistics)
    {
    }

    internal static LinearMulticlassModelParameters Load(ModelLoadContext ctx)
    {
        var (weights, biases, statistics) = LoadLinear(ctx, FormatVersion);
        return new LinearMulticlassModelParameters(ctx.Env, weights, biases, statistics);
    }

    private protected override void Finish(Span<float> scores)
    {
    }

    private protected override void SaveModel(ModelSaveContext ctx) => SaveLinear(ctx, LoaderName, FormatVersion);
}

/// <summary>A model of several classes whose scores are probabilities: the softmax of linear scores.</summary>
public sealed class MaximumEntropyModelParameters : LinearMulticlassModelParametersBase
{
    internal const string LoaderName = "MultiClassLRExec";
    private const int FormatVersion = 1;

    internal MaximumEntropyModelParameters(IHostEnvironment env, VBuffer<float>[] weights, float[] biases, ModelStatisticsBase statistics = null)
        : base(env, "MulticlassLogisticRegressionPredictor", weights, biases, statistics)
    {
    }

    internal static MaximumEntropyModelParameters Load(ModelLoadContext ctx)
    {
        var (weights, biases, statistics) = LoadLinear(ctx, FormatVersion);
        return new MaximumEntropyModelParameters(ctx.Env, weights, biases, statistics);
    }

    private protected override void Finish(Span<float> scores)
    {
        float logSum = ScalarMath.LogSumExp(scores);
        foreach (ref float score in scores)
            score = (float)Math.Exp(score - logSum);
    }

    private protected override void SaveModel(ModelSaveContext ctx) => SaveLinear(ctx, LoaderName, FormatVersion);
}
