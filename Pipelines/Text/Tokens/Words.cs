using MLPipelines.Tokenization;

namespace MLPipelines.Text;

/// <summary>The words of a text: what white space separates.</summary>
internal static class Words
{
    public static IReadOnlyList<Range> Of(string text)
    {
        var words = new List<Range>();
        for (int start = 0; start < text.Length; start++)
        {
            if (char.IsWhiteSpace(text[start]))
                continue;
            int end = start + 1;
            while (end < text.Length && !char.IsWhiteSpace(text[end]))
                end++;
            words.Add(start..end);
            start = end;
        }
        return words;
    }

    public static TokenizedText Tokenize(TextTokenizer tokenizer, string text, int maximumTokens)
    {
        // No word is without a token, but for a few without anything visible: what comes after twice as many words is cut off in any case.
        string[] words = [.. Of(text).Take(2 * maximumTokens).Select(range => text[range])];
        return tokenizer.TokenizeWords(words, Tokenizing.Options(maximumTokens));
    }
}
