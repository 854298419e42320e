using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using MLPipelines.Data;
using MLPipelines.Training;

namespace MLPipelines.Sweeps;

/// <summary>The base of tasks that learn from rows of a text and a label.</summary>
public abstract class TextSweepTask : FamilySweepTask
{
    private const int MostRemarks = 5;

    private readonly TextRows _data;
    private readonly TextRows? _validation;
    private readonly RowSplits _splits;
    private readonly int[] _all;
    private readonly ConcurrentDictionary<(int Seed, int Fold), (int[] Train, int[] Held)> _parts = new();
    private readonly List<string> _remarks = [];

    private protected TextSweepTask(IReadOnlyList<SweepFamily> families, SweepInput input, TextRows? data, TextRows? validation, bool hasClasses, List<string> faults)
        : base(families, input.Job, Checked(data, validation, hasClasses, faults))
    {
        (_data, _validation) = (data!, validation);
        int[] groups = hasClasses ? Classes(_data.Rows) : new int[_data.Rows.Length];
        _splits = new RowSplits(groups);
        _all = [.. Enumerable.Range(0, _data.Rows.Length)];
        if (hasClasses && validation is null)
            _remarks.AddRange(Remark(_data.Rows));
    }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> Remarks => _remarks;

    /// <summary>What a manifest calls what the models do.</summary>
    private protected abstract string ModelTask { get; }

    /// <summary>Trains a model of options.</summary>
    private protected abstract ITransformer Fit(MLContext context, object options, IDataView rows, FitSettings settings);

    /// <summary>Judges rows that a model was applied to.</summary>
    private protected abstract double Judge(MLContext context, ITransformer model, IReadOnlyList<TextLabel> rows, string metric, CancellationToken cancellation);

    /// <summary>What the training loop of a model calls a metric; null where it does not measure it.</summary>
    private protected virtual string? EpochMetric(object options, string metric) => null;

    /// <summary>The metric of the cross-validation that a model made as it was trained.</summary>
    private protected virtual double CrossValidated(ITransformer model, string metric) => throw new NotSupportedException();

    /// <summary>What a model can find, as a manifest lists it.</summary>
    private protected virtual IReadOnlyList<string>? LabelsOf(ITransformer model) => null;

    private protected sealed override bool ReportsEpochs(Attempt attempt) => EpochMetric(attempt.Options, attempt.Metric.Name) is not null;

    private protected sealed override double Measure(Attempt attempt, int fold, double share)
    {
        var trial = attempt.Trial;
        trial.CancellationToken.ThrowIfCancellationRequested();
        var context = new MLContext(trial.Seed);
        bool crossValidates = Job.Folds > 1 && CrossValidatesItself(attempt.Options);
        var (train, held) = crossValidates ? (_all, []) : PartsOf(attempt.SplitSeed, fold);
        train = _splits.Share(train, share, attempt.SplitSeed);
        // What is held out is the same for all trials, so that they can be compared.
        int seed = crossValidates ? attempt.SplitSeed : trial.Seed;
        IProgress<TrainingProgress>? progress = Job.Folds > 1 || EpochMetric(attempt.Options, attempt.Metric.Name) is not { } name ? null : new EpochReports(trial, name);
        var model = Fit(context, attempt.Options, Rows(context, train), new FitSettings(seed, progress, trial.CancellationToken) { CrossValidates = crossValidates });
        using (model as IDisposable)
        {
            trial.CancellationToken.ThrowIfCancellationRequested();
            return crossValidates
                ? CrossValidated(model, attempt.Metric.Name)
                : Judge(context, model, _validation?.Rows ?? Array.ConvertAll(held, row => _data.Rows[row]), attempt.Metric.Name, trial.CancellationToken);
        }
    }

    /// <inheritdoc/>
    public sealed override ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        var context = new MLContext(seed);
        return Fit(context, CreateOptions(parameter), Rows(context, _all), new FitSettings(seed, null, cancellationToken));
    }

    /// <inheritdoc/>
    protected sealed override SweptModel? Describe(ITransformer model)
    {
        var held = _validation?.Rows.Length ?? (Job.Folds > 1 ? _data.Rows.Length : PartsOf(Job.Seed, 0).Held.Length);
        return new SweptModel
        {
            Task = ModelTask,
            Sample = Rows(new MLContext(Job.Seed), _all),
            GoldenRows = Math.Min(GoldenRows, _all.Length),
            Labels = LabelsOf(model),
            Columns = new SortedDictionary<string, string>(StringComparer.Ordinal) { [TextOption] = _data.TextColumn, [LabelOption] = _data.LabelColumn },
            Data = _validation is null ? [_data.Dataset("train")] : [_data.Dataset("train"), _validation.Dataset("validation")],
            MeasuredRows = held,
        };
    }

    private protected virtual int GoldenRows => 8;

    /// <summary>What a manifest calls the column of the texts.</summary>
    private protected virtual string TextOption => "textColumn";

    /// <summary>What a manifest calls the column of the labels.</summary>
    private protected virtual string LabelOption => "labelColumn";

    private protected IDataView Rows(MLContext context, int[] rows) => context.Data.LoadFromEnumerable(Array.ConvertAll(rows, row => _data.Rows[row]));

    private (int[] Train, int[] Held) PartsOf(int seed, int fold) => _validation is not null ? (_all, []) : _parts.GetOrAdd(
        (seed, fold), key => Job.Folds > 1 ? _splits.Fold(key.Fold, Job.Folds, key.Seed) : _splits.HoldOut(Job.ValidationFraction, key.Seed));

    /// <summary>Reads the rows of a job, from views where these are given.</summary>
    private protected static (TextRows? Data, TextRows? Validation) Read(SweepInput input, (string Role, string[] Usual) text, (string Role, string[] Usual) label, List<string> faults)
    {
        var job = input.Job;
        JobChecks.Common(job, input.HasValidation, [text.Role, label.Role], faults);
        var data = input.Data is { } view ? TextRows.Read(job.Data, view, job.Columns, text, label, faults) : TextRows.Read(job.Data, job.Columns, text, label, faults, input.CancellationToken);
        if (!input.HasValidation)
            return (data, null);
        var named = data is null ? job.Columns : new Dictionary<string, string> { [text.Role] = data.TextColumn, [label.Role] = data.LabelColumn };
        return (data, input.Validation is { } other
            ? TextRows.Read("validation", other, named, text, label, faults)
            : TextRows.Read(job.ValidationData!, named, text, label, faults, input.CancellationToken));
    }

    private static List<string> Checked(TextRows? data, TextRows? validation, bool hasClasses, List<string> faults)
    {
        if (data is not { Rows.Length: > 0 })
            return faults;
        if (data.Rows.Length > 1 && Array.TrueForAll(data.Rows, row => row.Text == data.Rows[0].Text))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{data.Name}: all {data.Rows.Length} rows have the same '{data.TextColumn}', from which nothing can be learnt"));
        if (hasClasses && Array.TrueForAll(data.Rows, row => row.Label == data.Rows[0].Label))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{data.Name}: all {data.Rows.Length} rows have the {data.LabelColumn} '{data.Rows[0].Label}'; there must be two or more classes"));
        else if (validation is null && data.Rows.Length < (hasClasses ? 4 : 2))
            faults.Add($"{data.Name}: it has {data.Rows.Length} rows, of which none can be held out; give more, or validation data");
        else if (hasClasses && validation is null && data.Rows.CountBy(row => row.Label!).All(label => label.Value == 1))
            faults.Add($"{data.Name}: each {data.LabelColumn} occurs once, so that none can be held out and trained on; give more rows, or validation data");
        return faults;
    }

    private static int[] Classes(TextLabel[] rows)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return Array.ConvertAll(rows, row => numbers.TryGetValue(row.Label!, out int number) ? number : numbers[row.Label!] = numbers.Count);
    }

    private static IEnumerable<string> Remark(TextLabel[] rows)
    {
        string[] once = [.. rows.CountBy(row => row.Label!).Where(label => label.Value == 1).Select(label => label.Key)];
        if (once.Length > 0)
            yield return $"{(once.Length == 1 ? "one label occurs" : $"{once.Length} labels occur")} once, and {(once.Length == 1 ? "is" : "are")} trained on but never measured: {string.Join(", ", once.Take(MostRemarks))}{(once.Length > MostRemarks ? ", …" : "")}";
    }

    /// <summary>How a model is trained beside its options.</summary>
    /// <param name="Seed">The seed.</param>
    /// <param name="Progress">Receives the progress of a training loop.</param>
    /// <param name="CancellationToken">Stops it.</param>
    private protected sealed record FitSettings(int Seed, IProgress<TrainingProgress>? Progress, CancellationToken CancellationToken)
    {
        /// <summary>Whether the training is to cross-validate itself.</summary>
        public bool CrossValidates { get; init; }
    }

    /// <summary>Reports the metric of each epoch but the last, which is measured better.</summary>
    private sealed class EpochReports(SweepTrial trial, string name) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Validation is not { } validation || value.Step >= value.TotalSteps || !validation.Values.TryGetValue(name, out double metric))
                return;
            trial.Write(string.Create(CultureInfo.InvariantCulture, $"epoch {value.Epoch:0.##}: loss {value.SmoothedLoss:0.0000}, {name} {metric:0.0000}"));
            trial.Report(Math.Round(value.Epoch, 3), metric);
        }
    }
}
