using MLPipelines.Tokenization;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Text.Encoders;

/// <summary>The files of a checkpoint: those of a folder, or what stands for one, such as a stage of an artifact.</summary>
/// <remarks>Immutable; as thread-safe as what it was made with.</remarks>
public sealed class EncoderFiles
{
    /// <summary>The name of the file with the configuration.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>The name of the file with the weights, as this library writes them.</summary>
    public const string WeightsFile = "model.safetensors";

    private const long LargestSmallFile = 256L << 20;

    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model",
    ];

    private readonly HashSet<string> _names;
    private readonly Func<string, Stream> _open;

    private EncoderFiles(IEnumerable<string> names, Func<string, Stream> open, string location)
    {
        _names = names.ToHashSet(StringComparer.Ordinal);
        _open = open;
        Location = location;
    }

    /// <summary>Where the files are, for messages.</summary>
    public string Location { get; }

    /// <summary>The names of the files; those in subfolders with slashes.</summary>
    public IReadOnlyCollection<string> Names => _names;

    /// <summary>The files of a folder and of the folders right under it.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static EncoderFiles InFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'. An encoder is a folder with {ConfigFile}, weights and the files of a tokenizer.");
        var names = Directory.EnumerateFiles(folder).Concat(Directory.EnumerateDirectories(folder).SelectMany(Directory.EnumerateFiles))
            .Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/'));
        return new EncoderFiles(names, name => File.OpenRead(Path.Combine(folder, name)), folder);
    }

    /// <summary>Files that can be opened by name.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="open">Opens one for reading and seeking; it may be called more than once.</param>
    /// <param name="location">Where they are, for messages.</param>
    public static EncoderFiles From(IEnumerable<string> names, Func<string, Stream> open, string location)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(location);
        return new EncoderFiles(names, open, location);
    }

    /// <summary>Files in memory.</summary>
    /// <param name="files">Their bytes, by name.</param>
    /// <param name="location">What to call them in messages.</param>
    public static EncoderFiles From(IReadOnlyDictionary<string, byte[]> files, string location = "memory")
    {
        ArgumentNullException.ThrowIfNull(files);
        return From(files.Keys, name => new MemoryStream(files[name], writable: false), location);
    }

    /// <summary>Whether there is a file of that name.</summary>
    public bool Contains(string name) => _names.Contains(name);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="EncoderException">There is no such file, or it is larger than 256 MiB.</exception>
    public byte[] Read(string name)
    {
        using var stream = Open(name);
        if (stream.Length > LargestSmallFile)
            throw TextErrors.BadFile($"{Location}: {name}", $"it has {stream.Length} bytes; such a file has at most {LargestSmallFile}");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="EncoderException">There is none, or it cannot be used.</exception>
    public EncoderConfig ReadConfig() => EncoderConfig.Parse(Read(ConfigFile));

    /// <summary>Reads the tokenizer, and checks that its ids fit the encoder.</summary>
    /// <param name="config">The encoder's configuration, or <see langword="null"/> to check nothing.</param>
    /// <exception cref="TokenizationException">There is no tokenizer, or it cannot be used.</exception>
    /// <exception cref="EncoderException">The tokenizer has ids that the encoder has no embedding for.</exception>
    public TextTokenizer ReadTokenizer(EncoderConfig? config = null)
    {
        var tokenizer = TextTokenizer.Load(_names.Intersect(TokenizerFiles).ToDictionary(name => name, Read));
        if (config is not null)
            CheckVocabulary(tokenizer, config);
        return tokenizer;
    }

    internal static void CheckVocabulary(TextTokenizer tokenizer, EncoderConfig config)
    {
        if (tokenizer.MaximumId >= config.VocabularySize)
            throw TextErrors.VocabularyDoesNotFit(tokenizer.MaximumId, config);
    }

    internal Checkpoint OpenWeights() => Checkpoint.Open(_names.Where(name => !name.Contains('/')), Open, Location);

    private Stream Open(string name) => _names.Contains(name) ? _open(name) : throw TextErrors.MissingFile(Location, name, _names);
}
