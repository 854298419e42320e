using Microsoft.ML;

namespace MLPipelines.Sweeps;

/// <summary>A job and its data: files that it names, or views.</summary>
/// <param name="Job">The job.</param>
/// <param name="Data">What to train on; null for the file of the job.</param>
/// <param name="Validation">What to measure on; null for the file of the job, or where there is none.</param>
/// <param name="CancellationToken">Stops the reading.</param>
internal sealed record SweepInput(SweepJob Job, IDataView? Data, IDataView? Validation, CancellationToken CancellationToken)
{
    public bool HasValidation => Validation is not null || Data is null && Job.ValidationData is not null;
}
