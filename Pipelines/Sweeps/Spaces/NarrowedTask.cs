using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>A task with a space that a file narrows or replaces: options that do not count any more have the task's own defaults.</summary>
internal sealed class NarrowedTask : SweepTask
{
    private readonly SweepTask _task;
    private readonly UnitCube _own;
    private readonly SpaceDefinition _narrowed;

    /// <exception cref="ArgumentException">The text contradicts the task's space; the message lists all faults with their lines.</exception>
    public NarrowedTask(SweepTask task, string text)
    {
        _task = task;
        _own = new UnitCube(task.Space, task.Conditions);
        _narrowed = SpaceFile.Narrow(text, new SpaceDefinition(task.Space, task.Conditions));
        if (task.FaultsOf(_narrowed) is { Count: > 0 } faults)
            throw SweepErrors.BadSpaceFile("The space", faults);
    }

    public override string Name => _task.Name;

    public override IReadOnlyList<SweepMetric> Metrics => _task.Metrics;

    public override SearchSpace Space => _narrowed.Space;

    public override IReadOnlyList<Condition> Conditions => _narrowed.Conditions;

    /// <summary>The task's own, brought into the narrowed space; those of what can no longer be are left out.</summary>
    public override IReadOnlyList<Parameter> StartPoints => [.. _task.StartPoints.Select(Narrow).OfType<Parameter>().Distinct()];

    public override IReadOnlyList<string> Remarks => _task.Remarks;

    public override TrialRecord Choose(SweepResult result, int finalists = 5, int repeats = 2, TimeSpan? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        var whole = result with { Trials = [.. result.Trials.Select(trial => trial with { Parameter = Complete(trial.Parameter) })], Best = result.Best with { Parameter = Complete(result.Best.Parameter) } };
        int chosen = _task.Choose(whole, finalists, repeats, time, cancellationToken).Id;
        return result.Trials.First(trial => trial.Id == chosen);
    }

    internal override TimeSpan? EstimateTrial(TimeSpan budget, CancellationToken cancellationToken) => _task.EstimateTrial(budget, cancellationToken);

    protected override SweptModel? Describe(ITransformer model) => _task.DescribeModel(model);

    public override double Run(SweepTrial trial, SweepMetric metric) => _task.Run(trial.With(Complete(trial.Parameter)), metric);

    public override ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default) => _task.Refit(Complete(parameter), seed, cancellationToken);

    private Parameter? Narrow(Parameter start)
    {
        var point = Space.SampleFromFeatureSpace(Space.Default);
        foreach (var (name, option) in Space)
        {
            if (!start.TryGetValue(name, out var value))
                continue;
            if (option is UniformNumericOption number)
                value = value.AsType<double>() is var there && there >= number.Min && there <= number.Max ? value : point[name];
            else if (option is ChoiceOption choice && !choice.Choices.Contains(value))
                return null;
            point[name] = value;
        }
        var cube = new UnitCube(Space, Conditions);
        return cube.ToParameter(cube.ToPoint(point));
    }

    /// <summary>What the task expects to find beside what was tried.</summary>
    internal Parameter Complete(Parameter parameter)
    {
        var whole = Parameter.CreateNestedParameter([.. parameter]);
        foreach (var (name, option) in _task.Space)
        {
            if (!whole.ContainsKey(name))
                whole[name] = option.SampleFromFeatureSpace(option is SearchSpace nested ? nested.Default : option.Default);
        }
        _own.LeaveOutWhatDoesNotCount(whole);
        return whole;
    }
}
