using Microsoft.Win32.SafeHandles;

namespace MLPipelines.Training.Checkpoints;

/// <summary>Bytes that can be read anywhere, from any thread.</summary>
internal abstract class ByteSource(string name) : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <summary>The file, for messages.</summary>
    public string Name { get; } = name;

    public abstract long Length { get; }

    /// <summary>Fills the destination with the bytes from an offset on.</summary>
    /// <exception cref="CheckpointException">There are fewer, or the file cannot be read.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
            throw CheckpointErrors.EndedEarly(Name, offset, destination.Length, Length);
        try
        {
            ReadCore(offset, destination);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not CheckpointException)
        {
            throw CheckpointErrors.Unreadable(Name, e);
        }
    }

    public byte[] ReadAll(long offset, int length)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Has something disposed with this.</summary>
    public void Own(IDisposable part) => _owned.Add(part);

    public void Dispose()
    {
        foreach (var part in _owned)
            part.Dispose();
        Close();
    }

    protected abstract void Close();

    protected abstract void ReadCore(long offset, Span<byte> destination);

    /// <exception cref="CheckpointException">The file does not exist or cannot be read.</exception>
    public static ByteSource Open(string file)
    {
        try
        {
            return new FileBytes(file, File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CheckpointErrors.NotFound(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointErrors.Unreadable(file, e);
        }
    }
}

/// <summary>A file. It is read rather than mapped, so that one cut off meanwhile gives an exception instead of ending the process.</summary>
internal sealed class FileBytes(string name, SafeFileHandle handle) : ByteSource(name)
{
    public override long Length { get; } = RandomAccess.GetLength(handle);

    protected override void Close() => handle.Dispose();

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
                throw CheckpointErrors.EndedEarly(Name, offset, destination.Length, RandomAccess.GetLength(handle));
            destination = destination[read..];
            offset += read;
        }
    }
}

/// <summary>A stream that can seek; it is disposed with this.</summary>
internal sealed class StreamBytes : ByteSource
{
    private readonly Stream _stream;
    private readonly Lock _lock = new();

    public StreamBytes(string name, Stream stream) : base(name)
    {
        if (!stream.CanSeek || !stream.CanRead)
            throw new ArgumentException($"The stream of '{name}' must be one to read and to seek in.", nameof(stream));
        _stream = stream;
        Length = stream.Length;
    }

    public override long Length { get; }

    protected override void Close() => _stream.Dispose();

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        lock (_lock)
        {
            _stream.Position = offset;
            int read = _stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
            if (read < destination.Length)
                throw CheckpointErrors.EndedEarly(Name, offset, destination.Length, offset + read);
        }
    }
}

/// <summary>A part of another source, which is not disposed with this.</summary>
internal sealed class SectionBytes(string name, ByteSource source, long start, long length) : ByteSource(name)
{
    public override long Length { get; } = length;

    protected override void Close()
    {
    }

    protected override void ReadCore(long offset, Span<byte> destination) => source.Read(start + offset, destination);
}
