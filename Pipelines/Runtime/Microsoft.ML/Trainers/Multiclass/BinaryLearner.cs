using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>A trainer that can learn from examples in memory.</summary>
internal interface IInMemoryTrainer
{
    /// <summary>The columns of the data that it reads; throws where they do not fit.</summary>
    RoleMappedData MapRoles(IDataView data);

    /// <summary>Trains on examples that were read before.</summary>
    /// <param name="data">The data of the examples.</param>
    /// <param name="examples">The examples.</param>
    object Train(RoleMappedData data, TrainingSet examples);
}

/// <summary>A model of two classes and the column of its features.</summary>
internal readonly record struct BinaryModel(object Model, string FeatureColumn);

/// <summary>Trains models of two classes on data of several, of which it reads the examples once.</summary>
internal sealed class BinaryLearner
{
    private readonly IHost _host;
    private readonly IDataView _data;
    private readonly DataViewSchema.Column _label;
    private readonly Func<IDataView, BinaryModel> _fit;
    private readonly IInMemoryTrainer _trainer;
    private readonly CalibratorTrainer _calibrator;
    private readonly int _maximumCalibrationCount;
    private readonly TrainingSet _examples;

    /// <param name="host">The host of the trainer of several classes.</param>
    /// <param name="data">The data.</param>
    /// <param name="label">Its column of keys.</param>
    /// <param name="trainer">Trains models of two classes.</param>
    /// <param name="calibrator">For models without probabilities; null where none are needed.</param>
    /// <param name="maximumCalibrationCount">The largest number of examples for the calibrator.</param>
    public BinaryLearner(IHost host, IDataView data, DataViewSchema.Column label, BinaryTrainer trainer, CalibratorTrainer calibrator, int maximumCalibrationCount)
    {
        _host = host;
        _data = data;
        _label = label;
        _fit = trainer.Fit;
        _calibrator = calibrator;
        _maximumCalibrationCount = maximumCalibrationCount;
        if (trainer.Source is not IInMemoryTrainer inMemory)
            return;
        var roles = inMemory.MapRoles(MapLabels(_ => false));
        if (roles.Label?.Name != label.Name || roles.Group != null)
            return;
        _trainer = inMemory;
        roles.CheckFeatures();
        var original = new RoleMappedData(data, label.Name, roles.Feature?.Name, null, roles.Weight?.Name);
        _examples = TrainingSet.Load(host, original, new KeepExamples(MissingLabels: true));
    }

    /// <summary>Trains a model of whether the 0-based class of an example is one of those asked for.</summary>
    public BinaryModel Train(Func<int, bool> isPositive)
    {
        var view = MapLabels(isPositive);
        if (_trainer == null)
            return Calibrate(_fit(view), view, null);
        var labels = Array.ConvertAll(_examples.Labels, label => float.IsFinite(label) && isPositive((int)label) ? 1f : 0);
        var examples = _examples.WithLabels(labels);
        var roles = _trainer.MapRoles(view);
        return Calibrate(new BinaryModel(_trainer.Train(roles, examples), roles.Feature?.Name), view, examples);
    }

    private BinaryModel Calibrate(BinaryModel trained, IDataView view, TrainingSet examples)
    {
        if (trained.Model is not IPredictor<float> predictor)
            throw Contracts.ExceptParam("binaryEstimator", "Trainer estimator does not appear to produce the right kind of model.");
        if (_calibrator == null || predictor is IDistributionPredictor)
            return trained;
        var calibrator = _calibrator.NeedsTraining ? TrainCalibrator(predictor, trained.FeatureColumn, view, examples) : _calibrator.Finish();
        var calibrated = GenericDispatch.Invoke<object, ICalibrator, object>(trained.Model.GetType(), calibrator.GetType(), MakeCalibrated<object, ICalibrator>, trained.Model, calibrator);
        return trained with { Model = calibrated };
    }

    private ICalibrator TrainCalibrator(IPredictor<float> predictor, string featureColumn, IDataView view, TrainingSet examples)
    {
        if (examples == null || examples.BadWeights > 0)
            return _calibrator.Train(BinaryScores(predictor, featureColumn, view), _label.Name, DefaultColumnNames.Score, null, _maximumCalibrationCount);
        var mapper = predictor.GetMapper();
        VBuffer<float> features = default;
        float score = 0;
        int count = 0;
        foreach (int row in examples.Order())
        {
            examples.Features(row).CopyTo(ref features);
            mapper(in features, ref score);
            if (!float.IsFinite(score))
                continue;
            _calibrator.Add(score, examples.Labels[row] > 0, 1);
            if (_maximumCalibrationCount > 0 && ++count >= _maximumCalibrationCount)
                break;
        }
        return _calibrator.Finish();
    }

    private static MappedDataView BinaryScores(IPredictor<float> predictor, string featureColumn, IDataView view)
    {
        var feature = featureColumn == null ? null : view.Schema.GetColumnOrNull(featureColumn);
        return new MappedDataView(view, ScalarScoreMapper.Create(view.Schema, predictor, feature, AnnotationUtils.ScoreColumnKind.BinaryClassification));
    }

    private object MakeCalibrated<TModel, TCalibrator>(object model, ICalibrator calibrator)
        where TModel : class
        where TCalibrator : class, ICalibrator =>
        new CalibratedModelParameters<TModel, TCalibrator>(_host, (TModel)model, (TCalibrator)calibrator);

    /// <summary>The data with a label of two classes in place of its own.</summary>
    private MappedDataView MapLabels(Func<int, bool> isPositive) =>
        new(_data, new RowMapper(_data.Schema, [new OutputColumn(_label.Name, BooleanDataViewType.Instance, null, [_label.Index], row =>
        {
            var getter = TrainingGetters.Label(row, _label);
            float key = 0;
            return (ValueGetter<bool>)((ref bool value) =>
            {
                getter(ref key);
                value = float.IsFinite(key) && isPositive((int)key);
            });
        })]));
}

/// <summary>A trainer of models of two classes of any type.</summary>
/// <param name="Source">The estimator itself.</param>
/// <param name="Info">What it says of itself.</param>
/// <param name="Fit">Trains on data.</param>
internal sealed record BinaryTrainer(object Source, TrainerInfo Info, Func<IDataView, BinaryModel> Fit)
{
    public static BinaryTrainer Of<TTransformer, TModel>(ITrainerEstimator<TTransformer, TModel> estimator)
        where TTransformer : ISingleFeaturePredictionTransformer<TModel>
        where TModel : class
    {
        Contracts.CheckValue(estimator, "binaryEstimator");
        return new BinaryTrainer(estimator, estimator.Info, data =>
        {
            var transformer = estimator.Fit(data);
            return new BinaryModel(transformer.Model, transformer.FeatureColumnName);
        });
    }
}
