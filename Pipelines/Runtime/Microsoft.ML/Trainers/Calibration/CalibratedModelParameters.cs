using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Calibrators;

/// <summary>A model of two classes and the calibrator of its scores, of any types.</summary>
public abstract class CalibratedModelParametersBase
{
    private protected CalibratedModelParametersBase(object subModel, ICalibrator calibrator)
    {
        Contracts.CheckValue(subModel, nameof(subModel));
        Contracts.CheckValue(calibrator, nameof(calibrator));
        SubModel = subModel;
        Calibrator = calibrator;
    }

    public object SubModel { get; }

    public ICalibrator Calibrator { get; }
}

/// <summary>A model of two classes and the calibrator of its scores.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public abstract class CalibratedModelParametersBase<TSubModel, TCalibrator> : CalibratedModelParametersBase
    where TSubModel : class
    where TCalibrator : class, ICalibrator
{
    private protected CalibratedModelParametersBase(TSubModel subModel, TCalibrator calibrator) : base(subModel, calibrator)
    {
    }

    public new TSubModel SubModel => (TSubModel)base.SubModel;

    public new TCalibrator Calibrator => (TCalibrator)base.Calibrator;
}

/// <inheritdoc cref="CalibratedModelParametersBase{TSubModel, TCalibrator}"/>
internal sealed class CalibratedModelParameters<TSubModel, TCalibrator> : CalibratedModelParametersBase<TSubModel, TCalibrator>, IDistributionPredictor, ICanSaveModel
    where TSubModel : class
    where TCalibrator : class, ICalibrator
{
    private readonly IPredictor<float> _predictor;

    public CalibratedModelParameters(IHostEnvironment env, TSubModel subModel, TCalibrator calibrator) : base(subModel, calibrator)
    {
        Contracts.CheckValue(env, nameof(env));
        env.Register("CalibratedModelParameters");
        _predictor = subModel as IPredictor<float>
            ?? throw Contracts.ExceptParam(nameof(subModel), "The output type of the predictor is expected to be float");
    }

    public VectorDataViewType InputType => _predictor.InputType;

    public DataViewType OutputType => _predictor.OutputType;

    public FeatureMapper<float> GetMapper() => _predictor.GetMapper();

    public float ToProbability(float score) => Calibrator.PredictProbability(score);

    void ICanSaveModel.Save(ModelSaveContext ctx) => CalibratedModelCodec.Save(ctx, SubModel, Calibrator);
}

/// <summary>How calibrated models are saved.</summary>
internal static class CalibratedModelCodec
{
    public const string LoaderName = "PMixCaliPredExec";
    private const int FormatVersion = 1;
    private const string PredictorChild = "Predictor";
    private const string CalibratorChild = "Calibrator";

    public static void Save(ModelSaveContext ctx, object subModel, ICalibrator calibrator)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.SaveChild(PredictorChild, subModel as ICanSaveModel ?? throw Contracts.ExceptNotSupp($"A model of type {subModel.GetType()} cannot be saved."));
        SaveCalibrator(ctx, CalibratorChild, calibrator);
    }

    public static object Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var subModel = ctx.LoadChild<IPredictor<float>>(PredictorChild);
        var calibrator = LoadCalibrator(ctx, CalibratorChild);
        return GenericDispatch.Invoke<IHostEnvironment, object, object, object>(
            PredictionModelTypes.PublicType(subModel), calibrator.GetType(), Create<object, ICalibrator>, ctx.Env, subModel, calibrator);
    }

    public static void SaveCalibrator(ModelSaveContext ctx, string name, ICalibrator calibrator) =>
        ctx.SaveChild(name, new Saveable(calibrator as ISaveableCalibrator ?? throw Contracts.ExceptNotSupp($"A calibrator of type {calibrator.GetType()} cannot be saved.")));

    public static ICalibrator LoadCalibrator(ModelLoadContext ctx, string name) => ctx.LoadChild<ICalibrator>(name);

    private static object Create<TSubModel, TCalibrator>(IHostEnvironment env, object subModel, object calibrator)
        where TSubModel : class
        where TCalibrator : class, ICalibrator =>
        new CalibratedModelParameters<TSubModel, TCalibrator>(env, (TSubModel)subModel, (TCalibrator)calibrator);

    private sealed class Saveable(ISaveableCalibrator calibrator) : ICanSaveModel
    {
        public void Save(ModelSaveContext ctx) => calibrator.SaveModel(ctx);
    }
}
