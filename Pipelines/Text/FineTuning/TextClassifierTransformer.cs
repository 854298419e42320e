using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>What the classifiers with one label a text have in common.</summary>
/// <inheritdoc cref="EncoderTransformer" path="/remarks"/>
public abstract class TextClassifierTransformer : EncoderTransformer
{
    private protected TextClassifierTransformer(EncoderRunner runner, TrainingResult? training, double temperature)
        : base(runner, training) => Temperature = temperature;

    /// <summary>The classes, in the order of the probabilities.</summary>
    public IReadOnlyList<string> Labels => Config.Labels;

    /// <summary>By what logits are divided before the softmax, to make probabilities mean what they say; 1 where there were too few validation rows.</summary>
    public double Temperature { get; }

    /// <summary>
    /// What each token of a text did for a class: gradient × input of the class's logit over the token's embedding (Shrikumar et al., "Learning important features through
    /// propagating activation differences", 2017). Positive values spoke for the class, negative ones against it.
    /// </summary>
    /// <param name="text">The text; what is beyond <see cref="EncoderTransformer.MaximumTokens"/> is not read.</param>
    /// <param name="label">The class to explain; null for the most probable one.</param>
    /// <exception cref="ArgumentException">There is no such class.</exception>
    public TextExplanation Explain(string text, string? label = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TokenAttributions.Explain(Runner, text, label);
    }

    /// <summary>The probabilities of texts.</summary>
    private protected float[][] Probabilities(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        var probabilities = new float[texts.Count][];
        Runner.Run(texts, (row, logits) => probabilities[row] = TemperatureScaling.Probabilities(logits, Temperature), cancellation);
        return probabilities;
    }
}
