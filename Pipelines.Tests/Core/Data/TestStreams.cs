using System.Text;

namespace MLPipelines.Tests.Core.Data;

/// <summary>Hands out its bytes in pieces of at most the given sizes, in turn.</summary>
internal sealed class ChunkedStream(byte[] bytes, params int[] sizes) : Stream
{
    private int _position;
    private int _reads;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int size = sizes.Length == 0 ? buffer.Length : Math.Max(1, sizes[_reads++ % sizes.Length]);
        int count = Math.Min(Math.Min(size, buffer.Length), bytes.Length - _position);
        bytes.AsSpan(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return Read(buffer.Span);
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}

/// <summary>A head, then the same row again and again, then a tail, without ever holding them all.</summary>
internal sealed class RepeatingStream(string head, string row, long length, string tail = "") : Stream
{
    private readonly byte[] _head = Encoding.UTF8.GetBytes(head);
    private readonly byte[] _row = Encoding.UTF8.GetBytes(row);
    private readonly byte[] _tail = Encoding.UTF8.GetBytes(tail);
    private long _position;

    public long Rows => (length + _row.Length - 1) / _row.Length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int written = 0;
        long body = Rows * _row.Length;
        while (written < buffer.Length)
        {
            long at = _position - _head.Length;
            var piece = at < 0 ? _head.AsSpan((int)_position)
                : at < body ? _row.AsSpan((int)(at % _row.Length))
                : _tail.AsSpan((int)Math.Min(at - body, _tail.Length));
            int count = Math.Min(piece.Length, buffer.Length - written);
            if (count == 0)
                break;
            piece[..count].CopyTo(buffer[written..]);
            written += count;
            _position += count;
        }
        return written;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }
}

internal static class TestText
{
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static MemoryStream Stream(string text) => new(Bytes(text));
}
