using Microsoft.ML;
using MLPipelines.MLNet;
using MLPipelines.Text.Encoders;

namespace MLPipelines.Text;

/// <summary>Learns to give texts any number of labels by training an encoder, with a threshold for each label found on rows held out.</summary>
/// <remarks>Reads its input once and leaves it alone. The same seed on the same rows and machine gives the same model. Labels come in the order of first occurrence.</remarks>
public sealed class MultiLabelTextEstimator : IEstimator<MultiLabelTextTransformer>
{
    private readonly MultiLabelTextOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public MultiLabelTextEstimator(MultiLabelTextOptions? options = null) => _options = options ?? new();

    /// <summary>Trains on all rows.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to learn from: no rows, no labels, or one label that every row has.</exception>
    /// <exception cref="Training.TrainingException">The loss was not a number, or memory ran out.</exception>
    /// <exception cref="OperationCanceledException">The token of the training options was cancelled.</exception>
    public MultiLabelTextTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        var training = _options.EffectiveTraining;
        training.CancellationToken.ThrowIfCancellationRequested();
        var (texts, sets) = TextRows.ReadMultiLabel(input, _options.TextColumnName, _options.LabelColumnName, _options.LabelSeparator, training.CancellationToken);
        string[] names = [.. sets.SelectMany(set => set).Distinct(StringComparer.Ordinal)];
        if (names.Length == 0)
            throw TextErrors.NoLabelledRows(_options.LabelColumnName, texts.Count);
        if (names.Length == 1 && sets.TrueForAll(set => set.Length == 1))
            throw TextErrors.OneClass(names[0], texts.Count);
        var indices = names.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i, StringComparer.Ordinal);
        var truth = sets.ConvertAll(set => Flags(set, indices));
        // Rows with the rarest label in common are spread evenly: that is the label which could be missing on one side.
        var counts = new int[names.Length];
        foreach (string label in sets.SelectMany(set => set))
            counts[indices[label]]++;
        var (train, validation) = TextRows.Split(texts.Count, row => sets[row].Select(label => indices[label]).DefaultIfEmpty(-1).MinBy(label => label < 0 ? 0 : counts[label]), _options.ValidationFraction, training.Seed);
        bool[][] trainLabels = Array.ConvertAll(train, row => truth[row]), validationLabels = Array.ConvertAll(validation, row => truth[row]);
        string[] all = [.. texts];
        float[] weights = PositiveWeights(trainLabels, names.Length);

        var (runner, result) = FineTuner.Train(
            _options, all, train, validation,
            (opened, seed) => opened.MakeSequenceClassifier(names, EncoderProblemType.MultiLabel, seed),
            (model, data) => new MultiLabelTask(model, data, trainLabels, validationLabels, weights));
        try
        {
            float[] thresholds = Thresholds(runner, [.. validation.Select(row => all[row])], validationLabels, names.Length, training.CancellationToken);
            var columns = new MultiLabelColumns(_options.TextColumnName, _options.PredictedLabelsColumnName, _options.ScoreColumnName);
            return new MultiLabelTextTransformer(runner, columns, thresholds, _options.PredictAtLeastOne, result);
        }
        catch
        {
            runner.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(_options.TextColumnName);
        inputSchema.Find(_options.LabelColumnName);
        return inputSchema.With(OutputColumn.TextsShape(_options.PredictedLabelsColumnName), OutputColumn.ScoresShape(_options.ScoreColumnName));
    }

    internal static bool[] Flags(IEnumerable<string> labels, IReadOnlyDictionary<string, int> indices)
    {
        var flags = new bool[indices.Count];
        foreach (string label in labels)
        {
            if (indices.TryGetValue(label, out int index))
                flags[index] = true;
        }
        return flags;
    }

    private float[] PositiveWeights(bool[][] labels, int count)
    {
        var weights = new float[count];
        for (int label = 0; label < count; label++)
        {
            int right = labels.Count(row => row[label]);
            weights[label] = right == 0 ? 1 : (float)Math.Pow((double)(labels.Length - right) / right, _options.PositiveWeighting);
            // A label that every row has would weigh nothing.
            weights[label] = weights[label] == 0 ? 1 : weights[label];
        }
        return weights;
    }

    private float[] Thresholds(EncoderRunner runner, string[] texts, bool[][] labels, int count, CancellationToken cancellation)
    {
        if (_options.Threshold is null && texts.Length > 0)
            return LabelThresholds.Tune(MultiLabelTextTransformer.Probabilities(runner, texts, cancellation), labels);
        var thresholds = new float[count];
        Array.Fill(thresholds, (float)(_options.Threshold ?? LabelThresholds.Usual));
        return thresholds;
    }
}
