using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes the values of one column, and its names in the header, into lines.</summary>
internal abstract class TextColumnWriter
{
    /// <summary>What an absent name is in a header.</summary>
    private const string NoName = "\"\"";

    protected TextColumnWriter(DataViewSchema.Column column, char separator)
    {
        Column = column;
        Separator = separator;
    }

    public DataViewSchema.Column Column { get; }

    protected char Separator { get; }

    /// <summary>Adds the value of the current row.</summary>
    public abstract void AddValue(TextLine line);

    /// <summary>Adds the name of the column, or the names of its slots.</summary>
    public void AddNames(TextLine line)
    {
        if (Column.Type is not VectorDataViewType)
        {
            line.Append(TextQuoting.Quote(Column.Name, Separator), 0, "");
            line.EndColumn(1, NoName);
            return;
        }
        int slot = 0;
        foreach (var name in Column.SlotNamesOrEmpty().DenseValues())
        {
            if (!name.IsEmpty)
                line.Append(TextQuoting.Quote(name.Span, Separator), slot, "");
            slot++;
        }
        line.EndColumn(Column.Type.VectorSize(), NoName);
    }

    public static TextColumnWriter Create(DataViewRowCursor cursor, DataViewSchema.Column column, char separator) =>
        column.Type is VectorDataViewType vector
            ? GenericDispatch.Invoke<DataViewRowCursor, DataViewSchema.Column, char, TextColumnWriter>(vector.ItemType.RawType, VectorOf<int>, cursor, column, separator)
            : GenericDispatch.Invoke<DataViewRowCursor, DataViewSchema.Column, char, TextColumnWriter>(column.Type.RawType, ScalarOf<int>, cursor, column, separator);

    private static TextColumnWriter ScalarOf<T>(DataViewRowCursor cursor, DataViewSchema.Column column, char separator) =>
        new ScalarWriter<T>(cursor, column, separator);

    private static TextColumnWriter VectorOf<T>(DataViewRowCursor cursor, DataViewSchema.Column column, char separator) =>
        new VectorWriter<T>(cursor, column, separator);

    private abstract class Writer<T> : TextColumnWriter
    {
        private readonly TextFormatter<T> _formatter;
        private readonly bool _isQuoted;
        private char[] _buffer = new char[128];

        protected Writer(DataViewSchema.Column column, char separator) : base(column, separator)
        {
            var itemType = column.Type.ItemTypeOrSelf();
            _formatter = itemType is KeyDataViewType key ? Formatter.GetKey<T>(key.Count) : Formatter.Get<T>();
            _isQuoted = itemType is TimeSpanDataViewType or DateTimeDataViewType or DateTimeOffsetDataViewType;
            Default = Format(default).ToString();
        }

        protected string Default { get; }

        protected ReadOnlySpan<char> Format(in T value)
        {
            if (value is ReadOnlyMemory<char> text)
                return TextQuoting.Quote(text.Span, Separator, ref _buffer);
            if (!_isQuoted)
                return _buffer.AsSpan(0, _formatter(in value, _buffer));
            int length = _formatter(in value, _buffer.AsSpan(1));
            _buffer[0] = _buffer[length + 1] = '"';
            return _buffer.AsSpan(0, length + 2);
        }
    }

    private sealed class ScalarWriter<T>(DataViewRowCursor cursor, DataViewSchema.Column column, char separator) : Writer<T>(column, separator)
    {
        private readonly ValueGetter<T> _getter = cursor.GetGetter<T>(column);
        private T _value;

        public override void AddValue(TextLine line)
        {
            _getter(ref _value);
            line.Append(Format(in _value), 0, Default);
            line.EndColumn(1, Default);
        }
    }

    private sealed class VectorWriter<T>(DataViewRowCursor cursor, DataViewSchema.Column column, char separator) : Writer<T>(column, separator)
    {
        private readonly ValueGetter<VBuffer<T>> _getter = cursor.GetGetter<VBuffer<T>>(column);
        private VBuffer<T> _value;

        public override void AddValue(TextLine line)
        {
            _getter(ref _value);
            var values = _value.GetValues();
            var indices = _value.GetIndices();
            for (int i = 0; i < values.Length; i++)
                line.Append(Format(in values[i]), _value.IsDense ? i : indices[i], Default);
            line.EndColumn(_value.Length, Default);
        }
    }
}

/// <summary>How texts are quoted in text files.</summary>
internal static class TextQuoting
{
    public static ReadOnlySpan<char> Quote(ReadOnlySpan<char> text, char separator)
    {
        char[] buffer = [];
        return Quote(text, separator, ref buffer);
    }

    /// <summary>
    /// The text, in quotes where it is empty, begins with a space or holds a quote, colon, separator or line break; quotes in it are doubled.
    /// </summary>
    public static ReadOnlySpan<char> Quote(ReadOnlySpan<char> text, char separator, scoped ref char[] buffer)
    {
        if (text.IsEmpty)
            return "\"\"";
        if (text[0] != ' ' && !text.ContainsAny('"', ':', separator) && !text.ContainsAny('\n', '\r'))
            return text;
        int length = 2 + text.Length + text.Count('"');
        if (buffer.Length < length)
            buffer = new char[Math.Max(2 * buffer.Length, length)];
        int written = 0;
        buffer[written++] = '"';
        foreach (char item in text)
        {
            buffer[written++] = item;
            if (item == '"')
                buffer[written++] = '"';
        }
        buffer[written++] = '"';
        return buffer.AsSpan(0, written);
    }
}
