namespace Microsoft.ML.Transforms.Text;

/// <summary>Collects the n-grams of rows, in the order in which they come, and in how many rows each occurs.</summary>
internal sealed class NgramDictionaryBuilder(NgramSettings settings, uint largestToken)
{
    private readonly NgramPool _pool = new(settings.Length, largestToken);
    private int[] _rowsWith = [];
    private int[] _lastRow = [];
    private int _rows;

    public int Count => _pool.Count;

    public void AddRow(ReadOnlySpan<uint> tokens)
    {
        _rows++;
        var adder = new Adder(this);
        NgramWalk.Over(tokens, settings.ShortestLength, settings.Length, settings.Skips, ref adder);
    }

    /// <summary>Adds what another builder collected of the rows that follow, whose tokens stand for others here.</summary>
    /// <param name="next">The other builder, of the same settings without limits.</param>
    /// <param name="mapping">The token here for each token there; null if they are the same.</param>
    public void Append(NgramDictionaryBuilder next, uint[] mapping)
    {
        _rows += next._rows;
        Span<uint> ngram = stackalloc uint[settings.Length];
        for (int id = 0; id < next.Count; id++)
        {
            var source = next._pool[id];
            int slot;
            if (mapping == null)
                slot = _pool.FindOrAdd(source, settings.Limits[source.Length - 1]);
            else
            {
                for (int i = 0; i < source.Length; i++)
                    ngram[i] = mapping[source[i]];
                slot = _pool.FindOrAdd(ngram[..source.Length], settings.Limits[source.Length - 1]);
            }
            if (settings.UsesDocumentFrequency && slot >= 0)
                RowsWith(slot) += next._rowsWith[id];
        }
    }

    public NgramDictionary Finish()
    {
        var frequencies = new double[settings.UsesDocumentFrequency ? _pool.Count : 0];
        for (int slot = 0; slot < frequencies.Length; slot++)
            frequencies[slot] = Math.Log(_rows / (double)_rowsWith[slot]);
        return new NgramDictionary(settings, _pool, frequencies);
    }

    private ref int RowsWith(int slot)
    {
        if (slot >= _rowsWith.Length)
        {
            int size = Math.Max(2 * _rowsWith.Length, Math.Max(64, slot + 1));
            Array.Resize(ref _rowsWith, size);
            Array.Resize(ref _lastRow, size);
        }
        return ref _rowsWith[slot];
    }

    private readonly struct Adder(NgramDictionaryBuilder builder) : INgramVisitor
    {
        private readonly NgramPool _pool = builder._pool;
        private readonly int[] _limits = builder.Limits;
        private readonly bool _countsRows = builder.CountsRows;

        public void Visit(ReadOnlySpan<uint> ngram)
        {
            int slot = _pool.FindOrAdd(ngram, _limits[ngram.Length - 1]);
            if (!_countsRows || slot < 0)
                return;
            ref int rows = ref builder.RowsWith(slot);
            if (builder._lastRow[slot] == builder._rows)
                return;
            builder._lastRow[slot] = builder._rows;
            rows++;
        }
    }

    private int[] Limits => settings.Limits;

    private bool CountsRows => settings.UsesDocumentFrequency;
}
