namespace MLPipelines.Text;

/// <summary>Options of the sentiment classifier. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
/// <remarks>
/// The label column holds text or a key: names such as negative, neutral and positive, or numbers such as stars. Rows whose label is missing take no part in training.
/// </remarks>
public sealed class SentimentOptions : TextFineTuningOptions
{
    /// <summary>Name of the output column with the predicted label, a key whose values are the labels. The default value is "PredictedLabel".</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>
    /// Name of the output column with the probability of each label, a vector of <see cref="float"/> that sums to 1, its slots named after the labels. The default value is "Score".
    /// </summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>Name of the output column with the probability of the most probable label, 0 to 1. The default value is "Confidence".</summary>
    public string ConfidenceColumnName { get; set; } = "Confidence";

    /// <summary>
    /// Name of the output column with the intensity, 0 to 1: |Σ probability × polarity| over the labels. It is 1 for what is surely positive or surely negative, and 0 for what is
    /// neutral or as likely positive as negative. The default value is "Intensity".
    /// </summary>
    public string IntensityColumnName { get; set; } = "Intensity";

    /// <summary>
    /// The polarity of labels, -1 for the most negative to 1 for the most positive, by label; the others go by their names, as <see cref="SentimentScale.Of"/> says.
    /// The default value is <see langword="null"/>.
    /// </summary>
    public IReadOnlyDictionary<string, double>? Polarities { get; set; }

    /// <summary>How much each label counts. The default value is <see cref="ClassWeighting.None"/>.</summary>
    public ClassWeighting ClassWeighting { get; set; }

    /// <summary>How much rows of single labels count, by label; those not named go by <see cref="ClassWeighting"/>. Legal range of each: above 0, up to 1000. The default value is <see langword="null"/>.</summary>
    public IReadOnlyDictionary<string, double>? ClassWeights { get; set; }

    /// <summary>The share of the target that is spread evenly over all labels. Legal range: 0 to 0.5. The default value is 0.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>Mixes the sentence embeddings of pairs of rows, as <see cref="EncoderTextClassificationOptions.Mixup"/> says; 0 does not. Legal range: 0 to 10. The default value is 0.</summary>
    public double Mixup { get; set; }

    private protected override void Check(OptionFaults faults)
    {
        faults.Output(PredictedLabelColumnName, nameof(PredictedLabelColumnName));
        faults.Output(ScoreColumnName, nameof(ScoreColumnName));
        faults.Output(ConfidenceColumnName, nameof(ConfidenceColumnName));
        faults.Output(IntensityColumnName, nameof(IntensityColumnName));
        ClassifierSettings.Of(this).Validate(faults);
        foreach (var (label, polarity) in Polarities ?? new Dictionary<string, double>())
            faults.Range(polarity, -1, 1, $"Polarities['{label}']");
    }
}
