using System.Collections.ObjectModel;

namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// The tensors of a model as they lie in files: <c>model.safetensors</c> or <c>pytorch_model.bin</c>, whole or in shards with an
/// index. Opening checks everything but the elements, which are read from the files only when asked for.
/// </summary>
/// <remarks>
/// Thread-safe for reading. It holds the files open until it is disposed. Nothing in a file is ever executed: of a pickle, only
/// tensors are understood and everything else is refused by name.
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly List<ByteSource> _sources;

    private Checkpoint(string location, List<ByteSource> sources, Dictionary<string, CheckpointTensor> tensors, Dictionary<string, string> metadata)
    {
        Location = location;
        _sources = sources;
        Tensors = new ReadOnlyDictionary<string, CheckpointTensor>(tensors);
        Metadata = new ReadOnlyDictionary<string, string>(metadata);
    }

    /// <summary>The folder or file, for messages.</summary>
    public string Location { get; }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, CheckpointTensor> Tensors { get; }

    /// <summary>What a safetensors file says of itself, such as "format": "pt"; of several shards, what the first says. Empty for a pickle.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="CheckpointException">There is none.</exception>
    public CheckpointTensor this[string name] =>
        Tensors.TryGetValue(name, out var tensor) ? tensor : throw CheckpointErrors.NoSuchTensor(Location, name, Tensors.Keys);

    /// <summary>
    /// Opens the weights in a folder: <c>model.safetensors</c>, else <c>model.safetensors.index.json</c>, else
    /// <c>pytorch_model.bin</c>, else <c>pytorch_model.bin.index.json</c>.
    /// </summary>
    /// <param name="folder">The folder; or one file: a pickle where it ends with .bin, .pt, .pth or .ckpt, else safetensors.</param>
    /// <exception cref="CheckpointException">There are no weights, or they are damaged, inconsistent or not plain tensors.</exception>
    public static Checkpoint Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (File.Exists(folder))
            return OpenOne(folder, ByteSource.Open(folder), IsPickle(folder) ? PickleReader.Read : SafetensorsHeader.Read);
        if (!Directory.Exists(folder))
            throw CheckpointErrors.NotFound(folder);
        var names = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).ToHashSet(StringComparer.Ordinal);
        return Open(folder, names, name => ByteSource.Open(Path.Combine(folder, name)));
    }

    /// <summary>Opens weights among files that do not lie in a folder, such as those of a stage of an artifact.</summary>
    /// <param name="names">The names of the files.</param>
    /// <param name="open">Opens one of them for reading and seeking; the stream is disposed with the checkpoint.</param>
    /// <param name="location">Where the files are, for messages.</param>
    /// <exception cref="CheckpointException">There are no weights, or they are damaged, inconsistent or not plain tensors.</exception>
    public static Checkpoint Open(IEnumerable<string> names, Func<string, Stream> open, string location)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(location);
        return Open(location, names.ToHashSet(StringComparer.Ordinal), name => new StreamBytes($"{location}: {name}", open(name)));
    }

    /// <summary>Opens one safetensors file.</summary>
    /// <exception cref="CheckpointException">The file cannot be read, or is not a whole and consistent safetensors file.</exception>
    public static Checkpoint OpenSafetensors(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        return OpenOne(file, ByteSource.Open(file), SafetensorsHeader.Read);
    }

    /// <summary>Opens one safetensors file in a stream.</summary>
    /// <param name="stream">One to read and to seek in; the file begins at its beginning. It is disposed with the checkpoint.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="CheckpointException">It is not a whole and consistent safetensors file.</exception>
    public static Checkpoint OpenSafetensors(Stream stream, string name = WeightFiles.Safetensors)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return OpenOne(name, new StreamBytes(name, stream), SafetensorsHeader.Read);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => DisposeAll(_sources);

    private static Checkpoint Open(string location, HashSet<string> names, Func<string, ByteSource> open)
    {
        var file = Array.Find(WeightFiles.InOrder, names.Contains) ?? throw CheckpointErrors.NoWeights(location, names);
        TensorReader read = file is WeightFiles.Pickle or WeightFiles.PickleIndex ? PickleReader.Read : SafetensorsHeader.Read;
        return file is WeightFiles.Safetensors or WeightFiles.Pickle
            ? OpenOne(location, open(file), read)
            : OpenShards(location, names, file, open, read);
    }

    private static Checkpoint OpenOne(string location, ByteSource source, TensorReader read)
    {
        try
        {
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            var tensors = read(source, metadata).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
            return new Checkpoint(location, [source], tensors, metadata);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static Checkpoint OpenShards(string location, HashSet<string> names, string indexFile, Func<string, ByteSource> open, TensorReader read)
    {
        Dictionary<string, string> map;
        string indexName;
        using (var index = open(indexFile))
        {
            map = ShardIndex.Read(index);
            indexName = index.Name;
        }
        var shards = map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var missing = shards.Where(shard => !names.Contains(shard)).Select(shard => $"'{CheckpointErrors.Printable(shard)}'").ToList();
        if (missing.Count > 0)
            throw CheckpointErrors.Refused(indexName, $"of the {shards.Count} files that it lists, {missing.Count} are missing: {string.Join(", ", missing.Take(10))}");
        var sources = new List<ByteSource>();
        try
        {
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            var tensors = new Dictionary<string, CheckpointTensor>(StringComparer.Ordinal);
            foreach (var shard in shards)
            {
                var source = open(shard);
                sources.Add(source);
                foreach (var tensor in read(source, sources.Count == 1 ? metadata : []))
                {
                    if (!map.TryGetValue(tensor.Name, out var listed))
                        throw CheckpointErrors.Tensor(source.Name, tensor.Name, $"is not listed in '{indexFile}'");
                    if (listed != shard)
                        throw CheckpointErrors.Tensor(source.Name, tensor.Name, $"should be in '{listed}' according to '{indexFile}'");
                    tensors.Add(tensor.Name, tensor);
                }
            }
            if (map.FirstOrDefault(pair => !tensors.ContainsKey(pair.Key)) is { Key: { } absent } pair)
                throw CheckpointErrors.Tensor(indexName, absent, $"is not in '{pair.Value}', where it should be");
            return new Checkpoint(location, sources, tensors, metadata);
        }
        catch
        {
            DisposeAll(sources);
            throw;
        }
    }

    private static bool IsPickle(string file) => Path.GetExtension(file).ToUpperInvariant() is ".BIN" or ".PT" or ".PTH" or ".CKPT";

    private static void DisposeAll(List<ByteSource> sources)
    {
        foreach (var source in sources)
            source.Dispose();
    }

    /// <summary>Reads what tensors a file has; no two have the same name.</summary>
    private delegate List<CheckpointTensor> TensorReader(ByteSource source, Dictionary<string, string> metadata);
}
