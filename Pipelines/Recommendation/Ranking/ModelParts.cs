using System.Runtime.InteropServices;
using MLPipelines.Artifacts;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Recommendation;

/// <summary>The numbers of a model by name, as they are written to and read from an artifact.</summary>
internal sealed class ModelParts
{
    private readonly SortedDictionary<string, Array> _arrays = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, IReadOnlyList<TensorToWrite>> _tensors = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, RecommenderTransformer> _models = new(StringComparer.Ordinal);
    private readonly StageReader? _reader;
    private readonly string _folder = "";
    private readonly Func<string, RecommenderTransformer>? _readModel;

    public ModelParts()
    {
    }

    /// <param name="reader">The stage.</param>
    /// <param name="numbers">The single numbers of the model.</param>
    /// <param name="texts">Its lists of texts.</param>
    /// <param name="folder">The folder of the model within the stage, with a slash at its end; empty for the stage itself.</param>
    /// <param name="readModel">Reads the model in a folder.</param>
    public ModelParts(StageReader reader, SortedDictionary<string, double> numbers, SortedDictionary<string, string[]> texts, string folder, Func<string, RecommenderTransformer> readModel)
    {
        _reader = reader;
        _folder = folder;
        _readModel = readModel;
        Numbers = numbers;
        Texts = texts;
    }

    /// <summary>Single numbers, which stand in the config.</summary>
    public SortedDictionary<string, double> Numbers { get; } = new(StringComparer.Ordinal);

    /// <summary>Lists of texts, which stand in the config too.</summary>
    public SortedDictionary<string, string[]> Texts { get; } = new(StringComparer.Ordinal);

    /// <summary>The recommenders that this one is made of, by the folder of each.</summary>
    public IEnumerable<KeyValuePair<string, RecommenderTransformer>> Models => _models;

    public void AddModel(string name, RecommenderTransformer model) => _models.Add(name, model);

    public RecommenderTransformer ReadModel(string name) => _readModel!(_folder + name + "/");

    /// <summary>The texts of that name, of which there must be at least one, none of them null.</summary>
    public string[] ReadTexts(string name) => Texts.TryGetValue(name, out var texts) && texts.Length > 0 && Array.TrueForAll(texts, text => text is not null)
        ? texts
        : throw _reader!.Invalid(_folder + RecommenderCodec.ConfigFile, $"lacks the texts '{name}'");

    /// <summary>Indices in any order, each from <paramref name="least"/> and below <paramref name="bound"/>.</summary>
    public int[] ReadPlaces(string name, int length, int least, int bound)
    {
        var places = Read<int>(name, length);
        return Array.TrueForAll(places, place => place >= least && place < bound) ? places : throw _reader!.Invalid(FileOf<int>(name), "holds places out of range");
    }

    public void Add<T>(string name, T[]? values) where T : unmanaged
    {
        if (values is not null)
            _arrays.Add(FileOf<T>(name), values);
    }

    /// <summary>Adds the weights of a network, which become a safetensors file.</summary>
    public void AddTensors(string name, IReadOnlyList<TensorToWrite> tensors) => _tensors.Add(TensorFileOf(name), tensors);

    public double Number(string name, double least, double most) => Numbers.TryGetValue(name, out double value) && value >= least && value <= most
        ? value
        : throw _reader!.Invalid(_folder + RecommenderCodec.ConfigFile, $"lacks the number '{name}', or has it out of range");

    public bool Has<T>(string name) where T : unmanaged => _reader!.Contains(FileOf<T>(name));

    /// <summary>The values of that name, of which there must be as many as are expected, all finite.</summary>
    public T[] Read<T>(string name, long length) where T : unmanaged
    {
        string file = FileOf<T>(name);
        if (length > Array.MaxLength)
            throw _reader!.Invalid(file, "would be longer than an array");
        using var stream = _reader!.OpenRead(file);
        if (stream.Length != length * Marshal.SizeOf<T>())
            throw _reader.Invalid(file, $"has {stream.Length} bytes where {length} values of {Marshal.SizeOf<T>()} bytes are expected");
        var values = new T[length];
        ReadAll(stream, values);
        if (values is float[] floats && !Array.TrueForAll(floats, float.IsFinite))
            throw _reader.Invalid(file, "holds a value that is not finite");
        return values;
    }

    /// <summary>Makes a network of the tensors of that name; what does not fit together is to be a <see cref="CheckpointException"/>.</summary>
    public T ReadTensors<T>(string name, Func<Checkpoint, T> make)
    {
        string file = TensorFileOf(name);
        using var stream = _reader!.OpenRead(file);
        try
        {
            using var checkpoint = Checkpoint.OpenSafetensors(stream, file);
            return make(checkpoint);
        }
        catch (CheckpointException e)
        {
            throw _reader.Invalid(file, $"is refused: {e.Message}", e);
        }
    }

    /// <summary>Positions that rise from 0 to <paramref name="end"/>, which is returned where it is given as null.</summary>
    public int[] ReadStarts(string name, int count, out int end)
    {
        var starts = Read<int>(name, count + 1L);
        bool isGood = starts[0] == 0;
        for (int i = 0; i < count; i++)
            isGood &= starts[i] <= starts[i + 1];
        end = starts[count];
        return isGood ? starts : throw _reader!.Invalid(FileOf<int>(name), "does not rise from 0");
    }

    /// <summary>Indices that rise within each line and are below <paramref name="bound"/>.</summary>
    public int[] ReadIndices(string name, int[] starts, int bound)
    {
        var indices = Read<int>(name, starts[^1]);
        for (int line = 0; line + 1 < starts.Length; line++)
        {
            int previous = -1;
            for (int at = starts[line]; at < starts[line + 1]; at++)
            {
                if (indices[at] <= previous || indices[at] >= bound)
                    throw _reader!.Invalid(FileOf<int>(name), "holds indices out of order or range");
                previous = indices[at];
            }
        }
        return indices;
    }

    public void WriteTo(StageWriter writer, string folder)
    {
        foreach (var (file, array) in _arrays)
        {
            writer.Add(folder + file, "weights", target =>
            {
                switch (array)
                {
                    case float[] values: WriteAll(target, values); break;
                    case int[] values: WriteAll(target, values); break;
                    case double[] values: WriteAll(target, values); break;
                }
            });
        }
        foreach (var (file, tensors) in _tensors)
            writer.Add(folder + file, "weights", target => SafetensorsWriter.Write(target, tensors));
    }

    private string TensorFileOf(string name) => _folder + name + ".safetensors";

    // In pieces, because a span of bytes is at most 2 GiB.
    private static void WriteAll<T>(Stream target, T[] values) where T : unmanaged
    {
        const int piece = 1 << 20;
        for (int at = 0; at < values.Length; at += piece)
            target.Write(MemoryMarshal.AsBytes(values.AsSpan(at, Math.Min(piece, values.Length - at))));
    }

    private static void ReadAll<T>(Stream source, T[] values) where T : unmanaged
    {
        const int piece = 1 << 20;
        for (int at = 0; at < values.Length; at += piece)
            source.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan(at, Math.Min(piece, values.Length - at))));
    }

    private string FileOf<T>(string name) where T : unmanaged =>
        _folder + name + (typeof(T) == typeof(float) ? ".f32" : typeof(T) == typeof(int) ? ".i32" : ".f64");
}
