namespace MLPipelines.Generation;

/// <summary>The tokens that have a meaning for generation; what <c>generation_config.json</c> or <c>config.json</c> says.</summary>
/// <param name="StartId">The token that the decoder starts with.</param>
/// <param name="EndIds">The tokens that end a text; none for a model that never ends.</param>
/// <param name="PadId">The token that fills up shorter rows.</param>
public sealed record SpecialIds(int StartId, IReadOnlyList<int> EndIds, int PadId);

/// <summary>Options made ready for a search: the rules, the first tokens and the lengths.</summary>
internal sealed class DecodingPlan
{
    /// <param name="options">Valid options.</param>
    /// <param name="special">The model's tokens.</param>
    /// <param name="defaultLength">The maximum length where the options have none.</param>
    /// <param name="prefix">The ids of the options' prefix text.</param>
    /// <param name="badWords">The ids of the options' bad words.</param>
    public DecodingPlan(GenerationOptions options, SpecialIds special, int defaultLength, IReadOnlyList<int> prefix, IEnumerable<IReadOnlyList<int>> badWords)
    {
        Options = options;
        EndIds = [.. special.EndIds];
        Start = [special.StartId, .. options.PrefixIds, .. prefix];
        MaximumLength = options.MaximumNewTokens is { } count ? (int)Math.Min(int.MaxValue, (long)Start.Length + count) : options.MaximumLength ?? defaultLength;
        if (MaximumLength <= Start.Length)
            throw GenerationErrors.NoRoom(MaximumLength, Start.Length);
        Rules = MakeRules(badWords);
        RulesOnlyForbid = Rules.All(rule => rule.OnlyForbids);
        Warpers = options.Sample ? MakeWarpers() : [];
    }

    public GenerationOptions Options { get; }

    /// <summary>Start token and prefix.</summary>
    public int[] Start { get; }

    /// <summary>(tokens) The length at which rows end, <see cref="Start"/> included.</summary>
    public int MaximumLength { get; }

    public int[] EndIds { get; }

    /// <summary>What holds for every search, in transformers' order.</summary>
    public LogitsProcessor[] Rules { get; }

    /// <summary>Whether the rules leave the scores of tokens that may follow as they are, so that it does not matter whether these are logits or log-probabilities.</summary>
    public bool RulesOnlyForbid { get; }

    /// <summary>What holds for draws.</summary>
    public LogitsProcessor[] Warpers { get; }

    /// <summary>Says whether a row's tokens now hold a stop string; null where there is none to look for.</summary>
    public Func<ReadOnlySpan<int>, bool>? Stops { get; init; }

    /// <summary>Told of every token that a row gets, where there are no beams.</summary>
    public Action<int, int>? OnToken { get; init; }

    public bool Ends(int id) => EndIds.AsSpan().Contains(id);

    private LogitsProcessor[] MakeRules(IEnumerable<IReadOnlyList<int>> badWords)
    {
        var rules = new List<LogitsProcessor>();
        if (Options.DiversityPenalty > 0)
            rules.Add(new DiversityProcessor(Options.DiversityPenalty));
        if (Options.PromptRepetitionPenalty != 1)
            rules.Add(new PromptRepetitionPenaltyProcessor(Options.PromptRepetitionPenalty));
        if (Options.RepetitionPenalty != 1)
            rules.Add(new RepetitionPenaltyProcessor(Options.RepetitionPenalty));
        if (Options.NoRepeatNGramSize > 0)
            rules.Add(new NoRepeatNGramProcessor(Options.NoRepeatNGramSize));
        if (Options.PromptNoRepeatNGramSize > 0)
            rules.Add(new PromptNoRepeatNGramProcessor(Options.PromptNoRepeatNGramSize));
        IReadOnlyList<int>[] words = [.. Options.BadWordIds, .. badWords];
        if (words.Length > 0)
            rules.Add(new BadWordsProcessor(words, EndIds));
        int least = Math.Max(Options.MinimumLength, Options.MinimumNewTokens > 0 ? Start.Length + Options.MinimumNewTokens : 0);
        if (least > Start.Length && EndIds.Length > 0)
            rules.Add(new MinimumLengthProcessor(least, EndIds));
        if (Options.ForcedFirstId is { } first)
            rules.Add(new ForcedTokenProcessor(Start.Length, first));
        if (Options.ForcedLastId is { } last)
            rules.Add(new ForcedTokenProcessor(MaximumLength - 1, last));
        if (Options.EndBoostStart is { } start && Options.EndBoost != 1)
            rules.Add(new EndBoostProcessor(Start.Length + start, Options.EndBoost, EndIds));
        if (Options.SuppressedIds.Count > 0)
            rules.Add(new SuppressedTokensProcessor(Options.SuppressedIds));
        return [.. rules];
    }

    private LogitsProcessor[] MakeWarpers()
    {
        var warpers = new List<LogitsProcessor>();
        if (Options.Temperature != 1)
            warpers.Add(new TemperatureWarper(Options.Temperature));
        if (Options.TopK > 0)
            warpers.Add(new TopKWarper(Options.TopK));
        if (Options.TopP < 1)
            warpers.Add(new TopPWarper(Options.TopP));
        if (Options.MinP > 0)
            warpers.Add(new MinPWarper(Options.MinP));
        if (Options.TypicalP < 1)
            warpers.Add(new TypicalWarper(Options.TypicalP));
        if (Options.EpsilonCutoff > 0)
            warpers.Add(new EpsilonWarper(Options.EpsilonCutoff));
        if (Options.EtaCutoff > 0)
            warpers.Add(new EtaWarper(Options.EtaCutoff));
        return [.. warpers];
    }
}
