namespace MLPipelines.Text;

/// <summary>
/// Weighted texts as sparse rows of unit length: sublinear term frequency times weight, words and characters each
/// brought to unit length, then to their share of the whole.
/// </summary>
internal sealed class SparseRows
{
    private const int ChunkBits = 8;
    private const int ChunkRows = 1 << ChunkBits;
    private readonly Chunk[] _chunks;

    private SparseRows(Chunk[] chunks, int rowCount, int featureCount)
    {
        _chunks = chunks;
        RowCount = rowCount;
        FeatureCount = featureCount;
    }

    private sealed record Chunk(int[] Ends, int[] Features, float[] Values);

    public int RowCount { get; }

    public int FeatureCount { get; }

    public ReadOnlySpan<int> Features(int row, out ReadOnlySpan<float> values)
    {
        Chunk chunk = _chunks[row >> ChunkBits];
        row &= ChunkRows - 1;
        int start = row == 0 ? 0 : chunk.Ends[row - 1];
        values = chunk.Values.AsSpan(start, chunk.Ends[row] - start);
        return chunk.Features.AsSpan(start, values.Length);
    }

    public static SparseRows Build(NGramCorpus corpus, int[] rows, TermWeights weights, float characterWeight, ParallelOptions parallel)
    {
        var chunks = new Chunk[(rows.Length + ChunkRows - 1) / ChunkRows];
        Parallel.For(0, chunks.Length, parallel, c =>
        {
            int first = c * ChunkRows;
            chunks[c] = BuildChunk(corpus, rows.AsSpan(first, Math.Min(ChunkRows, rows.Length - first)), weights, characterWeight);
        });
        return new SparseRows(chunks, rows.Length, corpus.FeatureCount);
    }

    private static Chunk BuildChunk(NGramCorpus corpus, ReadOnlySpan<int> rows, TermWeights weights, float characterWeight)
    {
        int capacity = 0;
        foreach (int row in rows)
            capacity += corpus[row].Numbers.Length;
        var ends = new int[rows.Length];
        var features = new int[capacity];
        var values = new float[capacity];
        int used = 0;
        for (int r = 0; r < rows.Length; r++)
        {
            NGramCorpus.Row row = corpus[rows[r]];
            int start = used;
            float words = row.UnknownWordSquares * weights.Unknown * weights.Unknown;
            float characters = row.UnknownCharacterSquares * weights.Unknown * weights.Unknown;
            Append(row.Numbers[..row.WordCount], row.Counts, ref words);
            int middle = used;
            Append(row.Numbers[row.WordCount..], row.Counts[row.WordCount..], ref characters);
            (float wordScale, float characterScale) = BlockScales(words, characters, characterWeight);
            foreach (ref float value in values.AsSpan(start, middle - start))
                value *= wordScale;
            foreach (ref float value in values.AsSpan(middle, used - middle))
                value *= characterScale;
            ends[r] = used;
        }
        return used == capacity ? new Chunk(ends, features, values)
            : new Chunk(ends, features.AsSpan(0, used).ToArray(), values.AsSpan(0, used).ToArray());

        void Append(ReadOnlySpan<int> numbers, ReadOnlySpan<byte> counts, ref float squares)
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                float frequency = NGramCorpus.TermFrequency[counts[i]];
                float weight = weights.Weights[numbers[i]];
                float value = frequency * (weight == 0 ? weights.Unknown : weight);
                squares += value * value;
                if (weight == 0)
                    continue;
                features[used] = numbers[i];
                values[used++] = value;
            }
        }
    }

    /// <summary>Factors that give the two blocks lengths 1 and <paramref name="characterWeight"/>, and the whole length 1.</summary>
    public static (float Words, float Characters) BlockScales(float wordSquares, float characterSquares, float characterWeight)
    {
        if (characterSquares <= 0)
            return (wordSquares <= 0 ? 0 : 1 / MathF.Sqrt(wordSquares), 0);
        if (wordSquares <= 0)
            return (0, 1 / MathF.Sqrt(characterSquares));
        float whole = MathF.Sqrt(1 + characterWeight * characterWeight);
        return (1 / (MathF.Sqrt(wordSquares) * whole), characterWeight / (MathF.Sqrt(characterSquares) * whole));
    }
}
