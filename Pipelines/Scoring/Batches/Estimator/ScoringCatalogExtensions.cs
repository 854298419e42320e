using Microsoft.ML;

namespace MLPipelines.Scoring;

/// <summary>Our ONNX scoring, where users of ML.NET look for transforms.</summary>
public static class ScoringCatalogExtensions
{
    /// <summary>
    /// Scores rows with an ONNX model in batches: what ML.NET's <c>ApplyOnnxModel</c> does one row at a time, and with every unknown dimension taken for 1.
    /// </summary>
    /// <example><code>
    /// var scoring = mlContext.Transforms.ScoreOnnx(new()
    /// {
    ///     ModelFile = "classifier/model.onnx",
    ///     Inputs = [OnnxInput.Column("input_ids", "Ids", padValue: 0), OnnxInput.Mask("attention_mask")],
    ///     Outputs = [new("logits", "Score")],
    /// });
    /// </code></example>
    public static OnnxBatchEstimator ScoreOnnx(this TransformsCatalog catalog, OnnxBatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new OnnxBatchEstimator(options);
    }
}
