namespace MLPipelines.Tokenization.Normalization;

/// <summary>
/// NFC, NFD, NFKC or NFKD. Every code point of the result carries a change: 0 where it takes the place of one code point,
/// 1 where it was inserted, -n where it takes the place of one and n more. The changes say, as in Hugging Face's
/// tokenizers, which range of the original each code point of the result is from.
/// </summary>
internal sealed class UnicodeForm(bool compose, bool compatibility) : TextNormalizer
{
    // Below these code points nothing changes and nothing composes.
    private readonly int stableBelow = compatibility ? 0xA0 : compose ? 0x300 : 0xC0;

    public override void Apply(AlignedText text)
    {
        int first = text.Span.IndexOfAnyExceptInRange('\0', (char)(stableBelow - 1));
        if (first < 0)
            return;
        var changed = Decompose(text);
        if (compose)
            changed = Compose(changed);
        text.BeginRewrite(text.Length);
        Transform(text, changed);
        text.EndRewrite();
    }

    /// <summary>Puts code points with changes, reading along in the current text.</summary>
    public static void Transform(AlignedText text, List<(int CodePoint, int Change)> changed)
    {
        int at = 0;
        foreach (var (codePoint, change) in changed)
        {
            if (change > 0)
            {
                if (at == 0)
                    text.Put(codePoint, text.Base, text.Base);
                else
                    text.PutLike(codePoint, at - 1);
                continue;
            }
            text.PutLike(codePoint, Math.Min(at, text.Length - 1));
            for (int skip = 1 - change; skip > 0 && at < text.Length; skip--)
                at += char.IsHighSurrogate(text.Characters[at]) ? 2 : 1;
        }
    }

    private List<(int CodePoint, int Change)> Decompose(AlignedText text)
    {
        var result = new List<(int CodePoint, int Change)>(text.Length + 16);
        Span<int> parts = stackalloc int[18];
        int unsorted = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int codePoint = text.CodePointAt(i);
            if (codePoint >= 0x10000)
                i++;
            int count = Decompositions.Decompose(codePoint, compatibility, parts);
            for (int j = 0; j < count; j++)
            {
                if (Decompositions.ClassOf(parts[j]) == 0)
                {
                    Sort(result, unsorted);
                    result.Add((parts[j], j == 0 ? 0 : 1));
                    unsorted = result.Count;
                }
                else
                {
                    result.Add((parts[j], j == 0 ? 0 : 1));
                }
            }
        }
        Sort(result, unsorted);
        return result;
    }

    // Marks go by their class, those of one class stay in order.
    private static void Sort(List<(int CodePoint, int Change)> list, int start)
    {
        if (list.Count - start < 2)
            return;
        var sorted = list.Skip(start).OrderBy(entry => Decompositions.ClassOf(entry.CodePoint)).ToArray();
        for (int i = 0; i < sorted.Length; i++)
            list[start + i] = sorted[i];
    }

    private static List<(int CodePoint, int Change)> Compose(List<(int CodePoint, int Change)> source)
    {
        var result = new List<(int CodePoint, int Change)>(source.Count);
        int starter = -1;
        int lastClass = -1;
        foreach (var (codePoint, change) in source)
        {
            int combining = Decompositions.ClassOf(codePoint);
            if (starter >= 0 && lastClass < combining && (lastClass >= 0 || result.Count == starter + 1))
            {
                int composed = Decompositions.Compose(result[starter].CodePoint, codePoint);
                if (composed >= 0)
                {
                    result[starter] = (composed, result[starter].Change + change - 1);
                    continue;
                }
            }
            result.Add((codePoint, change));
            if (combining == 0)
            {
                starter = result.Count - 1;
                lastClass = -1;
            }
            else if (starter >= 0)
            {
                lastClass = combining;
            }
        }
        return result;
    }
}
