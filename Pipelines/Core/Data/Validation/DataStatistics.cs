using System.Globalization;
using System.Text;

namespace MLPipelines.Data;

/// <summary>Figures over the good rows of a file. Immutable.</summary>
public sealed record DataStatistics
{
    /// <summary>Rows without an error.</summary>
    public required long Rows { get; init; }

    /// <summary>Bytes read.</summary>
    public required long Bytes { get; init; }

    /// <summary>One entry for each text field: its length in UTF-16 characters.</summary>
    public IReadOnlyList<FieldSummary> TextLengths { get; init; } = [];

    /// <summary>One entry for each label field that the file has.</summary>
    public IReadOnlyList<LabelStatistics> Labels { get; init; } = [];

    /// <summary>One entry for each numeric field.</summary>
    public IReadOnlyList<NumberStatistics> Numbers { get; init; } = [];

    /// <summary>What only interactions have; otherwise <see langword="null"/>.</summary>
    public InteractionStatistics? Interactions { get; init; }

    /// <summary>The statistics for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Rows:N0} row{(Rows == 1 ? "" : "s")}, {Bytes:N0} bytes\n");
        foreach (var field in TextLengths)
            text.Append(CultureInfo.InvariantCulture, $"  {field.Field}: characters {field.Lengths}\n");
        foreach (var labels in Labels)
            text.Append(labels);
        foreach (var number in Numbers)
            text.Append(CultureInfo.InvariantCulture, $"  {number}\n");
        return text.Append(Interactions).ToString();
    }
}

/// <summary>The lengths of one field.</summary>
/// <param name="Field">The field.</param>
/// <param name="Lengths">How its lengths are spread.</param>
public sealed record FieldSummary(string Field, QuantileSummary Lengths);

/// <summary>How whole numbers are spread; all 0 where there are none.</summary>
/// <remarks>
/// A quantile is the smallest value that at least that share of the values do not exceed. Values up to 4,095 are exact;
/// quantiles of larger ones are at most 0.05 % too low.
/// </remarks>
public sealed record QuantileSummary(long Count, double Mean, long Minimum, long Q25, long Median, long Q75, long Q95, long Q99, long Maximum)
{
    /// <summary>The summary for people, on one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"min {Minimum}, 25 % {Q25}, median {Median}, 75 % {Q75}, 95 % {Q95}, 99 % {Q99}, max {Maximum}, mean {Mean:0.#}");
}

/// <summary>How often one label occurs.</summary>
/// <param name="Label">The label.</param>
/// <param name="Count">The rows that have it.</param>
public sealed record LabelCount(string Label, long Count);

/// <summary>The labels of one field.</summary>
public sealed record LabelStatistics
{
    private const int ClassesShown = 20;

    /// <summary>The field.</summary>
    public required string Field { get; init; }

    /// <summary>Rows without a label.</summary>
    public required long Missing { get; init; }

    /// <summary>The labels, most frequent first and then in ordinal order.</summary>
    public required IReadOnlyList<LabelCount> Classes { get; init; }

    /// <summary>Whether <see cref="Classes"/> has every label; false when there were more than could be kept.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>
    /// The entropy of the label distribution divided by that of equally frequent labels: 1 is balanced, towards 0 one
    /// label dominates; 0 where there are fewer than two labels.
    /// </summary>
    public required double Balance { get; init; }

    /// <summary>The share of the most frequent label among the labels given, from 0 to 1.</summary>
    public required double MajorityShare { get; init; }

    /// <summary>The labels for people, the most frequent ones in a line each.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"  {Field}: {Classes.Count:N0} {(Classes.Count == 1 ? "class" : "classes")}{(IsComplete ? "" : " or more")}, balance {Balance:0.000}, majority {MajorityShare:0.0 %}, missing {Missing:N0}\n");
        foreach (var entry in Classes.Take(ClassesShown))
            text.Append(CultureInfo.InvariantCulture, $"    {entry.Count,10:N0}  {Utf8Text.Excerpt(entry.Label)}\n");
        if (Classes.Count > ClassesShown)
            text.Append(CultureInfo.InvariantCulture, $"    … and {Classes.Count - ClassesShown:N0} more\n");
        return text.ToString();
    }
}

/// <summary>A numeric field.</summary>
/// <param name="Field">The field.</param>
/// <param name="Count">Rows that have a number.</param>
/// <param name="Minimum">The least; 0 where there are none.</param>
/// <param name="Mean">The arithmetic mean; 0 where there are none.</param>
/// <param name="Maximum">The greatest; 0 where there are none.</param>
public sealed record NumberStatistics(string Field, long Count, double Minimum, double Mean, double Maximum)
{
    /// <summary>The numbers for people, on one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Field}: min {Minimum:0.####}, mean {Mean:0.####}, max {Maximum:0.####} over {Count:N0} rows");
}

/// <summary>What only interactions have.</summary>
public sealed record InteractionStatistics
{
    /// <summary>Different users.</summary>
    public required long Users { get; init; }

    /// <summary>Different items.</summary>
    public required long Items { get; init; }

    /// <summary>Interactions, repeated ones included.</summary>
    public required long Interactions { get; init; }

    /// <summary>Whether <see cref="Users"/> and <see cref="Items"/> are all of them; beyond 1,572,864 they are no longer counted.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Interactions divided by the product of users and items; 0 where there are none, and an upper bound where <see cref="IsComplete"/> is false.</summary>
    public required double Density { get; init; }

    /// <summary>How many interactions a user has.</summary>
    public required QuantileSummary PerUser { get; init; }

    /// <summary>How many interactions an item has.</summary>
    public required QuantileSummary PerItem { get; init; }

    /// <summary>The earliest timestamp (UTC), or <see langword="null"/> where no interaction has one.</summary>
    public required DateTimeOffset? From { get; init; }

    /// <summary>The latest timestamp (UTC), or <see langword="null"/> where no interaction has one.</summary>
    public required DateTimeOffset? To { get; init; }

    /// <summary>The figures for people.</summary>
    public override string ToString()
    {
        string more = IsComplete ? "" : " or more";
        string range = From is null ? "no timestamps" : string.Create(CultureInfo.InvariantCulture, $"{From:yyyy-MM-dd HH:mm:ss} to {To:yyyy-MM-dd HH:mm:ss} UTC");
        return string.Create(CultureInfo.InvariantCulture,
            $"  {Users:N0} users{more}, {Items:N0} items{more}, {Interactions:N0} interactions, density {Density:0.#### %}, {range}\n"
            + $"  interactions of a user: {PerUser}\n  interactions of an item: {PerItem}\n");
    }
}
