using Microsoft.ML;

namespace MLPipelines.Generation;

/// <summary>Text generation, where users of ML.NET look for text transforms.</summary>
public static class TextGenerationCatalogExtensions
{
    /// <summary>Generates a text for each row with an encoder-decoder (T5 and the like) that was exported to ONNX.</summary>
    /// <example><code>
    /// var pipeline = mlContext.Transforms.Text.GenerateText(new() { ModelFolder = "flan-t5-small-onnx", Prompt = "summarize: {content}" });
    /// </code></example>
    public static GenerateTextEstimator GenerateText(this TransformsCatalog.TextTransforms catalog, GenerateTextOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new GenerateTextEstimator(options);
    }

    /// <summary>Answers the message of each row: prompt by intent and sentiment, candidates, safety rules, fallbacks.</summary>
    /// <example><code>
    /// var pipeline = mlContext.Transforms.Text.GenerateResponses(new() { ModelFolder = "my-t5-onnx", ContentColumnName = "content" });
    /// </code></example>
    public static ResponseEstimator GenerateResponses(this TransformsCatalog.TextTransforms catalog, ResponseOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new ResponseEstimator(options);
    }
}
