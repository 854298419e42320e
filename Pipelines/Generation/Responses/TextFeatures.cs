namespace MLPipelines.Generation;

/// <summary>Plain measures of how a text is written; no language model, any language with words.</summary>
internal static class TextFeatures
{
    private static readonly HashSet<string> First = new(["i", "me", "my", "mine", "we", "us", "our"], StringComparer.Ordinal);
    private static readonly HashSet<string> Second = new(["you", "your", "yours"], StringComparer.Ordinal);
    private static readonly HashSet<string> Hedges = new(["maybe", "perhaps", "might", "could", "possibly", "probably", "seems", "guess"], StringComparer.Ordinal);
    private static readonly HashSet<string> Courtesies = new(["please", "thank", "thanks", "kindly", "sorry", "welcome", "appreciate", "regards", "dear"], StringComparer.Ordinal);

    /// <summary>The names of the measures, in the order of <see cref="Of"/>.</summary>
    public static readonly string[] Names =
        ["length", "wordLength", "sentenceLength", "exclamations", "questions", "emoji", "contractions", "firstPerson", "secondPerson", "hedges", "courtesy", "capitals", "digits"];

    /// <summary>The words in lower case; apostrophes belong to them.</summary>
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool inside = i < text.Length && (char.IsLetterOrDigit(text[i]) || (text[i] is '\'' or '’' && start >= 0 && i + 1 < text.Length && char.IsLetter(text[i + 1])));
            if (inside && start < 0)
                start = i;
            if (!inside && start >= 0)
            {
                words.Add(text[start..i].ToLowerInvariant());
                start = -1;
            }
        }
        return words;
    }

    /// <summary>The measures of a text, each about -1 to 2.</summary>
    public static float[] Of(string text)
    {
        var words = Words(text);
        float count = Math.Max(1, words.Count);
        int sentences = Math.Max(1, text.Count(c => c is '.' or '!' or '?'));
        return
        [
            MathF.Log(1 + words.Count) / 3 - 1,
            (words.Sum(word => word.Length) / count - 4.5f) / 2,
            count / sentences / 12 - 1,
            Math.Min(2, text.Count(c => c == '!')),
            Math.Min(2, text.Count(c => c == '?')),
            Math.Min(2, text.EnumerateRunes().Count(IsEmoji)),
            8 * words.Count(word => word.Contains('\'') || word.Contains('’')) / count,
            8 * words.Count(First.Contains) / count,
            8 * words.Count(Second.Contains) / count,
            8 * words.Count(Hedges.Contains) / count,
            8 * words.Count(Courtesies.Contains) / count,
            4 * (float)text.Count(char.IsUpper) / Math.Max(1, text.Length),
            8 * (float)text.Count(char.IsDigit) / Math.Max(1, text.Length),
        ];
    }

    /// <summary>How alike the words of two texts are: Jaccard's index over words and pairs of words, 0 to 1.</summary>
    public static double Similarity(string first, string second)
    {
        var (a, b) = (Grams(first), Grams(second));
        if (a.Count == 0 && b.Count == 0)
            return 1;
        int common = a.Count(b.Contains);
        return (double)common / (a.Count + b.Count - common);
    }

    private static HashSet<string> Grams(string text)
    {
        var words = Words(text);
        var grams = new HashSet<string>(words, StringComparer.Ordinal);
        for (int i = 1; i < words.Count; i++)
            grams.Add(words[i - 1] + " " + words[i]);
        return grams;
    }

    private static bool IsEmoji(System.Text.Rune rune) => rune.Value is >= 0x1F300 and <= 0x1FAFF or >= 0x2600 and <= 0x27BF;
}
