namespace MLPipelines.Training;

/// <summary>Which examples make up each batch: a function of the seed and the epoch alone, so that any step of any epoch can be found again.</summary>
internal sealed class BatchPlan
{
    private readonly TrainingOptions _options;
    private readonly int[] _lengths;
    private readonly int[]? _easiestFirst;
    private int _epoch = -1;
    private int[] _order = [];

    public BatchPlan(TrainingTask task, TrainingOptions options)
    {
        _options = options;
        _lengths = new int[task.ExampleCount];
        for (int i = 0; i < _lengths.Length; i++)
        {
            _lengths[i] = task.LengthOf(i);
            if (_lengths[i] < 1)
                throw TrainingErrors.EmptyExample(i, _lengths[i]);
        }
        BatchesPerEpoch = (_lengths.Length + (long)options.BatchSize - 1) / options.BatchSize;
        if (options.Curriculum == TrainingCurriculum.None)
            return;
        var difficulties = new double[_lengths.Length];
        _easiestFirst = new int[_lengths.Length];
        for (int i = 0; i < _lengths.Length; i++)
        {
            _easiestFirst[i] = i;
            difficulties[i] = options.Curriculum == TrainingCurriculum.ShortToLong ? _lengths[i] : task.DifficultyOf(i);
        }
        // Equally hard examples come in random order.
        new SeededRandom(options.Seed, -1).Shuffle(_easiestFirst);
        SortBy(_easiestFirst, i => difficulties[i]);
    }

    /// <summary>The length of each example, in tokens.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>Batches that cover the data once; the last may be smaller.</summary>
    public long BatchesPerEpoch { get; }

    /// <summary>The examples of a batch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="batch">The batch, 0 to below <see cref="BatchesPerEpoch"/>.</param>
    public ReadOnlySpan<int> Batch(int epoch, long batch)
    {
        if (epoch != _epoch)
        {
            _order = OrderOf(epoch);
            _epoch = epoch;
        }
        int start = checked((int)(batch * _options.BatchSize));
        return _order.AsSpan(start, Math.Min(_options.BatchSize, _order.Length - start));
    }

    /// <summary>
    /// Splits examples into micro-batches of at most a number of tokens, padding included, and at least as many as asked for; examples of similar length go together.
    /// </summary>
    /// <param name="examples">The examples of a batch.</param>
    /// <param name="maximumTokens">Tokens that one micro-batch may have; a single example may have more.</param>
    /// <param name="least">How many micro-batches to make at least, if there are that many examples.</param>
    /// <param name="context">Knows to what length a micro-batch is padded.</param>
    public List<int[]> Split(ReadOnlySpan<int> examples, int maximumTokens, int least, TrainingContext context)
    {
        int[] sorted = examples.ToArray();
        if (_options.Shuffle)
            SortBy(sorted, i => _lengths[i]);
        int fewest = Math.Max(1, Math.Min(least, sorted.Length));
        int mostRows = (sorted.Length + fewest - 1) / fewest;
        var parts = new List<int[]>();
        int start = 0, longest = 0;
        for (int i = 0; i < sorted.Length; i++)
        {
            int padded = context.PaddedLength(Math.Max(longest, _lengths[sorted[i]]));
            int rows = i - start + 1;
            if (rows > 1 && ((long)padded * rows > maximumTokens || rows > mostRows))
            {
                parts.Add(sorted[start..i]);
                (start, longest) = (i, 0);
            }
            longest = Math.Max(longest, _lengths[sorted[i]]);
        }
        if (start < sorted.Length)
            parts.Add(sorted[start..]);
        return parts;
    }

    private int[] OrderOf(int epoch)
    {
        if (_easiestFirst != null && epoch < _options.CurriculumEpochs)
            return _easiestFirst;
        var order = new int[_lengths.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        if (!_options.Shuffle)
            return order;
        var random = new SeededRandom(_options.Seed, epoch);
        random.Shuffle(order);
        return _options.LengthBuckets > 1 ? InBuckets(order, ref random) : order;
    }

    // Within a window of random examples, batches are cut from the sorted ones, and the batches are put in random order.
    private int[] InBuckets(int[] order, ref SeededRandom random)
    {
        int size = _options.BatchSize;
        int window = (int)Math.Min((long)size * _options.LengthBuckets, order.Length);
        var result = new int[order.Length];
        int written = 0;
        for (int start = 0; start < order.Length; start += window)
        {
            var part = order.AsSpan(start, Math.Min(window, order.Length - start)).ToArray();
            SortBy(part, i => _lengths[i]);
            // What does not fill a batch is taken from a random place, so that it is not always the longest examples that make the small last batch.
            int full = part.Length / size;
            int odd = part.Length % size;
            int gap = odd == 0 ? part.Length : (int)(random.Next() % (ulong)(full + 1)) * size;
            var batches = new int[full];
            for (int b = 0; b < full; b++)
                batches[b] = b * size < gap ? b * size : b * size + odd;
            random.Shuffle(batches);
            foreach (int from in batches)
            {
                part.AsSpan(from, size).CopyTo(result.AsSpan(written));
                written += size;
            }
            part.AsSpan(gap, odd).CopyTo(result.AsSpan(written));
            written += odd;
        }
        return result;
    }

    // A stable sort.
    private static void SortBy(int[] items, Func<int, double> key)
    {
        var keys = new (double Key, int Place)[items.Length];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = (key(items[i]), i);
        Array.Sort(keys, items);
    }
}
