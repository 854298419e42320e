using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Generation;

namespace MLPipelines.Cli.Generation;

/// <summary>A generator out of a folder, or out of an artifact that holds one.</summary>
internal sealed class LoadedGenerator : IDisposable
{
    private readonly IDisposable _owned;
    private readonly Func<IReadOnlyList<string>, GenerationOptions, CancellationToken, IReadOnlyList<GeneratedText>> _generate;
    private readonly Func<string, GenerationOptions, CancellationToken, IAsyncEnumerable<string>> _stream;

    private LoadedGenerator(TextGenerator generator, IDisposable owned, GenerationOptions defaults, PromptTemplate? prompt = null)
    {
        (_owned, DefaultOptions, Prompt) = (owned, defaults, prompt);
        _generate = generator.Generate;
        _stream = (text, options, cancellation) => generator.StreamAsync(text, options, cancellationToken: cancellation);
    }

    private LoadedGenerator(TextToTextTransformer transformer, IDisposable owned)
    {
        (_owned, DefaultOptions) = (owned, transformer.Generation);
        _generate = transformer.Generate;
        _stream = transformer.StreamAsync;
    }

    /// <summary>What answers messages by rules of its own; null for a generator of texts.</summary>
    public ResponseGenerator? Responses { get; private init; }

    /// <summary>How it generates where nothing else is said.</summary>
    public GenerationOptions DefaultOptions { get; }

    /// <summary>The prompt that the artifact was made with; null for none.</summary>
    public PromptTemplate? Prompt { get; }

    public static LoadedGenerator Open(Invocation invocation, string model, EncoderDecoderOptions options)
    {
        if (IsFolder(model))
        {
            var generator = TextGenerator.Load(model, options);
            return new LoadedGenerator(generator, generator, generator.DefaultOptions);
        }
        var reference = ArtifactReference.Parse(model);
        var loaded = Models.Package(new MLContext(1)).Load(invocation.Store, reference.Name, reference.Version, invocation.Cancellation);
        switch (loaded.Model)
        {
            case TextToTextTransformer transformer:
                return new LoadedGenerator(transformer, loaded);
            case GenerateTextTransformer transformer:
                return new LoadedGenerator(transformer.Generator, loaded, transformer.Generation, transformer.Prompt);
            case ResponseTransformer transformer:
                return new LoadedGenerator(transformer.Generator, loaded, transformer.Generator.DefaultOptions) { Responses = transformer.Responses };
            default:
                loaded.Dispose();
                throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' is for the task '{loaded.Manifest.Task}', and holds no text generator.");
        }
    }

    /// <summary>Whether a model is named by its folder, which then has to exist; else it is an artifact.</summary>
    public static bool IsFolder(string model) => Directory.Exists(model) || model.AsSpan().ContainsAny('/', '\\') || model.StartsWith('.');

    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> prompts, GenerationOptions options, CancellationToken cancellation) => _generate(prompts, options, cancellation);

    public IAsyncEnumerable<string> StreamAsync(string prompt, GenerationOptions options, CancellationToken cancellation) => _stream(prompt, options, cancellation);

    public void Dispose() => _owned.Dispose();
}
