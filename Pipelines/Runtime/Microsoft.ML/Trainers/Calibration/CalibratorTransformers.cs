using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Calibrators;

/// <summary>Adds a column Probability: the calibrated scores.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public abstract class CalibratorTransformer<TICalibrator> : RowToRowTransformerBase, ISingleFeaturePredictionTransformer<TICalibrator>
    where TICalibrator : class, ICalibrator
{
    private protected const int FormatVersion = 1;
    private const string CalibratorChild = "Calibrator";

    private readonly string _scoreColumn;
    private readonly string _loaderName;
    private readonly TICalibrator _calibrator;

    private protected CalibratorTransformer(IHostEnvironment env, TICalibrator calibrator, string scoreColumn, string loaderName)
        : base(env.Register("CalibratorTransformer"))
    {
        _calibrator = calibrator;
        _scoreColumn = scoreColumn;
        _loaderName = loaderName;
    }

    string ISingleFeaturePredictionTransformer<TICalibrator>.FeatureColumnName => _scoreColumn;

    DataViewType ISingleFeaturePredictionTransformer<TICalibrator>.FeatureColumnType => NumberDataViewType.Single;

    TICalibrator IPredictionTransformer<TICalibrator>.Model => _calibrator;

    private protected override RowMapper Bind(DataViewSchema inputSchema)
    {
        var score = inputSchema.GetColumnOrNull(_scoreColumn) ?? throw Contracts.Except($"The data to calibrate contains no '{_scoreColumn}' column");
        return new RowMapper(inputSchema, [new OutputColumn(DefaultColumnNames.Probability, NumberDataViewType.Single, MakeAnnotations(score), [score.Index], row => MakeGetter(row, score))]);
    }

    private ValueGetter<float> MakeGetter(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<float>(column);
        float score = 0;
        return (ref float probability) =>
        {
            getter(ref score);
            probability = _calibrator.PredictProbability(score);
        };
    }

    private static DataViewSchema.Annotations MakeAnnotations(DataViewSchema.Column score)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        var schema = score.Annotations.Schema;
        if (schema.GetColumnOrNull(AnnotationUtils.Kinds.ScoreColumnSetId)?.Type is KeyDataViewType
            && schema.GetColumnOrNull(AnnotationUtils.Kinds.ScoreColumnKind)?.Type is TextDataViewType
            && schema.GetColumnOrNull(AnnotationUtils.Kinds.ScoreValueKind)?.Type is TextDataViewType)
        {
            builder.Add(score.Annotations, kind => kind is AnnotationUtils.Kinds.ScoreColumnSetId or AnnotationUtils.Kinds.ScoreColumnKind or AnnotationUtils.Kinds.ScoreValueKind);
        }
        builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
        return builder.ToAnnotations();
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        ctx.SetLoader(_loaderName, FormatVersion);
        ctx.Writer.Write(_scoreColumn);
        CalibratedModelCodec.SaveCalibrator(ctx, CalibratorChild, _calibrator);
    }

    private protected static (TICalibrator Calibrator, string ScoreColumn) LoadParts(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        string scoreColumn = ctx.Reader.ReadString();
        Contracts.CheckDecode(scoreColumn.Length > 0);
        return (ctx.LoadChild<TICalibrator>(CalibratorChild), scoreColumn);
    }
}

/// <summary>The transformer of <see cref="NaiveCalibratorEstimator"/>.</summary>
public sealed class NaiveCalibratorTransformer : CalibratorTransformer<NaiveCalibrator>
{
    internal const string LoaderName = "NaiveCalibTransf";

    internal NaiveCalibratorTransformer(IHostEnvironment env, NaiveCalibrator calibrator, string scoreColumn) : base(env, calibrator, scoreColumn, LoaderName)
    {
    }

    internal static NaiveCalibratorTransformer Load(ModelLoadContext ctx)
    {
        var (calibrator, scoreColumn) = LoadParts(ctx);
        return new NaiveCalibratorTransformer(ctx.Env, calibrator, scoreColumn);
    }
}

/// <summary>The transformer of <see cref="PlattCalibratorEstimator"/> and <see cref="FixedPlattCalibratorEstimator"/>.</summary>
public sealed class PlattCalibratorTransformer : CalibratorTransformer<PlattCalibrator>
{
    internal const string LoaderName = "PlattCalibTransf";

    internal PlattCalibratorTransformer(IHostEnvironment env, PlattCalibrator calibrator, string scoreColumn) : base(env, calibrator, scoreColumn, LoaderName)
    {
    }

    internal static PlattCalibratorTransformer Load(ModelLoadContext ctx)
    {
        var (calibrator, scoreColumn) = LoadParts(ctx);
        return new PlattCalibratorTransformer(ctx.Env, calibrator, scoreColumn);
    }
}

/// <summary>The transformer of <see cref="IsotonicCalibratorEstimator"/>.</summary>
public sealed class IsotonicCalibratorTransformer : CalibratorTransformer<IsotonicCalibrator>
{
    internal const string LoaderName = "PavCalibTransf";

    internal IsotonicCalibratorTransformer(IHostEnvironment env, IsotonicCalibrator calibrator, string scoreColumn) : base(env, calibrator, scoreColumn, LoaderName)
    {
    }

    internal static IsotonicCalibratorTransformer Load(ModelLoadContext ctx)
    {
        var (calibrator, scoreColumn) = LoadParts(ctx);
        return new IsotonicCalibratorTransformer(ctx.Env, calibrator, scoreColumn);
    }
}
