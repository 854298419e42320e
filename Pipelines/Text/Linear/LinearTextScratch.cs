namespace MLPipelines.Text;

/// <summary>Buffers for scoring one text at a time with one model; kept between texts so that scoring allocates nothing.</summary>
internal sealed class LinearTextScratch(int featureCount)
{
    private const int SmallestTable = 1024;
    private const int LargestKeptTable = 1 << 16;

    private readonly NGramReader _reader = new();
    private readonly int[] _position = new int[featureCount];
    private int[] _features = new int[256];
    private float[] _values = new float[256];
    private byte[] _counts = new byte[256];
    private UnknownSlot[] _unknown = new UnknownSlot[SmallestTable];
    private int _unknownCount;
    private int _generation;
    private int _used;
    private int _wordCount;
    private float _unknownWordSquares;
    private float _unknownCharacterSquares;

    private struct UnknownSlot
    {
        public ulong Hash;
        public int Generation;
        public byte Count;
    }

    public ReadOnlySpan<int> Features => _features.AsSpan(0, _used);

    public ReadOnlySpan<float> Values => _values.AsSpan(0, _used);

    /// <summary>Leaves the weighted n-grams of <paramref name="text"/>, in order of first occurrence, in <see cref="Features"/> and <see cref="Values"/>.</summary>
    public void Read(ReadOnlySpan<char> text, LinearTextModelParts parts, NGramTable table)
    {
        (_used, _wordCount, _unknownCount) = (0, 0, 0);
        (_unknownWordSquares, _unknownCharacterSquares) = (0, 0);
        if (_unknown.Length > LargestKeptTable || ++_generation == int.MaxValue)
        {
            _unknown = new UnknownSlot[SmallestTable];
            _generation = 1;
        }
        var sink = new Sink(this, table);
        _reader.Read(text, parts.Shape, ref sink);

        int words = _wordCount;
        float unknown = parts.UnknownWeight * parts.UnknownWeight;
        float wordSquares = _unknownWordSquares * unknown + Weigh(0, words, parts.TermWeights);
        float characterSquares = _unknownCharacterSquares * unknown + Weigh(words, _used, parts.TermWeights);
        (float wordScale, float characterScale) = SparseRows.BlockScales(wordSquares, characterSquares, parts.CharacterWeight);
        for (int i = 0; i < _used; i++)
        {
            _values[i] *= i < words ? wordScale : characterScale;
            _position[_features[i]] = 0;
        }
    }

    private float Weigh(int first, int end, float[] termWeights)
    {
        float squares = 0;
        for (int i = first; i < end; i++)
        {
            float value = NGramCorpus.TermFrequency[_counts[i]] * termWeights[_features[i]];
            _values[i] = value;
            squares += value * value;
        }
        return squares;
    }

    private void AddKnown(int number, bool ofCharacters)
    {
        int position = _position[number];
        if (position != 0)
        {
            ref byte count = ref _counts[position - 1];
            if (count < byte.MaxValue)
                count++;
            return;
        }
        if (_used == _features.Length)
        {
            Array.Resize(ref _features, 2 * _used);
            Array.Resize(ref _values, 2 * _used);
            Array.Resize(ref _counts, 2 * _used);
        }
        _features[_used] = number;
        _counts[_used] = 1;
        _position[number] = ++_used;
        if (!ofCharacters)
            _wordCount = _used;
    }

    private void AddUnknown(ulong hash)
    {
        for (int i = (int)(hash >> 1) & (_unknown.Length - 1); ; i = (i + 1) & (_unknown.Length - 1))
        {
            ref UnknownSlot slot = ref _unknown[i];
            if (slot.Generation != _generation)
            {
                slot = new UnknownSlot { Hash = hash, Generation = _generation, Count = 1 };
                AddUnknownSquares(hash, 1);
                if (2 * ++_unknownCount > _unknown.Length)
                    GrowUnknown();
                return;
            }
            if (slot.Hash == hash)
            {
                if (slot.Count < byte.MaxValue)
                    AddUnknownSquares(hash, ++slot.Count);
                return;
            }
        }
    }

    // By how much the sum of squared term frequencies grows when an unknown n-gram occurs for the count-th time.
    private void AddUnknownSquares(ulong hash, byte count)
    {
        float now = NGramCorpus.TermFrequency[count], before = NGramCorpus.TermFrequency[count - 1];
        float growth = now * now - before * before;
        if (NGramReader.IsOfCharacters(hash))
            _unknownCharacterSquares += growth;
        else
            _unknownWordSquares += growth;
    }

    private void GrowUnknown()
    {
        UnknownSlot[] old = _unknown;
        _unknown = new UnknownSlot[2 * old.Length];
        foreach (ref readonly UnknownSlot slot in old.AsSpan())
        {
            if (slot.Generation != _generation)
                continue;
            int i = (int)(slot.Hash >> 1) & (_unknown.Length - 1);
            while (_unknown[i].Generation == _generation)
                i = (i + 1) & (_unknown.Length - 1);
            _unknown[i] = slot;
        }
    }

    private readonly struct Sink(LinearTextScratch owner, NGramTable table) : INGramSink
    {
        public void Add(ulong hash)
        {
            int number = table.Find(hash);
            if (number >= 0)
                owner.AddKnown(number, NGramReader.IsOfCharacters(hash));
            else
                owner.AddUnknown(hash);
        }
    }
}
