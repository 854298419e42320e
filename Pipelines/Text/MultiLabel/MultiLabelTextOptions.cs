namespace MLPipelines.Text;

/// <summary>Options of the classifier whose rows have any number of labels. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
/// <remarks>
/// The label column holds a vector of texts, or one text in which labels are joined by <see cref="LabelSeparator"/>. A row without labels is one for which none is right; it takes part in training.
/// </remarks>
public sealed class MultiLabelTextOptions : TextFineTuningOptions
{
    /// <summary>What stands between the labels of a text. The default value is '|'.</summary>
    public char LabelSeparator { get; set; } = '|';

    /// <summary>
    /// Name of the output column with the labels predicted, a vector of texts of variable length, most probable first. The default value is "PredictedLabels".
    /// </summary>
    public string PredictedLabelsColumnName { get; set; } = "PredictedLabels";

    /// <summary>Name of the output column with the probability of each label, a vector of <see cref="float"/>, 0 to 1 each, its slots named after the labels. The default value is "Score".</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// The probability from which a label is predicted; <see langword="null"/> finds for each label the one of best F1 on the validation rows, and takes 0.5 for labels with fewer
    /// than 3 of these. Legal range: above 0, up to 1. The default value is <see langword="null"/>.
    /// </summary>
    public double? Threshold { get; set; }

    /// <summary>Whether a row without any predicted label gets its most probable one. The default value is <see langword="false"/>.</summary>
    public bool PredictAtLeastOne { get; set; }

    /// <summary>
    /// How much a label that is right counts beside one that is wrong: (wrong rows / right rows) to this power. 0 counts them the same, 1 balances them.
    /// Legal range: 0 to 1. The default value is 0.
    /// </summary>
    public double PositiveWeighting { get; set; }

    private protected override void Check(OptionFaults faults)
    {
        faults.Output(PredictedLabelsColumnName, nameof(PredictedLabelsColumnName));
        faults.Output(ScoreColumnName, nameof(ScoreColumnName));
        if (Threshold is { } threshold)
            faults.Above(threshold, 0, 1, nameof(Threshold));
        faults.Range(PositiveWeighting, 0, 1, nameof(PositiveWeighting));
        if (char.IsWhiteSpace(LabelSeparator) || char.IsLetterOrDigit(LabelSeparator))
            faults.Add($"{nameof(LabelSeparator)} is '{LabelSeparator}'; it must be neither a letter, a digit nor white space");
    }
}
