namespace Microsoft.ML.Transforms.Text;

/// <summary>Takes n-grams one after another.</summary>
internal interface INgramVisitor
{
    void Visit(ReadOnlySpan<uint> ngram);
}

/// <summary>
/// Gives the n-grams of a sequence of tokens in the order in which dictionaries number them: by the position of the
/// first token; from one position shorter ones first, and with skips depth first.
/// </summary>
internal static class NgramWalk
{
    /// <summary>The largest sum of the length of n-grams and of the number of tokens that may be skipped.</summary>
    public const int MaximumSpan = 10;

    /// <summary>Visits the n-grams of up to <paramref name="length"/> tokens; those of fewer than <paramref name="shortest"/> may be left out.</summary>
    public static void Over<TVisitor>(ReadOnlySpan<uint> tokens, int shortest, int length, int skips, ref TVisitor visitor)
        where TVisitor : struct, INgramVisitor
    {
        if (skips > 0)
        {
            OverWithSkips(tokens, length, skips, ref visitor);
            return;
        }
        for (int start = 0; start < tokens.Length; start++)
        {
            int longest = Math.Min(length, tokens.Length - start);
            for (int count = shortest; count <= longest; count++)
                visitor.Visit(tokens.Slice(start, count));
        }
    }

    private static void OverWithSkips<TVisitor>(ReadOnlySpan<uint> tokens, int length, int skips, ref TVisitor visitor)
        where TVisitor : struct, INgramVisitor
    {
        Span<uint> ngram = stackalloc uint[MaximumSpan];
        for (int start = 0; start < tokens.Length; start++)
        {
            var window = tokens.Slice(start, Math.Min(length + skips, tokens.Length - start));
            ngram[0] = window[0];
            visitor.Visit(ngram[..1]);
            if (length > 1)
                Extend(window, ngram[..length], 1, 0, skips, ref visitor);
        }
    }

    /// <summary>Extends the first <paramref name="count"/> items of the n-gram, which skip <paramref name="skipped"/> tokens.</summary>
    private static void Extend<TVisitor>(ReadOnlySpan<uint> window, Span<uint> ngram, int count, int skipped, int skips, ref TVisitor visitor)
        where TVisitor : struct, INgramVisitor
    {
        for (; skipped <= skips && count + skipped < window.Length; skipped++)
        {
            ngram[count] = window[count + skipped];
            visitor.Visit(ngram[..(count + 1)]);
            if (count + 1 < ngram.Length)
                Extend(window, ngram, count + 1, skipped, skips, ref visitor);
        }
    }
}
