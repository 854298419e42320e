using System.Runtime.CompilerServices;

namespace Microsoft.ML.Data;

/// <summary>The fields of a row: in dense rows field i is column i of the file, in others it is <see cref="Columns"/>[i].</summary>
internal ref struct RowFields
{
    public ReadOnlySpan<byte> Bytes;

    public ReadOnlySpan<FieldRange> Ranges;

    public ReadOnlySpan<int> Columns;

    public bool IsDense;

    /// <summary>The number of columns of the row.</summary>
    public int ColumnCount;

    /// <summary>The index of the first field at or after a column of the file.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int FieldOf(int column) => IsDense ? Math.Min(column, Ranges.Length) : Search(column);

    private readonly int Search(int column)
    {
        int index = Columns.BinarySearch(column);
        return index < 0 ? ~index : index;
    }
}

/// <summary>The values of one column in the rows of a block.</summary>
internal abstract class ColumnStore
{
    /// <summary>Forgets all rows.</summary>
    public abstract void Clear();

    /// <summary>Adds the value of the next row.</summary>
    public abstract void Add(in RowFields fields);

    protected static TItem[] Double<TItem>(TItem[] items)
    {
        Array.Resize(ref items, 2 * items.Length);
        return items;
    }

    /// <param name="column">The column.</param>
    /// <param name="format">How numbers are written.</param>
    /// <param name="arena">Where texts go.</param>
    /// <param name="log">Where bad values are noted.</param>
    public static ColumnStore Create(ColumnBinding column, TextFormat format, TextArena arena, ParseLog log)
    {
        var itemType = column.Type.ItemTypeOrSelf();
        if (itemType is KeyDataViewType key)
        {
            return Type.GetTypeCode(key.RawType) switch
            {
                TypeCode.Byte => Make<byte, KeyFieldParser<byte>>(new(key.Count)),
                TypeCode.UInt16 => Make<ushort, KeyFieldParser<ushort>>(new(key.Count)),
                TypeCode.UInt32 => Make<uint, KeyFieldParser<uint>>(new(key.Count)),
                _ => Make<ulong, KeyFieldParser<ulong>>(new(key.Count)),
            };
        }
        return itemType switch
        {
            TextDataViewType => Make<ReadOnlyMemory<char>, TextFieldParser>(new(arena)),
            BooleanDataViewType => Make<bool, BooleanFieldParser>(default),
            TimeSpanDataViewType => Make<TimeSpan, TimeFieldParser<TimeSpan>>(new()),
            DateTimeDataViewType => Make<DateTime, TimeFieldParser<DateTime>>(new()),
            DateTimeOffsetDataViewType => Make<DateTimeOffset, TimeFieldParser<DateTimeOffset>>(new()),
            _ => Type.GetTypeCode(itemType.RawType) switch
            {
                TypeCode.SByte => Make<sbyte, IntegerFieldParser<sbyte>>(new()),
                TypeCode.Byte => Make<byte, IntegerFieldParser<byte>>(new()),
                TypeCode.Int16 => Make<short, IntegerFieldParser<short>>(new()),
                TypeCode.UInt16 => Make<ushort, IntegerFieldParser<ushort>>(new()),
                TypeCode.Int32 => Make<int, IntegerFieldParser<int>>(new()),
                TypeCode.UInt32 => Make<uint, IntegerFieldParser<uint>>(new()),
                TypeCode.Int64 => Make<long, IntegerFieldParser<long>>(new()),
                TypeCode.UInt64 => Make<ulong, IntegerFieldParser<ulong>>(new()),
                TypeCode.Single => Make<float, SingleFieldParser>(new(format.FloatOptions)),
                _ => Make<double, DoubleFieldParser>(new(format.FloatOptions)),
            },
        };

        ColumnStore Make<T, TParser>(TParser parser) where TParser : struct, IFieldParser<T> =>
            column.Type is VectorDataViewType
                ? new VectorStore<T, TParser>(column, parser, format.MissingRealsAsNaNs, log)
                : new ScalarStore<T, TParser>(column, parser, format.MissingRealsAsNaNs, log);
    }
}

internal abstract class ScalarStore<T> : ColumnStore
{
    /// <summary>One value a row.</summary>
    public T[] Values { get; protected set; } = new T[16];
}

internal sealed class ScalarStore<T, TParser>(ColumnBinding column, TParser parser, bool parseEmpty, ParseLog log) : ScalarStore<T>
    where TParser : struct, IFieldParser<T>
{
    private readonly int _source = column.Segments[0].Min;
    private int _count;

    public override void Clear() => _count = 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Add(in RowFields fields)
    {
        if (_count == Values.Length)
            Values = Double(Values);
        ref T value = ref Values[_count++];
        int field = fields.FieldOf(_source);
        if (field < fields.Ranges.Length && (fields.IsDense || fields.Columns[field] == _source))
        {
            var range = fields.Ranges[field];
            if (range.Length > 0 || parseEmpty)
            {
                if (!parser.TryParse(fields.Bytes.Slice(range.Start, range.Length), out value))
                    log.AddBadValue(column.Name, -1);
                return;
            }
        }
        value = default;
    }
}

/// <summary>Where the values of a row lie: <see cref="Count"/> explicit ones of <see cref="Length"/>.</summary>
internal readonly record struct VectorRow(int Start, int Count, int Length);

internal abstract class VectorStore<T> : ColumnStore
{
    public T[] Values { get; protected set; } = new T[64];

    /// <summary>The slots of the values of sparse rows.</summary>
    public int[] Indices { get; protected set; } = [];

    public VectorRow[] Rows { get; protected set; } = new VectorRow[16];
}

internal sealed class VectorStore<T, TParser>(ColumnBinding column, TParser parser, bool parseEmpty, ParseLog log) : VectorStore<T>
    where TParser : struct, IFieldParser<T>
{
    private int _rowCount;
    private int _used;

    public override void Clear()
    {
        _rowCount = 0;
        _used = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Add(in RowFields fields)
    {
        int start = _used;
        int next = start;
        int slot = 0;
        bool hasIndices = false;
        foreach (var segment in column.Segments)
        {
            int limit = segment.IsVariable ? Math.Max(fields.ColumnCount, segment.Min) : segment.Limit;
            int first = fields.FieldOf(segment.Min);
            int end = fields.FieldOf(limit);
            if (Values.Length - next < end - first)
                Grow(next, end - first);
            var values = Values;
            for (int i = first; i < end; i++)
            {
                var range = fields.Ranges[i];
                if (range.Length == 0 && !parseEmpty)
                    continue;
                int at = slot - segment.Min + (fields.IsDense ? i : fields.Columns[i]);
                if (hasIndices || at != next - start)
                {
                    if (!hasIndices)
                        FillIndices(start, next);
                    hasIndices = true;
                    Indices[next] = at;
                }
                if (!parser.TryParse(fields.Bytes.Slice(range.Start, range.Length), out values[next++]))
                    log.AddBadValue(column.Name, at);
            }
            slot += limit - segment.Min;
        }
        AddRow(start, next - start, slot, hasIndices);
    }

    /// <summary>A vector of which more than half is explicit is dense.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddRow(int start, int count, int length, bool hasIndices)
    {
        if (count > length / 2)
        {
            if (count < length)
                Spread(start, count, length, hasIndices);
            count = length;
        }
        else if (!hasIndices)
        {
            FillIndices(start, start + count);
        }
        if (_rowCount == Rows.Length)
            Rows = Double(Rows);
        Rows[_rowCount++] = new VectorRow(start, count, length);
        _used = start + count;
    }

    private void Spread(int start, int count, int length, bool hasIndices)
    {
        if (Values.Length - start < length)
            Grow(start, length);
        var values = Values.AsSpan(start, length);
        values[count..].Clear();
        if (!hasIndices)
            return;
        var indices = Indices.AsSpan(start, count);
        for (int i = count - 1; i >= 0 && indices[i] != i; i--)
        {
            values[indices[i]] = values[i];
            values[i] = default;
        }
    }

    private void FillIndices(int start, int end)
    {
        if (Indices.Length < Values.Length)
        {
            var larger = new int[Values.Length];
            Indices.CopyTo(larger, 0);
            Indices = larger;
        }
        for (int i = start; i < end; i++)
            Indices[i] = i - start;
    }

    private void Grow(int used, int more)
    {
        int size = (int)Math.Max((long)used + more, Math.Min(2L * Values.Length, Array.MaxLength));
        var larger = new T[size];
        Values.AsSpan(0, used).CopyTo(larger);
        Values = larger;
        if (Indices.Length == 0)
            return;
        var largerIndices = new int[size];
        Indices.AsSpan(0, Math.Min(used, Indices.Length)).CopyTo(largerIndices);
        Indices = largerIndices;
    }
}
