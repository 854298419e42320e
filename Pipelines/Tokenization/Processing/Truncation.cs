namespace MLPipelines.Tokenization.Processing;

/// <summary>Decides how many tokens each text keeps, with the arithmetic of Hugging Face's Rust library.</summary>
internal static class Truncation
{
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text; null where there is none.</param>
    /// <param name="maximum">The most tokens of both together, special ones not counted.</param>
    /// <param name="options">Strategy and side.</param>
    public static void Apply(TokenSequence first, TokenSequence? second, int maximum, TokenizingOptions options)
    {
        int n1 = first.Count, n2 = second?.Count ?? 0;
        int excess = n1 + n2 - maximum;
        if (maximum <= 0 && options.Truncation != TruncationStrategy.None)
        {
            (n1, n2) = (0, 0);
        }
        else if (excess > 0)
        {
            switch (options.Truncation)
            {
                case TruncationStrategy.LongestFirst:
                    (n1, n2) = second == null ? (maximum, 0) : Share(n1, n2, maximum);
                    break;
                case TruncationStrategy.OnlyFirst:
                    n1 = Reduce(n1, excess, "first");
                    break;
                case TruncationStrategy.OnlySecond:
                    n2 = second == null ? throw TokenizationErrors.NoSecondText() : Reduce(n2, excess, "second");
                    break;
                case TruncationStrategy.None:
                    break;
            }
        }
        first.Keep(n1, options.TruncationSide);
        second?.Keep(n2, options.TruncationSide);
    }

    // The longer gives first; where both must give, they end up alike and the one that was longer has the odd token.
    private static (int First, int Second) Share(int n1, int n2, int maximum)
    {
        bool swap = n1 > n2;
        if (swap)
            (n1, n2) = (n2, n1);
        n2 = n1 > maximum ? n1 : Math.Max(n1, maximum - n1);
        if (n1 + n2 > maximum)
        {
            n1 = maximum / 2;
            n2 = n1 + maximum % 2;
        }
        return swap ? (n2, n1) : (n1, n2);
    }

    private static int Reduce(int count, int excess, string sequence) =>
        count > excess ? count - excess : throw TokenizationErrors.TooShortToTruncate(sequence, count, excess);
}
