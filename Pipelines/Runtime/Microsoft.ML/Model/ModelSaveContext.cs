using System.IO.Compression;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Where a component writes itself within a model: a folder of the zip with the entry <c>Model.key</c>.</summary>
public sealed class ModelSaveContext : IDisposable
{
    internal const string KeyEntry = "Model.key";

    private static readonly DateTimeOffset EntryTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ZipArchive _archive;
    private readonly string _directory;
    private readonly MemoryStream _key = new();
    private bool _disposed;

    internal ModelSaveContext(ZipArchive archive, string directory)
    {
        _archive = archive;
        _directory = directory;
        Writer = new BinaryWriter(_key, Encoding.UTF8);
    }

    /// <summary>Writes the entry <c>Model.key</c>.</summary>
    internal BinaryWriter Writer { get; }

    /// <summary>Must be called first: under which name and format version this component is loaded.</summary>
    internal void SetLoader(string loaderName, int version)
    {
        Contracts.Check(_key.Length == 0 && ModelLoaders.IsKnown(loaderName), $"'{loaderName}' is no registered loader, or was set after other data.");
        Writer.Write(loaderName);
        Writer.Write(version);
    }

    /// <summary>Writes a component into a sub-folder.</summary>
    internal void SaveChild(string name, ICanSaveModel child)
    {
        using var context = new ModelSaveContext(_archive, $"{_directory}{name}/");
        child.Save(context);
    }

    /// <summary>Writes a further entry of this folder.</summary>
    internal void SaveEntry(string name, Action<Stream> write)
    {
        using var stream = CreateEntry(_archive, _directory + name);
        write(stream);
    }

    internal static Stream CreateEntry(ZipArchive archive, string path)
    {
        var entry = archive.CreateEntry(path, CompressionLevel.Fastest);
        entry.LastWriteTime = EntryTime;
        return entry.Open();
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Writer.Flush();
        using var stream = CreateEntry(_archive, _directory + KeyEntry);
        _key.WriteTo(stream);
    }
}

/// <summary>Where a component reads itself from.</summary>
internal sealed class ModelLoadContext : IDisposable
{
    private readonly ModelArchive _archive;
    private readonly string _directory;

    public ModelLoadContext(IHostEnvironment env, ModelArchive archive, string directory)
    {
        Env = env;
        _archive = archive;
        _directory = directory;
        Reader = new BinaryReader(new MemoryStream(archive.ReadEntry(directory + ModelSaveContext.KeyEntry)), Encoding.UTF8);
        try
        {
            LoaderName = Reader.ReadString();
            Version = Reader.ReadInt32();
        }
        catch (EndOfStreamException e)
        {
            throw Contracts.ExceptDecode(e, $"The entry '{directory}{ModelSaveContext.KeyEntry}' of the model ends too early.");
        }
    }

    public IHostEnvironment Env { get; }

    public BinaryReader Reader { get; }

    public string LoaderName { get; }

    public int Version { get; }

    /// <summary>Refuses a component written in a later format than this library knows.</summary>
    public void CheckVersion(int newestKnown) =>
        Contracts.CheckParam(Version >= 1 && Version <= newestKnown, nameof(Version), $"The component '{LoaderName}' was saved in format version {Version}; this library reads versions 1 to {newestKnown}.");

    public T LoadChild<T>(string name) where T : class => Load<T>(Env, _archive, $"{_directory}{name}/");

    public T LoadChildOrNull<T>(string name) where T : class =>
        _archive.Contains($"{_directory}{name}/{ModelSaveContext.KeyEntry}") ? LoadChild<T>(name) : null;

    public byte[] ReadEntry(string name) => _archive.ReadEntry(_directory + name);

    public static T Load<T>(IHostEnvironment env, ModelArchive archive, string directory) where T : class
    {
        using var context = new ModelLoadContext(env, archive, directory);
        var component = ModelLoaders.Load(context);
        return component as T
            ?? throw Contracts.ExceptDecode($"The entry '{directory}' of the model holds a {component.GetType().Name}, where a {typeof(T).Name} is expected.");
    }

    public void Dispose() => Reader.Dispose();
}

/// <summary>The entries of a model zip, read with limits.</summary>
internal sealed class ModelArchive : IDisposable
{
    private const int MaximumEntries = 10_000;

    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    public ModelArchive(Stream stream)
    {
        try
        {
            _archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            Contracts.CheckParam(_archive.Entries.Count <= MaximumEntries, nameof(stream), $"The model has {_archive.Entries.Count} entries; at most {MaximumEntries} are allowed.");
            foreach (var entry in _archive.Entries)
            {
                if (!_entries.TryAdd(entry.FullName.Replace('\\', '/'), entry))
                    throw Contracts.ExceptDecode($"The model has the entry '{entry.FullName}' twice.");
            }
        }
        catch (InvalidDataException e)
        {
            throw Contracts.ExceptDecode(e, "The model is not a zip file, or is damaged or truncated.");
        }
    }

    public bool Contains(string path) => _entries.ContainsKey(path);

    public byte[] ReadEntry(string path)
    {
        if (!_entries.TryGetValue(path, out var entry))
            throw Contracts.ExceptDecode($"The model has no entry '{path}'.");
        Contracts.CheckDecode(entry.Length <= Array.MaxLength);
        try
        {
            var bytes = new byte[entry.Length];
            using var stream = entry.Open();
            stream.ReadExactly(bytes);
            if (stream.ReadByte() >= 0)
                throw Contracts.ExceptDecode($"The entry '{path}' of the model is longer than its header says.");
            return bytes;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Contracts.ExceptDecode(e, $"The entry '{path}' of the model is damaged.");
        }
    }

    public void Dispose() => _archive.Dispose();
}
