using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A file that is written once and then read, possibly several times.</summary>
public interface IFileHandle : IDisposable
{
    bool CanWrite { get; }

    bool CanRead { get; }

    /// <summary>Opens the file for writing; it can be read once the stream is closed.</summary>
    Stream CreateWriteStream();

    Stream OpenReadStream();
}

/// <summary>A file by its path.</summary>
public sealed class SimpleFileHandle : IFileHandle
{
    private readonly IExceptionContext _context;
    private readonly string _path;
    private readonly bool _autoDelete;
    private FileStream _writer;
    private bool _isWritten;
    private bool _isDisposed;

    /// <param name="ectx">The component whose errors are raised.</param>
    /// <param name="path">The path of the file.</param>
    /// <param name="needsWrite">Whether the file is yet to be written.</param>
    /// <param name="autoDelete">Whether disposal deletes the file.</param>
    public SimpleFileHandle(IExceptionContext ectx, string path, bool needsWrite, bool autoDelete)
    {
        Contracts.CheckValue(ectx, nameof(ectx));
        Contracts.CheckNonEmpty(path, nameof(path));
        _context = ectx;
        _path = path;
        _autoDelete = autoDelete;
        _isWritten = !needsWrite;
    }

    public bool CanWrite => !_isWritten && !_isDisposed;

    public bool CanRead => _isWritten && !_isDisposed;

    public Stream CreateWriteStream()
    {
        if (!CanWrite)
            throw _context.Process(Contracts.Except($"The file '{_path}' cannot be written: it was written before, or its handle is disposed."));
        _writer = new FileStream(_path, FileMode.CreateNew, FileAccess.Write);
        _isWritten = true;
        return _writer;
    }

    public Stream OpenReadStream()
    {
        if (!CanRead)
            throw _context.Process(Contracts.Except($"The file '{_path}' cannot be read: it was not written yet, or its handle is disposed."));
        return new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _writer?.Dispose();
        if (_autoDelete)
            File.Delete(_path);
    }
}
