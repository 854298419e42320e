namespace MLPipelines.Tokenization.Normalization;

/// <summary>A step of normalisation. Immutable; the text brings the room to work in.</summary>
internal abstract class TextNormalizer
{
    public abstract void Apply(AlignedText text);
}
