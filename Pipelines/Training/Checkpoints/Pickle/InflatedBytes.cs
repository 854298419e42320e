using System.IO.Compression;

namespace MLPipelines.Training.Checkpoints;

/// <summary>A deflated entry, inflated into a temporary file when it is first read.</summary>
internal sealed class InflatedBytes(string name, ByteSource packed, long length) : ByteSource(name)
{
    private readonly Lock _lock = new();
    private FileStream? _file;
    private bool _isClosed;

    public override long Length { get; } = length;

    protected override void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _file?.Dispose();
        }
    }

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _file ??= Inflate();
            _file.Position = offset;
            _file.ReadExactly(destination);
        }
    }

    private FileStream Inflate()
    {
        var path = Path.Combine(Path.GetTempPath(), $"mlpipelines-{Guid.NewGuid():N}.tmp");
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16, FileOptions.DeleteOnClose);
        try
        {
            using var inflating = new DeflateStream(new SourceStream(packed), CompressionMode.Decompress);
            var buffer = new byte[1 << 16];
            long total = 0;
            for (int read; (read = inflating.Read(buffer)) > 0; total += read)
            {
                if (read > Length - total)
                    throw CheckpointErrors.Damaged(Name, FormattableString.Invariant($"it inflates to more than the {Length} bytes that it claims"));
                file.Write(buffer, 0, read);
            }
            if (total != Length)
                throw CheckpointErrors.Damaged(Name, FormattableString.Invariant($"it inflates to {total} bytes where {Length} are claimed"));
            return file;
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is InvalidDataException)
                throw CheckpointErrors.Damaged(Name, "it is not valid deflate", e);
            throw;
        }
    }

    /// <summary>Reads a source from its beginning to its end.</summary>
    private sealed class SourceStream(ByteSource source) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => source.Length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, source.Length - _position);
            source.Read(_position, buffer[..count]);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
