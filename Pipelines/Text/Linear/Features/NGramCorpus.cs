namespace MLPipelines.Text;

/// <summary>
/// The n-grams of a set of texts, counted: for each text the numbers of its n-grams in order of first occurrence, word
/// n-grams first, and how often each occurs. N-grams are numbered by falling document frequency, then by
/// hash, which does not depend on the number of threads. Those in fewer than the minimum number of texts get no number;
/// of them only the sum of squared term frequencies remains, which the norm of a text needs.
/// </summary>
internal sealed class NGramCorpus
{
    private const int ChunkBits = 8;
    private const int ChunkRows = 1 << ChunkBits;
    private readonly Chunk[] _chunks;

    private NGramCorpus(Chunk[] chunks, int rowCount, ulong[] hashes)
    {
        _chunks = chunks;
        RowCount = rowCount;
        Hashes = hashes;
    }

    public int RowCount { get; }

    /// <summary>The hash of each numbered n-gram.</summary>
    public ulong[] Hashes { get; }

    public int FeatureCount => Hashes.Length;

    public Row this[int row] => new(_chunks[row >> ChunkBits], row & (ChunkRows - 1));

    /// <summary>Sublinear term frequency, 1 + ln(count), by count.</summary>
    public static ReadOnlySpan<float> TermFrequency => s_termFrequency;

    private static readonly float[] s_termFrequency =
        [0f, .. Enumerable.Range(1, byte.MaxValue).Select(count => 1f + (float)Math.Log(count))];

    /// <summary>Counts the n-grams of <paramref name="texts"/>; null counts as an empty text.</summary>
    public static NGramCorpus Build(IReadOnlyList<string?> texts, NGramShape shape, int minimumDocumentFrequency, int threads, CancellationToken cancellation)
    {
        var chunks = new Chunk[(texts.Count + ChunkRows - 1) / ChunkRows];
        var counters = new Counter[Math.Max(1, Math.Min(threads, chunks.Length))];
        int next = -1;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = counters.Length, CancellationToken = cancellation };
        Parallel.For(0, counters.Length, parallel, worker =>
        {
            Counter counter = counters[worker] = new Counter(shape, worker);
            for (int chunk; (chunk = Interlocked.Increment(ref next)) < chunks.Length;)
            {
                int first = chunk * ChunkRows;
                chunks[chunk] = counter.Count(texts, first, Math.Min(texts.Count, first + ChunkRows), cancellation);
            }
        });

        (ulong[] hashes, int[][] numbers) = Number(counters, minimumDocumentFrequency);
        Parallel.ForEach(chunks, parallel, chunk => chunk.Renumber(numbers[chunk.Worker]));
        return new NGramCorpus(chunks, texts.Count, hashes);
    }

    // Merges what the workers counted; each worker's numbers map to the final ones, or to -1.
    private static (ulong[] Hashes, int[][] Numbers) Number(Counter[] counters, int minimumDocumentFrequency)
    {
        var table = new NGramTable(counters.Max(c => c.Table.Count));
        var merged = new int[counters.Length][];
        var frequencies = new int[table.Count];
        for (int w = 0; w < counters.Length; w++)
        {
            ulong[] hashes = counters[w].Table.ToArray();
            int[] map = merged[w] = new int[hashes.Length];
            for (int i = 0; i < hashes.Length; i++)
            {
                int number = map[i] = table.FindOrAdd(hashes[i]);
                if (number >= frequencies.Length)
                    Array.Resize(ref frequencies, Math.Max(1024, 2 * number));
                frequencies[number] += counters[w].DocumentFrequency[i];
            }
        }

        ulong[] all = table.ToArray();
        int[] kept = [.. Enumerable.Range(0, all.Length).Where(i => frequencies[i] >= minimumDocumentFrequency)];
        Array.Sort(Array.ConvertAll(kept, i => new UInt128((ulong)(int.MaxValue - frequencies[i]), all[i])), kept);
        var rank = new int[all.Length];
        Array.Fill(rank, -1);
        for (int i = 0; i < kept.Length; i++)
            rank[kept[i]] = i;
        foreach (int[] map in merged)
        {
            for (int i = 0; i < map.Length; i++)
                map[i] = rank[map[i]];
        }
        return ([.. kept.Select(i => all[i])], merged);
    }

    /// <summary>One text: its n-grams and their counts.</summary>
    internal readonly ref struct Row
    {
        public Row(Chunk chunk, int row)
        {
            int start = row == 0 ? 0 : chunk.Ends[2 * row - 1];
            int end = chunk.Ends[2 * row + 1];
            WordCount = chunk.Ends[2 * row] - start;
            Numbers = chunk.Numbers.AsSpan(start, end - start);
            Counts = chunk.Counts.AsSpan(start, end - start);
            UnknownWordSquares = chunk.UnknownSquares[2 * row];
            UnknownCharacterSquares = chunk.UnknownSquares[2 * row + 1];
        }

        /// <summary>How many of the entries, from the first, are word n-grams.</summary>
        public int WordCount { get; }

        public ReadOnlySpan<int> Numbers { get; }

        public ReadOnlySpan<byte> Counts { get; }

        public float UnknownWordSquares { get; }

        public float UnknownCharacterSquares { get; }
    }

    internal sealed class Chunk(int worker, int[] ends, int[] numbers, byte[] counts)
    {
        public int Worker => worker;

        /// <summary>For each row where its word n-grams end and where its character n-grams end.</summary>
        public int[] Ends => ends;

        public int[] Numbers { get; private set; } = numbers;

        public byte[] Counts { get; private set; } = counts;

        public float[] UnknownSquares { get; } = new float[ends.Length];

        public void Renumber(int[] map)
        {
            int kept = 0;
            for (int i = 0, part = 0; part < ends.Length; part++)
            {
                float unknown = 0;
                for (; i < ends[part]; i++)
                {
                    int number = map[Numbers[i]];
                    if (number < 0)
                    {
                        float frequency = TermFrequency[Counts[i]];
                        unknown += frequency * frequency;
                        continue;
                    }
                    Numbers[kept] = number;
                    Counts[kept++] = Counts[i];
                }
                ends[part] = kept;
                UnknownSquares[part] = unknown;
            }
            Numbers = Numbers.AsSpan(0, kept).ToArray();
            Counts = Counts.AsSpan(0, kept).ToArray();
        }
    }

    /// <summary>Counts chunks of texts on one thread, with numbers of its own.</summary>
    private sealed class Counter(NGramShape shape, int worker)
    {
        private readonly NGramReader _reader = new();
        private int[] _lastRow = new int[1024];
        private int[] _position = new int[1024];
        private int[] _numbers = new int[4096];
        private byte[] _counts = new byte[4096];

        public NGramTable Table { get; } = new();

        public int[] DocumentFrequency = new int[1024];

        public Chunk Count(IReadOnlyList<string?> texts, int first, int end, CancellationToken cancellation)
        {
            var ends = new int[2 * (end - first)];
            var sink = new Sink(this);
            for (int row = first; row < end; row++)
            {
                cancellation.ThrowIfCancellationRequested();
                sink.Start(row + 1);
                _reader.Read(texts[row], shape, ref sink);
                ends[2 * (row - first)] = sink.WordEnd;
                ends[2 * (row - first) + 1] = sink.Used;
            }
            return new Chunk(worker, ends, _numbers.AsSpan(0, sink.Used).ToArray(), _counts.AsSpan(0, sink.Used).ToArray());
        }

        private struct Sink(Counter owner) : INGramSink
        {
            private int _stamp;

            public int Used;
            public int WordEnd;

            public void Start(int stamp)
            {
                _stamp = stamp;
                WordEnd = Used;
            }

            public void Add(ulong hash)
            {
                int number = owner.Table.FindOrAdd(hash);
                if (number >= owner._lastRow.Length)
                    owner.GrowFeatures(number);
                if (owner._lastRow[number] == _stamp)
                {
                    ref byte count = ref owner._counts[owner._position[number]];
                    if (count < byte.MaxValue)
                        count++;
                    return;
                }
                owner._lastRow[number] = _stamp;
                owner._position[number] = Used;
                owner.DocumentFrequency[number]++;
                if (Used == owner._numbers.Length)
                {
                    Array.Resize(ref owner._numbers, 2 * Used);
                    Array.Resize(ref owner._counts, 2 * Used);
                }
                owner._numbers[Used] = number;
                owner._counts[Used++] = 1;
                if (!NGramReader.IsOfCharacters(hash))
                    WordEnd = Used;
            }
        }

        private void GrowFeatures(int number)
        {
            int size = Math.Max(2 * _lastRow.Length, number + 1);
            Array.Resize(ref _lastRow, size);
            Array.Resize(ref _position, size);
            Array.Resize(ref DocumentFrequency, size);
        }
    }
}
