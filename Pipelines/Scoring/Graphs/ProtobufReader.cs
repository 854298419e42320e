using System.Text;

namespace MLPipelines.Scoring;

/// <summary>Reads the wire format of protocol buffers out of memory, with every length checked; nothing is copied.</summary>
internal ref struct ProtobufReader
{
    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int LengthDelimited = 2;
    public const int Fixed32 = 5;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly long _offset;
    private readonly string _where;
    private int _position;
    private int _start;

    /// <param name="bytes">A message.</param>
    /// <param name="where">The file, for messages.</param>
    /// <param name="offset">Where in the file the message begins.</param>
    public ProtobufReader(ReadOnlySpan<byte> bytes, string where, long offset = 0)
    {
        _bytes = bytes;
        _where = where;
        _offset = offset;
    }

    public int Field { get; private set; }

    public int WireType { get; private set; }

    public readonly bool IsAtEnd => _position == _bytes.Length;

    /// <summary>Where in the file it stands.</summary>
    public readonly long Offset => _offset + _position;

    /// <summary>Moves to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (_position == _bytes.Length)
            return false;
        _start = _position;
        ulong tag = ReadVarint();
        Field = tag <= uint.MaxValue ? (int)(tag >> 3) : 0;
        WireType = (int)(tag & 7);
        if (Field == 0)
            throw Fault("a field has the number 0 or one too large");
        if (WireType is not (Varint or Fixed64 or LengthDelimited or Fixed32))
            throw Fault($"the field {Field} has the wire type {WireType}, which does not exist");
        return true;
    }

    public bool Is(int field, int wireType) => Field == field && WireType == wireType;

    public ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_position == _bytes.Length)
                throw Fault("a number ends too early");
            byte next = _bytes[_position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
        throw Fault("a number has more than 64 bits");
    }

    public ReadOnlySpan<byte> ReadBytes()
    {
        ulong length = ReadVarint();
        if (length > (ulong)(_bytes.Length - _position))
            throw Fault($"the field {Field} says that {length} bytes follow, where {_bytes.Length - _position} are left");
        var bytes = _bytes.Slice(_position, (int)length);
        _position += (int)length;
        return bytes;
    }

    public string ReadString() => Encoding.UTF8.GetString(ReadBytes());

    public ProtobufReader ReadMessage()
    {
        var bytes = ReadBytes();
        return new ProtobufReader(bytes, _where, _offset + _position - bytes.Length);
    }

    public void Skip()
    {
        switch (WireType)
        {
            case Varint:
                ReadVarint();
                break;
            case LengthDelimited:
                ReadBytes();
                break;
            default:
                int length = WireType == Fixed64 ? 8 : 4;
                if (length > _bytes.Length - _position)
                    throw Fault($"the field {Field} ends too early");
                _position += length;
                break;
        }
    }

    /// <summary>Skips the field and gives all of it, its tag included.</summary>
    public ReadOnlySpan<byte> SkipWhole()
    {
        Skip();
        return _bytes[_start.._position];
    }

    public readonly OnnxException Fault(string fault) => ScoringErrors.NotOnnx(_where, _offset + _position, fault);
}
