namespace MLPipelines.Tokenization.Training;

/// <summary>How far the training of a vocabulary has come.</summary>
/// <param name="Tokens">How many tokens the vocabulary has by now.</param>
/// <param name="VocabularySize">How many it may have at most.</param>
public sealed record VocabularyTrainingProgress(int Tokens, int VocabularySize);

/// <summary>What <see cref="VocabularyTrainer"/> learns in every case.</summary>
public abstract class VocabularyTrainingOptions
{
    private protected VocabularyTrainingOptions(int smallestSize)
    {
        SmallestSize = smallestSize;
    }

    /// <summary>The most tokens of the vocabulary, special ones included; fewer come out where the texts have no more pairs that are frequent enough. The default value is 30,000.</summary>
    public int VocabularySize { get; set; } = 30_000;

    /// <summary>How often two neighbours must occur together to become one token; at least 1. The default value is 2.</summary>
    public long MinimumFrequency { get; set; } = 2;

    /// <summary>Further special tokens, which get the ids after the usual ones. The default value is none.</summary>
    public IReadOnlyList<string> AdditionalSpecialTokens { get; set; } = [];

    /// <summary>The most tokens that the model will take, as the tokenizer's files tell it; at least 1. The default value is 512.</summary>
    public int ModelMaximumLength { get; set; } = 512;

    /// <summary>Is told about every few hundred tokens how far the training is. The default value is <see langword="null"/>.</summary>
    public IProgress<VocabularyTrainingProgress>? Progress { get; set; }

    private protected int SmallestSize { get; }

    /// <summary>Throws where a value is out of its range; the message names all such values.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (VocabularySize < SmallestSize || VocabularySize >= Models.Vocabulary.IdLimit)
            faults.Add($"VocabularySize is {VocabularySize}; it must be from {SmallestSize} to {Models.Vocabulary.IdLimit - 1}");
        if (MinimumFrequency < 1)
            faults.Add($"MinimumFrequency is {MinimumFrequency}; it must be at least 1");
        if (ModelMaximumLength < 1)
            faults.Add($"ModelMaximumLength is {ModelMaximumLength}; it must be at least 1");
        if (AdditionalSpecialTokens == null || AdditionalSpecialTokens.Any(string.IsNullOrWhiteSpace) || AdditionalSpecialTokens.Distinct().Count() != AdditionalSpecialTokens.Count)
            faults.Add("AdditionalSpecialTokens must be texts that are not blank, each once");
        AddFaults(faults);
        if (faults.Count > 0)
            throw TokenizationErrors.BadOptions(GetType().Name, faults);
    }

    private protected virtual void AddFaults(List<string> faults)
    {
    }
}

/// <summary>How <see cref="VocabularyTrainer.TrainWordPiece"/> learns a vocabulary.</summary>
public sealed class WordPieceTrainingOptions : VocabularyTrainingOptions
{
    /// <summary>Options with their default values.</summary>
    public WordPieceTrainingOptions()
        : base(smallestSize: 10)
    {
    }

    /// <summary>Whether texts are lower-cased and lose their accents. The default value is <see langword="true"/>.</summary>
    public bool Lowercase { get; set; } = true;

    /// <summary>The most characters that become tokens of their own, the most frequent ones; words with others are unknown. At least 1. The default value is 1,000.</summary>
    public int AlphabetLimit { get; set; } = 1000;

    private protected override void AddFaults(List<string> faults)
    {
        if (AlphabetLimit < 1)
            faults.Add($"AlphabetLimit is {AlphabetLimit}; it must be at least 1");
    }
}

/// <summary>How <see cref="VocabularyTrainer.TrainByteLevelBpe"/> learns a vocabulary.</summary>
public sealed class ByteLevelBpeTrainingOptions : VocabularyTrainingOptions
{
    /// <summary>Options with their default values.</summary>
    public ByteLevelBpeTrainingOptions()
        : base(smallestSize: 261)
    {
    }

    /// <summary>Whether a text is taken to start with a space, so that its first word is like any other. The default value is <see langword="false"/>.</summary>
    public bool AddPrefixSpace { get; set; }
}
