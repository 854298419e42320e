using Microsoft.ML;

namespace MLPipelines.Text;

/// <summary>Our text pipelines, where users of ML.NET look for trainers.</summary>
public static class TextCatalogExtensions
{
    /// <summary>
    /// A linear classifier straight over a text column: no featuriser is needed before it, and the label may be text.
    /// </summary>
    /// <example><code>
    /// var model = mlContext.MulticlassClassification.Trainers.LinearText(new() { TextColumnName = "content", LabelColumnName = "intent" }).Fit(data);
    /// </code></example>
    public static LinearTextClassificationEstimator LinearText(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, LinearTextClassificationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LinearTextClassificationEstimator(options);
    }
}
