using Microsoft.ML;
using Trainers = Microsoft.ML.MulticlassClassificationCatalog.MulticlassClassificationTrainers;

namespace MLPipelines.Text;

/// <summary>Our text pipelines, where users of ML.NET look for trainers and transforms.</summary>
public static class TextCatalogExtensions
{
    /// <summary>
    /// A linear classifier straight over a text column: no featuriser is needed before it, and the label may be text.
    /// </summary>
    /// <example><code>
    /// var model = mlContext.MulticlassClassification.Trainers.LinearText(new() { TextColumnName = "content", LabelColumnName = "intent" }).Fit(data);
    /// </code></example>
    public static LinearTextClassificationEstimator LinearText(this Trainers catalog, LinearTextClassificationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LinearTextClassificationEstimator(options);
    }

    /// <summary>A classifier that trains an encoder (BERT, DistilBERT, RoBERTa) straight over a text column, from a checkpoint or from scratch.</summary>
    /// <example><code>
    /// var model = mlContext.MulticlassClassification.Trainers.EncoderText(new() { Encoder = "hf:distilbert-base-uncased", LabelColumnName = "intent" }).Fit(data);
    /// </code></example>
    public static EncoderTextClassificationEstimator EncoderText(this Trainers catalog, EncoderTextClassificationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new EncoderTextClassificationEstimator(options);
    }

    /// <summary>A sentiment classifier: label, probabilities, confidence and intensity.</summary>
    public static SentimentEstimator Sentiment(this Trainers catalog, SentimentOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new SentimentEstimator(options);
    }

    /// <summary>A classifier whose texts have any number of labels.</summary>
    public static MultiLabelTextEstimator MultiLabelText(this Trainers catalog, MultiLabelTextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new MultiLabelTextEstimator(options);
    }

    /// <summary>A recogniser of entities: names, places, products and whatever else the training data tags.</summary>
    public static EntityRecognitionEstimator EntityRecognition(this Trainers catalog, EntityRecognitionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new EntityRecognitionEstimator(options);
    }

    /// <summary>Sentence embeddings.</summary>
    /// <example><code>
    /// var pipeline = mlContext.Transforms.Text.EmbedText(new() { Encoder = "hf:sentence-transformers/all-MiniLM-L6-v2" })
    ///     .Append(mlContext.Clustering.Trainers.KMeans("Embedding", numberOfClusters: 8));
    /// </code></example>
    public static TextEmbeddingEstimator EmbedText(this TransformsCatalog.TextTransforms catalog, TextEmbeddingOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new TextEmbeddingEstimator(options);
    }
}
