using System.Diagnostics;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>The base of our own tasks: they choose among families of models, each with options of its own, and measure on data that is held out.</summary>
/// <remarks>
/// On one split a trial that may be stopped early is first trained on a ninth and on a third of the data, reported as steps 1 and 3 of 9; a training loop that measures after each epoch
/// reports these instead. In cross-validation the mean so far is reported after each part. So <see cref="SuccessiveHalvingPruner"/> decides at steps 1 and 3, as it does by default.
/// </remarks>
public abstract class FamilySweepTask : SweepTask
{
    /// <summary>The name of the option that says which family a trial tries.</summary>
    public const string Algorithm = "algorithm";

    private static readonly (double Step, double Share)[] Growth = [(1, 1 / 9.0), (3, 1 / 3.0)];

    private readonly SweepFamily[] _families;

    private protected FamilySweepTask(IReadOnlyList<SweepFamily> families, SweepJob job, List<string> faults)
    {
        (_families, Job) = ([.. families], job);
        (Space, Conditions) = Combine(_families);
        if (faults.Count > 0)
            throw SweepErrors.BadJob(job, faults);
    }

    /// <summary>What the task is about.</summary>
    public SweepJob Job { get; }

    /// <inheritdoc/>
    public sealed override SearchSpace Space { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Condition> Conditions { get; }

    /// <inheritdoc/>
    /// <remarks>The defaults of each family.</remarks>
    public sealed override IReadOnlyList<Parameter> StartPoints
    {
        get
        {
            var cube = new UnitCube(Space, Conditions);
            return [.. ((ChoiceOption)Space[Algorithm]).Choices.Select(family =>
            {
                var point = Space.SampleFromFeatureSpace(Space.Default);
                point[Algorithm] = family;
                return cube.ToParameter(cube.ToPoint(point));
            })];
        }
    }

    /// <inheritdoc/>
    public sealed override double Run(SweepTrial trial, SweepMetric metric)
    {
        ArgumentNullException.ThrowIfNull(trial);
        ArgumentNullException.ThrowIfNull(metric);
        return Measure(new Attempt(trial, metric, CreateOptions(trial.Parameter), Job.Seed));
    }

    /// <inheritdoc/>
    /// <remarks>Each is measured on other splits of the data, too, and the best mean wins: the best of many trials owes a part of its lead to the split.</remarks>
    public sealed override TrialRecord Choose(SweepResult result, int finalists = 5, int repeats = 2, TimeSpan? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentOutOfRangeException.ThrowIfLessThan(finalists, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(repeats, 1);
        var metric = MetricOf(result.Experiment.Metric);
        var clock = Stopwatch.StartNew();
        var best = result.Trials.Where(trial => trial.State == TrialState.Completed).OrderBy(trial => Loss(trial.Metric!.Value)).DistinctBy(trial => trial.Parameter).Take(finalists).ToArray();
        double[] sums = Array.ConvertAll(best, trial => Loss(trial.Metric!.Value));
        for (int repeat = 1; best.Length > 1 && repeat <= repeats && !(clock.Elapsed >= time); repeat++)
        {
            for (int i = 0; i < best.Length; i++)
            {
                var trial = new SweepTrial(best[i].Id, best[i].Parameter, Job.Seed + repeat, null, cancellationToken) { IsWatched = false };
                sums[i] += Loss(Measure(new Attempt(trial, metric, CreateOptions(best[i].Parameter), Job.Seed + repeat)));
            }
        }
        return best.Length == 0 ? result.Best : best[Array.IndexOf(sums, sums.Min())];

        double Loss(double value) => metric.Maximize ? -value : value;
    }

    /// <summary>The options of the model that a point stands for.</summary>
    internal object CreateOptions(Parameter parameter) => FamilyOf(parameter).Create(parameter);

    private protected SweepFamily FamilyOf(Parameter parameter)
    {
        string name = parameter.TryGetValue(Algorithm, out var value) ? value.AsType<string>() : "";
        return Array.Find(_families, family => family.Name == name) ?? throw SweepErrors.NoSuchFamily(Name, name, _families.Select(family => family.Name));
    }

    /// <summary>Which ends of the ranges are no options that can be, beside the defaults of all others.</summary>
    internal sealed override IReadOnlyList<string> FaultsOf(SpaceDefinition space)
    {
        var faults = new List<string>();
        foreach (var family in _families)
        {
            foreach (var option in family.Options)
            {
                string name = family.NameOf(option.Name);
                object[] values = space.Space.TryGetValue(name, out var range) ? range switch
                {
                    ChoiceOption choice => [.. choice.Choices],
                    UniformIntOption number => [(int)number.Min, (int)number.Max],
                    UniformNumericOption number => [number.Min, number.Max],
                    _ => [],
                } : [];
                foreach (object value in values)
                {
                    object options = family.New();
                    try
                    {
                        option.Set(options, Parameter.FromObject(value));
                        family.Validate(options);
                    }
                    catch (Exception e) when (e is ArgumentException or InvalidCastException)
                    {
                        faults.Add(FormattableString.Invariant($"{name} is {value} at one end: {e.Message.Split(" (Parameter", 2)[0].TrimEnd('.')}"));
                    }
                }
            }
        }
        return faults;
    }

    /// <summary>A part of the data in the measure of an attempt: trains on a share of the training rows of a split, and measures on its held-out rows.</summary>
    private protected abstract double Measure(Attempt attempt, int fold, double share);

    /// <summary>Whether the model's own training loop reports the metric, after each epoch.</summary>
    private protected virtual bool ReportsEpochs(Attempt attempt) => false;

    /// <summary>Whether one training gives the metric of a whole cross-validation.</summary>
    private protected virtual bool CrossValidatesItself(object options) => false;

    internal sealed override TimeSpan? EstimateTrial(TimeSpan budget, CancellationToken cancellationToken)
    {
        const double small = 1 / 27.0, large = 1 / 9.0;
        var parameter = StartPoints[0];
        double begin = Time(small);
        // Far from the budget, nothing more exact is needed.
        if (begin * 27 < budget.TotalSeconds / 2)
            return null;
        double first = Time(small), second = Time(large);
        double perShare = Math.Max(0, second - first) / (large - small);
        object options = CreateOptions(parameter);
        int parts = Job.Folds > 1 && !CrossValidatesItself(options) ? Job.Folds : 1;
        return TimeSpan.FromSeconds((first + perShare * (1 - small)) * parts);

        double Time(double share)
        {
            using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            cancellation.CancelAfter(budget);
            var clock = Stopwatch.StartNew();
            try
            {
                Measure(new Attempt(new SweepTrial(0, parameter, Job.Seed, null, cancellation.Token) { IsWatched = false }, Metrics[0], CreateOptions(parameter), Job.Seed), 0, share);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw SweepErrors.BudgetTooSmall(Name, budget, budget / share, atLeast: true);
            }
            return clock.Elapsed.TotalSeconds;
        }
    }

    private double Measure(Attempt attempt)
    {
        var trial = attempt.Trial;
        if (Job.Folds > 1 && !CrossValidatesItself(attempt.Options))
        {
            double sum = 0;
            for (int fold = 0; fold < Job.Folds; fold++)
            {
                sum += Measure(attempt, fold, 1);
                if (fold + 1 < Job.Folds)
                    trial.Report(fold + 1, sum / (fold + 1));
            }
            return sum / Job.Folds;
        }
        if (trial.IsWatched && !ReportsEpochs(attempt))
        {
            foreach (var (step, share) in Growth)
                trial.Report(step, Measure(attempt, 0, share));
        }
        return Measure(attempt, 0, 1);
    }

    private static (SearchSpace Space, IReadOnlyList<Condition> Conditions) Combine(SweepFamily[] families)
    {
        var space = new SearchSpace { [Algorithm] = new ChoiceOption([.. families.Select(family => family.Name)], families[0].Name) };
        var conditions = new List<Condition>();
        foreach (var family in families)
        {
            foreach (var option in family.Options)
            {
                space[family.NameOf(option.Name)] = option.Range;
                conditions.Add(new Condition(family.NameOf(option.Name), Algorithm, Parameter.FromString(family.Name)));
            }
            conditions.AddRange(family.Conditions.Select(condition => new Condition(family.NameOf(condition.Option), family.NameOf(condition.Parent), condition.Values)));
        }
        return (space, conditions);
    }

    /// <summary>What is measured for a trial.</summary>
    /// <param name="Trial">What to try, and where to report.</param>
    /// <param name="Metric">What to measure.</param>
    /// <param name="Options">The options of the model.</param>
    /// <param name="SplitSeed">The seed of what is held out.</param>
    private protected sealed record Attempt(SweepTrial Trial, SweepMetric Metric, object Options, int SplitSeed);
}
