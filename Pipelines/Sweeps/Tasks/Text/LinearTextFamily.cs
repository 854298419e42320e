using Microsoft.ML.SearchSpace;
using MLPipelines.Text;

namespace MLPipelines.Sweeps;

/// <summary>What is searched of the linear text classifier.</summary>
internal static class LinearTextFamily
{
    public const string Name = "linear";

    public static SweepFamily Of(int? threads) => new FamilyBuilder<LinearTextClassificationOptions>(
            Name, () => new LinearTextClassificationOptions { Costs = [1], NumberOfThreads = threads }, options => options.Validate())
        .Whole("word-ngrams", 1, 3, 2, (options, value) => options.WordNGramLength = value)
        .Whole("skipped-words", 0, 2, 0, (options, value) => options.SkippedWords = value)
        .Whole("shortest-character-ngrams", 1, 3, 2, (options, value) => options.MinimumCharacterNGramLength = value)
        .Whole("longest-character-ngrams", 3, 7, 5, (options, value) => options.MaximumCharacterNGramLength = value)
        .Flag("character-ngrams-across-words", false, (options, value) => options.CharacterNGramsAcrossWords = value)
        .Number("character-weight", 0.2, 3, 0.8, (options, value) => options.CharacterWeight = (float)value, logarithmic: true)
        .Whole("minimum-document-frequency", 1, 4, 2, (options, value) => options.MinimumDocumentFrequency = value)
        .Flag("supervised-term-weighting", true, (options, value) => options.UseSupervisedTermWeighting = value)
        .Number("supervised-exponent", 0.1, 1.5, 0.5, (options, value) => options.SupervisedTermWeightingExponent = (float)value).While("supervised-term-weighting", Parameter.FromBool(true))
        .Number("frequency-exponent", 0, 2, 1, (options, value) => options.InverseDocumentFrequencyExponent = (float)value)
        .Number("cost", 0.05, 20, 1, (options, value) => options.Costs = [(float)value], logarithmic: true)
        .Build();
}
