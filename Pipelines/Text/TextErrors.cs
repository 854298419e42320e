using System.Globalization;

namespace MLPipelines.Text;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw TextErrors.X(…)</c>.</summary>
internal static partial class TextErrors
{
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
}
