namespace MLPipelines.Text;

/// <summary>
/// How hard texts are to learn from, for a curriculum that begins with the easy ones: the sum over words of -ln(share of the word among all words), which rises with
/// length and with rare words (Platanios et al., "Competence-based curriculum learning", NAACL 2019).
/// </summary>
public static class TextDifficulty
{
    /// <summary>The difficulty of each text, in nats; 0 for one without words.</summary>
    public static double[] Of(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var counts = new Dictionary<string, long>(StringComparer.OrdinalIgnoreCase);
        var lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        double total = 0;
        foreach (string text in texts)
        {
            foreach (var range in Words(text))
            {
                var word = text.AsSpan(range);
                lookup[word] = lookup.TryGetValue(word, out long count) ? count + 1 : 1;
                total++;
            }
        }
        var difficulties = new double[texts.Count];
        for (int i = 0; i < difficulties.Length; i++)
        {
            foreach (var range in Words(texts[i]))
                difficulties[i] -= Math.Log(lookup[texts[i].AsSpan(range)] / total);
        }
        return difficulties;
    }

    private static IEnumerable<Range> Words(string text)
    {
        for (int start = 0; start < text.Length; start++)
        {
            if (!char.IsLetterOrDigit(text[start]))
                continue;
            int end = start + 1;
            while (end < text.Length && char.IsLetterOrDigit(text[end]))
                end++;
            yield return start..end;
            start = end;
        }
    }
}
