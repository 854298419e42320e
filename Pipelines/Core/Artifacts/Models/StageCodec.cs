using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.ML;

namespace MLPipelines.Artifacts;

/// <summary>
/// How one kind of transformer is written into, and read from, its own folder of an artifact. A host names the codecs that it
/// allows; a file can only choose among them.
/// </summary>
/// <remarks>Implementations are stateless and thread-safe. They write plain formats only, and trust no length that they read.</remarks>
public abstract class StageCodec
{
    /// <summary>The kind, as it stands in the folder's name: lower-case letters, digits and hyphens.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether this codec writes transformers like this one.</summary>
    public abstract bool CanWrite(ITransformer transformer);

    /// <summary>The absolute difference that another machine, or another version of an engine, may make in what the transformer gives; 0 where it always gives the same.</summary>
    public virtual double ToleranceOf(ITransformer transformer) => 0;

    /// <summary>Writes a transformer.</summary>
    public abstract void Write(ITransformer transformer, StageWriter writer);

    /// <summary>Reads what <see cref="Write"/> wrote; it then works bit for bit as before.</summary>
    /// <exception cref="ArtifactException">The content is not what this codec writes.</exception>
    public abstract ITransformer Read(StageReader reader);
}

/// <summary>A codec of transformers of one type.</summary>
/// <typeparam name="TTransformer">The type.</typeparam>
/// <inheritdoc path="/remarks"/>
public abstract class StageCodec<TTransformer> : StageCodec where TTransformer : ITransformer
{
    /// <inheritdoc/>
    public sealed override bool CanWrite(ITransformer transformer) => transformer is TTransformer;

    /// <inheritdoc/>
    public sealed override void Write(ITransformer transformer, StageWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        WriteStage((TTransformer)transformer, writer);
    }

    /// <inheritdoc/>
    public sealed override ITransformer Read(StageReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return ReadStage(reader);
    }

    /// <inheritdoc cref="StageCodec.Write"/>
    protected abstract void WriteStage(TTransformer transformer, StageWriter writer);

    /// <inheritdoc cref="StageCodec.Read"/>
    protected abstract TTransformer ReadStage(StageReader reader);
}

/// <summary>What a stage states in JSON of itself.</summary>
public interface IStageSettings
{
    /// <summary>The version of what the stage consists of.</summary>
    int Format { get; }
}

/// <summary>The folder of one stage, for writing.</summary>
public sealed class StageWriter
{
    private readonly ArtifactBuilder _builder;
    private readonly string _folder;

    internal StageWriter(ArtifactBuilder builder, string folder)
    {
        _builder = builder;
        _folder = folder;
    }

    /// <summary>Adds a file.</summary>
    /// <param name="name">Its name within the folder.</param>
    /// <param name="role">What it is, such as <c>weights</c>, <c>config</c> or <c>tokenizer</c>; weights are stored uncompressed.</param>
    /// <param name="bytes">Its content, which must not change until the artifact is written.</param>
    public void Add(string name, string role, ReadOnlyMemory<byte> bytes) => _builder.Add(_folder + name, role, bytes);

    /// <summary>Adds a file that is written to a stream; there is no limit to its length but that of the host.</summary>
    public void Add(string name, string role, Action<Stream> write) => _builder.Add(_folder + name, role, write);

    /// <summary>Adds a value as JSON.</summary>
    public void AddJson<T>(string name, string role, T value, JsonTypeInfo<T> type) => Add(name, role, JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>Adds the bytes of values as they stand in memory.</summary>
    public void AddArray<T>(string name, string role, ReadOnlySpan<T> values) where T : unmanaged => Add(name, role, MemoryMarshal.AsBytes(values).ToArray());
}

/// <summary>The folder of one stage, for reading; every file is checked against the manifest as it is read.</summary>
public sealed class StageReader
{
    private readonly ArtifactReader _reader;
    private readonly string _folder;
    private readonly CancellationToken _cancellationToken;

    internal StageReader(ArtifactReader reader, string folder, CancellationToken cancellationToken)
    {
        _reader = reader;
        _folder = folder;
        _cancellationToken = cancellationToken;
    }

    /// <summary>The path of the artifact and folder, for messages.</summary>
    public string Location => $"{_reader.File}: {_folder}";

    /// <summary>The names of the files.</summary>
    public IEnumerable<string> Names =>
        _reader.Manifest.Entries.Where(entry => entry.Path.StartsWith(_folder, StringComparison.Ordinal)).Select(entry => entry.Path[_folder.Length..]);

    /// <summary>Cancelled when whoever asked for the model no longer waits for it.</summary>
    public CancellationToken CancellationToken => _cancellationToken;

    /// <summary>Whether there is a file of that name.</summary>
    public bool Contains(string name) => _reader.Contains(_folder + name);

    /// <summary>The bytes of a file of at most 2 GiB.</summary>
    public byte[] Read(string name) => _reader.Read(_folder + name);

    /// <summary>What a file of JSON holds.</summary>
    /// <exception cref="ArtifactException">It is not JSON of that type, or null.</exception>
    public T ReadJson<T>(string name, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(Read(name), type) ?? throw Invalid(name, "is empty");
        }
        catch (JsonException e)
        {
            throw Invalid(name, $"is not valid: {e.Message}", e);
        }
    }

    /// <summary>The settings of the stage.</summary>
    /// <param name="name">The file that they are in.</param>
    /// <param name="type">How they stand there.</param>
    /// <param name="format">The only format that is read.</param>
    /// <exception cref="ArtifactException">They are not JSON of that type, or of another format.</exception>
    public T ReadSettings<T>(string name, JsonTypeInfo<T> type, int format) where T : class, IStageSettings
    {
        var settings = ReadJson(name, type);
        return settings.Format == format ? settings : throw Invalid(name, $"has format {settings.Format}; this library reads format {format}");
    }

    /// <summary>As many values as are expected of what <see cref="StageWriter.AddArray{T}"/> wrote.</summary>
    /// <exception cref="ArtifactException">There are more or fewer.</exception>
    public T[] ReadArray<T>(string name, long length) where T : unmanaged
    {
        var bytes = Read(name);
        return bytes.LongLength == length * Marshal.SizeOf<T>()
            ? MemoryMarshal.Cast<byte, T>(bytes).ToArray()
            : throw Invalid(name, $"has {bytes.LongLength} bytes where {length} values of {Marshal.SizeOf<T>()} bytes are expected");
    }

    /// <summary>A file of any length as a stream to read and to seek in; its bytes are checked before this returns.</summary>
    public Stream OpenRead(string name) => _reader.OpenRead(_folder + name, _cancellationToken);

    /// <summary>An exception that says what is wrong with the content of this stage.</summary>
    public ArtifactException Invalid(string file, string reason, Exception? inner = null) =>
        new($"The artifact '{_reader.File}' is refused: entry '{_folder}{file}' {reason}.", inner);
}
