using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>A model of each class against all others.</summary>
public sealed class OneVersusAllModelParameters : ModelParametersBase<VBuffer<float>>
{
    internal const string LoaderName = "OVAExec";
    private const int FormatVersion = 1;

    private readonly IPredictor<float>[] _models;
    private readonly IDistributionPredictor[] _distributions;

    /// <param name="env">The environment.</param>
    /// <param name="models">The model of each class.</param>
    /// <param name="useProbabilities">Whether scores are probabilities, which add up to 1, rather than those of the models.</param>
    internal OneVersusAllModelParameters(IHostEnvironment env, IPredictor<float>[] models, bool useProbabilities) : base(env, "OVAPredictor")
    {
        Contracts.CheckNonEmpty(models, nameof(models));
        _models = models;
        if (useProbabilities && Array.TrueForAll(models, model => model is IDistributionPredictor))
            _distributions = Array.ConvertAll(models, model => (IDistributionPredictor)model);
        FeatureType = SubModels.CommonFeatureType(models);
        OutputType = new VectorDataViewType(NumberDataViewType.Single, models.Length);
    }

    private protected override VectorDataViewType FeatureType { get; }

    private protected override DataViewType OutputType { get; }

    private protected override FeatureMapper<VBuffer<float>> MakeMapper()
    {
        var mappers = Array.ConvertAll(_models, model => model.GetMapper());
        return (in VBuffer<float> features, ref VBuffer<float> scores) =>
        {
            SubModels.CheckLength(FeatureType, features.Length);
            var editor = VBufferEditor.Create(ref scores, mappers.Length);
            float score = 0;
            for (int i = 0; i < mappers.Length; i++)
            {
                mappers[i](in features, ref score);
                editor.Values[i] = _distributions == null ? score : _distributions[i].ToProbability(score);
            }
            if (_distributions != null)
                Normalize(editor.Values);
            scores = editor.Commit();
        };
    }

    /// <summary>Makes the numbers add up to 1; negative ones become zero, NaN stays.</summary>
    private static void Normalize(Span<float> values)
    {
        double sum = 0;
        foreach (ref float value in values)
        {
            if (value >= 0)
                sum += value;
            else if (!float.IsNaN(value))
                value = 0;
        }
        if (!(sum > 0))
            return;
        foreach (ref float value in values)
            value = (float)(value / sum);
    }

    internal static OneVersusAllModelParameters Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        bool useProbabilities = ctx.Reader.ReadBoolean();
        return new OneVersusAllModelParameters(ctx.Env, SubModels.Load<IPredictor<float>>(ctx), useProbabilities);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(_distributions != null);
        SubModels.Save(ctx, _models);
    }
}

/// <summary>A model of each class and of each pair of classes.</summary>
public sealed class PairwiseCouplingModelParameters : ModelParametersBase<VBuffer<float>>
{
    internal const string LoaderName = "PKPDExec";
    private const int FormatVersion = 1;

    private readonly IDistributionPredictor[] _models;
    private readonly int _classCount;

    /// <param name="env">The environment.</param>
    /// <param name="models">The lower triangle of the models of pairs, row by row; those of single classes on the diagonal.</param>
    /// <param name="classCount">The number of classes.</param>
    internal PairwiseCouplingModelParameters(IHostEnvironment env, IDistributionPredictor[] models, int classCount) : base(env, "PKPDPredictor")
    {
        Contracts.CheckNonEmpty(models, nameof(models));
        Contracts.CheckParam(models.Length == PairCount(classCount), nameof(models));
        _models = models;
        _classCount = classCount;
        FeatureType = SubModels.CommonFeatureType(models);
        OutputType = new VectorDataViewType(NumberDataViewType.Single, classCount);
    }

    private protected override VectorDataViewType FeatureType { get; }

    private protected override DataViewType OutputType { get; }

    internal static int PairCount(int classCount) => checked(classCount * (classCount + 1) / 2);

    private protected override FeatureMapper<VBuffer<float>> MakeMapper()
    {
        var mappers = Array.ConvertAll(_models, model => model.GetMapper());
        var pairs = new double[mappers.Length];
        return (in VBuffer<float> features, ref VBuffer<float> scores) =>
        {
            SubModels.CheckLength(FeatureType, features.Length);
            float score = 0;
            for (int i = 0; i < mappers.Length; i++)
            {
                mappers[i](in features, ref score);
                pairs[i] = _models[i].ToProbability(score);
            }
            Reconcile(pairs);
            var editor = VBufferEditor.Create(ref scores, _classCount);
            Couple(pairs, editor.Values);
            scores = editor.Commit();
        };
    }

    private static int Pair(int i, int j) => i >= j ? i * (i + 1) / 2 + j : Pair(j, i);

    /// <summary>An example is at least as likely in a pair of classes as in each of them.</summary>
    private void Reconcile(double[] pairs)
    {
        for (int i = 0; i < _classCount; i++)
        {
            double single = pairs[Pair(i, i)];
            if (!(single > 0))
                continue;
            for (int j = 0; j < _classCount; j++)
            {
                if (j != i && !(pairs[Pair(i, j)] >= single))
                    pairs[Pair(i, j)] = single;
            }
        }
    }

    private void Couple(double[] pairs, Span<float> output)
    {
        Span<double> classes = _classCount <= 256 ? stackalloc double[_classCount] : new double[_classCount];
        double sum = 0;
        for (int i = 0; i < classes.Length; i++)
        {
            classes[i] = Probability(i, pairs);
            sum += classes[i];
        }
        if (sum <= 0)
            sum = 1;
        for (int i = 0; i < classes.Length; i++)
            output[i] = (float)(classes[i] / sum);
    }

    private double Probability(int i, double[] pairs)
    {
        double single = pairs[Pair(i, i)];
        if (!(single > 0))
            return 0;
        double sum = 0;
        for (int j = 0; j < _classCount; j++)
        {
            if (j != i)
                sum += pairs[Pair(i, j)];
        }
        return single / Math.Max(single, sum - (_classCount - 2) * single);
    }

    internal static PairwiseCouplingModelParameters Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        int classCount = ctx.Reader.ReadInt32();
        var models = SubModels.Load<IDistributionPredictor>(ctx);
        Contracts.CheckDecode(classCount is > 0 and < 1 << 15 && models.Length == PairCount(classCount));
        return new PairwiseCouplingModelParameters(ctx.Env, models, classCount);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(_classCount);
        SubModels.Save(ctx, _models);
    }
}

/// <summary>The models of which a model consists.</summary>
internal static class SubModels
{
    /// <summary>The type of the features of all models; null where none needs any.</summary>
    public static VectorDataViewType CommonFeatureType(IReadOnlyList<IPredictor<float>> models)
    {
        VectorDataViewType common = null;
        foreach (var model in models)
        {
            if (model.InputType is not { } type)
                continue;
            Contracts.Check(common == null || common.Size == type.Size || common.Size == 0 || type.Size == 0, "Predictor doesn't implement the expected interface");
            if (common == null || common.Size == 0)
                common = type;
        }
        return common;
    }

    public static void CheckLength(VectorDataViewType expected, int length)
    {
        if (expected is { Size: > 0 } && length != expected.Size)
            throw Contracts.Except($"Input is of length {length}, but predictor expected length {expected.Size}");
    }

    public static void Save(ModelSaveContext ctx, IReadOnlyList<IPredictor<float>> models)
    {
        ctx.Writer.Write(models.Count);
        for (int i = 0; i < models.Count; i++)
            ctx.SaveChild(Child(i), models[i] as ICanSaveModel ?? throw Contracts.ExceptNotSupp($"A model of type {models[i].GetType()} cannot be saved."));
    }

    public static TModel[] Load<TModel>(ModelLoadContext ctx) where TModel : class
    {
        int count = ctx.Reader.ReadInt32();
        Contracts.CheckDecode(count > 0);
        var models = new List<TModel>();
        for (int i = 0; i < count; i++)
            models.Add(ctx.LoadChild<TModel>(Child(i)));
        return [.. models];
    }

    private static string Child(int index) => $"SubPredictor_{index:000}";
}
