using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>
/// Files by path, in order. A path may hold the wildcards <c>*</c> and <c>?</c> in its last part, <c>...</c> for
/// a folder and all folders below it, and <c>+</c> between several paths.
/// </summary>
public sealed class MultiFileSource : IMultiStreamSource
{
    private readonly string[] _paths;

    public MultiFileSource(params string[] paths)
    {
        _paths = paths == null ? [] : [.. paths.SelectMany(Expand)];
    }

    public int Count => _paths.Length;

    public string GetPathOrNull(int index)
    {
        Contracts.CheckParam(0 <= index && index < Count, nameof(index));
        return _paths[index];
    }

    public Stream Open(int index)
    {
        Contracts.CheckParam(0 <= index && index < Count, nameof(index));
        string path = _paths[index];
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 4096, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Contracts.ExceptIO(e, $"Could not open file '{path}'. Error is: {e.Message}");
        }
    }

    public TextReader OpenTextReader(int index) => new StreamReader(Open(index));

    // A path that stands for no existing file is kept, so that the error on opening names it.
    private static string[] Expand(string path)
    {
        var files = FileWildcards.Expand(path);
        return files.Count > 0 ? [.. files] : [path];
    }
}

/// <summary>A file handle as the one stream of a source.</summary>
public sealed class FileHandleSource : IMultiStreamSource
{
    private readonly IFileHandle _file;

    public FileHandleSource(IFileHandle file)
    {
        Contracts.CheckValue(file, nameof(file));
        Contracts.CheckParam(file.CanRead, nameof(file), "File handle must be readable");
        _file = file;
    }

    public int Count => 1;

    public string GetPathOrNull(int index)
    {
        Contracts.CheckParam(index == 0, nameof(index));
        return null;
    }

    public Stream Open(int index)
    {
        Contracts.CheckParam(index == 0, nameof(index));
        return _file.OpenReadStream();
    }

    public TextReader OpenTextReader(int index) => new StreamReader(Open(index));
}
