using Microsoft.ML;

namespace MLPipelines.Generation;

/// <summary>Text-to-text models, where users of ML.NET look for transforms of texts.</summary>
public static class TextToTextCatalogExtensions
{
    /// <summary>Trains a T5 model to write target texts for input texts: replies, summaries, translations.</summary>
    /// <example><code>
    /// var model = mlContext.Transforms.Text.TextToText(new() { InputColumnName = "message", TargetColumnName = "response", Model = "hf:google/flan-t5-small" }).Fit(data);
    /// </code></example>
    public static TextToTextEstimator TextToText(this TransformsCatalog.TextTransforms catalog, TextToTextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new TextToTextEstimator(options);
    }
}
