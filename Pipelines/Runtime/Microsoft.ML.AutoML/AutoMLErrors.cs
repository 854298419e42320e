using Microsoft.ML.Data;

namespace Microsoft.ML.AutoML;

/// <summary>The one place where the exceptions of this assembly are made.</summary>
internal static class AutoMLErrors
{
    /// <summary>The message of the published API.</summary>
    public static TimeoutException NothingCompleted() => new("Training time finished without completing a trial run");

    public static InvalidOperationException EveryTrialFailed(int trials, Exception first) => new($"All {trials} trials failed, the first with: {first.Message}", first);

    public static InvalidOperationException NotReady(IReadOnlyList<string> missing) => new($"The experiment cannot run: {string.Join("; ", missing)}.");

    public static ArgumentException BadSchema(string expression, int at, string why) => new($"'{expression}' is no schema of a pipeline: {why} at position {at}; write for instance e0 * (e1 + e2).", nameof(expression));

    public static ArgumentException NoTrainer(string task, string flags) =>
        new($"No trainer of {task} is left to choose from: trees (FastTree, FastForest, LightGBM) are not in this runtime, and the others were switched off. Switch on {flags}.");

    public static ArgumentException NoColumn(string name, string role, DataViewSchema schema) =>
        new($"Specified {role} column '{name}' was not found. The columns are {string.Join(", ", schema.Select(column => $"'{column.Name}'"))}.");

    public static ArgumentException NoLabel(string name, IEnumerable<string> names) =>
        new($"Specified label column '{name}' was not found. The first line names {string.Join(", ", names.Select(other => $"'{other}'"))}; a file without such a line needs the index of the column instead of its name.");

    public static ArgumentException WrongLabel(string metric, string label, string got, string needed) =>
        new($"{metric} cannot be measured: the label column '{label}' is {got}, it must be {needed}. Choose the metric of the task, or convert the label in the pipeline.");

    public static ArgumentException ConstantLabel(string label, string value, long rows) =>
        new($"The label column '{label}' is '{value}' in all {rows} rows of the training data; there is nothing to learn from. Give data with at least two labels.");

    public static ArgumentException NoFeatures(DataViewSchema schema) =>
        new($"None of the columns {string.Join(", ", schema.Select(column => $"'{column.Name}' ({column.Type})"))} can be a feature: all are labels, ignored, nearly unique or of a type that cannot be featurized. Name columns as numeric, categorical or text.");

    public static InvalidDataException BadCheckpoint(string path, int line, string why, Exception inner = null) =>
        new($"'{path}', line {line}, is not a trial of this experiment: {why}. Name another folder, or remove the file.", inner);

    public static void CheckRange(bool isInRange, string name, object value, string range)
    {
        if (!isInRange)
            throw new ArgumentOutOfRangeException(name, value, $"It must be {range}.");
    }
}
