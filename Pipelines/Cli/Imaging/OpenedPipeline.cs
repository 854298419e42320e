using Microsoft.ML;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Imaging;

namespace MLPipelines.Cli.Imaging;

/// <summary>A Stable Diffusion from a folder or from an artifact.</summary>
internal sealed class OpenedPipeline : IDisposable
{
    private readonly IDisposable _owner;

    private OpenedPipeline(IDisposable owner, StableDiffusionPipeline pipeline, ImageRequest? request) => (_owner, Pipeline, Request) = (owner, pipeline, request);

    public StableDiffusionPipeline Pipeline { get; }

    /// <summary>What it was published with; null for one from a folder.</summary>
    public ImageRequest? Request { get; }

    /// <summary>Opens what stands on the command line: a folder if there is one, or else an artifact.</summary>
    public static OpenedPipeline Open(string model, StableDiffusionOptions options, Invocation invocation)
    {
        if (Directory.Exists(model) || model.AsSpan().ContainsAny('/', '\\') || File.Exists(model))
        {
            var pipeline = StableDiffusionPipeline.Open(model, options);
            return new OpenedPipeline(pipeline, pipeline, null);
        }
        var reference = ArtifactReference.Parse(model);
        var loaded = Models.Package(new MLContext(1), options).Load(invocation.Store, reference.Name, reference.Version, invocation.Cancellation);
        if (loaded.Model is ImageGenerationTransformer generation)
            return new OpenedPipeline(loaded, generation.Pipeline, generation.Request);
        using (loaded)
            throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' is for the task '{loaded.Manifest.Task}'; this command needs a Stable Diffusion, which 'mlp artifacts publish' publishes.");
    }

    public void Dispose() => _owner.Dispose();
}
