namespace MLPipelines.Text;

/// <summary>How much each class counts in training.</summary>
public enum ClassWeighting
{
    /// <summary>Each row counts the same.</summary>
    None,

    /// <summary>Each class counts the same: a row counts rows / (classes × rows of its class).</summary>
    Balanced,
}

/// <summary>Options of the classifier that trains an encoder. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
/// <remarks>The label column holds text or a key (as <c>MapValueToKey</c> makes it); rows whose label is missing take no part in training.</remarks>
public sealed class EncoderTextClassificationOptions : TextFineTuningOptions
{
    /// <summary>
    /// Name of the output column with the predicted class, a key whose values are the class names; missing where the model abstains
    /// (see <see cref="AbstainThreshold"/>). The default value is "PredictedLabel".
    /// </summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>
    /// Name of the output column with the probability of each class, a vector of <see cref="float"/> that sums to 1, its slots named after the classes.
    /// The default value is "Score".
    /// </summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>Name of the output column with the probability of the most probable class, 0 to 1. The default value is "Confidence".</summary>
    public string ConfidenceColumnName { get; set; } = "Confidence";

    /// <summary>How much each class counts. The default value is <see cref="ClassWeighting.None"/>.</summary>
    public ClassWeighting ClassWeighting { get; set; }

    /// <summary>How much rows of single classes count, by class name; those not named go by <see cref="ClassWeighting"/>. Legal range of each: above 0, up to 1000. The default value is <see langword="null"/>.</summary>
    public IReadOnlyDictionary<string, double>? ClassWeights { get; set; }

    /// <summary>The share of the target that is spread evenly over all classes. Legal range: 0 to 0.5. The default value is 0.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>
    /// Mixes the sentence embeddings (what the last linear layer reads) of pairs of rows, and their labels, by a share drawn from Beta(α, α) with this α; 0 does not
    /// (Guo et al., "Augmenting data with mixup for sentence classification", 2019). Legal range: 0 to 10. The default value is 0.
    /// </summary>
    public double Mixup { get; set; }

    /// <summary>
    /// The confidence below which the model abstains: the predicted label is missing. Confidence is calibrated on the validation rows by one temperature for all classes,
    /// where there are 20 such rows or more. 0 never abstains. Legal range: 0 to 1. The default value is 0.
    /// </summary>
    public double AbstainThreshold { get; set; }

    private protected override void Check(OptionFaults faults)
    {
        faults.Output(PredictedLabelColumnName, nameof(PredictedLabelColumnName));
        faults.Output(ScoreColumnName, nameof(ScoreColumnName));
        faults.Output(ConfidenceColumnName, nameof(ConfidenceColumnName));
        ClassifierSettings.Of(this).Validate(faults);
        faults.Range(AbstainThreshold, 0, 1, nameof(AbstainThreshold));
    }
}

/// <summary>What the classifiers with one label a row have in common.</summary>
internal sealed record ClassifierSettings(ClassWeighting Weighting, IReadOnlyDictionary<string, double>? Weights, double LabelSmoothing, double Mixup)
{
    public static ClassifierSettings Of(EncoderTextClassificationOptions options) =>
        new(options.ClassWeighting, options.ClassWeights, options.LabelSmoothing, options.Mixup);

    public static ClassifierSettings Of(SentimentOptions options) =>
        new(options.ClassWeighting, options.ClassWeights, options.LabelSmoothing, options.Mixup);

    public void Validate(OptionFaults faults)
    {
        if (!Enum.IsDefined(Weighting))
            faults.Add($"ClassWeighting is {Weighting}; it must be None or Balanced");
        foreach (var (label, weight) in Weights ?? new Dictionary<string, double>())
            faults.Above(weight, 0, 1000, $"ClassWeights['{label}']");
        faults.Range(LabelSmoothing, 0, 0.5, "LabelSmoothing");
        faults.Range(Mixup, 0, 10, "Mixup");
    }

    /// <summary>How much a row of each class counts.</summary>
    /// <exception cref="ArgumentException">A weight is for a class that does not occur.</exception>
    public float[] WeightsOf(IReadOnlyList<string> labels, int[] classes)
    {
        var unknown = (Weights?.Keys ?? []).Except(labels, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw TextErrors.UnknownClassWeights(unknown, labels);
        var rows = new int[labels.Count];
        foreach (int label in classes)
            rows[label]++;
        int present = rows.Count(count => count > 0);
        return [.. labels.Select((label, i) => (float)(Weights?.TryGetValue(label, out double weight) == true ? weight
            : Weighting == ClassWeighting.None || rows[i] == 0 ? 1
            : classes.Length / ((double)present * rows[i])))];
    }
}
