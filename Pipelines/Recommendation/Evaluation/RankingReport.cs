using System.Globalization;
using System.Text;

namespace MLPipelines.Recommendation;

/// <summary>A metric, the mean over users.</summary>
/// <param name="Value">The mean.</param>
/// <param name="Low">The lower end of its 95 % interval; the mean itself without resamples.</param>
/// <param name="High">The upper end.</param>
public readonly record struct RankingMetric(double Value, double Low, double High)
{
    /// <inheritdoc/>
    public override string ToString() => Low == High
        ? Value.ToString("F4", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Value:F4} [{Low:F4}, {High:F4}]");
}

/// <summary>The metrics of lists of one length.</summary>
public sealed record RankingRow
{
    /// <summary>The length, in items.</summary>
    public required int K { get; init; }

    /// <summary>The share of the list that is in the test data.</summary>
    public required RankingMetric Precision { get; init; }

    /// <summary>The share of the user's test items that is in the list.</summary>
    public required RankingMetric Recall { get; init; }

    /// <summary>Normalised discounted cumulative gain: each test item in the list counts 1 / log2(1 + its place), over the best that is possible.</summary>
    public required RankingMetric Ndcg { get; init; }

    /// <summary>Mean average precision: the sum of the precision at each hit over min(k, the user's test items).</summary>
    public required RankingMetric Map { get; init; }

    /// <summary>Mean reciprocal rank: 1 over the place of the first hit, 0 where there is none.</summary>
    public required RankingMetric Mrr { get; init; }

    /// <summary>The share of users with a hit.</summary>
    public required RankingMetric HitRate { get; init; }

    /// <summary>The share of the catalogue that stands in any list; 0, as the two figures below, where test items are ranked among samples, since there are no lists then.</summary>
    public required double Coverage { get; init; }

    /// <summary>The mean of -log2 of the share of users who had each recommended item already: in bits, higher for rarer items.</summary>
    public required double Novelty { get; init; }

    /// <summary>How unevenly the catalogue is recommended: 0 where all items equally often, near 1 where few get all.</summary>
    public required double Gini { get; init; }
}

/// <summary>The metrics of a part of the users.</summary>
/// <param name="Name">"new" (nothing known), "light" or "heavy".</param>
/// <param name="Users">How many.</param>
/// <param name="Rows">The metrics at each cut-off.</param>
public sealed record RankingSegment(string Name, int Users, IReadOnlyList<RankingRow> Rows);

/// <summary>How good the lists of a recommender are.</summary>
public sealed record RankingReport
{
    /// <summary>The users measured.</summary>
    public required int Users { get; init; }

    /// <summary>Test users left out: none of their test items can be recommended, or nothing is known of them.</summary>
    public required int SkippedUsers { get; init; }

    /// <summary>The metrics at each cut-off, in ascending order.</summary>
    public required IReadOnlyList<RankingRow> Rows { get; init; }

    /// <summary>The chance that a test item scores above another, over all candidates; equal scores count half.</summary>
    public required RankingMetric Auc { get; init; }

    /// <summary>The metrics of new, light and heavy users, where there are any.</summary>
    public required IReadOnlyList<RankingSegment> Segments { get; init; }

    /// <summary>The metrics at one cut-off.</summary>
    /// <exception cref="KeyNotFoundException">It was not among the cut-offs.</exception>
    public RankingRow At(int k) => Rows.FirstOrDefault(row => row.K == k) ?? throw new KeyNotFoundException($"There are no metrics at {k}; the cut-offs are {string.Join(", ", Rows.Select(row => row.K))}.");

    /// <summary>A table for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Users} users, {SkippedUsers} skipped, AUC {Auc}");
        Append("all", Rows);
        foreach (var segment in Segments)
            Append($"{segment.Name} ({segment.Users})", segment.Rows);
        return text.ToString();

        void Append(string name, IReadOnlyList<RankingRow> rows)
        {
            foreach (var row in rows)
            {
                text.AppendLine(CultureInfo.InvariantCulture,
                    $"{name,-14} @{row.K,-4} NDCG {row.Ndcg}  P {row.Precision.Value:F4}  R {row.Recall.Value:F4}  MAP {row.Map.Value:F4}  MRR {row.Mrr.Value:F4}  HR {row.HitRate.Value:F4}  coverage {row.Coverage:F3}  novelty {row.Novelty:F2}  Gini {row.Gini:F3}");
            }
        }
    }
}
