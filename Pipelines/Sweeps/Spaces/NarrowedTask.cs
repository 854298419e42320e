using Microsoft.ML;
using Microsoft.ML.SearchSpace;

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
    }

    public override string Name => _task.Name;

    public override IReadOnlyList<SweepMetric> Metrics => _task.Metrics;

    public override SearchSpace Space => _narrowed.Space;

    public override IReadOnlyList<Condition> Conditions => _narrowed.Conditions;

    public override double Run(SweepTrial trial, SweepMetric metric) => _task.Run(trial.With(Complete(trial.Parameter)), metric);

    public override ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default) => _task.Refit(Complete(parameter), seed, cancellationToken);

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
