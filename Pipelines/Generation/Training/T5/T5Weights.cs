using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Generation.T5;

/// <summary>The weights of a T5 model by the names of the checkpoint, read one at a time.</summary>
/// <remarks>As thread-safe as the checkpoint under it, which it disposes of.</remarks>
public sealed class T5Weights : IDisposable
{
    private readonly Func<string, long, float[]> _read;
    private readonly IDisposable? _owned;

    private T5Weights(T5Config config, Func<string, long, float[]> read, IDisposable? owned) => (Config, _read, _owned) = (config, read, owned);

    /// <summary>How the model is built.</summary>
    public T5Config Config { get; }

    /// <summary>Opens the weights in a folder with <c>config.json</c> and <c>model.safetensors</c> or <c>pytorch_model.bin</c>.</summary>
    /// <exception cref="T5Exception">There is no configuration, it cannot be used, or weights are missing or of another shape; the message lists all of them.</exception>
    /// <exception cref="CheckpointException">The weights are missing or damaged.</exception>
    public static T5Weights Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string file = Path.Combine(folder, "config.json");
        if (!File.Exists(file))
            throw T5Errors.MissingFile(folder, "config.json", Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)) : []);
        return Of(T5Config.Parse(File.ReadAllBytes(file)), Checkpoint.Open(folder));
    }

    /// <summary>The weights of a checkpoint.</summary>
    /// <param name="config">How the model is built.</param>
    /// <param name="checkpoint">The checkpoint; disposed of with this.</param>
    /// <exception cref="T5Exception">Weights are missing or of another shape; the message lists all of them.</exception>
    public static T5Weights Of(T5Config config, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(checkpoint);
        config.Validate();
        var faults = new List<string>();
        foreach (var (name, shape) in T5ParameterNames.Of(config))
        {
            if (Find(checkpoint, name) is not { } tensor)
                faults.Add($"'{name}' is missing");
            else if (!tensor.Shape.AsSpan().SequenceEqual(shape))
                faults.Add($"'{name}' has the shape [{string.Join(", ", tensor.Shape)}] instead of [{string.Join(", ", shape)}]");
        }
        if (faults.Count > 0)
        {
            checkpoint.Dispose();
            throw T5Errors.MissingTensors(checkpoint.Location, faults);
        }
        return new T5Weights(config, (name, _) => Find(checkpoint, name)!.ToFloats(), checkpoint);
    }

    /// <summary>Random weights with the standard deviations that T5 begins with; for measuring models of a shape without having them.</summary>
    /// <param name="config">The shape.</param>
    /// <param name="seed">The same seed gives the same weights.</param>
    /// <exception cref="T5Exception">The configuration has values out of range.</exception>
    public static T5Weights Random(T5Config config, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        return new T5Weights(config, (name, count) => T5Initialisation.Draw(config, name, count, seed), null);
    }

    /// <summary>Reads a weight.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    /// <returns>Its elements, row by row.</returns>
    public float[] Read(string name)
    {
        long count = 1;
        foreach (long size in T5ParameterNames.Of(Config)[name])
            count = checked(count * size);
        return _read(name, count);
    }

    /// <summary>Closes the checkpoint.</summary>
    public void Dispose() => _owned?.Dispose();

    // Old checkpoints name the embedding once for each user of it.
    internal static CheckpointTensor? Find(Checkpoint checkpoint, string name)
    {
        if (checkpoint.Tensors.TryGetValue(name, out var tensor))
            return tensor;
        return name == T5ParameterNames.Embedding && (checkpoint.Tensors.TryGetValue("encoder.embed_tokens.weight", out tensor) || checkpoint.Tensors.TryGetValue("decoder.embed_tokens.weight", out tensor))
            ? tensor
            : null;
    }
}
