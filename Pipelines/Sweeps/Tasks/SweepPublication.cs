using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using MLPipelines.Artifacts;

namespace MLPipelines.Sweeps;

/// <summary>How a model that a sweep found is published.</summary>
public sealed record SweepPublishing
{
    /// <summary>The trial whose model it is; null for the best.</summary>
    public TrialRecord? Trial { get; init; }

    /// <summary>The version; null to choose it from what changed.</summary>
    public SemanticVersion? Version { get; init; }

    /// <summary>The seed of the training; null for that of the sweep.</summary>
    public int? Seed { get; init; }

    /// <summary>The licence of the model, as an SPDX identifier.</summary>
    public string? License { get; init; }

    /// <summary>Anything worth knowing.</summary>
    public string? Notes { get; init; }
}

/// <summary>A model that a sweep found, and where it was published. To be disposed of with its model.</summary>
/// <param name="Published">Where it is.</param>
/// <param name="Manifest">What it says of itself.</param>
/// <param name="Model">The model.</param>
public sealed record SweepPublication(ArtifactVersion Published, ArtifactManifest Manifest, ITransformer Model) : IDisposable
{
    /// <summary>Releases the model.</summary>
    public void Dispose() => (Model as IDisposable)?.Dispose();
}

/// <summary>What a manifest says of a task's model.</summary>
public sealed record SweptModel
{
    /// <summary>What it does, such as "text-classification", by which the command line knows what can be done with it.</summary>
    public required string Task { get; init; }

    /// <summary>Rows of its input.</summary>
    public required IDataView Sample { get; init; }

    /// <summary>How many of these rows become golden ones, which must give the same when it is loaded.</summary>
    public int GoldenRows { get; init; } = 8;

    /// <summary>What it can find; null where there is nothing such.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The columns of the file that it was trained on, by what a manifest calls them.</summary>
    public SortedDictionary<string, string> Columns { get; init; } = [];

    /// <summary>The data sets.</summary>
    public IReadOnlyList<ArtifactDataset> Data { get; init; } = [];

    /// <summary>On how many rows, or users, trials were measured.</summary>
    public long MeasuredRows { get; init; }
}

/// <summary>Makes the manifest of a model that a sweep found.</summary>
internal static class SweepManifest
{
    private const int MostRunnersUp = 5;

    public static ArtifactManifest Make(
        SweepResult result, TrialRecord trial, SweptModel model, string name, int seed, TimeSpan seconds, SweepPublishing publishing, SweepMetric metric) =>
        TrainingHost.Describe(name, model.Task, seed, OptionsOf(trial.Parameter, model.Columns), seconds.TotalSeconds, model.Data) with
    {
        License = publishing.License,
        Notes = publishing.Notes,
        Labels = model.Labels is null ? null : new ArtifactLabels { Names = model.Labels },
        Metrics = trial.Metric is { } value ? [new ArtifactMetric { Name = Camel(metric.Name), Value = value, Split = "validation", Rows = model.MeasuredRows }] : [],
        Lineage = new ArtifactLineage
        {
            Sweep = result.Experiment.Id,
            Trial = trial.Id,
            Parameters = ValuesOf(trial.Parameter),
            RunnersUp =
            [
                .. result.Trials.Where(other => other.State == TrialState.Completed && other.Id != trial.Id)
                    .OrderBy(other => metric.Maximize ? -other.Metric!.Value : other.Metric!.Value).Take(MostRunnersUp)
                    .Select(other => new ArtifactTrial(other.Id, other.Metric!.Value, ValuesOf(other.Parameter))),
            ],
        },
    };

    /// <summary>The columns, and what was tried, in names without that of the family.</summary>
    private static SortedDictionary<string, JsonElement> OptionsOf(Parameter parameter, SortedDictionary<string, string> columns)
    {
        var options = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, column) in columns)
            options[name] = JsonSerializer.SerializeToElement(column);
        foreach (var (name, value) in ValuesOf(parameter))
            options[Camel(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..])] = value;
        return options;
    }

    private static SortedDictionary<string, JsonElement> ValuesOf(Parameter parameter)
    {
        var values = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in parameter)
        {
            using var json = JsonDocument.Parse(value.ToString());
            values[name] = json.RootElement.Clone();
        }
        return values;
    }

    /// <summary>"macro-f1" as "macroF1", "ndcg@10" as "ndcgAt10".</summary>
    private static string Camel(string name)
    {
        string[] words = name.Replace("@", "-at-", StringComparison.Ordinal).Split('-', StringSplitOptions.RemoveEmptyEntries);
        return string.Concat(words.Select((word, i) => i == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..]));
    }
}
