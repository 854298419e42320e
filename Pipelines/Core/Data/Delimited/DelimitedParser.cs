using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace MLPipelines.Data;

/// <summary>
/// Splits a byte window into records and fields after RFC 4180. It never waits: when the window holds no whole record
/// it remembers how far it has looked and asks for more.
/// </summary>
internal sealed partial class DelimitedParser(ByteWindow window, ProblemSink sink, DelimitedOptions options)
{
    public const int MostFields = 65_536;

    private const byte LineFeed = (byte)'\n';
    private const byte CarriageReturn = (byte)'\r';

    private readonly int _quote = options.Quote ?? -1;
    private readonly int _maxRecord = options.MaxRecordBytes;
    private byte _separator = (byte)(options.Separator ?? SeparatorSniffer.FromExtension(sink.File) ?? '\0');

    private Field[] _fields = new Field[16];
    private int _fieldCount;
    private TextPosition _origin = new(1, 1, 0);
    private int _recordLength;
    private byte[] _unescaped = [];
    private int _unescapedLength;
    private int _width;
    private bool _markExamined;
    private bool _failed;

    private struct Field
    {
        public const int Plain = -1;
        public const int Escaped = -2;

        public int Start;
        public int Length;

        /// <summary>Where the unescaped content lies in <see cref="_unescaped"/>, or one of the constants.</summary>
        public int Content;
    }

    public ByteWindow Window { get; } = window;

    public ProblemSink Sink { get; } = sink;

    public char Separator => (char)_separator;

    /// <summary>The names in the header; empty before it is read and where there is none.</summary>
    public string[] Header { get; private set; } = [];

    public bool HeaderRead { get; private set; }

    /// <summary>Fields of the current record.</summary>
    public int FieldCount => _fieldCount;

    /// <summary>Where the current record begins.</summary>
    public TextPosition Origin => _origin;

    public int Demand => _markExamined ? Window.PendingLength + 1 : FileSignature.Length;

    /// <summary>Moves to the next record that is not the header and not broken.</summary>
    public ReadStatus Next()
    {
        while (true)
        {
            var status = Advance();
            if (status != ReadStatus.Item || HeaderRead || !options.HasHeader)
                return status;
            TakeHeader();
        }
    }

    /// <summary>Reads the header if it is not read yet.</summary>
    public ReadStatus NextHeader()
    {
        if (!HeaderRead)
        {
            var status = Advance();
            if (status != ReadStatus.Item)
                return status;
            TakeHeader();
        }
        return _failed ? ReadStatus.End : ReadStatus.Item;
    }

    private ReadStatus Advance()
    {
        Release();
        if (_failed)
            return ReadStatus.End;
        if (!TryOpen())
            return _failed ? ReadStatus.End : ReadStatus.NeedsData;
        while (true)
        {
            switch (Scan())
            {
                case ScanResult.NeedsData when Window.PendingLength > _maxRecord:
                    ReportTooLong();
                    break;
                case ScanResult.NeedsData:
                    return ReadStatus.NeedsData;
                case ScanResult.End:
                    if (options.HasHeader && !HeaderRead && !_failed)
                        Fail("the file is empty; its first line must name the columns");
                    return ReadStatus.End;
                case ScanResult.Record when IsBlank && _width != 1:
                    break;
                case ScanResult.Record when IsSound():
                    return ReadStatus.Item;
                default:
                    break;
            }
            if (_failed)
                return ReadStatus.End;
            Release();
        }
    }

    private bool IsBlank => _fieldCount == 1 && _fields[0] is { Start: 0, Length: 0 };

    private bool TryOpen()
    {
        if (!_markExamined)
        {
            if (Window.PendingLength < FileSignature.Length && !Window.AtEnd)
                return false;
            var (mark, refusal) = FileSignature.Examine(Window.Pending);
            if (refusal is not null)
            {
                Fail(refusal);
                return false;
            }
            Window.Consume(mark);
            _origin = _origin with { ByteOffset = Window.Offset };
            _markExamined = true;
        }
        if (_separator == 0)
        {
            if (!SeparatorSniffer.TrySniff(Window.Pending, Window.AtEnd, _quote, out byte found))
                return false;
            _separator = found;
        }
        return true;
    }

    private void Fail(string reason)
    {
        _failed = true;
        Sink.ReportFatal(_origin, null, reason);
    }

    private void TakeHeader()
    {
        Header = new string[_fieldCount];
        for (int i = 0; i < Header.Length; i++)
            Header[i] = GetString(i);
        HeaderRead = true;
        if (Header.Any(name => name.Replace("\r\n", "", StringComparison.Ordinal).Contains('\r')))
            Fail("lines seem to end with a carriage return alone; convert the line ends to LF or CR LF");
        Release();
    }

    /// <summary>Consumes the current record.</summary>
    private void Release()
    {
        if (_recordLength > 0)
        {
            var record = Window.Pending[.._recordLength];
            int lines = _hasQuotes ? record.Count(LineFeed) : record[^1] == LineFeed ? 1 : 0;
            Window.Consume(_recordLength);
            _origin = new TextPosition(_origin.Line + lines, 1, Window.Offset);
            _recordLength = 0;
        }
        if (_phase != Phase.Skipping)
            _phase = Phase.FieldStart;
        _hasQuotes = false;
        _scan = 0;
        _fieldCount = 0;
        _unescapedLength = 0;
    }

    /// <summary>The content of a field, without quotes and with doubled quotes made single; valid until the next record.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_fieldCount)
                throw _fieldCount == 0 ? DataErrors.NoCurrentRecord() : DataErrors.NoSuchField(index, _fieldCount);
            ref Field field = ref _fields[index];
            return field.Content == Field.Plain ? Window.Pending.Slice(field.Start, field.Length) : Unescape(ref field);
        }
    }

    public string GetString(int index) => Encoding.UTF8.GetString(this[index]);

    private ReadOnlySpan<byte> Unescape(ref Field field)
    {
        if (field.Content == Field.Escaped)
        {
            var raw = Window.Pending.Slice(field.Start, field.Length);
            if (_unescaped.Length - _unescapedLength < raw.Length)
                Array.Resize(ref _unescaped, Math.Max(2 * _unescaped.Length, _unescapedLength + raw.Length));
            int to = _unescapedLength;
            for (int quote = raw.IndexOf((byte)_quote); quote >= 0; quote = raw.IndexOf((byte)_quote))
            {
                raw[..(quote + 1)].CopyTo(_unescaped.AsSpan(to));
                to += quote + 1;
                raw = raw[(quote + 2)..];
            }
            raw.CopyTo(_unescaped.AsSpan(to));
            to += raw.Length;
            field.Content = _unescapedLength;
            field.Length = to - _unescapedLength;
            _unescapedLength = to;
        }
        return _unescaped.AsSpan(field.Content, field.Length);
    }

    /// <summary>Where a field of the current record begins, at its quote if it has one; the record's end for a field past the last.</summary>
    public TextPosition Locate(int index)
    {
        var record = Window.Pending[.._recordLength];
        if (index >= Math.Min(_fieldCount, MostFields))
            return _origin.Advance(record[..EndOfText(record)]);
        int start = _fields[index].Start;
        if (start > 0 && record[start - 1] == _quote)
            start--;
        return _origin.Advance(record[..start]);
    }

    private static int EndOfText(ReadOnlySpan<byte> record)
    {
        int end = record.Length;
        if (end > 0 && record[end - 1] == LineFeed)
            end--;
        if (end > 0 && record[end - 1] == CarriageReturn)
            end--;
        return end;
    }

    /// <summary>Whether the current record is UTF-8 text of the right width; reports what it is not.</summary>
    private bool IsSound()
    {
        var record = Window.Pending[.._recordLength];
        bool sound = true;
        if (!Utf8.IsValid(record))
        {
            int at = Utf8Text.IndexOfInvalid(record);
            ReportAt(at, Utf8Text.InvalidReason(record[at]));
            sound = false;
        }
        if (record.IndexOf((byte)0) is >= 0 and var nul)
        {
            ReportAt(nul, Utf8Text.NulReason);
            sound = false;
        }
        if (_width == 0)
            return sound & SetWidth();
        if (_fieldCount == _width)
            return sound;
        string counts = string.Create(CultureInfo.InvariantCulture, $"the row has {Fields(_fieldCount)} but {(options.HasHeader ? "the header" : "the first row")} has {_width}");
        string cause = _fieldCount > _width
            ? $"a field that contains '{(char)_separator}' must be quoted"
            : "a field is missing, or a line end is inside an unquoted field";
        if (!Sink.Absorbs(DataSeverity.Error))
            Sink.Take(DataSeverity.Error, Locate(Math.Min(_width, _fieldCount)), null, $"{counts}; {cause}");
        return false;
    }

    private bool SetWidth()
    {
        _width = _fieldCount;
        if (_fieldCount <= MostFields)
            return true;
        Fail(string.Create(CultureInfo.InvariantCulture, $"the first row has {_fieldCount} fields; the most that can be read is {MostFields}"));
        return false;
    }

    private static string Fields(int count) => count == 1 ? "1 field" : string.Create(CultureInfo.InvariantCulture, $"{count} fields");

    private void ReportAt(int offset, string reason)
    {
        bool inHeader = options.HasHeader && !HeaderRead;
        if (!inHeader && Sink.Absorbs(DataSeverity.Error))
            return;
        var at = _origin.Advance(Window.Pending[..offset]);
        if (inHeader)
        {
            _failed = true;
            Sink.ReportFatal(at, null, reason);
        }
        else
        {
            Sink.Take(DataSeverity.Error, at, null, reason);
        }
    }
}
