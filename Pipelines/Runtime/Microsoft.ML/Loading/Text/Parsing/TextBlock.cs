using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Data;

/// <summary>The values of the active columns in the rows of one block of the file; all storage is reused for the next.</summary>
/// <remarks>
/// The loops over fields, here and in the stores, are compiled with full optimisation at once: data is often read a single
/// time, and over before the tiers of the compiler get to them.
/// </remarks>
internal sealed class TextBlock
{
    private readonly TextFormat _format;
    private readonly ColumnStore[] _active;
    private readonly int _neededColumns;
    private readonly RowSplitter _splitter;
    private readonly byte _separator0;
    private readonly byte _separator1;
    private FieldRange[] _fields = new FieldRange[64];

    /// <param name="format">How lines are split.</param>
    /// <param name="columns">All columns.</param>
    /// <param name="active">Which of them are read.</param>
    public TextBlock(TextFormat format, ColumnBinding[] columns, bool[] active)
    {
        _format = format;
        var arena = new TextArena();
        Stores = new ColumnStore[columns.Length];
        int limit = 1;
        for (int i = 0; i < columns.Length; i++)
        {
            if (!active[i])
                continue;
            Stores[i] = ColumnStore.Create(columns[i], format, arena, Log);
            limit = Math.Max(limit, columns[i].Segments.Max(segment => segment.Limit));
        }
        if (format.InputSize > 0)
            limit = Math.Min(limit, format.InputSize);
        _neededColumns = limit;
        _active = [.. Stores.Where(store => store != null)];
        _splitter = new RowSplitter(format, limit - 1, Log);
        _separator0 = (byte)format.Separators[0];
        _separator1 = (byte)format.Separators[^1];
    }

    public RawBlock Raw { get; } = new();

    public ParseLog Log { get; } = new();

    /// <summary>One store a column, null for those that are not active.</summary>
    public ColumnStore[] Stores { get; }

    public int RowCount { get; private set; }

    /// <summary>The position of the block among all.</summary>
    public long Sequence { get; set; }

    /// <summary>What prevented the block from being read.</summary>
    public Exception Error { get; set; }

    /// <summary>Reads the rows of <see cref="Raw"/>.</summary>
    public void Parse()
    {
        foreach (var store in _active)
            store.Clear();
        Log.Clear();
        RowCount = 0;
        if (!_format.IsPlain)
            ParseAny();
        else if (_format.AllowQuoting)
            ParsePlain<Quotes>();
        else
            ParsePlain<NoQuotes>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddRow(in RowFields fields)
    {
        foreach (var store in _active)
            store.Add(in fields);
        RowCount++;
    }

    private void ParseAny()
    {
        var text = Raw.Buffer.AsSpan(0, Raw.End);
        long line = Raw.FirstLine;
        for (int start = Raw.Start; start < text.Length;)
        {
            int length = RowScanner.RowLength(_format, text[start..], out int contentLength, out _);
            if (length < 0)
                length = text.Length - start;
            int extraLines = contentLength > 0 && _format.ReadMultilines ? RowSplitter.CountBreaks(text.Slice(start, contentLength)) : 0;
            if (contentLength > 0 && !text[start..].StartsWith("//"u8))
            {
                Log.Line = line;
                var row = text.Slice(start, contentLength);
                AddRow(_splitter.Split(_format.TrimWhitespace ? row[..RowSplitter.TrimmedLength(row)] : row, Raw.Path));
            }
            line += 1 + extraLines;
            start += length;
        }
    }

    private interface IQuoteMode
    {
        static abstract bool AllowQuoting { get; }
    }

    private readonly struct Quotes : IQuoteMode
    {
        public static bool AllowQuoting => true;
    }

    private readonly struct NoQuotes : IQuoteMode
    {
        public static bool AllowQuoting => false;
    }

    /// <summary>The marks (separators, line breaks and, where they count, quotes) among the 64 bytes at <paramref name="start"/>, one bit each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Marks<TMode>(ref byte start, byte separator0, byte separator1) where TMode : IQuoteMode
    {
        if (Vector512.IsHardwareAccelerated)
        {
            var bytes = Vector512.LoadUnsafe(ref start);
            var marks = Vector512.Equals(bytes, Vector512.Create(separator0)) | Vector512.Equals(bytes, Vector512.Create(separator1))
                | Vector512.Equals(bytes, Vector512.Create((byte)'\n')) | Vector512.Equals(bytes, Vector512.Create((byte)'\r'));
            if (TMode.AllowQuoting)
                marks |= Vector512.Equals(bytes, Vector512.Create((byte)'"'));
            return marks.ExtractMostSignificantBits();
        }
        return HalfMarks<TMode>(ref start, separator0, separator1) | (ulong)HalfMarks<TMode>(ref Unsafe.Add(ref start, 32), separator0, separator1) << 32;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint HalfMarks<TMode>(ref byte start, byte separator0, byte separator1) where TMode : IQuoteMode
    {
        var bytes = Vector256.LoadUnsafe(ref start);
        var marks = Vector256.Equals(bytes, Vector256.Create(separator0)) | Vector256.Equals(bytes, Vector256.Create(separator1))
            | Vector256.Equals(bytes, Vector256.Create((byte)'\n')) | Vector256.Equals(bytes, Vector256.Create((byte)'\r'));
        if (TMode.AllowQuoting)
            marks |= Vector256.Equals(bytes, Vector256.Create((byte)'"'));
        return marks.ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ParsePlain<TMode>() where TMode : IQuoteMode
    {
        ref byte text = ref MemoryMarshal.GetArrayDataReference(Raw.Buffer);
        var separator0 = _separator0;
        var separator1 = _separator1;
        bool skipSpaces = !_format.SpaceSeparates;
        int needed = _neededColumns;
        int end = Raw.End;
        long line = Raw.FirstLine;
        var fields = _fields;

        int window = Raw.Start;
        ulong marks = Marks<TMode>(ref Unsafe.Add(ref text, window), separator0, separator1);
        int position = Raw.Start;
        while (position < end)
        {
            Log.Line = line;
            int rowStart = position;
            int count = 0;
            int mark;
            byte kind;
            int extraLines = 0;
            bool isComment = Unsafe.Add(ref text, position) == '/' && Unsafe.Add(ref text, position + 1) == '/';
            while (true)
            {
                if (skipSpaces)
                {
                    while (Unsafe.Add(ref text, position) == ' ')
                        position++;
                }
                while (marks == 0)
                {
                    window += 64;
                    marks = Marks<TMode>(ref Unsafe.Add(ref text, window), separator0, separator1);
                }
                mark = window + BitOperations.TrailingZeroCount(marks);
                marks &= marks - 1;
                kind = Unsafe.Add(ref text, mark);
                int fieldEnd = mark;
                if (TMode.AllowQuoting && kind == '"')
                {
                    if (mark != position || isComment)
                    {
                        // A quote within a value is text.
                        do
                        {
                            mark = NextMark<TMode>(ref text, ref window, ref marks, separator0, separator1);
                            kind = Unsafe.Add(ref text, mark);
                        }
                        while (kind == '"');
                        fieldEnd = mark;
                    }
                    else
                    {
                        fieldEnd = ScanQuoted<TMode>(ref text, ref window, ref marks, ref extraLines, rowStart, position, count < needed, out mark);
                        kind = Unsafe.Add(ref text, mark);
                        position++;
                    }
                }
                if (count < needed)
                {
                    if (count == fields.Length)
                    {
                        Array.Resize(ref _fields, 2 * count);
                        fields = _fields;
                    }
                    fields[count++] = new FieldRange(position, Math.Max(0, fieldEnd - position));
                }
                if (kind is (byte)'\n' or (byte)'\r')
                    break;
                position = mark + 1;
            }
            position = mark + 1;
            if (kind == '\r' && Unsafe.Add(ref text, position) == '\n' && position < end)
                position = 1 + NextMark<TMode>(ref text, ref window, ref marks, separator0, separator1);
            if (mark > rowStart && !isComment)
                AddRow(new RowFields { Bytes = Raw.Buffer, Ranges = fields.AsSpan(0, count), IsDense = true, ColumnCount = count });
            line += 1 + extraLines;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int NextMark<TMode>(ref byte text, ref int window, ref ulong marks, byte separator0, byte separator1) where TMode : IQuoteMode
    {
        while (marks == 0)
        {
            window += 64;
            marks = Marks<TMode>(ref Unsafe.Add(ref text, window), separator0, separator1);
        }
        int mark = window + BitOperations.TrailingZeroCount(marks);
        marks &= marks - 1;
        return mark;
    }

    /// <summary>
    /// Reads on from the quote at <paramref name="quote"/> to the separator or line break after the value, which is
    /// <paramref name="mark"/>. The end of the value, without escapes, is returned.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int ScanQuoted<TMode>(ref byte text, ref int window, ref ulong marks, ref int extraLines, int rowStart, int quote, bool isNeeded, out int mark) where TMode : IQuoteMode
    {
        bool hasEscapes = false;
        bool escapeIsQuote = _format.EscapeChar == '"';
        int valueEnd;
        while (true)
        {
            mark = NextMark<TMode>(ref text, ref window, ref marks, _separator0, _separator1);
            byte kind = Unsafe.Add(ref text, mark);
            if (kind == '"')
            {
                if (escapeIsQuote)
                {
                    if (Unsafe.Add(ref text, mark + 1) != '"')
                    {
                        valueEnd = mark;
                        break;
                    }
                    NextMark<TMode>(ref text, ref window, ref marks, _separator0, _separator1);
                    hasEscapes = true;
                }
                else if (mark == quote + 1 || Unsafe.Add(ref text, mark - 1) != _format.EscapeChar)
                {
                    valueEnd = mark;
                    break;
                }
                else
                {
                    hasEscapes = true;
                }
            }
            else if (kind is (byte)'\n' or (byte)'\r')
            {
                if (!_format.ReadMultilines || mark + 1 >= Raw.End)
                {
                    if (isNeeded)
                        Log.AddFormatError(Raw.Path, Raw.Buffer.AsSpan(rowStart, mark - rowStart), quote - rowStart, mark - rowStart, "Illegal quoting");
                    return quote + 1;
                }
                if (kind == '\r')
                    hasEscapes = true;
                if (kind == '\n' || Unsafe.Add(ref text, mark + 1) != '\n')
                    extraLines++;
            }
        }

        bool isLegal = true;
        int next = valueEnd + 1;
        while (true)
        {
            mark = NextMark<TMode>(ref text, ref window, ref marks, _separator0, _separator1);
            for (; next < mark; next++)
                isLegal &= Unsafe.Add(ref text, next) == ' ';
            if (Unsafe.Add(ref text, mark) != '"')
                break;
            isLegal = false;
            next = mark + 1;
        }
        if (!isLegal)
        {
            if (isNeeded)
                Log.AddFormatError(Raw.Path, Raw.Buffer.AsSpan(rowStart, mark - rowStart), quote - rowStart, mark - rowStart, "Illegal quoting");
            return quote + 1;
        }
        return hasEscapes ? quote + 1 + QuoteRules.Unescape(_format, Raw.Buffer.AsSpan(quote + 1, valueEnd - quote - 1)) : valueEnd;
    }
}
