using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace MLPipelines.Data;

/// <summary>
/// Reads an object of the form <c>{ "metadata": {…}, "items": [ {…}, … ] }</c> element by element; other members are
/// passed over. Derived classes say what the array is called and how an element becomes an item.
/// </summary>
internal abstract partial class JsonSource<T>(ByteWindow window, ProblemSink sink, JsonDataOptions options, string arrayName)
    : RecordSource<T>(window, sink)
    where T : class
{
    private const int MostMembersListed = 20;
    private const int LongestCharacter = 4;

    private readonly List<string> _members = [];
    private JsonReaderState _state;
    private TextPosition _origin = new(1, 1, 0);
    private long _lineStart;
    private Phase _phase = Phase.Mark;
    private bool _hasArray;
    private bool _hasMetadata;
    private int _elementStart;
    private int _elementLength;
    private int _consumed;
    private int _demand = FileSignature.Length;

    private enum Phase
    {
        Mark,
        Root,
        Member,
        Metadata,
        ArrayStart,
        Elements,
        Passing,
        Tail,
        Ended,
    }

    private enum Step
    {
        Done,
        Item,
        NeedsData,
    }

    public override int Demand => _demand;

    public override long Line => _origin.Line + Window.Pending[.._elementStart].Count((byte)'\n');

    protected bool ChecksMetadata => options.CheckMetadata;

    /// <summary>Elements met, good or not.</summary>
    protected long ElementCount { get; private set; }

    /// <summary>Elements that did not become items.</summary>
    protected long RejectedCount { get; private set; }

    public override ReadStatus Next(out T item)
    {
        item = null!;
        Consume();
        while (_phase != Phase.Ended)
        {
            var step = Advance(ref item);
            if (step == Step.Item)
                return ReadStatus.Item;
            if (step == Step.Done)
            {
                Consume();
                continue;
            }
            if (Window.PendingLength > options.MaxRecordBytes)
            {
                Fail(0, string.Create(CultureInfo.InvariantCulture,
                    $"the JSON value that starts here is longer than {options.MaxRecordBytes} bytes; raise {nameof(DataReadOptions.MaxRecordBytes)} if it is meant to be"));
                break;
            }
            // Half as much again, so that a long value is not looked at anew for every little piece of it.
            _demand = Window.PendingLength + Window.PendingLength / 2 + 1;
            return ReadStatus.NeedsData;
        }
        return ReadStatus.End;
    }

    public override TextPosition Locate(string? field = null)
    {
        int offset = _elementStart;
        if (field is not null)
        {
            var element = Window.Pending.Slice(_elementStart, _elementLength);
            var reader = new Utf8JsonReader(element);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                    continue;
                bool found = reader.ValueTextEquals(field);
                reader.Read();
                if (found)
                {
                    offset += (int)reader.TokenStartIndex;
                    break;
                }
                reader.Skip();
            }
        }
        return At(offset);
    }

    /// <summary>Makes an item of an element, of which the start has been read; false after reporting what is wrong.</summary>
    protected abstract bool TryMap(ref Utf8JsonReader element, out T? item);

    /// <summary>Compares the metadata with what was read.</summary>
    protected abstract void CheckMetadata();

    /// <summary>The place of the token that a reader over the current element or the metadata stands at.</summary>
    protected TextPosition PositionOf(in Utf8JsonReader reader) => At(_elementStart + (int)reader.TokenStartIndex);

    private TextPosition At(int offset) => _origin.Advance(Window.Pending[..offset]);

    private Step Advance(ref T item)
    {
        if (_phase == Phase.Mark)
            return ExamineMark();
        var reader = new Utf8JsonReader(Window.Pending, Window.AtEnd, _state);
        try
        {
            return _phase switch
            {
                Phase.Root => ReadRoot(ref reader),
                Phase.Member => ReadMember(ref reader),
                Phase.Metadata => ReadMetadataValue(ref reader),
                Phase.ArrayStart => ReadArrayStart(ref reader),
                Phase.Elements => ReadElement(ref reader, ref item),
                Phase.Passing => PassValue(ref reader),
                _ => ReadTail(ref reader),
            };
        }
        catch (JsonException e)
        {
            return FailAsInvalid(e);
        }
    }

    private Step ExamineMark()
    {
        if (Window.PendingLength < FileSignature.Length && !Window.AtEnd)
            return Step.NeedsData;
        var (mark, refusal) = FileSignature.Examine(Window.Pending);
        if (refusal is not null)
        {
            Fail(0, refusal);
            return Step.Done;
        }
        Window.Consume(mark);
        _origin = _origin with { ByteOffset = Window.Offset };
        _lineStart = Window.Offset;
        _phase = Phase.Root;
        return Step.Done;
    }

    private Step ReadRoot(ref Utf8JsonReader reader)
    {
        if (Window.AtEnd && Window.Pending.Trim(" \t\r\n"u8).IsEmpty)
        {
            Fail(0, "the file is empty; it must be a JSON object");
            return Step.Done;
        }
        if (!reader.Read())
            return Step.NeedsData;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Fail((int)reader.TokenStartIndex, $"the file must be a JSON object with \"metadata\" and \"{arrayName}\", not {Describe(reader.TokenType)}");
            return Step.Done;
        }
        return Accept(ref reader, Phase.Member);
    }

    private Step ReadMember(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return Step.NeedsData;
        if (reader.TokenType == JsonTokenType.EndObject)
            return Accept(ref reader, Phase.Tail);
        bool isArray = reader.ValueTextEquals(arrayName);
        bool isMetadata = reader.ValueTextEquals("metadata"u8);
        if (isArray && _hasArray || isMetadata && _hasMetadata)
        {
            Fail((int)reader.TokenStartIndex, $"the member \"{(isArray ? arrayName : "metadata")}\" is given more than once");
            return Step.Done;
        }
        if (!isArray && _members.Count < MostMembersListed)
            _members.Add(Utf8Text.Excerpt(reader.ValueSpan));
        return Accept(ref reader, isArray ? Phase.ArrayStart : isMetadata ? Phase.Metadata : Phase.Passing);
    }

    private Step ReadMetadataValue(ref Utf8JsonReader reader)
    {
        if (!TryReadWhole(ref reader, out var value))
            return Step.NeedsData;
        _hasMetadata = true;
        if (!IsUtf8(value, out int invalid))
        {
            Fail(_elementStart + invalid, Utf8Text.InvalidReason(value[invalid]));
            return Step.Done;
        }
        if (reader.TokenType != JsonTokenType.EndObject)
        {
            Sink.Report(DataSeverity.Error, At(_elementStart), "metadata", $"the metadata must be an object, not {Describe(reader.TokenType)}");
        }
        else
        {
            var metadata = new Utf8JsonReader(value);
            metadata.Read();
            ReadMetadata(ref metadata);
        }
        return Accept(ref reader, Phase.Member);
    }

    private Step ReadArrayStart(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return Step.NeedsData;
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            Fail((int)reader.TokenStartIndex, $"\"{arrayName}\" must be an array, not {Describe(reader.TokenType)}");
            return Step.Done;
        }
        _hasArray = true;
        return Accept(ref reader, Phase.Elements);
    }

    private Step ReadElement(ref Utf8JsonReader reader, ref T item)
    {
        if (!TryReadWhole(ref reader, out var element))
            return Step.NeedsData;
        if (reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == 1)
            return Accept(ref reader, Phase.Member);
        Accept(ref reader, Phase.Elements);
        ElementCount++;
        if (!IsUtf8(element, out int invalid))
        {
            Sink.Report(DataSeverity.Error, At(_elementStart + invalid), null, Utf8Text.InvalidReason(element[invalid]));
            return Reject();
        }
        if (reader.TokenType != JsonTokenType.EndObject)
        {
            Report(DataSeverity.Error, null, $"an element of \"{arrayName}\" must be an object, not {Describe(reader.TokenType)}");
            return Reject();
        }
        var inner = new Utf8JsonReader(element);
        inner.Read();
        if (!TryMap(ref inner, out var mapped))
            return Reject();
        item = mapped!;
        return Step.Item;
    }

    private Step PassValue(ref Utf8JsonReader reader)
    {
        // Token by token, as what nobody reads may be of any size.
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                return Accept(ref reader, Phase.Member);
        }
        Accept(ref reader, Phase.Passing);
        Consume();
        return Step.NeedsData;
    }

    private Step ReadTail(ref Utf8JsonReader reader)
    {
        // The reader itself refuses anything but white space after the root.
        if (reader.Read() || !Window.AtEnd)
        {
            Accept(ref reader, Phase.Tail);
            Consume();
            return Step.NeedsData;
        }
        _elementStart = _elementLength = 0;
        _phase = Phase.Ended;
        if (!_hasArray)
        {
            string members = _members.Count == 0 ? "none" : string.Join(", ", _members.Select(m => $"\"{m}\""));
            Fail(0, $"the object has no member \"{arrayName}\"; its members are: {members}.{NearMiss.Hint(arrayName, _members)}");
        }
        else if (!_hasMetadata)
        {
            Sink.Report(DataSeverity.Warning, new TextPosition(1, 1, 0), "metadata", "the file has no metadata to compare its content with");
        }
        else if (options.CheckMetadata)
        {
            CheckMetadata();
        }
        return Step.Done;
    }

    /// <summary>Reads one whole value, nested ones included; false when some of it is still to come.</summary>
    private bool TryReadWhole(ref Utf8JsonReader reader, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!reader.Read())
            return false;
        _elementStart = (int)reader.TokenStartIndex;
        if (!reader.TrySkip())
            return false;
        _elementLength = (int)reader.BytesConsumed - _elementStart;
        value = Window.Pending.Slice(_elementStart, _elementLength);
        return true;
    }

    private static bool IsUtf8(ReadOnlySpan<byte> value, out int invalid)
    {
        invalid = Utf8Text.IndexOfInvalid(value);
        return invalid < 0;
    }

    private Step Reject()
    {
        RejectedCount++;
        return Step.Done;
    }

    private Step Accept(ref Utf8JsonReader reader, Phase next)
    {
        _consumed = (int)reader.BytesConsumed;
        _state = reader.CurrentState;
        _phase = next;
        return Step.Done;
    }

    private void Consume()
    {
        if (_consumed == 0)
            return;
        var text = Window.Pending[.._consumed];
        int lineFeed = text.LastIndexOf((byte)'\n');
        if (lineFeed >= 0)
            _lineStart = _origin.ByteOffset + lineFeed + 1;
        _origin = _origin.Advance(text);
        Window.Consume(_consumed);
        _consumed = _elementStart = _elementLength = 0;
    }

    private void Fail(int offset, string reason)
    {
        _phase = Phase.Ended;
        Sink.ReportFatal(At(offset), null, reason);
    }

    private Step FailAsInvalid(JsonException e)
    {
        var pending = Window.Pending;
        // The exception counts lines from the start of the text and bytes from the start of the line.
        long lines = (e.LineNumber ?? 0) + 1 - _origin.Line;
        long lineStart = _lineStart - _origin.ByteOffset;
        for (int from = 0; lines > 0 && pending[from..].IndexOf((byte)'\n') is >= 0 and var next; lines--)
        {
            from += next + 1;
            lineStart = from;
        }
        int offset = (int)Math.Clamp(lineStart + (e.BytePositionInLine ?? 0), 0, pending.Length);
        if (!Window.AtEnd && pending.Length - offset < LongestCharacter)
            return Step.NeedsData; // What is wrong there shows only when the whole character is.
        _phase = Phase.Ended;
        int end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        string reason = end < 0 ? e.Message : e.Message[..end];
        if (offset < pending.Length && pending[offset] == 0)
            reason = Utf8Text.NulReason;
        else if (offset == pending.Length && Window.AtEnd)
            reason = "the file ends in the middle of a JSON value; it is cut off";
        else if (Utf8Text.IndexOfInvalid(pending[offset..]) == 0)
            reason = Utf8Text.InvalidReason(pending[offset]);
        else if (reason.Contains("invalid JSON literal", StringComparison.Ordinal))
            reason = "invalid JSON: a word that is neither true, false nor null"; // Its own message quotes all that follows.
        else
            reason = "invalid JSON: " + reason;
        Sink.ReportFatal(At(offset), null, reason, null, e);
        return Step.Done;
    }

    protected static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject or JsonTokenType.EndObject => "an object",
        JsonTokenType.StartArray or JsonTokenType.EndArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        _ => "null",
    };
}
