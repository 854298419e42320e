using Microsoft.Extensions.Options;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Sweeps;
using MLPipelines.Text;

namespace MLPipelines.SampleService;

/// <summary>
/// Runs sweeps one after another, trains the best classifier on all data and publishes it. When the service stops, so does the sweep; when it starts again, the
/// sweep goes on where it stopped.
/// </summary>
internal sealed partial class SweepRunner(SweepQueue sweeps, MLContext context, ArtifactStore store, ModelPackage package, IOptions<ServiceSettings> settings, ILogger<SweepRunner> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await foreach (string id in sweeps.WaitingAsync(stoppingToken))
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, sweeps.CancellationOf(id));
            try
            {
                if (sweeps.Find(id) is { State: SweepState.Running } sweep)
                    await sweeps.SaveAsync(await RunAsync(sweep, cancellation.Token), CancellationToken.None);
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                Failed(log, id, e);
                await sweeps.SaveAsync(sweeps.Find(id)! with { State = SweepState.Failed, Failure = e.Message }, CancellationToken.None);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                // Cancelled: its record says so already. Stopping: its record says that it runs, and it will.
                Stopped(log, id);
            }
        }
    }

    private async Task<SweepRecord> RunAsync(SweepRecord sweep, CancellationToken cancellationToken)
    {
        var data = context.Data.LoadTextLabels(settings.Value.Data, "content", "intent");
        var split = context.Data.TrainTestSplit(data, testFraction: 0.2);
        var result = await LinearTextSweep.RunAsync(
            context,
            new SweepOptions { Id = sweep.Id, LedgerPath = sweeps.LedgerPath, Trials = sweep.Trials, Resume = true, CancellationToken = cancellationToken },
            split.TrainSet,
            split.TestSet);
        cancellationToken.ThrowIfCancellationRequested();

        var options = LinearTextSweep.Create(result.Best.Parameter);
        options.CancellationToken = cancellationToken;
        var model = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.MulticlassClassification.Trainers.LinearText(options))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(data);
        var (content, manifest) = package.Pack(model, new ArtifactManifest
        {
            Name = "intent",
            Version = "1.0.0",
            Task = "text-classification",
            CreatedUtc = DateTime.UtcNow,
            Metrics = [new ArtifactMetric { Name = "microAccuracy", Value = result.Best.Metric!.Value, Split = "validation" }],
            Lineage = new ArtifactLineage { Sweep = sweep.Id, Trial = result.Best.Id },
        }, sample: data);
        var published = await store.PublishAsync(content, manifest, cancellationToken: cancellationToken);
        if (sweep.Promote)
            await store.PromoteAsync("intent", published.Version.ToString(), settings.Value.Alias, cancellationToken: cancellationToken);
        return sweep with { State = SweepState.Done, Version = published.Version.ToString() };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The sweep {Id} failed")]
    private static partial void Failed(ILogger log, string id, Exception why);

    [LoggerMessage(Level = LogLevel.Information, Message = "The sweep {Id} was stopped")]
    private static partial void Stopped(ILogger log, string id);
}
