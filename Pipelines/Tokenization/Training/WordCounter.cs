using System.Runtime.InteropServices;
using MLPipelines.Tokenization.Normalization;
using MLPipelines.Tokenization.Splitting;

namespace MLPipelines.Tokenization.Training;

/// <summary>Counts the words of texts.</summary>
internal static class WordCounter
{
    /// <summary>Longer words, in UTF-16 units, are no words.</summary>
    private const int MaximumWord = 100;

    /// <returns>The words, sorted, with how often each occurs.</returns>
    public static List<KeyValuePair<string, long>> Count(IEnumerable<string> texts, TextNormalizer? normalizer, TextSplitter splitter, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>();
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        var aligned = new AlignedText();
        var words = new Words();
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ArgumentNullException.ThrowIfNull(text, nameof(texts));
            aligned.Reset(text, 0);
            normalizer?.Apply(aligned);
            words.Reset(aligned.Length);
            splitter.Apply(aligned, words);
            for (int i = 0; i < words.Count; i++)
            {
                var (start, end) = words[i];
                if (end - start <= MaximumWord)
                    CollectionsMarshal.GetValueRefOrAddDefault(bySpan, aligned.Span[start..end], out _)++;
            }
        }
        return [.. counts.OrderBy(entry => entry.Key, StringComparer.Ordinal)];
    }
}
