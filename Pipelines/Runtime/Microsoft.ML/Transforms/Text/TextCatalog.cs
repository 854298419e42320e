using Microsoft.ML.Internal;
using Microsoft.ML.Transforms.Text;

namespace Microsoft.ML;

/// <summary>Transforms of text.</summary>
public static partial class TextCatalog
{
    public static TextFeaturizingEstimator FeaturizeText(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName = null) =>
        new(catalog.Environment, outputColumnName, [inputColumnName ?? outputColumnName]);

    public static TextFeaturizingEstimator FeaturizeText(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, TextFeaturizingEstimator.Options options, params string[] inputColumnNames) =>
        new(catalog.Environment, outputColumnName, inputColumnNames is { Length: > 0 } ? inputColumnNames : [outputColumnName], options);

    public static TokenizingByCharactersEstimator TokenizeIntoCharactersAsKeys(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName = null, bool useMarkerCharacters = true) =>
        new(catalog.Environment, useMarkerCharacters, (outputColumnName, inputColumnName ?? outputColumnName));

    public static TextNormalizingEstimator NormalizeText(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        TextNormalizingEstimator.CaseMode caseMode = TextNormalizingEstimator.CaseMode.Lower,
        bool keepDiacritics = false,
        bool keepPunctuations = true,
        bool keepNumbers = true) =>
        new(catalog.Environment, caseMode, keepDiacritics, keepPunctuations, keepNumbers, (outputColumnName, inputColumnName ?? outputColumnName));

    public static WordTokenizingEstimator TokenizeIntoWords(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName = null, char[] separators = null) =>
        new(catalog.Environment, separators, (outputColumnName, inputColumnName ?? outputColumnName));

    public static StopWordsRemovingEstimator RemoveDefaultStopWords(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        StopWordsRemovingEstimator.Language language = StopWordsRemovingEstimator.Language.English) =>
        new(catalog.Environment, language, (outputColumnName, inputColumnName ?? outputColumnName));

    public static CustomStopWordsRemovingEstimator RemoveStopWords(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName = null, params string[] stopwords) =>
        new(catalog.Environment, stopwords, (outputColumnName, inputColumnName ?? outputColumnName));

    public static NgramExtractingEstimator ProduceNgrams(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        int ngramLength = 2,
        int skipLength = 0,
        bool useAllLengths = true,
        int maximumNgramsCount = NgramSettings.DefaultMaximumCount,
        NgramExtractingEstimator.WeightingCriteria weighting = NgramExtractingEstimator.WeightingCriteria.Tf) =>
        new(catalog.Environment, outputColumnName, inputColumnName, NgramSettings.Create(ngramLength, skipLength, useAllLengths, weighting, [maximumNgramsCount]));

    public static WordBagEstimator ProduceWordBags(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        int ngramLength = 2,
        int skipLength = 0,
        bool useAllLengths = true,
        int maximumNgramsCount = NgramSettings.DefaultMaximumCount,
        NgramExtractingEstimator.WeightingCriteria weighting = NgramExtractingEstimator.WeightingCriteria.Tf) =>
        new(catalog.Environment, outputColumnName, [inputColumnName ?? outputColumnName], ngramLength, skipLength, useAllLengths, maximumNgramsCount, weighting);

    public static WordBagEstimator ProduceWordBags(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        char termSeparator,
        char freqSeparator,
        string inputColumnName = null,
        int maximumNgramsCount = NgramSettings.DefaultMaximumCount) =>
        new(catalog.Environment, outputColumnName, [inputColumnName ?? outputColumnName], 1, 0, true, maximumNgramsCount,
            NgramExtractingEstimator.WeightingCriteria.Tf, (termSeparator, freqSeparator));

    public static WordBagEstimator ProduceWordBags(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string[] inputColumnNames,
        int ngramLength = 2,
        int skipLength = 0,
        bool useAllLengths = true,
        int maximumNgramsCount = NgramSettings.DefaultMaximumCount,
        NgramExtractingEstimator.WeightingCriteria weighting = NgramExtractingEstimator.WeightingCriteria.Tf) =>
        new(catalog.Environment, outputColumnName, inputColumnNames, ngramLength, skipLength, useAllLengths, maximumNgramsCount, weighting);

    public static WordHashBagEstimator ProduceHashedWordBags(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        int numberOfBits = 16,
        int ngramLength = 1,
        int skipLength = 0,
        bool useAllLengths = true,
        uint seed = ValueHashing.DefaultSeed,
        bool useOrderedHashing = true,
        int maximumNumberOfInverts = 0) =>
        catalog.ProduceHashedWordBags(outputColumnName, [inputColumnName ?? outputColumnName], numberOfBits, ngramLength, skipLength, useAllLengths, seed, useOrderedHashing, maximumNumberOfInverts);

    public static WordHashBagEstimator ProduceHashedWordBags(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string[] inputColumnNames,
        int numberOfBits = 16,
        int ngramLength = 1,
        int skipLength = 0,
        bool useAllLengths = true,
        uint seed = ValueHashing.DefaultSeed,
        bool useOrderedHashing = true,
        int maximumNumberOfInverts = 0) =>
        new(catalog.Environment, new NgramHashingOptions(
            outputColumnName, inputColumnNames, numberOfBits, ngramLength, skipLength, useAllLengths, seed, useOrderedHashing, maximumNumberOfInverts, false));

    public static NgramHashingEstimator ProduceHashedNgrams(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        int numberOfBits = 16,
        int ngramLength = 2,
        int skipLength = 0,
        bool useAllLengths = true,
        uint seed = ValueHashing.DefaultSeed,
        bool useOrderedHashing = true,
        int maximumNumberOfInverts = 0,
        bool rehashUnigrams = false) =>
        catalog.ProduceHashedNgrams(outputColumnName, [inputColumnName ?? outputColumnName], numberOfBits, ngramLength, skipLength, useAllLengths, seed, useOrderedHashing, maximumNumberOfInverts, rehashUnigrams);

    public static NgramHashingEstimator ProduceHashedNgrams(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string[] inputColumnNames = null,
        int numberOfBits = 16,
        int ngramLength = 2,
        int skipLength = 0,
        bool useAllLengths = true,
        uint seed = ValueHashing.DefaultSeed,
        bool useOrderedHashing = true,
        int maximumNumberOfInverts = 0,
        bool rehashUnigrams = false) =>
        new(catalog.Environment, new NgramHashingOptions(
            outputColumnName, inputColumnNames ?? [outputColumnName], numberOfBits, ngramLength, skipLength, useAllLengths, seed, useOrderedHashing, maximumNumberOfInverts, rehashUnigrams));

    public static WordEmbeddingEstimator ApplyWordEmbedding(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName = null,
        WordEmbeddingEstimator.PretrainedModelKind modelKind = WordEmbeddingEstimator.PretrainedModelKind.SentimentSpecificWordEmbedding) =>
        new(catalog.Environment, outputColumnName, inputColumnName, modelKind);

    public static WordEmbeddingEstimator ApplyWordEmbedding(
        this TransformsCatalog.TextTransforms catalog, string outputColumnName, string customModelFile, string inputColumnName = null) =>
        new(catalog.Environment, outputColumnName, inputColumnName, customModelFile);
}
