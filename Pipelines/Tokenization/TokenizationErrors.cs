using System.Globalization;

namespace MLPipelines.Tokenization;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw TokenizationErrors.X(…)</c>.</summary>
internal static class TokenizationErrors
{
    public static TokenizationException Malformed(string file, string what, Exception? inner = null) => new($"{file}: {what}", inner);

    public static TokenizationException Missing(string file, string place, string name) =>
        Malformed(file, $"{place} has no '{name}'.");

    public static TokenizationException WrongType(string file, string place, string expected) =>
        Malformed(file, $"{place} must be {expected}.");

    public static TokenizationException UnknownComponent(string file, string kind, string name, IEnumerable<string> known) =>
        Malformed(file, $"the {kind} '{name}' is not supported; supported are {string.Join(", ", known)}.");

    public static TokenizationException TooLarge(string file, long size, long limit) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file} has {size:N0} bytes; a tokenizer's file may have at most {limit:N0}."));

    public static TokenizationException NoTokenizer(string place, IEnumerable<string> found) =>
        new($"{place} holds no tokenizer: expected tokenizer.json, or vocab.txt, or vocab.json with merges.txt, or spiece.model; found {(found.Any() ? string.Join(", ", found) : "nothing of the kind")}.");

    public static TokenizationException TooShortToTruncate(string sequence, int length, int excess) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The {sequence} text has {length} tokens, too few to take away the {excess} that are too many; raise MaximumLength or use TruncationStrategy.LongestFirst."));

    public static TokenizationException NoSecondText() =>
        new("TruncationStrategy.OnlySecond needs a second text.");

    public static TokenizationException NoUnknownToken(string model) =>
        new($"The text has a character that the vocabulary does not hold, and the {model} model names no unknown token that its vocabulary holds.");

    public static TokenizationException NoPadToken() =>
        new("Padding was asked for, but the tokenizer has no padding token.");

    public static TokenizationException PatternTooSlow(string pattern) =>
        new($"The pattern '{pattern}' needs too many steps on this text.");

    public static ArgumentException BadOptions(string type, List<string> faults) =>
        new($"{type}: {string.Join("; ", faults)}.");

    public static ArgumentException PairsDiffer(int texts, int pairs) =>
        new(string.Create(CultureInfo.InvariantCulture, $"There are {texts} texts but {pairs} second texts; give one for each."));

    public static InvalidOperationException EmptyCorpus() =>
        new("The texts hold no word to learn a vocabulary from.");
}
