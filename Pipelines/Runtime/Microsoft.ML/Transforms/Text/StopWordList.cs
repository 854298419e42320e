using System.Collections.Concurrent;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Words to be removed, compared in lower case.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class StopWordList
{
    private const int MaximumStackLength = 128;

    private static readonly ConcurrentDictionary<StopWordsRemovingEstimator.Language, StopWordList> Predefined = new();

    private readonly HashSet<string> _words;
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _longest;

    private StopWordList(IEnumerable<string> words)
    {
        _words = new HashSet<string>(words, StringComparer.Ordinal);
        _lookup = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        _longest = _words.Count == 0 ? 0 : _words.Max(word => word.Length);
    }

    /// <summary>The words, in no order.</summary>
    public IReadOnlyCollection<string> Words => _words;

    /// <summary>The words of a caller: trimmed of spaces and in lower case, empty ones left out.</summary>
    public static StopWordList Custom(IEnumerable<string> words) =>
        new(words.Select(word => string.Concat((word ?? "").Trim(' ').Select(char.ToLowerInvariant))).Where(word => word.Length > 0));

    /// <summary>The list of a language that comes with this assembly.</summary>
    public static StopWordList For(StopWordsRemovingEstimator.Language language) => Predefined.GetOrAdd(language, Read);

    public bool Contains(ReadOnlySpan<char> word)
    {
        if (word.Length > _longest)
            return false;
        Span<char> lower = word.Length <= MaximumStackLength ? stackalloc char[MaximumStackLength] : new char[word.Length];
        for (int i = 0; i < word.Length; i++)
            lower[i] = char.ToLowerInvariant(word[i]);
        return _lookup.Contains(lower[..word.Length]);
    }

    private static StopWordsRemovingEstimator.Language FileOf(StopWordsRemovingEstimator.Language language) =>
        language == StopWordsRemovingEstimator.Language.Portuguese_Brazilian ? StopWordsRemovingEstimator.Language.Portuguese : language;

    private static StopWordList Read(StopWordsRemovingEstimator.Language language)
    {
        using var stream = typeof(StopWordList).Assembly.GetManifestResourceStream($"StopWords.{FileOf(language)}.txt")
            ?? throw Contracts.ExceptNotSupp($"There is no list of stop words for the language '{language}'.");
        using var reader = new StreamReader(stream);
        return new StopWordList(reader.ReadToEnd().Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
    }
}
