using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.AutoML;

/// <summary>The data of an experiment.</summary>
public interface IDatasetManager
{
}

/// <summary>Data to train on and data to measure on.</summary>
public interface ITrainValidateDatasetManager : IDatasetManager
{
    IDataView LoadTrainDataset(MLContext context, TrialSettings settings);

    IDataView LoadValidateDataset(MLContext context, TrialSettings settings);
}

/// <summary>Data that is split into folds, each of which is measured on once.</summary>
public interface ICrossValidateDatasetManager : IDatasetManager
{
    int Fold { get; set; }

    IDataView Dataset { get; set; }

    string SamplingKeyColumnName { get; set; }
}

internal sealed class TrainValidateDatasetManager(IDataView train, IDataView validation) : ITrainValidateDatasetManager
{
    /// <summary>Under which the search space holds the share of the rows to train on.</summary>
    public const string SpaceName = nameof(TrainValidateDatasetManager);

    private const string ShareName = "SubSamplingKey";

    public IDataView Train => train;

    public static SearchSpace.SearchSpace NewSpace() => new() { [ShareName] = new UniformSingleOption(0.01f, 1, false, 0.1f) };

    public IDataView LoadTrainDataset(MLContext context, TrialSettings settings)
    {
        if (!settings.Parameter.TryGetValue(SpaceName, out var own) || !own.TryGetValue(ShareName, out var share) || share.AsType<float>() >= 1)
            return train;
        return context.Data.TrainTestSplit(train, testFraction: share.AsType<float>()).TestSet;
    }

    public IDataView LoadValidateDataset(MLContext context, TrialSettings settings) => validation;
}

internal sealed class CrossValidateDatasetManager(IDataView dataset, int fold, string samplingKeyColumnName) : ICrossValidateDatasetManager
{
    public int Fold { get; set; } = fold;

    public IDataView Dataset { get; set; } = dataset;

    public string SamplingKeyColumnName { get; set; } = samplingKeyColumnName;
}
