using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>Judges what our text models add to data, by comparing it with a label column.</summary>
/// <remarks>Labels are matched by name: text labels or keys, whatever their order.</remarks>
public static class TextEvaluationExtensions
{
    /// <summary>Judges a classifier with one label a text: that of <c>EncoderText</c>, <c>LinearText</c>, or any other with named scores.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows that were transformed by the model.</param>
    /// <param name="labelColumnName">The right label, text or key.</param>
    /// <param name="scoreColumnName">The probabilities.</param>
    /// <param name="predictedLabelColumnName">The prediction, missing where the model abstains.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">No row has a label that the model knows.</exception>
    public static TextClassificationMetrics EvaluateText(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var scored = Read(data, labelColumnName, scoreColumnName, predictedLabelColumnName);
        return TextClassificationMetrics.Of(scored.Labels, scored.Truth, scored.Scores, scored.Abstained);
    }

    /// <summary>Judges how a classifier that abstains tells texts of known classes from others: rows with a label that the model does not know are out of scope.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows that were transformed by the model, some of them out of scope.</param>
    /// <param name="threshold">The confidence below which a row counts as refused.</param>
    /// <param name="labelColumnName">The right label, text or key.</param>
    /// <param name="scoreColumnName">The probabilities.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">There are no rows in scope, or none out of it.</exception>
    public static OutOfScopeMetrics EvaluateOutOfScope(
        this MulticlassClassificationCatalog catalog, IDataView data, double threshold, string labelColumnName = "Label", string scoreColumnName = "Score")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var scored = Read(data, labelColumnName, scoreColumnName, predictedColumn: null);
        int[] best = [.. scored.Scores.Select(scores => TextClassificationMetrics.Largest(scores))];
        return OutOfScopeMetrics.Of(
            [.. scored.Scores.Select((scores, row) => scores[best[row]])], [.. scored.Truth.Select(label => label >= 0)], [.. scored.Truth.Select((label, row) => label == best[row])], threshold);
    }

    /// <summary>Judges a sentiment classifier.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows that were transformed by the model.</param>
    /// <param name="labelColumnName">The right label, text or key.</param>
    /// <param name="scoreColumnName">The probabilities.</param>
    /// <param name="polarities">The polarities of labels whose names do not tell them; null where all do.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">No row has a label that the model knows, or the polarity of a label is not known.</exception>
    public static SentimentMetrics EvaluateSentiment(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score", IReadOnlyDictionary<string, double>? polarities = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var scored = Read(data, labelColumnName, scoreColumnName, predictedColumn: null);
        return SentimentMetrics.Of(SentimentScale.Of(scored.Labels, polarities), scored.Truth, scored.Scores);
    }

    /// <summary>Judges a classifier whose rows have any number of labels. Labels that the model does not know are left out.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows that were transformed by the model.</param>
    /// <param name="labelColumnName">The right labels: a vector of texts, or a text.</param>
    /// <param name="predictedLabelsColumnName">The labels predicted.</param>
    /// <param name="scoreColumnName">The probabilities.</param>
    /// <param name="labelSeparator">What stands between the labels of a text.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    public static MultiLabelMetrics EvaluateMultiLabel(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label", string predictedLabelsColumnName = "PredictedLabels",
        string scoreColumnName = "Score", char labelSeparator = '|')
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        var label = data.Schema.FindLabels(labelColumnName);
        var predicted = data.Schema.FindLabels(predictedLabelsColumnName);
        var score = FindScores(data, scoreColumnName, out string[] names);
        var indices = names.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i, StringComparer.Ordinal);
        using var cursor = data.GetRowCursor([label, predicted, score]);
        var (readLabel, readPredicted, readScore) = (TextRows.LabelsReader(cursor, label, labelSeparator), TextRows.LabelsReader(cursor, predicted, labelSeparator), ScoreReader(cursor, score));
        var (truth, given, scores) = (new List<bool[]>(), new List<bool[]>(), new List<float[]>());
        while (cursor.MoveNext())
        {
            truth.Add(MultiLabelTextEstimator.Flags(readLabel(), indices));
            given.Add(MultiLabelTextEstimator.Flags(readPredicted(), indices));
            scores.Add(readScore());
        }
        return MultiLabelMetrics.Of(names, truth, given, scores);
    }

    /// <summary>Judges a recogniser of entities. Rows without tags are left out.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows that were transformed by the model.</param>
    /// <param name="labelColumnName">The right tags, separated by spaces.</param>
    /// <param name="predictedTagsColumnName">The tags predicted.</param>
    /// <param name="scheme">Which tags make an entity.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">No row has tags, or a row has another number of tags than words.</exception>
    public static SpanMetrics EvaluateEntities(
        this MulticlassClassificationCatalog catalog, IDataView data, string labelColumnName = "Label", string predictedTagsColumnName = "PredictedTags", SpanScheme scheme = SpanScheme.Lenient)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        var (label, predicted) = (data.Schema.FindText(labelColumnName), data.Schema.FindText(predictedTagsColumnName));
        using var cursor = data.GetRowCursor([label, predicted]);
        var (readLabel, readPredicted) = (TextRows.TextReader(cursor, label), TextRows.TextReader(cursor, predicted));
        var (truth, given) = (new List<IReadOnlyList<string>>(), new List<IReadOnlyList<string>>());
        while (cursor.MoveNext())
        {
            string[] right = Split(readLabel());
            if (right.Length == 0)
                continue;
            truth.Add(right);
            given.Add(Split(readPredicted()));
        }
        return SpanMetrics.Of(truth, given, scheme);

        static string[] Split(string tags) => tags.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Judges embeddings by pairs of texts: Spearman's correlation of their cosines with the similarities that people gave.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">Rows with two embeddings and a similarity.</param>
    /// <param name="firstColumnName">The embedding of one text.</param>
    /// <param name="secondColumnName">The embedding of the other.</param>
    /// <param name="similarityColumnName">The similarity, a <see cref="float"/> on any scale.</param>
    /// <returns>-1 to 1; NaN where all similarities are the same.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public static double EvaluateSimilarity(
        this TransformsCatalog.TextTransforms catalog, IDataView data, string firstColumnName, string secondColumnName, string similarityColumnName = "Similarity")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        var (first, second) = (FindVector(data.Schema, firstColumnName), FindVector(data.Schema, secondColumnName));
        var similarity = data.Schema.FindInput(similarityColumnName, type => type == NumberDataViewType.Single, "Single");
        using var cursor = data.GetRowCursor([first, second, similarity]);
        var (readFirst, readSecond, readSimilarity) = (ScoreReader(cursor, first), ScoreReader(cursor, second), cursor.GetGetter<float>(similarity));
        var (ones, others, similarities) = (new List<float[]>(), new List<float[]>(), new List<double>());
        float value = 0;
        while (cursor.MoveNext())
        {
            ones.Add(readFirst());
            others.Add(readSecond());
            readSimilarity(ref value);
            similarities.Add(value);
        }
        return EmbeddingMetrics.SimilarityCorrelation(ones, others, similarities);
    }

    private sealed record Scored(string[] Labels, List<int> Truth, List<float[]> Scores, List<bool>? Abstained);

    private static Scored Read(IDataView data, string labelColumn, string scoreColumn, string? predictedColumn)
    {
        ArgumentNullException.ThrowIfNull(data);
        var label = data.Schema.FindLabel(labelColumn);
        var score = FindScores(data, scoreColumn, out string[] names);
        DataViewSchema.Column[] predicted = predictedColumn is null ? [] : [data.Schema.FindInput(predictedColumn, type => type is KeyDataViewType { RawType: var raw } && raw == typeof(uint), "Key<UInt32>")];
        using var cursor = data.GetRowCursor([label, score, .. predicted]);
        var (readLabel, readScore) = (TextRows.ClassReader(cursor, label, names), ScoreReader(cursor, score));
        var readPredicted = predicted is [var column] ? cursor.GetGetter<uint>(column) : null;
        var scored = new Scored(names, [], [], readPredicted is null ? null : []);
        uint key = 0;
        while (cursor.MoveNext())
        {
            scored.Truth.Add(readLabel());
            scored.Scores.Add(readScore());
            if (readPredicted is null)
                continue;
            readPredicted(ref key);
            scored.Abstained!.Add(key == 0);
        }
        return scored;
    }

    private static DataViewSchema.Column FindVector(DataViewSchema schema, string name) =>
        schema.FindInput(name, type => type is VectorDataViewType vector && vector.ItemType == NumberDataViewType.Single, "Vector<Single>");

    private static DataViewSchema.Column FindScores(IDataView data, string name, out string[] labels)
    {
        var column = FindVector(data.Schema, name);
        if (!column.HasSlotNames())
            throw TextErrors.NotScored(name);
        VBuffer<ReadOnlyMemory<char>> slots = default;
        column.GetSlotNames(ref slots);
        labels = [.. slots.DenseValues().Select(slot => slot.ToString())];
        return column;
    }

    private static Func<float[]> ScoreReader(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        return () =>
        {
            getter(ref value);
            return [.. value.DenseValues()];
        };
    }
}
