namespace MLPipelines.Text;

/// <summary>How training texts are varied each time they are visited, so that a model learns not to depend on single words.</summary>
/// <remarks>After Wei and Zou, "EDA: easy data augmentation techniques for boosting performance on text classification tasks" (EMNLP 2019).</remarks>
public sealed class TextAugmentationOptions
{
    /// <summary>The share of visits in which a text is varied at all. Legal range: 0 to 1. The default value is 0.5.</summary>
    public double Share { get; set; } = 0.5;

    /// <summary>The probability that a word is left out; the last word left never is. Legal range: 0 to 1. The default value is 0.1.</summary>
    public double WordDrop { get; set; } = 0.1;

    /// <summary>The probability that a word changes places with another one of the text. Legal range: 0 to 1. The default value is 0.05.</summary>
    public double WordSwap { get; set; } = 0.05;

    /// <summary>The probability that a word found in <see cref="Synonyms"/> is replaced by one of its synonyms. Legal range: 0 to 1. The default value is 0.1.</summary>
    public double SynonymReplacement { get; set; } = 0.1;

    /// <summary>Synonyms of words; <see langword="null"/> replaces none. The default value is <see langword="null"/>.</summary>
    public SynonymTable? Synonyms { get; set; }

    internal void Validate(OptionFaults faults) => faults
        .Range(Share, 0, 1, $"Augmentation.{nameof(Share)}")
        .Range(WordDrop, 0, 1, $"Augmentation.{nameof(WordDrop)}")
        .Range(WordSwap, 0, 1, $"Augmentation.{nameof(WordSwap)}")
        .Range(SynonymReplacement, 0, 1, $"Augmentation.{nameof(SynonymReplacement)}");
}
