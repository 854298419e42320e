using Microsoft.ML.Runtime;

namespace Microsoft.ML.AutoML;

/// <summary>Tries what a tuner proposes within a budget and keeps the best.</summary>
/// <remarks>
/// One trial runs at a time, each in a context of its own with the seed of the experiment. A trial that throws, is cancelled for its memory or has no finite loss is reported
/// to the monitor, and the experiment goes on. Not thread-safe: an object runs one experiment at a time.
/// </remarks>
public partial class AutoMLExperiment
{
    internal const string PipelineSearchSpace = "_pipeline_";

    private readonly MLContext _context;
    private readonly AutoMLExperimentSettings _settings;

    public AutoMLExperiment(MLContext context, AutoMLExperimentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(settings);
        (_context, _settings) = (context, settings);
        settings.Seed ??= context.GetSeed();
        settings.SearchSpace ??= new SearchSpace.SearchSpace();
        Services.SetInstance(settings);
        Services.SetInstance(((IChannelProvider)context).Start(nameof(AutoMLExperiment)));
        Services.SetTransient(NewContext);
        this.SetPerformanceMonitor();
    }

    internal Services Services { get; } = new();

    /// <summary>Whether trials train the pipeline, so that data and a metric are needed.</summary>
    private bool RunsPipeline { get; set; }

    /// <summary>Sets <see cref="ExperimentSettings.MaxExperimentTimeInSeconds"/>.</summary>
    public AutoMLExperiment SetTrainingTimeInSeconds(uint trainingTimeInSeconds)
    {
        _settings.MaxExperimentTimeInSeconds = trainingTimeInSeconds;
        return this;
    }

    /// <summary>Sets <see cref="ExperimentSettings.MaxModels"/>.</summary>
    public AutoMLExperiment SetMaxModelToExplore(int maxModel)
    {
        AutoMLErrors.CheckRange(maxModel > 0, nameof(maxModel), maxModel, "1 or more");
        _settings.MaxModels = maxModel;
        return this;
    }

    /// <summary>Sets <see cref="ExperimentSettings.MaximumMemoryUsageInMegaByte"/>.</summary>
    public AutoMLExperiment SetMaximumMemoryUsageInMegaByte(double value = double.MaxValue)
    {
        AutoMLErrors.CheckRange(value > 0, nameof(value), value, "above 0");
        _settings.MaximumMemoryUsageInMegaByte = value;
        return this;
    }

    /// <summary>Adds to what is searched; a trial finds its values under the key.</summary>
    public AutoMLExperiment AddSearchSpace(string key, SearchSpace.SearchSpace searchSpace)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(searchSpace);
        _settings.SearchSpace[key] = searchSpace;
        return this;
    }

    /// <summary>What happens is reported to <paramref name="monitor"/>, and no longer to one that was set before.</summary>
    public AutoMLExperiment SetMonitor<TMonitor>(TMonitor monitor)
        where TMonitor : class, IMonitor
    {
        ArgumentNullException.ThrowIfNull(monitor);
        Services.SetInstance<IMonitor>(monitor);
        return this;
    }

    public AutoMLExperiment SetMonitor<TMonitor>()
        where TMonitor : class, IMonitor =>
        SetMonitor(Services.Make<TMonitor>);

    public AutoMLExperiment SetMonitor<TMonitor>(Func<IServiceProvider, TMonitor> factory)
        where TMonitor : class, IMonitor
    {
        ArgumentNullException.ThrowIfNull(factory);
        Services.SetShared<IMonitor>(factory);
        return this;
    }

    /// <summary>All trials are run by <paramref name="runner"/>, which its owner disposes of; those that a factory makes, one for each trial, are disposed of after it.</summary>
    public AutoMLExperiment SetTrialRunner<TTrialRunner>(TTrialRunner runner)
        where TTrialRunner : class, ITrialRunner
    {
        ArgumentNullException.ThrowIfNull(runner);
        Services.SetInstance<ITrialRunner>(runner);
        RunsPipeline = runner is PipelineRunner;
        return this;
    }

    public AutoMLExperiment SetTrialRunner<TTrialRunner>(Func<IServiceProvider, TTrialRunner> factory)
        where TTrialRunner : class, ITrialRunner
    {
        ArgumentNullException.ThrowIfNull(factory);
        Services.SetTransient<ITrialRunner>(factory);
        RunsPipeline = typeof(TTrialRunner).IsAssignableTo(typeof(PipelineRunner));
        return this;
    }

    public AutoMLExperiment SetTrialRunner<TTrialRunner>()
        where TTrialRunner : class, ITrialRunner =>
        SetTrialRunner(Services.Make<TTrialRunner>);

    public AutoMLExperiment SetTuner<TTuner>(TTuner proposer)
        where TTuner : class, ITuner
    {
        ArgumentNullException.ThrowIfNull(proposer);
        Services.SetInstance<ITuner>(proposer);
        return this;
    }

    public AutoMLExperiment SetTuner<TTuner>(Func<IServiceProvider, TTuner> factory)
        where TTuner : class, ITuner
    {
        ArgumentNullException.ThrowIfNull(factory);
        Services.SetShared<ITuner>(factory);
        return this;
    }

    public AutoMLExperiment SetTuner<TTuner>()
        where TTuner : class, ITuner =>
        SetTuner(Services.Make<TTuner>);

    /// <summary>A context for one trial, whose messages go on to the experiment's.</summary>
    private MLContext NewContext(IServiceProvider services)
    {
        var context = new MLContext(_settings.Seed);
        var channel = services.Get<IChannel>();
        context.Log += (_, e) => channel.Send(new ChannelMessage(e.Kind, MessageSensitivity.None, e.RawMessage));
        return context;
    }

    /// <summary>The settings of an experiment.</summary>
    public class AutoMLExperimentSettings : ExperimentSettings
    {
        /// <summary>The seed of the tuner and of all trials. The default value is null: that of the context.</summary>
        public int? Seed { get; set; }

        /// <summary>What is searched. The default value is null, which is an empty space.</summary>
        public SearchSpace.SearchSpace SearchSpace { get; set; }
    }
}
