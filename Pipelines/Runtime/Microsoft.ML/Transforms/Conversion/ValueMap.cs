using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>A table from keys to values; a key that it does not have maps to what empty text converts to, or else the default.</summary>
internal abstract class ValueMap
{
    private protected ValueMap(PrimitiveDataViewType keyType, DataViewSchema.DetachedColumn valueColumn)
    {
        KeyType = keyType;
        ValueColumn = valueColumn;
    }

    public PrimitiveDataViewType KeyType { get; }

    /// <summary>The type of the values, and their annotations.</summary>
    public DataViewSchema.DetachedColumn ValueColumn { get; }

    public DataViewType ValueType => ValueColumn.Type;

    /// <summary>The getter of the values for a column of keys or of vectors of them.</summary>
    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input);

    public abstract void Save(BinaryWriter writer);

    /// <summary>Takes the pairs from two columns of data.</summary>
    public static ValueMap Create(IHostEnvironment env, IDataView lookup, string keyColumn, string valueColumn)
    {
        Contracts.CheckValue(lookup, "lookupMap");
        Contracts.CheckNonEmpty(keyColumn, nameof(keyColumn));
        Contracts.CheckNonEmpty(valueColumn, nameof(valueColumn));
        var key = lookup.Schema.GetColumnOrNull(keyColumn) ?? throw Contracts.Except($"Key column {keyColumn} does not exist in the given dataview");
        var value = lookup.Schema.GetColumnOrNull(valueColumn) ?? throw Contracts.Except($"Value column {valueColumn} does not exist in the given dataview");
        Contracts.Check(key.Type is PrimitiveDataViewType, $"Key column {keyColumn} holds vectors; only single values can be keys");
        using var cursor = lookup.GetRowCursor([key, value]);
        return GenericDispatch.Invoke<IHostEnvironment, DataViewRowCursor, (DataViewSchema.Column, DataViewSchema.Column), ValueMap>(
            key.Type.RawType, value.Type.RawType, ReadRows<int, int>, env, cursor, (key, value));
    }

    private static ValueMap ReadRows<TKey, TValue>(IHostEnvironment env, DataViewRowCursor cursor, (DataViewSchema.Column Key, DataViewSchema.Column Value) columns)
    {
        var keyGetter = cursor.GetGetter<TKey>(columns.Key);
        var valueGetter = cursor.GetGetter<TValue>(columns.Value);
        var keys = new List<TKey>();
        var values = new List<TValue>();
        while (cursor.MoveNext())
        {
            env.CheckAlive();
            // Buffers of their own.
            TKey key = default;
            TValue value = default;
            keyGetter(ref key);
            valueGetter(ref value);
            keys.Add(key);
            values.Add(value);
        }
        return new ValueMap<TKey, TValue>((PrimitiveDataViewType)columns.Key.Type, new DataViewSchema.DetachedColumn(columns.Value), [.. keys], [.. values]);
    }

    /// <summary>Takes single values; as keys, if asked for, that stand for them.</summary>
    public static ValueMap Create<TKey, TValue>(IHostEnvironment env, IEnumerable<KeyValuePair<TKey, TValue>> pairs, bool valuesAsKeys)
    {
        Contracts.CheckValue(pairs, "keyValuePairs");
        env.Register("ArrayDataViewBuilder");
        var all = pairs.ToArray();
        var values = Array.ConvertAll(all, pair => pair.Value);
        return valuesAsKeys ? CreateKeyed(all, values) : Create(all, PrimitiveType<TValue>(), null, values);
    }

    /// <summary>Takes vectors, of fixed size where all have the same.</summary>
    public static ValueMap Create<TKey, TValue>(IHostEnvironment env, IEnumerable<KeyValuePair<TKey, TValue[]>> pairs)
    {
        Contracts.CheckValue(pairs, "keyValuePairs");
        env.Register("ArrayDataViewBuilder");
        var all = pairs.ToArray();
        int size = all.Length > 0 && all.All(pair => pair.Value.Length == all[0].Value.Length) ? all[0].Value.Length : 0;
        var type = new VectorDataViewType(PrimitiveType<TValue>(), size);
        return typeof(TValue) == typeof(string)
            ? Create(all, type, null, Array.ConvertAll(all, pair => ToVector(ToText((string[])(object)pair.Value))))
            : Create(all, type, null, Array.ConvertAll(all, pair => ToVector(pair.Value)));

        static VBuffer<T> ToVector<T>(T[] items) => new(items.Length, items);
    }

    private static ValueMap CreateKeyed<TKey, TValue>(KeyValuePair<TKey, TValue>[] pairs, TValue[] values)
    {
        var distinct = new Dictionary<TValue, uint>();
        foreach (var value in values)
            distinct.TryAdd(value, (uint)distinct.Count + 1);
        ReadOnlyMemory<char>[] names = [.. distinct.Keys.Select(value => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value}").AsMemory())];
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddKeyValues(names.Length, TextDataViewType.Instance, (ref VBuffer<ReadOnlyMemory<char>> keyValues) => keyValues = new VBuffer<ReadOnlyMemory<char>>(names.Length, names));
        // Values of these two types are taken to be keys themselves.
        if (typeof(TValue) == typeof(uint) || typeof(TValue) == typeof(ulong))
            return Create(pairs, new KeyDataViewType(typeof(TValue), distinct.Count), builder.ToAnnotations(), values);
        return Create(pairs, new KeyDataViewType(typeof(uint), distinct.Count), builder.ToAnnotations(), Array.ConvertAll(values, value => distinct[value]));
    }

    private static ValueMap Create<TKey, TOriginal, TValue>(KeyValuePair<TKey, TOriginal>[] pairs, DataViewType valueType, DataViewSchema.Annotations annotations, TValue[] values)
    {
        if (values is string[] texts)
            return Create(pairs, valueType, annotations, ToText(texts));
        var column = new DataViewSchema.DetachedColumn("Value", valueType, annotations);
        var keys = Array.ConvertAll(pairs, pair => pair.Key);
        return keys is string[] textKeys
            ? new ValueMap<ReadOnlyMemory<char>, TValue>(TextDataViewType.Instance, column, ToText(textKeys), values)
            : new ValueMap<TKey, TValue>(PrimitiveType<TKey>(), column, keys, values);
    }

    private static ReadOnlyMemory<char>[] ToText(string[] texts) => Array.ConvertAll(texts, text => text.AsMemory());

    private static PrimitiveDataViewType PrimitiveType<T>() => DataViewTypeExtensions.TryPrimitiveFromRawType(typeof(T), out var type)
        ? type
        : throw Contracts.Except($"Unsupported type {typeof(T)} used in mapping.");

    public static ValueMap Load(BinaryReader reader)
    {
        var schema = SchemaCodec.Read(reader);
        Contracts.CheckDecode(schema.Count == 2 && schema[0].Type is PrimitiveDataViewType);
        return GenericDispatch.Invoke<BinaryReader, DataViewSchema, ValueMap>(schema[0].Type.RawType, schema[1].Type.RawType, LoadTyped<int, int>, reader, schema);
    }

    private static ValueMap LoadTyped<TKey, TValue>(BinaryReader reader, DataViewSchema schema)
    {
        var keys = new TKey[reader.ReadCount()];
        var values = new TValue[keys.Length];
        var keyCodec = ValueCodecs.Get<TKey>();
        var valueCodec = ValueCodecs.Get<TValue>();
        for (int i = 0; i < keys.Length; i++)
        {
            keyCodec.Read(reader, ref keys[i]);
            valueCodec.Read(reader, ref values[i]);
        }
        return new ValueMap<TKey, TValue>((PrimitiveDataViewType)schema[0].Type, new DataViewSchema.DetachedColumn(schema[1]), keys, values);
    }
}

/// <inheritdoc cref="ValueMap"/>
internal sealed class ValueMap<TKey, TValue> : ValueMap
{
    private readonly TKey[] _keys;
    private readonly TValue[] _values;
    private readonly TValue _missing;
    private readonly Dictionary<TKey, int> _indices;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _textIndices;

    public ValueMap(PrimitiveDataViewType keyType, DataViewSchema.DetachedColumn valueColumn, TKey[] keys, TValue[] values) : base(keyType, valueColumn)
    {
        _keys = keys;
        _values = values;
        if (ValueType is PrimitiveDataViewType && Conversions.TryGet<ReadOnlyMemory<char>, TValue>(TextDataViewType.Instance, ValueType, out var convert, out _))
            convert(default, ref _missing);
        if (keys is ReadOnlyMemory<char>[] texts)
        {
            var indices = new Dictionary<string, int>(keys.Length, StringComparer.Ordinal);
            for (int i = 0; i < texts.Length; i++)
                Check(indices.TryAdd(texts[i].ToString(), i), i);
            _textIndices = indices.GetAlternateLookup<ReadOnlySpan<char>>();
            return;
        }
        _indices = new Dictionary<TKey, int>(keys.Length);
        for (int i = 0; i < keys.Length; i++)
            Check(_indices.TryAdd(keys[i], i), i);
    }

    private void Check(bool isNew, int index)
    {
        if (!isNew)
            throw Contracts.Except($"Duplicate keys in data '{_keys[index]}'");
    }

    private ref readonly TValue Find(in TKey key)
    {
        int index;
        bool found = typeof(TKey) == typeof(ReadOnlyMemory<char>)
            ? _textIndices.TryGetValue(((ReadOnlyMemory<char>)(object)key).Span, out index)
            : _indices.TryGetValue(key, out index);
        return ref found ? ref _values[index] : ref _missing;
    }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType)
            return MakeScalarGetter(row.GetGetter<TKey>(input));
        var vector = row.GetGetter<VBuffer<TKey>>(input);
        VBuffer<TKey> keys = default;
        return (ValueGetter<VBuffer<TValue>>)((ref VBuffer<TValue> destination) =>
        {
            vector(ref keys);
            VBufferUtils.Densify(ref keys);
            var source = keys.GetValues();
            var editor = VBufferEditor.Create(ref destination, source.Length);
            for (int i = 0; i < source.Length; i++)
                editor.Values[i] = Find(in source[i]);
            destination = editor.Commit();
        });
    }

    private ValueGetter<TValue> MakeScalarGetter(ValueGetter<TKey> scalar)
    {
        TKey key = default;
        if (ValueType is VectorDataViewType vector)
        {
            // What a getter gives belongs to the caller.
            var copy = (ValueMapper<TValue, TValue>)GenericDispatch.Invoke<Delegate>(vector.ItemType.RawType, VectorCopier<int>);
            return (ref TValue value) =>
            {
                scalar(ref key);
                copy(in Find(in key), ref value);
            };
        }
        return (ref TValue value) =>
        {
            scalar(ref key);
            value = Find(in key);
        };
    }

    private static Delegate VectorCopier<TItem>() =>
        (ValueMapper<VBuffer<TItem>, VBuffer<TItem>>)((in VBuffer<TItem> source, ref VBuffer<TItem> destination) => source.CopyTo(ref destination));

    public override void Save(BinaryWriter writer)
    {
        var schema = new DataViewSchema.Builder();
        schema.AddColumn("Key", KeyType);
        schema.AddColumn(ValueColumn.Name, ValueType, ValueColumn.Annotations);
        SchemaCodec.Write(writer, schema.ToSchema());
        writer.Write(_keys.Length);
        var keyCodec = ValueCodecs.Get<TKey>();
        var valueCodec = ValueCodecs.Get<TValue>();
        for (int i = 0; i < _keys.Length; i++)
        {
            keyCodec.Write(writer, in _keys[i]);
            valueCodec.Write(writer, in _values[i]);
        }
    }
}
