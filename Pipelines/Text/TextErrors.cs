using System.Globalization;

namespace MLPipelines.Text;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw TextErrors.X(…)</c>.</summary>
internal static partial class TextErrors
{
    public static ArgumentException BadOptions(string type, List<string> faults) =>
        new($"{type}: {string.Join("; ", faults)}.");

    public static InvalidOperationException NoLabelledRows(string labelColumn, long rows) =>
        new(rows == 0
            ? "The training data has no rows; give at least two texts with different labels."
            : string.Create(CultureInfo.InvariantCulture, $"None of the {rows} training rows has a label in column '{labelColumn}'; give at least two texts with different labels."));

    public static InvalidOperationException OneClass(string label, long rows) =>
        new(string.Create(CultureInfo.InvariantCulture, $"All {rows} labelled training rows have the label '{label}'; a classifier needs at least two different labels."));

    public static InvalidOperationException NoFeatures(int rows, int minimumDocumentFrequency) =>
        new(string.Create(CultureInfo.InvariantCulture, $"No n-gram occurs in {minimumDocumentFrequency} or more of the {rows} training texts, so there is nothing to learn from. Lower MinimumDocumentFrequency, or check that the text column holds text."));

    public static InvalidOperationException TooManyWeights(long features, int classes) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The model would have {features} features for each of {classes} classes, more weights than one array holds ({Array.MaxLength}). Raise MinimumDocumentFrequency."));

    public static ArgumentException MetricRows(int rows, int predicted, int scores) =>
        new(string.Create(CultureInfo.InvariantCulture, $"There are {rows} rows to judge, {predicted} predictions and {scores} scores; there must be at least one row, and as many of the others."));

    public static ArgumentException MetricLabels(int row, int labels) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has values for another number of labels than {labels}."));

    public static ArgumentException MetricTags(int text, int right, int predicted) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Text {text} has {right} right tags but {predicted} predicted ones."));

    public static ArgumentException ScopeRows(int inside, int outside, int confidences, int correct) =>
        new(string.Create(CultureInfo.InvariantCulture, $"There are {inside} rows in scope, {outside} out of scope, {confidences} confidences and {correct} outcomes; at least one row of either kind is needed, and one of the others for each."));

    public static ArgumentException NothingRelevant() => new("No query has an item that should be found.");

    public static ArgumentException BadSpan(TokenSpan span, int tokens) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The span '{span.Type}' from {span.Start} to {span.End} is empty, overlaps another, or lies outside the {tokens} tokens."));

    public static ArgumentException BadEmbedding(int index, int length, int expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{(index < 0 ? "The query" : $"Embedding {index}")} has {length} values where {expected} finite ones are expected."));

    public static ArgumentException BadPolarities(IReadOnlyList<string> labels, IReadOnlyList<double> polarities) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The polarities {string.Join(", ", polarities)} of the labels {string.Join(", ", labels)} must be one a label, from -1 to 1, and not all the same."));

    public static ArgumentException UnknownPolarity(List<string> labels) =>
        new($"Whether {string.Join(", ", labels.Select(label => $"'{label}'"))} is positive or negative is not known. Give Polarities, from -1 for the most negative label to 1 for the most positive.");
}
