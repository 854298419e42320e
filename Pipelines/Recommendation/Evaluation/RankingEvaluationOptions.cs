using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>How rankings are measured.</summary>
public sealed class RankingEvaluationOptions
{
    /// <summary>The lengths of lists at which metrics are taken, in items. Legal range of each: 1 or more. The default value is { 5, 10, 20 }.</summary>
    public IReadOnlyList<int> CutOffs { get; set; } = [5, 10, 20];

    /// <summary>
    /// Interactions of users who were not trained on, from which they are folded in before they are ranked for. The default value is
    /// <see langword="null"/>: the history of users is what was trained on.
    /// </summary>
    public IDataView? History { get; set; }

    /// <summary>
    /// How many items that the user did not touch are drawn for each test item to rank it among; <see langword="null"/> ranks it among all. Figures
    /// from samples say little about real lists (Krichene and Rendle 2020). Legal range: 1 or more. The default value is <see langword="null"/>.
    /// </summary>
    public int? SampledNegatives { get; set; }

    /// <summary>
    /// The items among which each user's test items are ranked, for protocols that list them; users who are not named are left out.
    /// The default value is <see langword="null"/>.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Negatives { get; set; }

    /// <summary>Users with at most this many interactions in training are in the segment "light". Legal range: 1 or more. The default value is 20.</summary>
    public int LightUserInteractions { get; set; } = 20;

    /// <summary>Whether users of whom nothing is known are measured too, in the segment "new". The default value is <see langword="false"/>: they are left out.</summary>
    public bool IncludeNewUsers { get; set; }

    /// <summary>Resamples of the users for confidence intervals; 0 gives none. Legal range: 0 to 100,000. The default value is 1,000.</summary>
    public int BootstrapSamples { get; set; } = 1000;

    /// <summary>Seed of samples and resamples. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Number of threads. Legal range: 1 or more; <see langword="null"/> uses all processors. The default value is <see langword="null"/>.</summary>
    public int? NumberOfThreads { get; set; }

    /// <summary>Stops the evaluation when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(RankingEvaluationOptions))
            .If(CutOffs is null || CutOffs.Count == 0 || CutOffs.Any(k => k < 1), $"{nameof(CutOffs)} must hold one or more lengths, each 1 or more")
            .If(SampledNegatives is not null && Negatives is not null, $"{nameof(SampledNegatives)} and {nameof(Negatives)} are both given; give one")
            .Range(LightUserInteractions, 1, int.MaxValue, nameof(LightUserInteractions))
            .Range(BootstrapSamples, 0, 100_000, nameof(BootstrapSamples));
        if (SampledNegatives is { } negatives)
            faults.Range(negatives, 1, int.MaxValue, nameof(SampledNegatives));
        if (NumberOfThreads is { } threads)
            faults.Range(threads, 1, int.MaxValue, nameof(NumberOfThreads));
        faults.Throw();
    }
}
