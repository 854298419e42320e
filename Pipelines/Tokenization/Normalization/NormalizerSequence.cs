namespace MLPipelines.Tokenization.Normalization;

/// <summary>Steps of normalisation, one after the other.</summary>
internal sealed class NormalizerSequence(TextNormalizer[] steps) : TextNormalizer
{
    public override void Apply(AlignedText text)
    {
        foreach (var step in steps)
            step.Apply(text);
    }
}
