using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Learns the share of positive examples: a baseline for other models.</summary>
public sealed class PriorTrainer : ITrainerEstimator<BinaryPredictionTransformer<PriorModelParameters>, PriorModelParameters>
{
    private readonly IHost _host;
    private readonly string _labelColumnName;
    private readonly string _weightColumnName;

    internal PriorTrainer(IHostEnvironment env, string labelColumnName, string weightColumnName)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register("PriorPredictor");
        Contracts.CheckValue(labelColumnName, "labelColumn");
        _labelColumnName = labelColumnName;
        _weightColumnName = weightColumnName;
    }

    public TrainerInfo Info { get; } = new(normalization: false, caching: false);

    public BinaryPredictionTransformer<PriorModelParameters> Fit(IDataView input)
    {
        var data = new RoleMappedData(input, label: _labelColumnName, weight: _weightColumnName);
        data.CheckBinaryLabel();
        var model = new PriorModelParameters(_host, PositiveShare(data));
        return new BinaryPredictionTransformer<PriorModelParameters>(_host, model, input.Schema, featureColumn: null);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(TrainerColumns.CalibratedBinaryOutputs());
    }

    private float PositiveShare(RoleMappedData data)
    {
        double positive = 0, negative = 0;
        using var cursor = data.Data.GetRowCursor(data.Columns);
        var labelGetter = TrainingGetters.Label(cursor, data.Label.Value);
        var weightGetter = TrainingGetters.WeightOrNull(cursor, data.Weight);
        float label = 0, weight = 1;
        while (cursor.MoveNext())
        {
            _host.CheckAlive();
            labelGetter(ref label);
            weightGetter?.Invoke(ref weight);
            if (!(weight > 0 && weight < float.PositiveInfinity))
                continue;
            if (label > 0)
                positive += weight;
            else if (label <= 0)
                negative += weight;
        }
        Contracts.Check(positive + negative > 0, "No valid training instances found, all instances have missing labels.");
        return (float)(positive / (positive + negative));
    }
}

/// <summary>Gives every example the share of positive examples in the training set.</summary>
public sealed class PriorModelParameters : ModelParametersBase<float>, IDistributionPredictor
{
    internal const string LoaderName = "PriorPredictor";
    private const int FormatVersion = 1;

    private readonly float _probability;

    internal PriorModelParameters(IHostEnvironment env, float probability) : base(env, LoaderName)
    {
        _probability = probability;
    }

    private protected override VectorDataViewType FeatureType => null;

    private protected override DataViewType OutputType => NumberDataViewType.Single;

    float IDistributionPredictor.ToProbability(float score) => _probability;

    private protected override FeatureMapper<float> MakeMapper() => (in VBuffer<float> features, ref float score) => score = 2 * _probability - 1;

    internal static PriorModelParameters Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        float probability = ctx.Reader.ReadSingle();
        Contracts.CheckDecode(probability is >= 0 and <= 1);
        return new PriorModelParameters(ctx.Env, probability);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(_probability);
    }
}
