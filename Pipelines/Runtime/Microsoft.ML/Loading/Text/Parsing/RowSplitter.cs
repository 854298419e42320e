using System.Text;
using Microsoft.ML.Internal;

namespace Microsoft.ML.Data;

/// <summary>Splits rows of any format into fields, one byte after the other.</summary>
/// <param name="format">How rows are split.</param>
/// <param name="lastNeeded">The last column of the file that is needed.</param>
/// <param name="log">Where malformed fields are noted.</param>
internal sealed class RowSplitter(TextFormat format, int lastNeeded, ParseLog log)
{
    private FieldRange[] _ranges = new FieldRange[16];
    private int[] _columns = new int[16];
    private int _count;

    private ref struct Field
    {
        /// <summary>Where the value lies.</summary>
        public FieldRange Range;

        /// <summary>The index before the colon of a sparse item, else -1.</summary>
        public int Index;

        public bool IsIllegal;

        /// <summary>Where the field begins and ends, with quotes and index.</summary>
        public int Start, End;

        /// <summary>Whether a separator follows.</summary>
        public bool HasNext;

        /// <summary>Where the next field begins.</summary>
        public int Next;
    }

    /// <summary>Splits a row, in which escapes are removed in place; the result is valid until the next call.</summary>
    public RowFields Split(Span<byte> row, string path)
    {
        _count = 0;
        int columnCount = format.AllowSparse ? SplitSparse(row, path) : SplitDense(row, path);
        return new RowFields
        {
            Bytes = row,
            Ranges = _ranges.AsSpan(0, _count),
            Columns = _columns.AsSpan(0, _count),
            ColumnCount = columnCount,
        };
    }

    private int SplitDense(Span<byte> row, string path)
    {
        Field field = default;
        int column = 0;
        do
        {
            Read(row, ref field, path);
            Record(column, field.Range);
        }
        while (++column <= lastNeeded && field.HasNext);
        return column;
    }

    private int SplitSparse(Span<byte> row, string path)
    {
        Field field = default;
        int column = 0;
        int inputSize = format.InputSize;
        int needed = lastNeeded;
        int sparseStart = -1;
        int sparseLength = -1;
        int previous = -1;
        while (true)
        {
            Read(row, ref field, path);
            if (field.Index < 0)
            {
                if (sparseStart >= 0)
                {
                    AddError(row, field, path, "Non-sparse formatted value follows sparse formatted value");
                    break;
                }
                Record(column, field.Range);
                // One column more than needed is read: the last may be the length of the sparse part.
                if (column++ > needed || !field.HasNext)
                    break;
                continue;
            }
            if (sparseStart < 0)
            {
                if (inputSize > 0)
                {
                    sparseStart = _count;
                    sparseLength = inputSize - _count;
                }
                else
                {
                    if (!TryTakeLength(row, column, field, path, out sparseStart, out sparseLength))
                        break;
                    inputSize = sparseStart + sparseLength;
                    needed = Math.Min(needed, inputSize - 1);
                }
            }
            if (field.Index > needed - sparseStart)
            {
                if (field.Index >= sparseLength)
                {
                    AddError(row, field, path, "Sparse item index larger than expected. Is the specified size incorrect?");
                    break;
                }
                if (field.Index > needed - sparseStart + 1)
                    break;
            }
            if (field.Index <= previous)
            {
                AddError(row, field, path, "Sparse indices out of order");
                break;
            }
            previous = field.Index;
            Record(sparseStart + field.Index, field.Range);
            if (!field.HasNext)
                break;
        }
        return sparseStart < 0 ? Math.Max(column, inputSize) : inputSize;
    }

    /// <summary>Takes back the field read last, which is the length of the sparse part that begins.</summary>
    private bool TryTakeLength(ReadOnlySpan<byte> row, int column, in Field field, string path, out int sparseStart, out int length)
    {
        sparseStart = -1;
        length = -1;
        if (_count == 0 || _columns[_count - 1] != column - 1)
        {
            AddError(row, field, path, "Missing dimensionality or ambiguous sparse item. Use sparse=- for non-sparse file, and/or quote the value.");
            return false;
        }
        var range = _ranges[_count - 1];
        if (!CharParsing.TryParse(row.Slice(range.Start, range.Length), Parser.Get<int>(), out length) || length <= 0)
        {
            AddError(row, field, path, "Bad dimensionality or ambiguous sparse item. Use sparse=- for non-sparse file, and/or quote the value.");
            return false;
        }
        sparseStart = _columns[--_count];
        length = Math.Min(length, Segment.Unlimited - sparseStart - 1);
        return true;
    }

    private void Record(int column, FieldRange range)
    {
        if (range.Length == 0 && !format.MissingRealsAsNaNs)
            return;
        if (_count == _ranges.Length)
        {
            Array.Resize(ref _ranges, 2 * _count);
            Array.Resize(ref _columns, 2 * _count);
        }
        _ranges[_count] = range;
        _columns[_count++] = column;
    }

    private void AddError(ReadOnlySpan<byte> row, in Field field, string path, string message) =>
        log.AddFormatError(path, row, field.Start, field.End, message);

    /// <summary>Reads the field at <see cref="Field.Next"/>.</summary>
    private void Read(Span<byte> row, ref Field field, string path)
    {
        int i = SkipSpaces(row, field.Next);
        field = new Field { Index = -1, Start = i, End = i, Next = i };
        if (format.AllowSparse)
        {
            i = ReadIndex(row, i, ref field.Index);
            field.Next = field.End = i;
        }
        if (i >= row.Length)
            return;
        if (format.AllowQuoting && row[i] == '"')
        {
            field.Range = ReadQuoted(row, i + 1, out i, out field.IsIllegal);
        }
        else
        {
            int end = format.IndexOfSeparator(row, i);
            field.Range = new FieldRange(i, end - i);
            i = end;
        }
        field.End = i;
        field.HasNext = i < row.Length;
        field.Next = field.HasNext ? i + format.SeparatorLength(row, i) : i;
        if (field.IsIllegal)
            AddError(row, field, path, "Illegal quoting");
    }

    private int SkipSpaces(ReadOnlySpan<byte> row, int i)
    {
        if (!format.SpaceSeparates)
        {
            while (i < row.Length && row[i] == ' ')
                i++;
        }
        return i;
    }

    /// <summary>Reads <c>index:</c>, at most nine digits, and returns what follows.</summary>
    private int ReadIndex(ReadOnlySpan<byte> row, int start, ref int index)
    {
        int value = 0;
        int i = start;
        for (; i < row.Length && i < start + 9 && char.IsAsciiDigit((char)row[i]); i++)
            value = value * 10 + row[i] - '0';
        if (i == start || i == row.Length || row[i] != ':')
            return start;
        index = value;
        return SkipSpaces(row, i + 1);
    }

    private FieldRange ReadQuoted(Span<byte> row, int start, out int end, out bool isIllegal)
    {
        isIllegal = false;
        bool escapeIsQuote = format.EscapeChar == '"';
        int close = start;
        while (true)
        {
            int quote = row[close..].IndexOf((byte)'"');
            if (quote < 0)
            {
                isIllegal = true;
                end = row.Length;
                return new FieldRange(start, 0);
            }
            close += quote;
            if (escapeIsQuote && close + 1 < row.Length && row[close + 1] == '"')
                close += 2;
            else if (!escapeIsQuote && QuoteRules.IsEscaped(format, row, start, close))
                close++;
            else
                break;
        }
        end = format.IndexOfSeparator(row, close + 1);
        isIllegal = row[(close + 1)..end].ContainsAnyExcept((byte)' ');
        return new FieldRange(start, isIllegal ? 0 : QuoteRules.Unescape(format, row[start..close]));
    }

    /// <summary>The length of <paramref name="row"/> without white space at its end.</summary>
    public static int TrimmedLength(ReadOnlySpan<byte> row)
    {
        int length = row.Length;
        while (length > 0 && Rune.DecodeLastFromUtf8(row[..length], out var last, out int bytes) == System.Buffers.OperationStatus.Done && Rune.IsWhiteSpace(last))
            length -= bytes;
        return length;
    }

    public static int CountBreaks(ReadOnlySpan<byte> row) =>
        row.Count((byte)'\n') + row.Count((byte)'\r') - row.Count("\r\n"u8);
}
