using System.Security.Cryptography;
using MLPipelines.Artifacts;

namespace MLPipelines.Scoring;

/// <summary>Files of an artifact in a private temporary folder, which goes when it is disposed, or collected.</summary>
internal sealed class ExtractedFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlpipelines-onnx-").FullName;

    ~ExtractedFiles() => Delete();

    public string PathOf(string name) => Path.Combine(_folder, name);

    /// <returns>The SHA-256 over names and contents.</returns>
    public string Extract(StageReader reader, IEnumerable<string> names)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name + "\n"));
            using var source = reader.OpenRead(name);
            using var target = new FileStream(PathOf(name), FileMode.CreateNew, FileAccess.Write);
            for (int read; (read = source.Read(buffer)) > 0;)
            {
                reader.CancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
                target.Write(buffer, 0, read);
            }
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public void Dispose()
    {
        Delete();
        GC.SuppressFinalize(this);
    }

    private void Delete()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // Gone already, or in use where files in use cannot be deleted: the system's temporary folder is cleared in time.
            return;
        }
    }
}
