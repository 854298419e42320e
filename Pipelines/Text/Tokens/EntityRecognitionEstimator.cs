using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>Learns to find entities (names, places, products …) by training an encoder to tag words.</summary>
/// <remarks>Reads its input once and leaves it alone. The same seed on the same rows and machine gives the same model.</remarks>
public sealed class EntityRecognitionEstimator : IEstimator<EntityRecognitionTransformer>
{
    private readonly EntityRecognitionOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public EntityRecognitionEstimator(EntityRecognitionOptions? options = null) => _options = options ?? new();

    /// <summary>Trains on the rows that have tags.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to learn from, or a row has more or fewer tags than words.</exception>
    /// <exception cref="Training.TrainingException">The loss was not a number, or memory ran out.</exception>
    /// <exception cref="OperationCanceledException">The token of the training options was cancelled.</exception>
    public EntityRecognitionTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        var training = _options.EffectiveTraining;
        training.CancellationToken.ThrowIfCancellationRequested();
        var (texts, tags, labels) = Read(input, training.CancellationToken);
        int outside = 0;
        var (train, validation) = TextRows.Split(texts.Length, row => tags[row].AsSpan().ContainsAnyExcept(outside) ? 1 : 0, _options.ValidationFraction, training.Seed);
        int[][] trainTags = Array.ConvertAll(train, row => tags[row]), validationTags = Array.ConvertAll(validation, row => tags[row]);
        var (runner, result) = FineTuner.Train(
            _options, texts, train, validation,
            (opened, seed) => opened.MakeTokenClassifier(labels, seed),
            (model, data) => new EntityTask(model, data, trainTags, validationTags, _options.Scheme),
            Words.Tokenize);
        var columns = new EntityColumns(_options.TextColumnName, _options.PredictedTagsColumnName, _options.EntitiesColumnName, _options.ScoreColumnName);
        return new EntityRecognitionTransformer(runner, columns, _options.Scheme, result);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(_options.TextColumnName);
        inputSchema.Find(_options.LabelColumnName);
        return inputSchema.With(
            OutputColumn.TextShape(_options.PredictedTagsColumnName), OutputColumn.TextShape(_options.EntitiesColumnName), OutputColumn.NumbersShape(_options.ScoreColumnName, isVariable: true));
    }

    private (string[] Texts, int[][] Tags, string[] Labels) Read(IDataView input, CancellationToken cancellation)
    {
        var text = input.Schema.FindText(_options.TextColumnName);
        var label = input.Schema.FindText(_options.LabelColumnName);
        using var cursor = input.GetRowCursor([text, label]);
        var (readText, readLabel) = (TextRows.TextReader(cursor, text), TextRows.TextReader(cursor, label));
        var (texts, rows, types) = (new List<string>(), new List<(bool Begins, string? Type)[]>(), new List<string>());
        long row = 0;
        for (; cursor.MoveNext(); row++)
        {
            TextRows.Check(row, cancellation);
            string words = readText();
            string[] given = readLabel().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            int count = Words.Of(words).Count;
            if (given.Length == 0)
                continue;
            if (given.Length != count)
                throw TextErrors.TagsDoNotFit(row, count, given.Length);
            var parsed = Array.ConvertAll(given, BioTags.Parse);
            types.AddRange(parsed.Select(tag => tag.Type).OfType<string>().Except(types).ToList());
            texts.Add(words);
            rows.Add(parsed);
        }
        if (rows.Count == 0)
            throw TextErrors.NoLabelledRows(_options.LabelColumnName, row);
        if (types.Count == 0)
            throw TextErrors.OneClass(BioTags.Outside, rows.Count);
        string[] labels = [BioTags.Outside, .. types.SelectMany(type => new[] { "B-" + type, "I-" + type })];
        return ([.. texts], [.. rows.Select(tags => Array.ConvertAll(tags, tag => tag.Type is null ? 0 : 2 * types.IndexOf(tag.Type) + (tag.Begins ? 1 : 2)))], labels);
    }
}
