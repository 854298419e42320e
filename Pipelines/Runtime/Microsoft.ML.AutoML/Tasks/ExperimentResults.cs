namespace Microsoft.ML.AutoML;

/// <summary>What a trial of an experiment was and took.</summary>
public abstract class RunDetail
{
    internal RunDetail(string trainerName, IEstimator<ITransformer> estimator, double runtimeInSeconds) =>
        (TrainerName, Estimator, RuntimeInSeconds) = (trainerName, estimator, runtimeInSeconds);

    /// <summary>The kinds of its estimators, such as "Concatenate=>SdcaRegression".</summary>
    public string TrainerName { get; }

    public double RuntimeInSeconds { get; }

    /// <summary>Trains it anew, for instance on all data; null where the trial failed.</summary>
    public IEstimator<ITransformer> Estimator { get; }
}

/// <summary>What a trial led to.</summary>
public sealed class RunDetail<TMetrics> : RunDetail
{
    internal RunDetail(string trainerName, IEstimator<ITransformer> estimator, double runtimeInSeconds, TrainResult<TMetrics> result)
        : base(trainerName, estimator, runtimeInSeconds) =>
        (ValidationMetrics, Model, Exception) = (result.ValidationMetrics, result.Model, result.Exception);

    public TMetrics ValidationMetrics { get; }

    public ITransformer Model { get; }

    /// <summary>Why it failed; null where it did not.</summary>
    public Exception Exception { get; }
}

/// <summary>What a trial led to in each fold.</summary>
public sealed class CrossValidationRunDetail<TMetrics> : RunDetail
{
    internal CrossValidationRunDetail(string trainerName, IEstimator<ITransformer> estimator, double runtimeInSeconds, IEnumerable<TrainResult<TMetrics>> results)
        : base(trainerName, estimator, runtimeInSeconds) =>
        Results = results;

    public IEnumerable<TrainResult<TMetrics>> Results { get; }
}

/// <summary>A model and how good it is, or why there is none.</summary>
public sealed class TrainResult<TMetrics>
{
    internal TrainResult(TMetrics validationMetrics, ITransformer model, Exception exception) =>
        (ValidationMetrics, Model, Exception) = (validationMetrics, model, exception);

    public TMetrics ValidationMetrics { get; }

    public ITransformer Model { get; }

    public Exception Exception { get; }
}

/// <summary>All trials of an experiment, failed ones too, and the best.</summary>
public class ExperimentResult<TMetrics>
{
    public readonly IEnumerable<RunDetail<TMetrics>> RunDetails;
    public readonly RunDetail<TMetrics> BestRun;

    internal ExperimentResult(IEnumerable<RunDetail<TMetrics>> runDetails, RunDetail<TMetrics> bestRun) => (RunDetails, BestRun) = (runDetails, bestRun);
}

/// <inheritdoc cref="ExperimentResult{TMetrics}"/>
public class CrossValidationExperimentResult<TMetrics>
{
    public readonly IEnumerable<CrossValidationRunDetail<TMetrics>> RunDetails;
    public readonly CrossValidationRunDetail<TMetrics> BestRun;

    internal CrossValidationExperimentResult(IEnumerable<CrossValidationRunDetail<TMetrics>> runDetails, CrossValidationRunDetail<TMetrics> bestRun) => (RunDetails, BestRun) = (runDetails, bestRun);
}
