using Microsoft.Extensions.Options;
using MLPipelines.Artifacts;
using MLPipelines.Sweeps;

namespace MLPipelines.SampleService;

/// <summary>
/// Runs sweeps one after another, trains the best classifier on all data and publishes it. When the service stops, so does the sweep; when it starts again, the
/// sweep goes on where it stopped.
/// </summary>
internal sealed partial class SweepRunner(SweepQueue sweeps, ArtifactStore store, IOptions<ServiceSettings> settings, ILogger<SweepRunner> log) : BackgroundService
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
        var job = new SweepJob { Task = "text-classification", Data = settings.Value.Data, Columns = new Dictionary<string, string> { ["text"] = "content", ["label"] = "intent" }, Families = ["linear"] };
        var task = SweepTasks.Open(job, cancellationToken);
        var options = new SweepOptions { Id = sweep.Id, LedgerPath = sweeps.LedgerPath, Trials = sweep.Trials, Resume = true, CancellationToken = cancellationToken };
        var result = await task.RunAsync(options);
        cancellationToken.ThrowIfCancellationRequested();

        using var publication = await task.PublishAsync(result, store, "intent", cancellationToken: cancellationToken);
        var published = publication.Published;
        if (sweep.Promote)
            await store.PromoteAsync("intent", published.Version.ToString(), settings.Value.Alias, cancellationToken: cancellationToken);
        return sweep with { State = SweepState.Done, Version = published.Version.ToString() };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The sweep {Id} failed")]
    private static partial void Failed(ILogger log, string id, Exception why);

    [LoggerMessage(Level = LogLevel.Information, Message = "The sweep {Id} was stopped")]
    private static partial void Stopped(ILogger log, string id);
}
