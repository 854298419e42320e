namespace MLPipelines.Text;

/// <summary>
/// Options of the linear text classifier. <c>Fit</c> checks them and reports everything that is wrong at once.
/// </summary>
public sealed class LinearTextClassificationOptions
{
    /// <summary>Name of the text column to classify. The default value is "Text".</summary>
    public string TextColumnName { get; set; } = "Text";

    /// <summary>
    /// Name of the label column: text, or a key (as <c>MapValueToKey</c> makes it). Rows whose label is missing
    /// (empty text, or a missing key) take no part in training. The default value is "Label".
    /// </summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Name of the output column with the predicted class, a key whose values are the class names. The default value is "PredictedLabel".</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    /// <summary>
    /// Name of the output column with the probability of each class, a vector of <see cref="float"/> that sums to 1, its slots named
    /// after the classes. The default value is "Score".
    /// </summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// Word n-grams of 1 up to this many words are features; 0 uses no words. Legal range: 0 to 5. The default value is 2.
    /// </summary>
    public int WordNGramLength { get; set; } = 2;

    /// <summary>
    /// Pairs of words with 1 up to this many words between them are features too ("not … good"); 0 uses none. Needs words. Legal range: 0 to 3. The default value is 0.
    /// </summary>
    public int SkippedWords { get; set; }

    /// <summary>
    /// Length, in characters, of the shortest character n-gram, taken within a whitespace-delimited token with a space at
    /// either end. Legal range: 1 to <see cref="MaximumCharacterNGramLength"/>. The default value is 2.
    /// </summary>
    public int MinimumCharacterNGramLength { get; set; } = 2;

    /// <summary>Length, in characters, of the longest character n-gram; 0 uses no characters. Legal range: 0 to 10. The default value is 5.</summary>
    public int MaximumCharacterNGramLength { get; set; } = 5;

    /// <summary>
    /// Whether character n-grams also run over the spaces between tokens, and so tell of which words stand side by side. The default value is <see langword="false"/>.
    /// </summary>
    public bool CharacterNGramsAcrossWords { get; set; }

    /// <summary>
    /// Weight of the characters of a text beside its words, whose weight is 1. Legal range: above 0, up to 100. The default value is 0.8.
    /// </summary>
    public float CharacterWeight { get; set; } = 0.8f;

    /// <summary>
    /// N-grams found in fewer training texts get no feature; they only lower the scores of the texts that hold them.
    /// Larger values make smaller models. Legal range: 1 or more. The default value is 2.
    /// </summary>
    public int MinimumDocumentFrequency { get; set; } = 2;

    /// <summary>
    /// Whether n-grams are weighted by how far their class distribution departs from the prior, on top of inverse document
    /// frequency. The default value is <see langword="true"/>.
    /// </summary>
    public bool UseSupervisedTermWeighting { get; set; } = true;

    /// <summary>
    /// How strongly n-grams are weighted by what they tell of the class: that is raised to this power. Without <see cref="UseSupervisedTermWeighting"/> it has no
    /// effect. Legal range: above 0, up to 3. The default value is 0.5.
    /// </summary>
    public float SupervisedTermWeightingExponent { get; set; } = 0.5f;

    /// <summary>The power to which the inverse document frequency of n-grams is raised; 0 leaves it out. Legal range: 0 to 3. The default value is 1.</summary>
    public float InverseDocumentFrequencyExponent { get; set; } = 1;

    /// <summary>
    /// Costs of a margin violation (the C of a support vector machine; larger fits the training data more closely) to choose from. Where
    /// there are several, the one with the best log-loss on held-out parts of the training data is taken.
    /// Legal range of each: above 0, up to 10,000. The default value is { 0.25, 1, 4 }.
    /// </summary>
    public IReadOnlyList<float> Costs { get; set; } = [0.25f, 1f, 4f];

    /// <summary>
    /// Into how many parts the training data is split to choose the cost and to calibrate the probabilities on texts that
    /// were not trained on; above 60,000 texts only one fifth of them, at most 20,000, is held out once.
    /// 0 neither chooses nor calibrates: the first cost is taken and probabilities are rough. Legal range: 0, or 2 to 20. The default value is 3.
    /// </summary>
    public int CalibrationFolds { get; set; } = 3;

    /// <summary>
    /// Seed of the order in which texts are visited and of the split into parts. The same seed on the same rows gives the same model, bit for bit,
    /// whatever the number of threads. The default value is 1.
    /// </summary>
    public int Seed { get; set; } = 1;

    /// <summary>
    /// Number of threads that training uses. Legal range: 1 or more; <see langword="null"/> uses all processors. The default value is <see langword="null"/>.
    /// </summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>Receives the stages of training as they are reached. The default value is <see langword="null"/>.</summary>
    public IProgress<LinearTextTrainingProgress>? Progress { get; set; }

    /// <summary>Stops training when cancelled; <c>Fit</c> then throws <see cref="OperationCanceledException"/>. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(LinearTextClassificationOptions))
            .Name(TextColumnName, nameof(TextColumnName))
            .Name(LabelColumnName, nameof(LabelColumnName))
            .Output(ScoreColumnName, nameof(ScoreColumnName))
            .Output(PredictedLabelColumnName, nameof(PredictedLabelColumnName))
            .Range(WordNGramLength, 0, 5, nameof(WordNGramLength))
            .Range(SkippedWords, 0, 3, nameof(SkippedWords))
            .If(SkippedWords > 0 && WordNGramLength == 0, $"{nameof(SkippedWords)} is {SkippedWords}, but {nameof(WordNGramLength)} is 0: use words, or skip none")
            .Range(MaximumCharacterNGramLength, 0, 10, nameof(MaximumCharacterNGramLength))
            .Range(MaximumCharacterNGramLength is > 0 and <= 10 ? MinimumCharacterNGramLength : null, 1, MaximumCharacterNGramLength, nameof(MinimumCharacterNGramLength))
            .If(WordNGramLength == 0 && MaximumCharacterNGramLength == 0, $"{nameof(WordNGramLength)} and {nameof(MaximumCharacterNGramLength)} are both 0: that leaves no features")
            .Above(CharacterWeight, 0, 100, nameof(CharacterWeight))
            .Above(SupervisedTermWeightingExponent, 0, 3, nameof(SupervisedTermWeightingExponent))
            .Range(InverseDocumentFrequencyExponent, 0, 3, nameof(InverseDocumentFrequencyExponent))
            .Range(MinimumDocumentFrequency, 1, int.MaxValue, nameof(MinimumDocumentFrequency))
            .If(Costs is null || Costs.Count == 0, $"{nameof(Costs)} is empty; give one or more costs")
            .AddRange((Costs ?? []).Where(cost => !(cost is > 0 and <= 10_000)).Select(cost => FormattableString.Invariant($"{nameof(Costs)} holds {cost}; each must be above 0 and at most 10000")))
            .Range(CalibrationFolds == 0 ? null : CalibrationFolds, 2, 20, nameof(CalibrationFolds))
            .Range(NumberOfThreads, 1, int.MaxValue, nameof(NumberOfThreads))
            .Throw();
    }
}
