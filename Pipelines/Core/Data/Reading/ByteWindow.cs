namespace MLPipelines.Data;

/// <summary>
/// The part of a stream that a parser is looking at: bytes are consumed at the front and filled in at the back,
/// and the buffer grows only while one record does not fit.
/// </summary>
internal sealed class ByteWindow : IDisposable
{
    private const int InitialCapacity = 64 * 1024;
    private const long ProgressStep = 1024 * 1024;

    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly IProgress<DataReadProgress>? _progress;
    private readonly long? _totalBytes;
    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(InitialCapacity);
    private int _start;
    private int _end;
    private long _bytesRead;
    private long _nextReport = ProgressStep;

    public ByteWindow(Stream stream, bool leaveOpen, IProgress<DataReadProgress>? progress)
    {
        _stream = stream;
        _leaveOpen = leaveOpen;
        _progress = progress;
        _totalBytes = stream.CanSeek ? stream.Length - stream.Position : null;
    }

    /// <summary>The bytes read but not yet consumed.</summary>
    public ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _end - _start);

    public int PendingLength => _end - _start;

    /// <summary>True when <see cref="Pending"/> is all that is left.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>Bytes taken from the stream.</summary>
    public long BytesRead => _bytesRead;

    /// <summary>The offset in the file of the first pending byte.</summary>
    public long Offset => _bytesRead - PendingLength;

    public static ByteWindow Open(string path, IProgress<DataReadProgress>? progress)
    {
        if (!File.Exists(path))
            throw DataErrors.MissingFile(path);
        // No buffer of its own: the window is one. Others may read or append meanwhile.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        return new ByteWindow(stream, leaveOpen: false, progress);
    }

    public static ByteWindow Over(Stream stream, string name, bool leaveOpen, IProgress<DataReadProgress>? progress)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.CanRead ? new ByteWindow(stream, leaveOpen, progress) : throw DataErrors.UnreadableStream(name);
    }

    public void Consume(int count) => _start += count;

    /// <summary>Reads until at least <paramref name="wanted"/> bytes are pending or the stream ends.</summary>
    public void Fill(int wanted, CancellationToken cancellationToken)
    {
        MakeRoom(wanted);
        while (PendingLength < wanted && !AtEnd)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Append(_stream.Read(_buffer, _end, _buffer.Length - _end));
        }
    }

    /// <inheritdoc cref="Fill"/>
    public async ValueTask FillAsync(int wanted, CancellationToken cancellationToken)
    {
        MakeRoom(wanted);
        while (PendingLength < wanted && !AtEnd)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Append(await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false));
        }
    }

    private void MakeRoom(int wanted)
    {
        int pending = PendingLength;
        if (wanted <= _buffer.Length && pending <= _buffer.Length / 2)
        {
            if (_start > 0)
                _buffer.AsSpan(_start, pending).CopyTo(_buffer);
        }
        else
        {
            int capacity = (int)Math.Min(Array.MaxLength, Math.Max(wanted, 2L * _buffer.Length));
            byte[] larger = GC.AllocateUninitializedArray<byte>(capacity);
            Pending.CopyTo(larger);
            _buffer = larger;
        }
        (_start, _end) = (0, pending);
    }

    private void Append(int count)
    {
        _end += count;
        _bytesRead += count;
        AtEnd = count == 0;
        if (_progress is not null && (AtEnd || _bytesRead >= _nextReport))
        {
            _nextReport = _bytesRead + ProgressStep;
            _progress.Report(new DataReadProgress(_bytesRead, _totalBytes));
        }
    }

    public void Dispose()
    {
        if (!_leaveOpen)
            _stream.Dispose();
    }
}
