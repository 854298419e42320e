using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

using Norms = LpNormNormalizingEstimatorBase.NormFunction;

/// <summary>How texts are split, and which of their n-grams are counted.</summary>
internal sealed record TextFeaturizerSettings
{
    public required string OutputColumnName { get; init; }

    public required string[] InputColumnNames { get; init; }

    /// <summary>The column of words to be added, or null.</summary>
    public required string TokensColumnName { get; init; }

    public required TextNormalizingEstimator.CaseMode CaseMode { get; init; }

    public required bool KeepDiacritics { get; init; }

    public required bool KeepPunctuations { get; init; }

    public required bool KeepNumbers { get; init; }

    /// <summary>The language whose stop words are removed, or null.</summary>
    public required StopWordsRemovingEstimator.Language? StopWordsLanguage { get; init; }

    /// <summary>The stop words to be removed, or null.</summary>
    public required string[] CustomStopWords { get; init; }

    /// <summary>The n-grams of words, or null.</summary>
    public required NgramSettings WordNgrams { get; init; }

    /// <summary>The largest number of words that are told apart.</summary>
    public required int MaximumWordCount { get; init; }

    /// <summary>The n-grams of characters, or null.</summary>
    public required NgramSettings CharacterNgrams { get; init; }

    /// <summary>The norm of each block, or null.</summary>
    public required Norms? Norm { get; init; }

    public bool HasStopWords => StopWordsLanguage != null || CustomStopWords != null;

    public bool NeedsWords => WordNgrams != null || HasStopWords || TokensColumnName != null;

    /// <summary>What normalises characters, or null where all are kept as they are.</summary>
    public CharacterNormalizer Normalizer =>
        CaseMode == TextNormalizingEstimator.CaseMode.None && KeepDiacritics && KeepPunctuations && KeepNumbers
            ? null
            : CharacterNormalizer.Get(CaseMode, KeepDiacritics, KeepPunctuations, KeepNumbers);

    /// <summary>The words to be removed, or null.</summary>
    public StopWordList StopWords => StopWordsLanguage is { } language ? StopWordList.For(language)
        : CustomStopWords is { } words ? StopWordList.Custom(words)
        : null;

    public static TextFeaturizerSettings Create(string outputColumnName, string[] inputColumnNames, TextFeaturizingEstimator.Options options)
    {
        Contracts.CheckUserArg(Enum.IsDefined(options.CaseMode), nameof(options.CaseMode), $"'{options.CaseMode}' is none of {string.Join(", ", Enum.GetNames<TextNormalizingEstimator.CaseMode>())}.");
        var words = options.WordFeatureExtractor;
        int maximumWordCount = words?.MaximumNgramsCount is [var first, ..] ? first : NgramSettings.DefaultMaximumCount;
        Contracts.CheckUserArg(maximumWordCount > 0, nameof(words.MaximumNgramsCount), $"The number of words must be positive, but is {maximumWordCount}.");
        return new TextFeaturizerSettings
        {
            OutputColumnName = outputColumnName,
            InputColumnNames = inputColumnNames,
            TokensColumnName = string.IsNullOrEmpty(options.OutputTokensColumnName) ? null : options.OutputTokensColumnName,
            CaseMode = options.CaseMode,
            KeepDiacritics = options.KeepDiacritics,
            KeepPunctuations = options.KeepPunctuations,
            KeepNumbers = options.KeepNumbers,
            StopWordsLanguage = LanguageOf(options.StopWordsRemoverOptions),
            CustomStopWords = WordsOf(options.StopWordsRemoverOptions),
            WordNgrams = NgramsOf(words),
            MaximumWordCount = maximumWordCount,
            CharacterNgrams = NgramsOf(options.CharFeatureExtractor),
            Norm = options.Norm switch
            {
                TextFeaturizingEstimator.NormFunction.None => null,
                TextFeaturizingEstimator.NormFunction.L1 => Norms.L1,
                TextFeaturizingEstimator.NormFunction.Infinity => Norms.Infinity,
                _ => Norms.L2,
            },
        };
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(OutputColumnName);
        writer.WriteStrings(InputColumnNames);
        writer.WriteStringOrNull(TokensColumnName);
        writer.Write((byte)CaseMode);
        writer.Write(KeepDiacritics);
        writer.Write(KeepPunctuations);
        writer.Write(KeepNumbers);
        writer.Write(StopWordsLanguage is { } language ? (int)language : -1);
        writer.Write(CustomStopWords != null);
        if (CustomStopWords != null)
            writer.WriteStrings(CustomStopWords);
        writer.Write(Norm is { } norm ? (int)norm : -1);
        writer.Write(MaximumWordCount);
        writer.Write(WordNgrams != null);
        writer.Write(CharacterNgrams != null);
        WordNgrams?.Save(writer);
        CharacterNgrams?.Save(writer);
    }

    public static TextFeaturizerSettings Load(BinaryReader reader)
    {
        string output = reader.ReadString();
        var inputs = reader.ReadStrings();
        Contracts.CheckDecode(output.Length > 0 && inputs.Length > 0);
        string tokens = reader.ReadStringOrNull();
        var caseMode = (TextNormalizingEstimator.CaseMode)reader.ReadByte();
        Contracts.CheckDecode(Enum.IsDefined(caseMode));
        bool diacritics = reader.ReadBoolean(), punctuations = reader.ReadBoolean(), numbers = reader.ReadBoolean();
        int language = reader.ReadInt32();
        Contracts.CheckDecode(language == -1 || Enum.IsDefined((StopWordsRemovingEstimator.Language)language));
        var custom = reader.ReadBoolean() ? reader.ReadStrings() : null;
        int norm = reader.ReadInt32();
        Contracts.CheckDecode(norm is -1 or >= 0 and <= byte.MaxValue && (norm == -1 || Enum.IsDefined((Norms)norm)));
        int maximumWordCount = reader.ReadInt32();
        bool hasWords = reader.ReadBoolean(), hasCharacters = reader.ReadBoolean();
        return new TextFeaturizerSettings
        {
            OutputColumnName = output,
            InputColumnNames = inputs,
            TokensColumnName = tokens,
            CaseMode = caseMode,
            KeepDiacritics = diacritics,
            KeepPunctuations = punctuations,
            KeepNumbers = numbers,
            StopWordsLanguage = language == -1 ? null : (StopWordsRemovingEstimator.Language)language,
            CustomStopWords = custom,
            Norm = norm == -1 ? null : (Norms)norm,
            MaximumWordCount = maximumWordCount,
            WordNgrams = hasWords ? NgramSettings.Load(reader) : null,
            CharacterNgrams = hasCharacters ? NgramSettings.Load(reader) : null,
        };
    }

    private static NgramSettings NgramsOf(WordBagEstimator.Options options)
    {
        if (options == null)
            return null;
        Contracts.CheckUserArg(options.SkipLength < options.NgramLength, nameof(options.SkipLength), $"Should be less than {nameof(options.NgramLength)}, {options.NgramLength}, but is {options.SkipLength}.");
        return NgramSettings.Create(options.NgramLength, options.SkipLength, options.UseAllLengths, options.Weighting, options.MaximumNgramsCount);
    }

    private static StopWordsRemovingEstimator.Language? LanguageOf(IStopWordsRemoverOptions options)
    {
        if (options is not StopWordsRemovingEstimator.Options predefined)
            return null;
        Contracts.CheckUserArg(Enum.IsDefined(predefined.Language), nameof(predefined.Language), $"'{predefined.Language}' is none of the languages {string.Join(", ", Enum.GetNames<TextFeaturizingEstimator.Language>())}.");
        return Enum.Parse<StopWordsRemovingEstimator.Language>(predefined.Language.ToString());
    }

    private static string[] WordsOf(IStopWordsRemoverOptions options)
    {
        if (options is not CustomStopWordsRemovingEstimator.Options custom)
            return null;
        Contracts.CheckValue(custom.StopWords, nameof(custom.StopWords));
        var words = Array.FindAll(custom.StopWords, word => !string.IsNullOrWhiteSpace(word));
        Contracts.CheckUserArg(words.Length > 0, nameof(custom.StopWords), "stopwords is empty");
        return words;
    }
}
