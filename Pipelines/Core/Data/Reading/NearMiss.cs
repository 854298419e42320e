namespace MLPipelines.Data;

/// <summary>Finds what a misspelt name probably meant.</summary>
internal static class NearMiss
{
    private const int LongestCompared = 64;

    /// <summary><c> Did you mean 'x'?</c> with a leading space, or nothing when no candidate is close.</summary>
    public static string Hint(string? wanted, IEnumerable<string> candidates) =>
        Find(wanted, candidates) is { } found ? $" Did you mean '{found}'?" : "";

    /// <summary>The closest candidate within an edit distance of a third of the length, or <see langword="null"/>.</summary>
    public static string? Find(string? wanted, IEnumerable<string> candidates)
    {
        if (string.IsNullOrWhiteSpace(wanted) || wanted.Length > LongestCompared)
            return null;
        string target = Normalize(wanted);
        int best = Math.Max(1, target.Length / 3) + 1;
        string? found = null;
        foreach (string candidate in candidates)
        {
            if (candidate.Length > LongestCompared)
                continue;
            int distance = Distance(target, Normalize(candidate));
            if (distance < best)
                (best, found) = (distance, candidate);
        }
        return found;
    }

    private static string Normalize(string name) =>
        name.Trim().ToLowerInvariant().Replace('-', '_').Replace(' ', '_');

    /// <summary>Edits (insert, delete, replace, swap of neighbours) from one name to the other.</summary>
    private static int Distance(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        Span<int> twoBack = stackalloc int[b.Length + 1];
        Span<int> previous = stackalloc int[b.Length + 1];
        Span<int> current = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            previous[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                int best = Math.Min(replace, Math.Min(previous[j], current[j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    best = Math.Min(best, twoBack[j - 2] + 1);
                current[j] = best;
            }
            var recycled = twoBack;
            twoBack = previous;
            previous = current;
            current = recycled;
        }
        return previous[b.Length];
    }
}
