using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>The base of the recommenders that learn from pairs of items.</summary>
/// <typeparam name="TOptions">The options of the algorithm.</typeparam>
public abstract class PairwiseEstimator<TOptions> : RecommenderEstimator<TOptions>
    where TOptions : PairwiseOptions, new()
{
    private protected PairwiseEstimator(TOptions? options)
        : base(options)
    {
    }

    private protected abstract string Algorithm { get; }

    private protected abstract PairwiseSteps Steps { get; }

    private protected override InteractionMatrix Read(IDataView input) => InteractionReader.Read(
        input, Options, Ids(Options.UserFeatures, Options.UserColumnName), Ids(Options.ItemFeatures, Options.ItemColumnName));

    private protected override RecommenderModel Train(InteractionMatrix data)
    {
        var users = Features(Options.UserFeatures, Options.UserColumnName, data.Users);
        var items = Features(Options.ItemFeatures, Options.ItemColumnName, data.Items);
        return new PairwiseTrainer(data, users, items, Options, Steps).Train(Algorithm);
    }

    private static IEnumerable<string>? Ids(IDataView? features, string idColumn) => features is null ? null : FeatureReader.Ids(features, idColumn);

    private FeatureMatrix? Features(IDataView? features, string idColumn, IdTable ids) =>
        features is null ? null : FeatureReader.Read(features, idColumn, ids, Options.SetSeparator, Options.NormalizeFeatures, Options.CancellationToken);
}
