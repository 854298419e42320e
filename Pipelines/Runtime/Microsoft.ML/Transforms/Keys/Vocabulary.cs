using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The values that keys stand for: key k, 1-based, stands for value k − 1.</summary>
internal abstract class Vocabulary(PrimitiveDataViewType itemType)
{
    public PrimitiveDataViewType ItemType { get; } = itemType;

    public abstract int Count { get; }

    /// <summary>The type of the keys; a vocabulary without values still has a type of one key.</summary>
    public KeyDataViewType KeyType => new(typeof(uint), Math.Max(1, Count));

    /// <summary>Over a column of the item type or of vectors of it: the getter of the keys.</summary>
    public abstract Delegate MakeKeyGetter(DataViewRow row, DataViewSchema.Column input);

    /// <summary>
    /// Adds <see cref="AnnotationUtils.Kinds.KeyValues"/>, as text where asked for; where the values are themselves keys
    /// of <paramref name="input"/> that stand for something, that.
    /// </summary>
    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, bool asText);

    public abstract void Save(BinaryWriter writer);

    public static Vocabulary Load(BinaryReader reader)
    {
        var type = ValueCodecs.ReadType(reader) as PrimitiveDataViewType ?? throw Contracts.ExceptDecode("A vocabulary holds vectors.");
        return GenericDispatch.Invoke<BinaryReader, PrimitiveDataViewType, Vocabulary>(type.RawType, LoadTyped<int>, reader, type);
    }

    private static Vocabulary LoadTyped<T>(BinaryReader reader, PrimitiveDataViewType type)
    {
        var codec = ValueCodecs.Get<T>();
        var values = new T[reader.ReadCount()];
        for (int i = 0; i < values.Length; i++)
            codec.Read(reader, ref values[i]);
        return new Vocabulary<T>(type, values);
    }

    /// <summary>Collects the distinct values of a column, in the order in which they come.</summary>
    public abstract class Collector
    {
        /// <summary>Takes the values of the current row; false once the limit is reached.</summary>
        public abstract bool AddRow();

        public abstract Vocabulary Finish(bool sorted);

        public static Collector Create(DataViewRow row, DataViewSchema.Column column, int limit) =>
            GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, int, Collector>(column.Type.ItemTypeOrSelf().RawType, CreateTyped<int>, row, column, limit);

        private static Collector CreateTyped<T>(DataViewRow row, DataViewSchema.Column column, int limit) => new Vocabulary<T>.TypedCollector(row, column, limit);
    }
}

/// <inheritdoc cref="Vocabulary"/>
internal sealed class Vocabulary<T> : Vocabulary
{
    private readonly T[] _values;
    private readonly Dictionary<T, uint> _keys;
    private readonly Dictionary<string, uint>.AlternateLookup<ReadOnlySpan<char>> _textKeys;

    public Vocabulary(PrimitiveDataViewType itemType, T[] values) : base(itemType)
    {
        _values = values;
        if (values is ReadOnlyMemory<char>[] texts)
        {
            var keys = new Dictionary<string, uint>(values.Length, StringComparer.Ordinal);
            for (int i = 0; i < texts.Length; i++)
                keys.Add(texts[i].ToString(), (uint)i + 1);
            _textKeys = keys.GetAlternateLookup<ReadOnlySpan<char>>();
            return;
        }
        _keys = new Dictionary<T, uint>(values.Length);
        for (int i = 0; i < values.Length; i++)
            _keys.Add(values[i], (uint)i + 1);
    }

    public override int Count => _values.Length;

    /// <summary>The key of a value, 0 where it is missing or was not seen.</summary>
    public uint KeyOf(in T value)
    {
        uint key;
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
        {
            var text = ((ReadOnlyMemory<char>)(object)value).Span;
            return text.IsEmpty ? 0 : _textKeys.TryGetValue(text, out key) ? key : 0;
        }
        return _keys.TryGetValue(value, out key) ? key : 0;
    }

    public override Delegate MakeKeyGetter(DataViewRow row, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType)
        {
            var scalar = row.GetGetter<T>(input);
            T value = default;
            return (ValueGetter<uint>)((ref uint key) =>
            {
                scalar(ref value);
                key = KeyOf(in value);
            });
        }
        var vector = row.GetGetter<VBuffer<T>>(input);
        VBuffer<T> buffer = default;
        uint keyOfDefault = KeyOf(default);
        return (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> keys) =>
        {
            vector(ref buffer);
            var values = buffer.GetValues();
            if (buffer.IsDense || keyOfDefault == 0)
            {
                var editor = VBufferEditor.Create(ref keys, buffer.Length, values.Length, requireIndicesOnDense: true);
                int kept = 0;
                for (int i = 0; i < values.Length; i++)
                {
                    uint key = KeyOf(in values[i]);
                    if (buffer.IsDense)
                        editor.Values[i] = key;
                    else if (key != 0)
                    {
                        editor.Values[kept] = key;
                        editor.Indices[kept++] = buffer.GetIndices()[i];
                    }
                }
                keys = buffer.IsDense ? editor.Commit() : editor.CommitTruncated(kept);
                return;
            }
            var dense = VBufferEditor.Create(ref keys, buffer.Length);
            dense.Values.Fill(keyOfDefault);
            for (int i = 0; i < values.Length; i++)
                dense.Values[buffer.GetIndices()[i]] = KeyOf(in values[i]);
            keys = dense.Commit();
        });
    }

    public override void AddKeyValues(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, bool asText)
    {
        if (Count == 0)
            return;
        if (ItemType is KeyDataViewType && AnnotationUtils.HasKeyValues(input, out var inputValues))
            GenericDispatch.Invoke<DataViewSchema.Annotations.Builder, DataViewSchema.Column, bool, bool>(inputValues.ItemType.RawType, AddValuesOfKeys<int>, builder, input, asText);
        else
            Add(builder, ItemType, _values, asText);
    }

    private bool AddValuesOfKeys<TMeaning>(DataViewSchema.Annotations.Builder builder, DataViewSchema.Column input, bool asText)
    {
        VBuffer<TMeaning> meanings = default;
        input.GetKeyValues(ref meanings);
        var toIndex = Conversions.Get<T, ulong>();
        var values = Array.ConvertAll(_values, key =>
        {
            ulong index = 0;
            toIndex(in key, ref index);
            return index - 1 < (ulong)meanings.Length ? meanings.GetItemOrDefault((int)index - 1) : default;
        });
        AnnotationUtils.HasKeyValues(input, out var type);
        Add(builder, type.ItemType, values, asText);
        return true;
    }

    private static void Add<TValue>(DataViewSchema.Annotations.Builder builder, PrimitiveDataViewType type, TValue[] values, bool asText)
    {
        if (!asText || type is TextDataViewType)
        {
            builder.AddKeyValues(values.Length, type, (ref VBuffer<TValue> destination) => destination = new VBuffer<TValue>(values.Length, values));
            return;
        }
        var toText = ValueToText<TValue>.Create(type);
        var texts = Array.ConvertAll(values, value => toText.Get(in value).AsMemory());
        builder.AddKeyValues(texts.Length, TextDataViewType.Instance, (ref VBuffer<ReadOnlyMemory<char>> destination) => destination = new VBuffer<ReadOnlyMemory<char>>(texts.Length, texts));
    }

    public override void Save(BinaryWriter writer)
    {
        ValueCodecs.WriteType(writer, ItemType);
        writer.Write(_values.Length);
        var codec = ValueCodecs.Get<T>();
        foreach (ref readonly var value in _values.AsSpan())
            codec.Write(writer, in value);
    }

    internal sealed class TypedCollector(DataViewRow row, DataViewSchema.Column column, int limit) : Collector
    {
        private readonly PrimitiveDataViewType _itemType = (PrimitiveDataViewType)column.Type.ItemTypeOrSelf();
        private readonly InPredicate<T> _isMissing = Missing.GetPredicate<T>(column.Type.ItemTypeOrSelf());
        private readonly ValueGetter<T> _scalar = column.Type is VectorDataViewType ? null : row.GetGetter<T>(column);
        private readonly ValueGetter<VBuffer<T>> _vector = column.Type is VectorDataViewType ? row.GetGetter<VBuffer<T>>(column) : null;
        private readonly HashSet<T> _seen = [];
        private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _seenTexts = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        private readonly List<T> _values = [];
        private VBuffer<T> _buffer;
        private T _value;
        private bool _hasDefault;

        public override bool AddRow()
        {
            if (_scalar != null)
            {
                _scalar(ref _value);
                return Add(in _value);
            }
            _vector(ref _buffer);
            var values = _buffer.GetValues();
            var indices = _buffer.GetIndices();
            for (int i = 0; i < values.Length; i++)
            {
                if (!indices.IsEmpty && indices[i] != i && !AddDefault() || !Add(in values[i]))
                    return false;
            }
            return _buffer.IsDense || AddDefault();
        }

        // What a sparse vector leaves out comes where the first such hole is, and only once.
        private bool AddDefault()
        {
            if (_hasDefault)
                return true;
            _hasDefault = true;
            return Add(default);
        }

        /// <summary>Takes a value; false once the limit is reached.</summary>
        private bool Add(in T value)
        {
            if (typeof(T) == typeof(ReadOnlyMemory<char>))
            {
                var text = (ReadOnlyMemory<char>)(object)value;
                if (!text.IsEmpty && _seenTexts.Add(text.Span))
                    _values.Add((T)(object)text.ToString().AsMemory());
            }
            else if ((_isMissing == null || !_isMissing(in value)) && _seen.Add(value))
            {
                _values.Add(value);
            }
            return _values.Count < limit;
        }

        public override Vocabulary Finish(bool sorted)
        {
            var values = _values.ToArray();
            if (sorted && values is ReadOnlyMemory<char>[] texts)
                Array.Sort(texts, (left, right) => left.Span.SequenceCompareTo(right.Span));
            else if (sorted)
                Array.Sort(values);
            return new Vocabulary<T>(_itemType, values);
        }
    }
}
