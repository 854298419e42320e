using Microsoft.ML;

namespace MLPipelines.Entities;

/// <summary>Our transforms of entities, where users of ML.NET look for transforms.</summary>
public static class EntitiesCatalogExtensions
{
    /// <summary>Embeddings of entities, learnt from their columns by an autoencoder; and how unusual each is.</summary>
    /// <example><code>
    /// var model = mlContext.Transforms.Autoencoder(new() { IdColumnName = "Name", NumberColumnNames = ["Health"], CategoryColumnNames = ["Element"], SetColumnNames = ["Gear"] }).Fit(data);
    /// foreach (var entity in model.Nearest("Ember", k: 3))
    ///     Console.WriteLine(entity);
    /// </code></example>
    public static AutoencoderEstimator Autoencoder(this TransformsCatalog catalog, AutoencoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new AutoencoderEstimator(options);
    }
}
