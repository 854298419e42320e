using System.Runtime.InteropServices;

namespace MLPipelines.Metrics;

/// <summary>Counts runs of tokens.</summary>
internal static class NGramCounts
{
    /// <summary>How often each run of so many tokens occurs.</summary>
    public static Dictionary<string, int> Of(IReadOnlyList<string> tokens, int length)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i + length <= tokens.Count; i++)
        {
            // Tokens hold no white space.
            string run = length == 1 ? tokens[i] : string.Join(' ', Enumerable.Range(i, length).Select(j => tokens[j]));
            CollectionsMarshal.GetValueRefOrAddDefault(counts, run, out _)++;
        }
        return counts;
    }

    /// <summary>How many runs two texts share, each counted as often as it occurs in both.</summary>
    public static int Matches(Dictionary<string, int> first, Dictionary<string, int> second)
    {
        int matches = 0;
        foreach (var (run, count) in first)
            matches += Math.Min(count, second.GetValueOrDefault(run));
        return matches;
    }
}
