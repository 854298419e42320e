using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLPipelines.Data;

internal sealed partial class DelimitedParser
{
    private Phase _phase;

    /// <summary>How far the pending bytes have been looked at.</summary>
    private int _scan;

    /// <summary>Where the content of the current field begins.</summary>
    private int _fieldStart;

    private bool _escaped;

    /// <summary>Whether the record has a quoted field, and may therefore span lines.</summary>
    private bool _hasQuotes;

    private enum Phase : byte
    {
        FieldStart,
        Unquoted,
        Quoted,

        /// <summary>Right after a quote inside a quoted field: it closes the field, or is half of a doubled one.</summary>
        AfterQuote,

        /// <summary>Inside a line that is too long to keep.</summary>
        Skipping,
    }

    private enum ScanResult
    {
        Record,
        Broken,
        NeedsData,
        End,
    }

    /// <summary>
    /// Finds the fields of the record at the front of the window. When it returns <see cref="ScanResult.Record"/> or
    /// <see cref="ScanResult.Broken"/>, the record length says how much to consume.
    /// </summary>
    private ScanResult Scan()
    {
        var data = Window.Pending;
        bool atEnd = Window.AtEnd;
        // No more than a record may have, so that the verdict does not depend on how the bytes arrive.
        if (data.Length > _maxRecord)
        {
            data = data[.._maxRecord];
            atEnd = false;
        }
        byte separator = _separator;
        int position = _scan;
        while (true)
        {
            switch (_phase)
            {
                case Phase.FieldStart:
                    if (ScanUnquotedFields(data, ref position))
                        return Complete(position);
                    if (_phase == Phase.Unquoted)
                        goto case Phase.Unquoted;
                    if (position == data.Length)
                    {
                        if (!atEnd)
                            return Suspend(position);
                        if (position == 0)
                            return ScanResult.End;
                        AddField(position, position);
                        return Complete(position);
                    }
                    _fieldStart = position;
                    if (data[position] == _quote)
                    {
                        _fieldStart = ++position;
                        _hasQuotes = true;
                        _escaped = false;
                        _phase = Phase.Quoted;
                        goto case Phase.Quoted;
                    }
                    _phase = Phase.Unquoted;
                    goto case Phase.Unquoted;

                case Phase.Unquoted:
                    int stop = data[position..].IndexOfAny(separator, LineFeed);
                    if (stop < 0)
                    {
                        if (!atEnd)
                            return Suspend(data.Length);
                        AddField(_fieldStart, TrimCarriageReturn(data, data.Length));
                        return Complete(data.Length);
                    }
                    position += stop;
                    if (data[position] == separator)
                    {
                        AddField(_fieldStart, position++);
                        _phase = Phase.FieldStart;
                        continue;
                    }
                    AddField(_fieldStart, TrimCarriageReturn(data, position));
                    return Complete(position + 1);

                case Phase.Quoted:
                    int closing = data[position..].IndexOf((byte)_quote);
                    if (closing < 0)
                        return atEnd ? BreakUnclosed() : Suspend(data.Length);
                    position += closing + 1;
                    _phase = Phase.AfterQuote;
                    goto case Phase.AfterQuote;

                case Phase.AfterQuote:
                    if (position == data.Length)
                    {
                        if (!atEnd)
                            return Suspend(position);
                        AddQuotedField(position - 1);
                        return Complete(position);
                    }
                    byte next = data[position];
                    if (next == _quote)
                    {
                        _escaped = true;
                        position++;
                        _phase = Phase.Quoted;
                        goto case Phase.Quoted;
                    }
                    if (next == separator)
                    {
                        AddQuotedField(position - 1);
                        position++;
                        _phase = Phase.FieldStart;
                        continue;
                    }
                    if (next == LineFeed)
                    {
                        AddQuotedField(position - 1);
                        return Complete(position + 1);
                    }
                    if (next == CarriageReturn)
                    {
                        bool last = position + 1 == data.Length;
                        if (last && !atEnd)
                            return Suspend(position);
                        if (last || data[position + 1] == LineFeed)
                        {
                            AddQuotedField(position - 1);
                            return Complete(Math.Min(position + 2, data.Length));
                        }
                    }
                    return BreakAfterQuote(position);

                default:
                    return Skip();
            }
        }
    }

    /// <summary>
    /// Takes unquoted fields from a field's start, 32 bytes at a time. True when that reaches the end of the record;
    /// otherwise the position and the phase say where the rest of the scanner must go on: at a quote, or near the end
    /// of the data.
    /// </summary>
    private bool ScanUnquotedFields(ReadOnlySpan<byte> data, ref int position)
    {
        int start = position;
        ref byte first = ref MemoryMarshal.GetReference(data);
        var separators = Vector256.Create(_separator);
        var quotes = Vector256.Create(_quote < 0 ? _separator : (byte)_quote);
        var lineFeeds = Vector256.Create(LineFeed);
        for (; data.Length - position >= Vector256<byte>.Count; position += Vector256<byte>.Count)
        {
            var block = Vector256.LoadUnsafe(ref first, (nuint)position);
            var marks = Vector256.Equals(block, separators) | Vector256.Equals(block, lineFeeds) | Vector256.Equals(block, quotes);
            for (uint bits = marks.ExtractMostSignificantBits(); bits != 0; bits &= bits - 1)
            {
                int at = position + BitOperations.TrailingZeroCount(bits);
                byte mark = data[at];
                if (mark == _separator)
                {
                    AddField(start, at);
                    start = at + 1;
                }
                else if (mark == LineFeed)
                {
                    _fieldStart = start;
                    AddField(start, TrimCarriageReturn(data, at));
                    position = at + 1;
                    return true;
                }
                else if (at == start)
                {
                    position = at;
                    return false;
                }
            }
        }
        if (start < position)
        {
            _phase = Phase.Unquoted;
            _fieldStart = start;
        }
        return false;
    }

    private ScanResult Suspend(int position)
    {
        _scan = position;
        return ScanResult.NeedsData;
    }

    private ScanResult Complete(int length)
    {
        _recordLength = length;
        return ScanResult.Record;
    }

    private int TrimCarriageReturn(ReadOnlySpan<byte> data, int end) =>
        end > _fieldStart && data[end - 1] == CarriageReturn ? end - 1 : end;

    private void AddField(int start, int end, int content = Field.Plain)
    {
        if (_fieldCount >= _fields.Length && _fieldCount < MostFields)
            Array.Resize(ref _fields, 2 * _fields.Length);
        // Fields past the limit are counted only: the record is refused for its width.
        if (_fieldCount < _fields.Length)
            _fields[_fieldCount] = new Field { Start = start, Length = end - start, Content = content };
        _fieldCount++;
    }

    private void AddQuotedField(int end) => AddField(_fieldStart, end, _escaped ? Field.Escaped : Field.Plain);

    private ScanResult BreakUnclosed()
    {
        ReportAt(_fieldStart - 1, "the quote that opens here is never closed; close it, or double a quote that belongs to the text");
        return Resume();
    }

    private ScanResult BreakAfterQuote(int position)
    {
        var record = Window.Pending;
        if (record[_fieldStart..position].Contains(LineFeed))
        {
            // The field runs over a line end and into something odd: far more often a missing quote than an extra one.
            var next = _origin.Advance(record[..(position - 1)]);
            ReportAt(_fieldStart - 1, string.Create(CultureInfo.InvariantCulture,
                $"the quote that opens here is never closed properly: the next quote, at line {next.Line}, column {next.Column}, is followed by text; close it, or double a quote that belongs to the text"));
        }
        else
        {
            ReportAt(position, $"text follows a closing quote; put '{Separator}' or a line end after it, or double a quote that belongs to the text");
        }
        return Resume();
    }

    private void ReportTooLong()
    {
        if (_phase == Phase.Quoted)
        {
            ReportAt(_fieldStart - 1, string.Create(CultureInfo.InvariantCulture,
                $"the quote that opens here is not closed within the {_maxRecord} bytes that a row may have; close it, or raise {nameof(DataReadOptions.MaxRecordBytes)}"));
            Resume();
        }
        else
        {
            ReportAt(0, string.Create(CultureInfo.InvariantCulture,
                $"the row that starts here is longer than {_maxRecord} bytes; check the line ends and that this is a text table, or raise {nameof(DataReadOptions.MaxRecordBytes)}"));
            SkipLineFrom(_scan);
        }
    }

    /// <summary>After a broken quote, goes on with the line after the one where the quote opened.</summary>
    private ScanResult Resume()
    {
        int lineFeed = Window.Pending[_fieldStart..].IndexOf(LineFeed);
        if (lineFeed >= 0)
            _recordLength = _fieldStart + lineFeed + 1;
        else
            SkipLineFrom(Window.PendingLength);
        return ScanResult.Broken;
    }

    /// <summary>Drops what was looked at, and then the rest of its last line as it arrives.</summary>
    private void SkipLineFrom(int offset)
    {
        _origin = _origin.Advance(Window.Pending[..offset]);
        Window.Consume(offset);
        _phase = Phase.Skipping;
    }

    private ScanResult Skip()
    {
        int lineFeed = Window.Pending.IndexOf(LineFeed);
        if (lineFeed >= 0)
        {
            _recordLength = lineFeed + 1;
            _phase = Phase.FieldStart;
            return ScanResult.Broken;
        }
        SkipLineFrom(Window.PendingLength);
        return Window.AtEnd ? ScanResult.End : ScanResult.NeedsData;
    }
}
