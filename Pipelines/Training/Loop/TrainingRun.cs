using System.Diagnostics;
using TorchSharp;

namespace MLPipelines.Training;

/// <summary>One call of <see cref="Trainer.Train"/>.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly TrainingTask _task;
    private readonly TrainingOptions _options;
    private readonly TrainingContext _context;
    private readonly BatchPlan _plan;
    private readonly FlatParameters _parameters;
    private readonly Optimiser _optimiser;
    private readonly ProcessGroup? _group;
    private readonly StepRunner _runner;
    private readonly BestWeights _best;
    private readonly RunCheckpoint? _checkpoint;
    private readonly LearningRates _rates;
    private readonly RunState _state;
    private readonly Pace _pace;
    private readonly List<float> _losses = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly int? _threadsBefore;
    private readonly double _secondsBefore;
    private readonly long _totalSteps;

    public TrainingRun(TrainingTask task, TrainingOptions options)
    {
        _task = task;
        _options = options;
        if (task.ExampleCount < 1)
            throw TrainingErrors.NoExamples();
        _plan = new BatchPlan(task, options);
        _totalSteps = options.MaximumSteps ?? checked(options.Epochs * _plan.BatchesPerEpoch);
        _rates = LearningRates.Of(options, _totalSteps);
        var device = DeviceChoice.Device(options);
        if (options.Threads is { } threads)
        {
            _threadsBefore = torch.get_num_threads();
            torch.set_num_threads(threads);
        }
        try
        {
            if (options.Processes > 1)
                _group = ProcessGroup.Join(options, device);
            var precision = Precision(device);
            _context = new TrainingContext(device, precision, options.PadToMultipleOf ?? (device.type == DeviceType.CUDA ? 8 : 1));
            _parameters = new FlatParameters(task, options, device, precision);
            _optimiser = Optimiser.For(_parameters, options);
            _runner = new StepRunner(task, options, _context, _plan, _parameters, _optimiser, _group);
            _state = new RunState { TokenBudget = options.MaximumTokensPerMicroBatch, Fingerprint = Fingerprint.Of(task, options, _plan, _parameters) };
            _best = new BestWeights(_parameters, options);
            if (options.CheckpointFolder is { } folder)
            {
                _checkpoint = new RunCheckpoint(folder, _parameters, _optimiser);
                if (!options.Resume)
                    Alone(_checkpoint.Delete);
                else if (_checkpoint.Load(_state.Fingerprint) is { } state)
                    _state = state;
            }
            _runner.TokenBudget = _state.TokenBudget;
            _runner.OutOfMemoryCount = _state.OutOfMemoryCount;
            _secondsBefore = _state.Seconds;
            _pace = new Pace(options, _plan.BatchesPerEpoch, _totalSteps);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public TrainingResult Execute()
    {
        _task.Module.train();
        TrainingProgress? report = null;
        long lastSaved = _state.Step;
        while (true)
        {
            bool isOver = _state.StoppedEarly || _state.Step >= _totalSteps;
            var validation = IsDue(_options.ValidateEvery) && _state.ValidatedStep < _state.Step ? Validate(isOver) : null;
            isOver |= _state.StoppedEarly;
            if (report != null)
                _options.Progress?.Report(report with { Validation = validation });
            if (_checkpoint != null && _state.Step > lastSaved && (isOver || IsDue(_options.CheckpointEvery)))
            {
                Save();
                lastSaved = _state.Step;
            }
            if (isOver)
                break;
            StopIfCancelled(lastSaved);
            report = Step();
        }
        var best = _options.KeepBest ? _state.Best : null;
        if (best != null && best.Step != _state.Step)
            _best.Restore(best.Step);
        return Result(best);
    }

    public void Dispose()
    {
        _parameters?.Release();
        _optimiser?.Dispose();
        _best?.Dispose();
        _parameters?.Dispose();
        _group?.Dispose();
        if (_threadsBefore is { } threads)
            torch.set_num_threads(threads);
    }

    // What is measured can come out differently in another process, or at another time: a run keeps to what it began with.
    private torch.ScalarType Precision(torch.Device device)
    {
        bool isOpen = _options.Precision == TrainingPrecision.Auto;
        var before = isOpen && _options.Resume ? RunCheckpoint.PrecisionIn(_options.CheckpointFolder!) : null;
        var precision = before ?? DeviceChoice.Precision(_options.Precision, device);
        if (_group is null || !isOpen)
            return precision;
        Span<double> first = [_options.Rank == 0 ? (double)precision : 0];
        _group.Sum(first);
        return (torch.ScalarType)first[0];
    }

    private bool IsDue(long? every) => _state.Step > 0 && (_state.Step % (every ?? _plan.BatchesPerEpoch) == 0 || _state.Step >= _totalSteps);

    private TrainingProgress Step()
    {
        double rate = _rates.At(_state.Step);
        long began = Stopwatch.GetTimestamp();
        _runner.Stop = _options.CancellationToken.IsCancellationRequested;
        var (figures, norm) = _runner.Run(_state.Step, rate);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        _state.Step++;
        _state.TokenBudget = _runner.TokenBudget;
        _state.OutOfMemoryCount = _runner.OutOfMemoryCount;
        _state.RealTokens += figures.RealTokens;
        _state.PaddedTokens += figures.PaddedTokens;
        _state.StepSeconds += seconds;
        _state.SmoothedLoss = double.IsNaN(_state.SmoothedLoss) ? figures.Loss : _state.SmoothedLoss + (figures.Loss - _state.SmoothedLoss) * Math.Max(0.02, 1.0 / _state.Step);
        _losses.Add((float)figures.Loss);
        _pace.AddStep(seconds, figures.RealTokens);
        return new TrainingProgress
        {
            Step = _state.Step,
            TotalSteps = _totalSteps,
            Epoch = Epochs,
            Loss = figures.Loss,
            SmoothedLoss = _state.SmoothedLoss,
            LearningRate = rate,
            GradientNorm = norm,
            TokensPerSecond = _pace.TokensPerSecond,
            PaddingShare = PaddingShare,
            MicroBatches = figures.MicroBatches,
            Elapsed = _watch.Elapsed,
            Remaining = _pace.Remaining(_state.Step),
            Message = _runner.Message,
        };
    }

    private double Epochs => _state.Step / (double)_plan.BatchesPerEpoch;

    private double PaddingShare => _state.PaddedTokens == 0 ? 0 : 1 - _state.RealTokens / (double)_state.PaddedTokens;

    private ValidationResult? Validate(bool isOver)
    {
        long began = Stopwatch.GetTimestamp();
        ValidationResult? result;
        _task.Module.eval();
        try
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            result = _options.Rank == 0 ? _task.Validate(_context, _options.CancellationToken) : null;
            result = _group is null ? result : Agreed(_group, result);
        }
        catch (OperationCanceledException) when (_checkpoint != null && _group is null)
        {
            // The validation is made again when the run is resumed.
            Save();
            throw;
        }
        finally
        {
            _task.Module.train();
        }
        _pace.AddValidation(Stopwatch.GetElapsedTime(began).TotalSeconds);
        _state.ValidatedStep = _state.Step;
        if (result is null)
            return null;
        var validation = new TrainingValidation(_state.Step, result);
        _state.Validations.Add(validation);
        double gain = _state.Best is null ? double.PositiveInfinity : result.GainOver(_state.Best.Result);
        bool isBetter = !double.IsNaN(result.Metric) && (gain > _options.MinimumDelta || double.IsNaN(gain));
        if (isBetter)
        {
            _state.Best = validation;
            _state.Disappointments = 0;
            if (_options.KeepBest)
                _best.Keep(_state.Step);
        }
        else
        {
            _state.Disappointments++;
        }
        _state.StoppedEarly = !isOver && _state.Disappointments >= (_options.EarlyStoppingPatience ?? int.MaxValue);
        return result;
    }

    // The first process measures; the others wait for its figures.
    private static ValidationResult? Agreed(ProcessGroup group, ValidationResult? result)
    {
        Span<double> figures = [result is null ? 0 : 1, result?.Metric ?? 0, result?.HigherIsBetter == true ? 1 : 0];
        group.Sum(figures);
        return figures[0] == 0 ? null : result ?? new ValidationResult("metric", figures[1], figures[2] > 0);
    }

    private void StopIfCancelled(long lastSaved)
    {
        bool cancelled = _group is null ? _options.CancellationToken.IsCancellationRequested : _runner.Stop;
        if (!cancelled)
            return;
        if (_checkpoint != null && _state.Step > lastSaved)
            Save();
        throw new OperationCanceledException(_options.CancellationToken);
    }

    private void Save()
    {
        _state.Seconds = _secondsBefore + _watch.Elapsed.TotalSeconds;
        Alone(() => _checkpoint!.Save(_state, _options.KeepBest ? _state.Best?.Step : null));
    }

    // Only one process writes files, and none goes on before it has.
    private void Alone(Action work)
    {
        if (_options.Rank == 0)
            work();
        Span<double> nothing = [0];
        _group?.Sum(nothing);
    }

    private TrainingResult Result(TrainingValidation? best) => new()
    {
        Steps = _state.Step,
        Epochs = Epochs,
        Losses = _losses,
        FinalLoss = _state.SmoothedLoss,
        Validations = _state.Validations,
        Best = best,
        StoppedEarly = _state.StoppedEarly,
        Device = _parameters.Device,
        Precision = _parameters.Precision,
        Elapsed = _watch.Elapsed,
        TokensPerSecond = _state.StepSeconds == 0 ? 0 : _state.RealTokens / _state.StepSeconds,
        PaddingShare = PaddingShare,
        OutOfMemoryCount = _state.OutOfMemoryCount,
    };
}
