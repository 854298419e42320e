namespace MLPipelines.Text;

/// <summary>Options of the classifier of tokens that finds entities. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
/// <remarks>
/// The text column holds words separated by spaces; the label column as many tags separated by spaces: B-type at the first word of an entity, I-type at its others, O elsewhere.
/// Rows without tags take no part in training.
/// </remarks>
public sealed class EntityRecognitionOptions : TextFineTuningOptions
{
    /// <summary>Name of the output column with the tag of each word, separated by spaces. The default value is "PredictedTags".</summary>
    public string PredictedTagsColumnName { get; set; } = "PredictedTags";

    /// <summary>
    /// Name of the output column with the entities, a JSON array in a text: <c>[{"type":"location","start":12,"end":18,"text":"Berlin","confidence":0.98}]</c>, its
    /// positions in UTF-16 code units of the text. The default value is "Entities".
    /// </summary>
    public string EntitiesColumnName { get; set; } = "Entities";

    /// <summary>Name of the output column with the probability of each word's tag, a vector of <see cref="float"/> of variable length. The default value is "Score".</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>Which tags make an entity, where they are not B-… I-… …. The default value is <see cref="SpanScheme.Lenient"/>.</summary>
    public SpanScheme Scheme { get; set; }

    private protected override void Check(OptionFaults faults)
    {
        faults.Output(PredictedTagsColumnName, nameof(PredictedTagsColumnName));
        faults.Output(EntitiesColumnName, nameof(EntitiesColumnName));
        faults.Output(ScoreColumnName, nameof(ScoreColumnName));
        if (!Enum.IsDefined(Scheme))
            faults.Add($"{nameof(Scheme)} is {Scheme}; it must be Lenient or Strict");
        if (Augmentation is not null)
            faults.Add($"{nameof(Augmentation)} is set; words that come and go would part from their tags, so entities are learnt without it");
    }
}
