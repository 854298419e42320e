using Microsoft.Extensions.Options;
using MLPipelines.Artifacts;
using MLPipelines.Recommendation;

namespace MLPipelines.SampleService;

/// <summary>Takes up what is promoted: once before the first request, and then as often as the settings say.</summary>
internal sealed partial class ModelWatcher(LiveModel<IntentEngines> intent, LiveModel<RecommenderTransformer> shop, IOptions<ServiceSettings> settings, ILogger<ModelWatcher> log) : BackgroundService
{
    private readonly Dictionary<string, string> _said = [];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(settings.Value.LookEvery);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await LookAsync(stoppingToken);
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (ILiveModel model in (ILiveModel[])[intent, shop])
        {
            try
            {
                if (await model.RefreshAsync(cancellationToken))
                    Live(log, model.Name);
                _said.Remove(model.Name);
            }
            catch (Exception e) when (e is ArtifactException or IOException)
            {
                // What is wrong is said once; what was live stays live.
                if (_said.GetValueOrDefault(model.Name) != e.Message)
                    Refused(log, model.Name, e.Message);
                _said[model.Name] = e.Message;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A version of {Model} went live")]
    private static partial void Live(ILogger log, string model);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Model}: {Why}")]
    private static partial void Refused(ILogger log, string model, string why);
}
