using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Makes the vectors of rows, one after another.</summary>
internal sealed class RowFeaturizer
{
    private readonly RowTokenizer _tokenizer;
    private readonly WordTable _words;
    private readonly Block _characterBlock;
    private readonly Block _wordBlock;
    private readonly TokenBuffer _tokens = new();
    private VBuffer<float> _characterCounts;
    private VBuffer<float> _wordCounts;

    public RowFeaturizer(TextFeaturizerSettings settings, TextDictionary dictionary)
    {
        _tokenizer = new RowTokenizer(settings);
        _words = dictionary.Words;
        LpNorm? norm = settings.Norm is { } function ? new LpNorm(function, false, 1) : null;
        _characterBlock = dictionary.Characters == null ? null : new Block(dictionary.Characters, norm);
        _wordBlock = dictionary.WordNgrams == null ? null : new Block(dictionary.WordNgrams, norm);
    }

    public void Featurize(ReadOnlySpan<ReadOnlyMemory<char>> texts, bool isVector, ref VBuffer<float> destination)
    {
        _tokenizer.Read(texts, isVector);
        if (_wordBlock == null)
        {
            _characterBlock.Fill(_tokenizer.Characters, ref destination);
            return;
        }
        _tokens.Clear();
        var keys = _tokens.Extend(_tokenizer.WordCount);
        for (int i = 0; i < keys.Length; i++)
            keys[i] = _words.Find(_tokenizer.Word(i));
        if (_characterBlock == null)
        {
            _wordBlock.Fill(keys, ref destination);
            return;
        }
        _characterBlock.Fill(_tokenizer.Characters, ref _characterCounts);
        _wordBlock.Fill(keys, ref _wordCounts);
        Concatenate(in _characterCounts, in _wordCounts, ref destination);
    }

    // Dense where more than half of the slots are explicit.
    private static void Concatenate(in VBuffer<float> first, in VBuffer<float> second, ref VBuffer<float> destination)
    {
        int length = checked(first.Length + second.Length);
        int count = first.ExplicitCount + second.ExplicitCount;
        if (count > length - length / 2)
        {
            var dense = VBufferEditor.Create(ref destination, length);
            first.CopyTo(dense.Values[..first.Length]);
            second.CopyTo(dense.Values, first.Length);
            destination = dense.Commit();
            return;
        }
        var sparse = VBufferEditor.Create(ref destination, length, count, requireIndicesOnDense: true);
        Copy(in first, 0, sparse.Values, sparse.Indices);
        Copy(in second, first.Length, sparse.Values[first.ExplicitCount..], sparse.Indices[first.ExplicitCount..]);
        destination = sparse.Commit();
    }

    private static void Copy(in VBuffer<float> source, int offset, Span<float> values, Span<int> indices)
    {
        source.GetValues().CopyTo(values);
        var own = source.GetIndices();
        for (int i = 0; i < source.ExplicitCount; i++)
            indices[i] = offset + (source.IsDense ? i : own[i]);
    }

    /// <summary>The n-grams of words, or of characters.</summary>
    private sealed class Block(NgramDictionary dictionary, LpNorm? norm)
    {
        private readonly SlotCounter _counter = new(dictionary.Count);

        public void Fill(ReadOnlySpan<uint> tokens, ref VBuffer<float> destination)
        {
            _counter.Clear();
            dictionary.AddSlots(tokens, _counter);
            _counter.GetCounts(ref destination);
            dictionary.Weigh(ref destination);
            norm?.ApplyInPlace(VBufferEditor.CreateFromBuffer(ref destination).Values, destination.Length);
        }
    }
}
