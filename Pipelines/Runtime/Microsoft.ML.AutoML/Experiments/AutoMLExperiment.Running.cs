using Microsoft.ML.Runtime;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

public partial class AutoMLExperiment
{
    /// <summary>An experiment of which so many trials failed and none was completed is given up.</summary>
    private const int MostFailuresWithoutSuccess = 50;

    /// <summary>See <see cref="RunAsync"/>.</summary>
    public TrialResult Run() => RunAsync().GetAwaiter().GetResult();

    /// <summary>Runs trials until the budget of time or of models is spent, until a grid or a space of one point is exhausted, or until it is cancelled.</summary>
    /// <param name="ct">Cancels the running trial; what is the best so far is returned.</param>
    /// <returns>The best trial. With a checkpoint it may be one of an earlier run; it is then trained anew, unless the experiment was cancelled: <see cref="TrialResult.Model"/> is then null.</returns>
    /// <exception cref="InvalidOperationException">Something that is needed was not set, or all trials failed; the inner exception is that of the first.</exception>
    /// <exception cref="ArgumentException">The data does not fit: the label is missing, constant or not what the metric needs, or no candidate of the pipeline takes the columns.</exception>
    /// <exception cref="TimeoutException">No trial was completed before it was cancelled.</exception>
    public async Task<TrialResult> RunAsync(CancellationToken ct = default)
    {
        CheckSettings();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(ct, _settings.CancellationToken);
        using var timeout = new CancellationTokenSource();
        if (_settings.MaxExperimentTimeInSeconds > 0)
            timeout.CancelAfter(TimeSpan.FromSeconds(Math.Min(_settings.MaxExperimentTimeInSeconds, int.MaxValue / 1000)));
        var services = Services.NewProvider();
        if (RunsPipeline && services.Get<SweepablePipeline>() is { } pipeline)
            PipelineCheck.Check(_context, pipeline, services.Get<IMetricManager>(), services.Get<IDatasetManager>());
        var run = new RunState(this, services, cancellation.Token, timeout.Token);
        run.TakeNoteOfEarlierTrials();
        while (!run.IsOver)
            await run.RunTrial().ConfigureAwait(false);
        return await run.Best().ConfigureAwait(false);
    }

    private void CheckSettings()
    {
        var missing = new List<string>();
        if (_settings.MaxExperimentTimeInSeconds == 0 && _settings.MaxModels == int.MaxValue)
            missing.Add($"it has no budget; call {nameof(SetTrainingTimeInSeconds)} or {nameof(SetMaxModelToExplore)}");
        if (_settings.MaxModels < 1)
            missing.Add($"{nameof(ExperimentSettings.MaxModels)} is {_settings.MaxModels}; it must be 1 or more");
        if (_settings.MaximumMemoryUsageInMegaByte is { } memory && !(memory > 0))
            missing.Add($"{nameof(ExperimentSettings.MaximumMemoryUsageInMegaByte)} is {memory}; it must be above 0");
        if (_settings.SearchSpace.Count == 0)
            missing.Add($"there is nothing to search; call {nameof(AutoMLExperimentExtension.SetPipeline)} or {nameof(AddSearchSpace)}");
        if (!Services.Has<ITrialRunner>())
            missing.Add($"nothing runs its trials; call {nameof(AutoMLExperimentExtension.SetPipeline)} or {nameof(SetTrialRunner)}");
        if (!Services.Has<ITuner>())
            missing.Add($"nothing proposes its trials; call {nameof(AutoMLExperimentExtension.SetPipeline)}, {nameof(SetTuner)} or one of its kin, such as {nameof(AutoMLExperimentExtension.SetCostFrugalTuner)}");
        if (RunsPipeline && !Services.Has<IDatasetManager>())
            missing.Add($"the pipeline has no data; call {nameof(AutoMLExperimentExtension.SetDataset)}");
        if (RunsPipeline && !Services.Has<IEvaluateMetricManager>())
            missing.Add($"the pipeline has no metric; call {nameof(AutoMLExperimentExtension.SetBinaryClassificationMetric)}, {nameof(AutoMLExperimentExtension.SetMulticlassClassificationMetric)} or {nameof(AutoMLExperimentExtension.SetRegressionMetric)}");
        if (missing.Count > 0)
            throw AutoMLErrors.NotReady(missing);
    }

    /// <summary>One run of an experiment.</summary>
    private sealed class RunState
    {
        private readonly AutoMLExperiment _experiment;
        private readonly IServiceProvider _services;
        private readonly CancellationToken _cancelled;
        private readonly CancellationToken _timedOut;
        private readonly IMonitor _monitor;
        private readonly ITuner _tuner;
        private readonly Checkpoint _checkpoint;
        private TrialResult _best;
        private Exception _firstFailure;
        private int _failures;
        private int _next;

        public RunState(AutoMLExperiment experiment, IServiceProvider services, CancellationToken cancelled, CancellationToken timedOut)
        {
            (_experiment, _services, _cancelled, _timedOut) = (experiment, services, cancelled, timedOut);
            _tuner = services.Get<ITuner>();
            _monitor = services.Get<IMonitor>();
            _checkpoint = services.Get<Checkpoint>();
        }

        /// <summary>A timeout waits for the first trial, a cancellation for none.</summary>
        public bool IsOver =>
            _cancelled.IsCancellationRequested || (_timedOut.IsCancellationRequested && (_best is not null || _failures > 0)) || _next >= Settings.MaxModels || HasTriedAll
            || (_best is null && _failures >= MostFailuresWithoutSuccess);

        private AutoMLExperimentSettings Settings => _experiment._settings;

        private bool HasTriedAll => _next > 0 && (Settings.SearchSpace.FeatureSpaceDim == 0 || _tuner is IFiniteTuner { IsExhausted: true });

        public void TakeNoteOfEarlierTrials()
        {
            foreach (var result in _checkpoint?.Completed ?? [])
            {
                _tuner.Update(result);
                if (result.Loss < (_best?.Loss ?? double.MaxValue))
                    _best = result;
            }
            _next = _checkpoint?.Next ?? 0;
        }

        public async Task RunTrial()
        {
            var settings = new TrialSettings { TrialId = _next++, StartedAtUtc = DateTime.UtcNow, Parameter = Parameter.CreateNestedParameter() };
            settings.Parameter = _tuner.Propose(settings);
            _monitor?.ReportRunningTrial(settings);
            TrialResult result;
            try
            {
                result = await Run(settings).ConfigureAwait(false);
                if (double.IsNaN(result.Loss))
                    throw new InvalidOperationException("The loss is not a number.");
            }
            catch (OperationCanceledException) when (_cancelled.IsCancellationRequested || (_timedOut.IsCancellationRequested && _best is not null))
            {
                return;
            }
            catch (Exception e)
            {
                settings.EndedAtUtc = DateTime.UtcNow;
                _firstFailure ??= e;
                _failures++;
                _checkpoint?.AddFailed(settings, e);
                _tuner.Update(new TrialResult { TrialSettings = settings, Loss = double.MaxValue, Metric = double.NaN, DurationInMilliseconds = (settings.EndedAtUtc.Value - settings.StartedAtUtc).TotalMilliseconds });
                _monitor?.ReportFailTrial(settings, e);
                return;
            }
            settings.EndedAtUtc = DateTime.UtcNow;
            result.TrialSettings ??= settings;
            _checkpoint?.Add(result);
            _tuner.Update(result);
            _monitor?.ReportCompletedTrial(result);
            if (_best is not null && result.Loss >= _best.Loss)
                return;
            _best = result;
            _monitor?.ReportBestTrial(result);
        }

        public async Task<TrialResult> Best()
        {
            if (_best is null)
                throw _firstFailure is not null && !_cancelled.IsCancellationRequested ? AutoMLErrors.EveryTrialFailed(_failures, _firstFailure) : AutoMLErrors.NothingCompleted();
            bool isOfAnEarlierRun = _best.Model is null && _checkpoint?.Completed.Contains(_best) == true;
            if (!isOfAnEarlierRun || _cancelled.IsCancellationRequested)
                return _best;
            try
            {
                _best.Model = (await Run(_best.TrialSettings, isAnew: true).ConfigureAwait(false)).Model;
            }
            catch (OperationCanceledException) when (_cancelled.IsCancellationRequested)
            {
            }
            return _best;
        }

        private async Task<TrialResult> Run(TrialSettings settings, bool isAnew = false)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(_cancelled);
            bool stopsInTime = !isAnew && _best is not null;
            using var timing = stopsInTime ? _timedOut.Register(cancellation.Cancel) : default;
            using var performance = _services.Get<IPerformanceMonitor>();
            double used = 0;
            EventHandler<TrialPerformanceMetrics> measured = (_, metrics) =>
            {
                used = Math.Max(used, metrics.MemoryUsage);
                performance.OnPerformanceMetricsUpdatedHandler(settings, metrics, cancellation);
            };
            performance.PerformanceMetricsUpdated += measured;
            performance.Start();
            var runner = _services.Get<ITrialRunner>();
            try
            {
                var result = await runner.RunAsync(settings, cancellation.Token).ConfigureAwait(false) ?? throw new InvalidOperationException("The trial runner returned nothing.");
                performance.Stop();
                result.PeakCpu ??= performance.GetPeakCpuUsage();
                result.PeakMemoryInMegaByte ??= performance.GetPeakMemoryUsageInMegaByte();
                return result;
            }
            catch (OperationCanceledException e) when (cancellation.IsCancellationRequested && !_cancelled.IsCancellationRequested && !(stopsInTime && _timedOut.IsCancellationRequested))
            {
                throw new InsufficientMemoryException(FormattableString.Invariant($"The trial was cancelled at {used:0} MB; it may use {Settings.MaximumMemoryUsageInMegaByte:0} MB."), e);
            }
            finally
            {
                performance.PerformanceMetricsUpdated -= measured;
                performance.Pause();
                if (!_experiment.Services.IsShared<ITrialRunner>())
                    runner.Dispose();
            }
        }
    }
}
