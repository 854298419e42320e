using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary>A published recommender.</summary>
internal sealed class LoadedRecommender : IDisposable
{
    /// <summary>Which one, on the command line.</summary>
    public static readonly System.CommandLine.Argument<string> Reference = ArtifactReference.Argument();

    private readonly LoadedModel _loaded;

    private LoadedRecommender(LoadedModel loaded, RecommenderTransformer model)
    {
        (_loaded, Model) = (loaded, model);
    }

    public RecommenderTransformer Model { get; }

    public ArtifactManifest Manifest => _loaded.Manifest;

    /// <summary>Loads a recommender; every byte is checked, and the golden rows must come out as they did.</summary>
    public static LoadedRecommender Load(MLContext context, Invocation invocation)
    {
        var reference = ArtifactReference.Parse(invocation.Get(Reference));
        var loaded = Models.Package(context).Load(invocation.Store, reference.Name, reference.Version, invocation.Cancellation);
        if (loaded.Model is RecommenderTransformer model)
            return new LoadedRecommender(loaded, model);
        using (loaded)
            throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' is for the task '{loaded.Manifest.Task}'; this command needs a recommender, which 'mlp train recommender' makes.");
    }

    public void Dispose() => _loaded.Dispose();
}
