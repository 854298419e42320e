using MLPipelines.Artifacts;
using MLPipelines.Scoring;
using MLPipelines.Tokenization;

namespace MLPipelines.Generation;

/// <summary>A generator with the files that it was opened from, to be written into an artifact and opened from one.</summary>
/// <remarks>From an artifact the files go into a folder of their own under the system's temporary files, which is deleted when the bundle is disposed.</remarks>
internal sealed class GeneratorBundle : IDisposable
{
    private readonly string? _temporary;

    private GeneratorBundle(TextGenerator generator, string folder, EncoderDecoderOptions options, string? temporary) =>
        (Generator, Folder, Options, _temporary) = (generator, folder, options, temporary);

    public TextGenerator Generator { get; }

    public string Folder { get; }

    public EncoderDecoderOptions Options { get; }

    public static GeneratorBundle Open(string folder, EncoderDecoderOptions options, CancellationToken cancellationToken) =>
        new(TextGenerator.Load(folder, WithToken(options, cancellationToken)), folder, options, null);

    /// <summary>Writes the graphs with the files beside them, the configuration and the tokenizer.</summary>
    public void Write(StageWriter writer)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var graph in Generator.Model.Graphs.Files)
        {
            Add(graph.Location, Path.GetFileName(graph.Location), ArtifactEntry.WeightsRole);
            foreach (string file in graph.ExternalFiles)
                Add(Path.Combine(Path.GetDirectoryName(graph.Location)!, file), file, ArtifactEntry.WeightsRole);
        }
        foreach (string name in new[] { GenerationConfig.ModelFile, GenerationConfig.GenerationFile })
        {
            if (File.Exists(Path.Combine(Folder, name)))
                Add(Path.Combine(Folder, name), name, "config");
        }
        foreach (var (name, content) in Generator.Tokenizer.Files)
        {
            if (names.Add(name))
                writer.Add(name, "tokenizer", content);
        }

        void Add(string path, string name, string role)
        {
            if (!names.Add(name))
                return;
            writer.Add(name, role, target =>
            {
                using var file = File.OpenRead(path);
                file.CopyTo(target);
            });
        }
    }

    /// <param name="reader">The stage.</param>
    /// <param name="others">Names of files of the stage that are not the model's.</param>
    /// <param name="options">How to open the model.</param>
    public static GeneratorBundle Read(StageReader reader, IReadOnlyCollection<string> others, EncoderDecoderOptions options)
    {
        string folder = Directory.CreateTempSubdirectory("mlpipelines-generator-").FullName;
        try
        {
            foreach (string name in reader.Names.Except(others))
            {
                string path = Path.Combine(folder, name);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                using var source = reader.OpenRead(name);
                using var target = File.Create(path);
                source.CopyTo(target);
            }
            return new GeneratorBundle(TextGenerator.Load(folder, WithToken(options, reader.CancellationToken)), folder, options, folder);
        }
        catch (Exception e)
        {
            Directory.Delete(folder, recursive: true);
            if (e is GenerationException or OnnxException or TokenizationException or FileNotFoundException or ArgumentException)
                throw reader.Invalid("", $"is not a generator: {e.Message}", e);
            throw;
        }
    }

    public void Dispose()
    {
        Generator.Dispose();
        if (_temporary != null && Directory.Exists(_temporary))
            Directory.Delete(_temporary, recursive: true);
    }

    private static EncoderDecoderOptions WithToken(EncoderDecoderOptions options, CancellationToken cancellationToken) => new()
    {
        Variant = options.Variant,
        Threads = options.Threads,
        MaximumPromptTokens = options.MaximumPromptTokens,
        MaximumBatchRows = options.MaximumBatchRows,
        Provider = options.Provider,
        FallBackToCpu = options.FallBackToCpu,
        CancellationToken = cancellationToken,
    };
}
