using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace MLPipelines.Scoring;

/// <summary>An ONNX file that is mapped into memory, to be checked and hashed.</summary>
internal sealed unsafe class ModelFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _bytes;
    private readonly int _length;

    public ModelFile(string path)
    {
        Path = path;
        if (!File.Exists(path))
            throw ScoringErrors.NoFile(path);
        try
        {
            long length = new FileInfo(ExternalData.RealPath(path)).Length;
            if (length > int.MaxValue)
                throw ScoringErrors.NotOnnx(path, int.MaxValue, "it goes on, where the format ends at 2 GiB: large models have their values in a file beside them");
            _length = (int)length;
            if (_length == 0)
                return;
            _file = MemoryMappedFile.CreateFromFile(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete), null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw ScoringErrors.CannotRead(path, e);
        }
    }

    public string Path { get; }

    public string Folder => System.IO.Path.GetDirectoryName(Path)!;

    public ReadOnlySpan<byte> Bytes => new(_bytes, _length);

    /// <summary>Where the file really is, so that values can be said to be in it; null where it is a link to another folder than that of the files with its other values.</summary>
    public (string Folder, string Name)? Place(IReadOnlyList<string> externalFiles)
    {
        string real = ExternalData.RealPath(Path), folder = System.IO.Path.GetDirectoryName(real)!;
        return externalFiles.Count == 0 || folder == ExternalData.RealPath(Folder) ? (folder, System.IO.Path.GetFileName(real)) : null;
    }

    /// <summary>The SHA-256 over the file and those that hold its values, in hexadecimal.</summary>
    public static string Hash(ReadOnlySpan<byte> bytes, string? folder, IReadOnlyList<string> externalFiles)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes);
        var buffer = new byte[1 << 20];
        foreach (string file in externalFiles)
        {
            using var stream = File.OpenRead(System.IO.Path.Combine(folder!, file));
            for (int read; (read = stream.Read(buffer)) > 0;)
                hash.AppendData(buffer, 0, read);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        if (_bytes != null)
            _view!.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }
}
