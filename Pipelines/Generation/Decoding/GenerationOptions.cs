namespace MLPipelines.Generation;

/// <summary>When a beam search is content with the hypotheses that it has (transformers' <c>early_stopping</c>).</summary>
public enum EarlyStopping
{
    /// <summary>When no open beam, judged by its present length, can beat the worst finished hypothesis (<c>False</c>).</summary>
    Heuristic,

    /// <summary>As soon as there are as many finished hypotheses as beams (<c>True</c>).</summary>
    WhenFull,

    /// <summary>When no open beam can beat them at any length up to the maximum (<c>"never"</c>).</summary>
    Never,
}

/// <summary>How text is decoded. Checked before anything is generated; everything that is wrong is reported at once.</summary>
/// <remarks>Lengths are in tokens of the output, and count the start token as transformers does unless they say "new".</remarks>
public sealed class GenerationOptions
{
    /// <summary>(tokens) The longest output, start token and prefix included. Legal range: 1 or more. The default value is <see langword="null"/>: the model's own, or 20 where it has none. <see cref="MaximumNewTokens"/> goes before it.</summary>
    public int? MaximumLength { get; set; }

    /// <summary>(tokens) The most tokens that are generated. Legal range: 1 or more. The default value is <see langword="null"/>: <see cref="MaximumLength"/> decides.</summary>
    public int? MaximumNewTokens { get; set; }

    /// <summary>(tokens) The end of text is forbidden before this length, start token and prefix included. Legal range: 0 or more. The default value is 0.</summary>
    public int MinimumLength { get; set; }

    /// <summary>(tokens) The end of text is forbidden before so many are generated. Legal range: 0 or more. The default value is 0.</summary>
    public int MinimumNewTokens { get; set; }

    /// <summary>Whether tokens are drawn at random by their probability, instead of the most probable taken. The default value is <see langword="false"/>.</summary>
    public bool Sample { get; set; }

    /// <summary>Seed of the draws; a prompt's draws depend on the seed and its own tokens only, not on what else is in the batch. The default value is 0.</summary>
    public int Seed { get; set; }

    /// <summary>(divisor of the logits) Sampling: below 1 bolder towards the probable, above 1 more varied. Legal range: above 0. The default value is 1.</summary>
    public float Temperature { get; set; } = 1;

    /// <summary>(tokens) Sampling: only so many of the most probable. Legal range: 0 (off) or more. The default value is 50, as in transformers.</summary>
    public int TopK { get; set; } = 50;

    /// <summary>(probability) Sampling: only the smallest set of most probable tokens that holds this much (Holtzman et al. 2020). Legal range: above 0 to 1 (off). The default value is 1.</summary>
    public float TopP { get; set; } = 1;

    /// <summary>(share) Sampling: only tokens at least this probable relative to the most probable one (Nguyen et al. 2024). Legal range: 0 (off) to 1. The default value is 0.</summary>
    public float MinP { get; set; }

    /// <summary>(probability) Sampling: tokens whose surprise is nearest to the expected one, up to this mass (Meister et al. 2022). Legal range: above 0 to 1 (off). The default value is 1.</summary>
    public float TypicalP { get; set; } = 1;

    /// <summary>(probability) Sampling: no token less probable than this (Hewitt et al. 2022). Legal range: 0 (off) to below 1. The default value is 0.</summary>
    public float EpsilonCutoff { get; set; }

    /// <summary>(probability) Sampling: as <see cref="EpsilonCutoff"/>, less strict where the distribution is flat. Legal range: 0 (off) to below 1. The default value is 0.</summary>
    public float EtaCutoff { get; set; }

    /// <summary>The number of beams of a beam search; 1 for none. Legal range: 1 to 1000. The default value is 1.</summary>
    public int Beams { get; set; } = 1;

    /// <summary>Diverse beam search (Vijayakumar et al. 2018): groups that the beams are divided into. Legal range: 1 to <see cref="Beams"/>, a divisor of it. The default value is 1.</summary>
    public int BeamGroups { get; set; } = 1;

    /// <summary>(log-probability) What a token loses for each earlier group that chose it in the same step. Legal range: 0 or more; above 0 only with groups. The default value is 0.</summary>
    public float DiversityPenalty { get; set; }

    /// <summary>The power of the length that a sequence's log-probability is divided by: above 0 favours long ones. Legal range: -100 to 100. The default value is 1.</summary>
    public float LengthPenalty { get; set; } = 1;

    /// <summary>When a beam search ends. The default value is <see cref="EarlyStopping.Heuristic"/>.</summary>
    public EarlyStopping EarlyStopping { get; set; }

    /// <summary>The number of sequences given for a prompt. Legal range: 1 up to <see cref="Beams"/>, or any number when sampling. The default value is 1.</summary>
    public int ReturnedSequences { get; set; } = 1;

    /// <summary>(divisor) Makes tokens that occur in the output already less probable (Keskar et al. 2019). Legal range: above 0; 1 is off. The default value is 1.</summary>
    public float RepetitionPenalty { get; set; } = 1;

    /// <summary>(factor) Makes tokens of the prompt more probable. Legal range: above 0; 1 is off. The default value is 1.</summary>
    public float PromptRepetitionPenalty { get; set; } = 1;

    /// <summary>(tokens) No n-gram of this size occurs twice. Legal range: 0 (off) or more. The default value is 0.</summary>
    public int NoRepeatNGramSize { get; set; }

    /// <summary>(tokens) No n-gram of this size is taken over from the prompt. Legal range: 0 (off) or more. The default value is 0.</summary>
    public int PromptNoRepeatNGramSize { get; set; }

    /// <summary>
    /// Texts that must not be generated, as the tokenizer splits them by themselves and after a space. The same letters in other tokens (within another word, in other capitals) are not
    /// found. The default value is none.
    /// </summary>
    public IReadOnlyList<string> BadWords { get; set; } = [];

    /// <summary>Sequences of token ids that must not be generated. The default value is none.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadWordIds { get; set; } = [];

    /// <summary>Token ids that must not be generated. The default value is none.</summary>
    public IReadOnlyList<int> SuppressedIds { get; set; } = [];

    /// <summary>The id that the first token must have. The default value is <see langword="null"/>: free.</summary>
    public int? ForcedFirstId { get; set; }

    /// <summary>The id that the last token must have where the maximum length is reached. The default value is <see langword="null"/>: free.</summary>
    public int? ForcedLastId { get; set; }

    /// <summary>A text that the output starts with. The default value is "".</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Ids of tokens that the output starts with, after the start token and before those of <see cref="Prefix"/>. The default value is none.</summary>
    public IReadOnlyList<int> PrefixIds { get; set; } = [];

    /// <summary>(tokens) From this many generated tokens on, the end of text becomes more probable by <see cref="EndBoost"/> with each further one. Legal range: 0 or more. The default value is <see langword="null"/>: off.</summary>
    public int? EndBoostStart { get; set; }

    /// <summary>
    /// (factor) See <see cref="EndBoostStart"/>; the score is multiplied by it, as in transformers 4.31: above 1 where scores are positive, below 1 where they are negative, as all scores of
    /// a beam search are. Legal range: above 0. The default value is 1.
    /// </summary>
    public float EndBoost { get; set; } = 1;

    /// <summary>Texts that end the output where they occur, prefix included. They are not part of the text that is given. The default value is none.</summary>
    public IReadOnlyList<string> StopStrings { get; set; } = [];

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(GenerationOptions))
            .Range(MaximumLength ?? 1, 1, int.MaxValue, nameof(MaximumLength))
            .Range(MaximumNewTokens ?? 1, 1, int.MaxValue, nameof(MaximumNewTokens))
            .Range(MinimumLength, 0, int.MaxValue, nameof(MinimumLength))
            .Range(MinimumNewTokens, 0, int.MaxValue, nameof(MinimumNewTokens))
            .Above(Temperature, 0, float.MaxValue, nameof(Temperature))
            .Range(TopK, 0, int.MaxValue, nameof(TopK))
            .Above(TopP, 0, 1, nameof(TopP))
            .Range(MinP, 0, 1, nameof(MinP))
            .Above(TypicalP, 0, 1, nameof(TypicalP))
            .If(!(EpsilonCutoff >= 0 && EpsilonCutoff < 1), FormattableString.Invariant($"{nameof(EpsilonCutoff)} is {EpsilonCutoff}; it must be 0 or more and below 1"))
            .If(!(EtaCutoff >= 0 && EtaCutoff < 1), FormattableString.Invariant($"{nameof(EtaCutoff)} is {EtaCutoff}; it must be 0 or more and below 1"))
            .Range(Beams, 1, 1000, nameof(Beams))
            .Range(BeamGroups, 1, Math.Max(1, Beams), nameof(BeamGroups))
            .If(BeamGroups > 0 && Beams % BeamGroups != 0, $"{nameof(BeamGroups)} is {BeamGroups}; it must divide {nameof(Beams)}, which is {Beams}")
            .Range(DiversityPenalty, 0, float.MaxValue, nameof(DiversityPenalty))
            .If(DiversityPenalty > 0 && BeamGroups == 1, $"{nameof(DiversityPenalty)} needs {nameof(BeamGroups)} of 2 or more")
            .Range(LengthPenalty, -100, 100, nameof(LengthPenalty))
            .If(!Enum.IsDefined(EarlyStopping), $"{nameof(EarlyStopping)} is {EarlyStopping}; it must be {string.Join(" or ", Enum.GetNames<EarlyStopping>())}")
            .If(Sample && Beams > 1, $"{nameof(Sample)} goes with one beam only; {nameof(Beams)} is {Beams}")
            .Range(ReturnedSequences, 1, int.MaxValue, nameof(ReturnedSequences))
            .If(!Sample && Beams > 0 && ReturnedSequences > Beams, $"{nameof(ReturnedSequences)} is {ReturnedSequences}; without {nameof(Sample)} it must be at most {nameof(Beams)}, which is {Beams}")
            .Above(RepetitionPenalty, 0, float.MaxValue, nameof(RepetitionPenalty))
            .Above(PromptRepetitionPenalty, 0, float.MaxValue, nameof(PromptRepetitionPenalty))
            .Range(NoRepeatNGramSize, 0, int.MaxValue, nameof(NoRepeatNGramSize))
            .Range(PromptNoRepeatNGramSize, 0, int.MaxValue, nameof(PromptNoRepeatNGramSize))
            .Range(EndBoostStart ?? 0, 0, int.MaxValue, nameof(EndBoostStart))
            .Above(EndBoost, 0, float.MaxValue, nameof(EndBoost))
            .If(BadWords is null || BadWords.Any(string.IsNullOrEmpty), $"{nameof(BadWords)} has an empty text")
            .If(BadWordIds is null || BadWordIds.Any(word => word is null || word.Count == 0 || word.Any(id => id < 0)), $"{nameof(BadWordIds)} has an empty sequence or a negative id")
            .If(SuppressedIds is null || SuppressedIds.Any(id => id < 0), $"{nameof(SuppressedIds)} has a negative id")
            .If(ForcedFirstId < 0 || ForcedLastId < 0, $"{nameof(ForcedFirstId)} and {nameof(ForcedLastId)} must not be negative")
            .If(Prefix is null, $"{nameof(Prefix)} is null; give a text, or \"\"")
            .If(PrefixIds is null || PrefixIds.Any(id => id < 0), $"{nameof(PrefixIds)} has a negative id")
            .If(StopStrings is null || StopStrings.Any(string.IsNullOrEmpty), $"{nameof(StopStrings)} has an empty text")
            .If(Prefix is not null && StopStrings is not null && Generation.StopStrings.Find(Prefix, [.. StopStrings.Where(stop => !string.IsNullOrEmpty(stop))]) >= 0, $"{nameof(Prefix)} holds one of {nameof(StopStrings)}");
        faults.Throw();
    }

    /// <summary>Leaves beams out, which draws do not go with.</summary>
    internal void DrawOneByOne() => (Sample, Beams, BeamGroups, DiversityPenalty) = (true, 1, 1, 0);

    /// <summary>A copy that can be changed on its own.</summary>
    public GenerationOptions Clone() => (GenerationOptions)MemberwiseClone();
}
