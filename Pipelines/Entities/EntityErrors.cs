using System.Globalization;

namespace MLPipelines.Entities;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw EntityErrors.X(…)</c>.</summary>
internal static class EntityErrors
{
    public static InvalidOperationException NoEntities() => new("The data has no rows; give at least two entities.");

    public static InvalidOperationException OneEntity() => new("The data has one row; give at least two entities, so that there is something to tell apart.");

    public static InvalidOperationException NoId(string column, long row) => new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has no identifier in column '{column}'. Give it one, or leave the row out."));

    public static InvalidOperationException SameId(string column, long row, string id) => new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has the identifier '{id}' in column '{column}', which an earlier row has. Each entity needs its own."));

    public static InvalidOperationException Infinite(string column, long row, float value) => new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has {value} in column '{column}'; numbers must be finite, or NaN where they are missing."));

    public static InvalidOperationException Constant(string column, string value) => new($"The column '{column}' has {value} in every row where it is known, so that nothing can be learnt from it. Leave it out.");

    public static InvalidOperationException AllMissing(string column) => new($"The column '{column}' is missing in every row. Leave it out, or fill it.");

    public static InvalidOperationException TooMany(string column, int values, int most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The column '{column}' has {values} different values; a column may have {most}. Leave it out, or group its values."));

    public static InvalidOperationException Diverged() => new("The training of the autoencoder diverged: its numbers grew beyond all bounds. Lower LearningRate.");

    public static KeyNotFoundException UnknownEntity(string id) => new($"The entity '{id}' is not among those that the autoencoder was trained on; describe it by its features instead.");

    public static ArgumentException UnknownFeature(string name, string kind, IEnumerable<string> known) =>
        new($"There is no {kind} '{name}'; there are {(known.Any() ? string.Join(", ", known) : "none")}.", nameof(name));

    public static InvalidOperationException NothingToEvaluate() => new("The data has no rows to evaluate.");
}
