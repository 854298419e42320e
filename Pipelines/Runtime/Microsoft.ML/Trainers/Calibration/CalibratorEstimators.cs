using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Calibrators;

/// <summary>The base of estimators that learn to turn a column of scores into probabilities.</summary>
public abstract class CalibratorEstimatorBase<TICalibrator> : IEstimator<CalibratorTransformer<TICalibrator>>, IHasCalibratorTrainer
    where TICalibrator : class, ICalibrator
{
    private readonly IHostEnvironment _env;
    private readonly CalibratorTrainer _trainer;
    private readonly SchemaShape.Column _label;
    private readonly SchemaShape.Column _score;
    private readonly SchemaShape.Column _weight;

    private protected CalibratorEstimatorBase(IHostEnvironment env, CalibratorTrainer trainer, string labelColumn, string scoreColumn, string weightColumn)
    {
        _env = env;
        _trainer = trainer;
        if (!string.IsNullOrWhiteSpace(labelColumn))
            _label = TrainerColumns.BooleanLabel(labelColumn);
        else
            Contracts.CheckParam(!trainer.NeedsTraining, nameof(labelColumn), "For trained calibrators, labelColumn must be specified.");
        Contracts.CheckNonEmpty(scoreColumn, nameof(scoreColumn));
        _score = TrainerColumns.SingleLabel(scoreColumn);
        _weight = TrainerColumns.Weight(weightColumn);
    }

    CalibratorTrainer IHasCalibratorTrainer.CalibratorTrainer => _trainer;

    /// <summary>Learns from scored examples.</summary>
    public CalibratorTransformer<TICalibrator> Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var calibrator = (TICalibrator)_trainer.Train(input, _label.Name, _score.Name, _weight.Name);
        return MakeTransformer(_env, calibrator, _score.Name);
    }

    SchemaShape IEstimator<CalibratorTransformer<TICalibrator>>.GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        Check(inputSchema, _score, "score");
        Check(inputSchema, _weight, "weight");
        Check(inputSchema, _label, "label");
        var score = inputSchema.FindInput(_score.Name);
        string[] copied = [AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.Kinds.ScoreColumnKind, AnnotationUtils.Kinds.ScoreValueKind];
        var annotations = score.Annotations.Where(annotation => copied.Contains(annotation.Name)).ToArray();
        if (annotations.Length < copied.Length)
            annotations = [];
        return inputSchema.With(new SchemaShape.Column(
            DefaultColumnNames.Probability, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single, false,
            new SchemaShape([SchemaShapeExtensions.IsNormalizedAnnotation, .. annotations])));
    }

    private protected abstract CalibratorTransformer<TICalibrator> MakeTransformer(IHostEnvironment env, TICalibrator calibrator, string scoreColumn);

    private static void Check(SchemaShape inputSchema, SchemaShape.Column column, string role)
    {
        if (!column.IsValid)
            return;
        if (!inputSchema.TryFindColumn(column.Name, out var actual))
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), role, column.Name);
        if (!column.IsCompatibleWith(actual))
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), role, column.Name, column.GetTypeString(), actual.GetTypeString());
    }
}

/// <summary>Learns the share of positive examples in each of 200 bins of the scores.</summary>
public sealed class NaiveCalibratorEstimator : CalibratorEstimatorBase<NaiveCalibrator>
{
    internal NaiveCalibratorEstimator(IHostEnvironment env, string labelColumn, string scoreColumn)
        : base(env, new NaiveCalibratorTrainer(env), labelColumn, scoreColumn, null)
    {
    }

    private protected override CalibratorTransformer<NaiveCalibrator> MakeTransformer(IHostEnvironment env, NaiveCalibrator calibrator, string scoreColumn) =>
        new NaiveCalibratorTransformer(env, calibrator, scoreColumn);
}

/// <summary>Learns a logistic function of the scores.</summary>
public sealed class PlattCalibratorEstimator : CalibratorEstimatorBase<PlattCalibrator>
{
    internal PlattCalibratorEstimator(IHostEnvironment env, string labelColumn, string scoreColumn, string weightColumn)
        : base(env, new PlattCalibratorTrainer(env), labelColumn, scoreColumn, weightColumn)
    {
    }

    private protected override CalibratorTransformer<PlattCalibrator> MakeTransformer(IHostEnvironment env, PlattCalibrator calibrator, string scoreColumn) =>
        new PlattCalibratorTransformer(env, calibrator, scoreColumn);
}

/// <summary>Gives a logistic function of the scores that is known beforehand.</summary>
public sealed class FixedPlattCalibratorEstimator : CalibratorEstimatorBase<PlattCalibrator>
{
    internal FixedPlattCalibratorEstimator(IHostEnvironment env, double slope, double offset, string scoreColumn)
        : base(env, new FixedPlattCalibratorTrainer(env, slope, offset), null, scoreColumn, null)
    {
    }

    private protected override CalibratorTransformer<PlattCalibrator> MakeTransformer(IHostEnvironment env, PlattCalibrator calibrator, string scoreColumn) =>
        new PlattCalibratorTransformer(env, calibrator, scoreColumn);
}

/// <summary>Learns a function of the scores that never falls.</summary>
public sealed class IsotonicCalibratorEstimator : CalibratorEstimatorBase<IsotonicCalibrator>
{
    internal IsotonicCalibratorEstimator(IHostEnvironment env, string labelColumn, string scoreColumn, string weightColumn)
        : base(env, new IsotonicCalibratorTrainer(env), labelColumn, scoreColumn, weightColumn)
    {
    }

    private protected override CalibratorTransformer<IsotonicCalibrator> MakeTransformer(IHostEnvironment env, IsotonicCalibrator calibrator, string scoreColumn) =>
        new IsotonicCalibratorTransformer(env, calibrator, scoreColumn);
}
