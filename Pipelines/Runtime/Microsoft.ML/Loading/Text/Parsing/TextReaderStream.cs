using System.Text;

namespace Microsoft.ML.Data;

/// <summary>The characters of a reader as UTF-8, for text that is in another encoding or not in a file.</summary>
internal sealed class TextReaderStream(TextReader reader) : Stream
{
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private readonly char[] _chars = new char[8192];
    private int _start;
    private int _end;
    private bool _ended;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (!_ended)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = reader.Read(_chars, 0, _chars.Length);
            }
            bool isLast = _end == 0;
            _encoder.Convert(_chars.AsSpan(_start, _end - _start), buffer, isLast, out int charsUsed, out int bytesUsed, out bool completed);
            _start += charsUsed;
            _ended = isLast && completed;
            if (bytesUsed > 0)
                return bytesUsed;
        }
        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            reader.Dispose();
        base.Dispose(disposing);
    }
}
