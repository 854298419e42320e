using System.Runtime.InteropServices;

namespace MLPipelines.Tokenization.Training;

/// <summary>
/// Learns merges: the two neighbours that occur together most often become one token, again and again (Sennrich et al.,
/// "Neural Machine Translation of Rare Words with Subword Units", 2016). Of equals, those with the smaller ids come
/// first. The counts of pairs follow each merge; only words with the merged pair are visited.
/// </summary>
internal sealed class MergeLearner
{
    private readonly string prefix;
    private readonly List<string> tokens;
    private readonly Dictionary<string, int> ids;
    private readonly List<(int Left, int Right)> merges = [];
    private readonly HashSet<long> known = [];

    // The symbols of word w are symbols[starts[w] .. starts[w] + lengths[w]].
    private readonly int[] symbols;
    private readonly int[] starts;
    private readonly int[] lengths;
    private readonly long[] counts;

    private readonly Dictionary<long, long> pairCounts = [];
    private readonly Dictionary<long, List<int>> pairWords = [];
    private readonly PriorityQueue<long, (long Count, long Pair)> queue = new(Comparer<(long Count, long Pair)>.Create(
        static (a, b) => a.Count != b.Count ? b.Count.CompareTo(a.Count) : a.Pair.CompareTo(b.Pair)));

    /// <param name="tokens">The tokens to start with; new ones are appended.</param>
    /// <param name="words">Words as ids of single characters, with how often each occurs.</param>
    /// <param name="prefix">What marks tokens that continue a word; a merge takes it off its second part.</param>
    public MergeLearner(List<string> tokens, IReadOnlyList<(int[] Symbols, long Count)> words, string prefix)
    {
        this.tokens = tokens;
        this.prefix = prefix;
        ids = [];
        for (int i = 0; i < tokens.Count; i++)
            ids[tokens[i]] = i;
        starts = new int[words.Count];
        lengths = new int[words.Count];
        counts = new long[words.Count];
        symbols = new int[words.Sum(word => word.Symbols.Length)];
        int at = 0;
        for (int word = 0; word < words.Count; word++)
        {
            starts[word] = at;
            lengths[word] = words[word].Symbols.Length;
            counts[word] = words[word].Count;
            words[word].Symbols.CopyTo(symbols, at);
            at += lengths[word];
        }
    }

    public IReadOnlyList<(int Left, int Right)> Merges => merges;

    public void Learn(VocabularyTrainingOptions options, CancellationToken cancellationToken)
    {
        for (int word = 0; word < starts.Length; word++)
        {
            for (int i = starts[word]; i + 1 < starts[word] + lengths[word]; i++)
                Change(Pair(symbols[i], symbols[i + 1]), counts[word], word);
        }
        foreach (var (pair, count) in pairCounts)
            queue.Enqueue(pair, (count, pair));
        var changed = new HashSet<long>();
        while (tokens.Count < options.VocabularySize && queue.TryDequeue(out long pair, out var order))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long count = pairCounts.GetValueOrDefault(pair);
            if (count != order.Count)
            {
                if (count > 0)
                    queue.Enqueue(pair, (count, pair));
                continue;
            }
            if (count < options.MinimumFrequency)
                break;
            Merge(pair, changed);
            if (merges.Count % 256 == 0)
                options.Progress?.Report(new VocabularyTrainingProgress(tokens.Count, options.VocabularySize));
        }
        options.Progress?.Report(new VocabularyTrainingProgress(tokens.Count, options.VocabularySize));
    }

    private void Merge(long pair, HashSet<long> changed)
    {
        int left = (int)(pair >> 32), right = (int)pair;
        string text = string.Concat(tokens[left], tokens[right].AsSpan(prefix.Length > 0 && tokens[right].StartsWith(prefix, StringComparison.Ordinal) ? prefix.Length : 0));
        // A token may come about in two ways.
        if (!ids.TryGetValue(text, out int merged))
        {
            merged = tokens.Count;
            ids.Add(text, merged);
            tokens.Add(text);
        }
        // Neighbours that became one token before may come about again.
        if (known.Add(pair))
            merges.Add((left, right));
        changed.Clear();
        if (pairWords.Remove(pair, out var words))
        {
            int last = -1;
            foreach (int word in words)
            {
                // A word is listed as often as it has the pair, one after the other.
                if (word != last)
                    MergeIn(word, left, right, merged, changed);
                last = word;
            }
        }
        pairCounts.Remove(pair);
        foreach (long grown in changed)
        {
            if (pairCounts.TryGetValue(grown, out long count) && count > 0)
                queue.Enqueue(grown, (count, grown));
        }
    }

    private void MergeIn(int word, int left, int right, int merged, HashSet<long> changed)
    {
        int start = starts[word], end = start + lengths[word];
        long count = counts[word];
        int kept = start;
        for (int i = start; i < end; i++)
        {
            if (symbols[i] != left || i + 1 == end || symbols[i + 1] != right)
            {
                symbols[kept++] = symbols[i];
                continue;
            }
            if (kept > start)
            {
                Change(Pair(symbols[kept - 1], left), -count, -1);
                Add(Pair(symbols[kept - 1], merged));
            }
            if (i + 2 < end)
            {
                Change(Pair(right, symbols[i + 2]), -count, -1);
                Add(Pair(merged, symbols[i + 2]));
            }
            symbols[kept++] = merged;
            i++;
        }
        lengths[word] = kept - start;

        void Add(long pair)
        {
            Change(pair, count, word);
            changed.Add(pair);
        }
    }

    private void Change(long pair, long change, int word)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(pairCounts, pair, out _) += change;
        if (word < 0)
            return;
        ref var words = ref CollectionsMarshal.GetValueRefOrAddDefault(pairWords, pair, out _);
        words ??= [];
        if (words.Count == 0 || words[^1] != word)
            words.Add(word);
    }

    private static long Pair(int left, int right) => ((long)left << 32) | (uint)right;
}
