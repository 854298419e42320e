using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>
/// Collects which values a hash maps to each key, and names the keys by them: a single value as it is, several in braces
/// in the order in which they came, each with its slot in front where that is part of the hash.
/// </summary>
internal abstract class HashInverter
{
    public static HashInverter Create(DataViewRow row, HashingEstimator.ColumnOptions options)
    {
        var input = row.Schema[options.InputColumnName];
        return GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, HashingEstimator.ColumnOptions, HashInverter>(
            input.Type.ItemTypeOrSelf().RawType, CreateTyped<int>, row, input, options);
    }

    private static HashInverter CreateTyped<T>(DataViewRow row, DataViewSchema.Column input, HashingEstimator.ColumnOptions options) =>
        new TypedInverter<T>(row, input, options);

    /// <summary>Takes the values of the current row.</summary>
    public abstract void AddRow();

    public abstract VBuffer<ReadOnlyMemory<char>> GetKeyValues();

    private sealed class TypedInverter<T> : HashInverter
    {
        private readonly InvertedKeys _names;
        private readonly ValueToText<T> _toText;
        private readonly ValueGetter<T> _scalar;
        private readonly ValueGetter<VBuffer<T>> _vector;
        private readonly ValueGetter<uint> _key;
        private readonly ValueGetter<VBuffer<uint>> _keys;
        private readonly bool _ordered;
        private T _value;
        private VBuffer<T> _values;
        private VBuffer<uint> _slotKeys;

        public TypedInverter(DataViewRow row, DataViewSchema.Column input, HashingEstimator.ColumnOptions options)
        {
            _names = new InvertedKeys(options.KeyCount, options.MaximumNumberOfInverts);
            _toText = ValueToText<T>.Create(input);
            _ordered = options.UseOrderedHashing;
            var keys = HashingTransformer.MakeGetter(row, input, options);
            _key = keys as ValueGetter<uint>;
            _keys = keys as ValueGetter<VBuffer<uint>>;
            if (input.Type is VectorDataViewType)
                _vector = row.GetGetter<VBuffer<T>>(input);
            else
                _scalar = row.GetGetter<T>(input);
        }

        public override void AddRow()
        {
            if (_scalar != null)
            {
                uint key = 0;
                _key(ref key);
                _scalar(ref _value);
                _names.Add(key, _toText.Get(in _value));
                return;
            }
            _vector(ref _values);
            if (_key != null)
            {
                uint key = 0;
                _key(ref key);
                _names.Add(key, string.Join(',', _values.DenseValues().Select(value => _toText.Get(in value))));
                return;
            }
            _keys(ref _slotKeys);
            // Hashing fills in what a sparse vector leaves out, unless it is missing.
            if (_slotKeys.IsDense)
                VBufferUtils.Densify(ref _values);
            var values = _values.GetValues();
            var keys = _slotKeys.GetValues();
            var indices = _slotKeys.GetIndices();
            for (int i = 0; i < keys.Length; i++)
            {
                if (keys[i] == 0 || _names.IsFull(keys[i]))
                    continue;
                string text = _toText.Get(in values[i]);
                _names.Add(keys[i], _ordered ? $"{(indices.IsEmpty ? i : indices[i])}:{text}" : text);
            }
        }

        public override VBuffer<ReadOnlyMemory<char>> GetKeyValues() => _names.ToVector();
    }
}

/// <summary>The texts that were hashed to each key.</summary>
/// <param name="keyCount">The number of keys.</param>
/// <param name="limit">How many texts are kept for each key; -1 for all.</param>
internal sealed class InvertedKeys(int keyCount, int limit)
{
    private readonly Dictionary<int, List<string>> _texts = [];
    private readonly int _limit = limit < 0 ? int.MaxValue : limit;

    public bool IsFull(uint key) => _texts.TryGetValue((int)key - 1, out var texts) && texts.Count >= _limit;

    public void Add(uint key, string text)
    {
        if (key == 0)
            return;
        int slot = (int)key - 1;
        if (!_texts.TryGetValue(slot, out var texts))
            _texts.Add(slot, texts = []);
        if (texts.Count < _limit && !texts.Contains(text))
            texts.Add(text);
    }

    /// <summary>A text for each key; sparse where at most half of the keys occurred.</summary>
    public VBuffer<ReadOnlyMemory<char>> ToVector()
    {
        if (_texts.Count > keyCount / 2)
        {
            var dense = new ReadOnlyMemory<char>[keyCount];
            foreach (var (slot, texts) in _texts)
                dense[slot] = Join(texts);
            return new VBuffer<ReadOnlyMemory<char>>(keyCount, dense);
        }
        int[] indices = [.. _texts.Keys];
        Array.Sort(indices);
        return new VBuffer<ReadOnlyMemory<char>>(keyCount, indices.Length, Array.ConvertAll(indices, slot => Join(_texts[slot])), indices);
    }

    private static ReadOnlyMemory<char> Join(List<string> texts) =>
        (texts.Count == 1 ? texts[0] : new StringBuilder().Append('{').AppendJoin(',', texts).Append('}').ToString()).AsMemory();
}
