using System.Text.Json;

namespace MLPipelines.Sweeps;

/// <summary>
/// A task said as data: which files, which columns, what is tried. A ledger keeps it, so that another process or another machine can run trials of the sweep.
/// </summary>
public sealed record SweepJob
{
    /// <summary>The task: one of <see cref="SweepTasks.Names"/>.</summary>
    public required string Task { get; init; }

    /// <summary>The metric; null for the task's usual one.</summary>
    public string? Metric { get; init; }

    /// <summary>The file to train on; relative paths count from the working directory. Of data in memory it is a name for people.</summary>
    public required string Data { get; init; }

    /// <summary>The file to measure trials on; null to hold out a part of <see cref="Data"/>.</summary>
    public string? ValidationData { get; init; }

    /// <summary>The share of <see cref="Data"/> that is held out. Legal range: above 0 and below 1. The default value is 0.2.</summary>
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>How many parts cross-validation has; 0 for one split. Legal range: 0, or 2 to 20. The default value is 0.</summary>
    public int Folds { get; init; }

    /// <summary>The seed of the split. The default value is 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Which families of models are tried, such as "linear", "encoder" or "ease"; none for the task's usual ones.</summary>
    public IReadOnlyList<string> Families { get; init; } = [];

    /// <summary>Columns by role, such as "text" or "user"; roles that are not named have the task's usual column.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();

    /// <summary>What is the same for all trials, by name, such as "checkpoint" or "max-epochs".</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// A text, YAML or JSON, that replaces ranges of the task's own: <c>linear.cost: {min: 0.1, max: 10, log: true}</c>, <c>item-knn.similarity: [Cosine, Bm25]</c>,
    /// <c>ease.dropout: 0.5</c>; null for the task's own.
    /// </summary>
    public string? Space { get; init; }

    /// <summary>The job as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is no job.</exception>
    public static SweepJob Parse(string json) => JsonSerializer.Deserialize<SweepJob>(json, JsonSerializerOptions.Web) ?? throw new JsonException("It is no job.");
}
