namespace MLPipelines.Recommendation;

/// <summary>What invented interactions are like.</summary>
public sealed class SyntheticInteractionOptions
{
    /// <summary>Number of users. Legal range: 1 to 10,000,000. The default value is 500.</summary>
    public int Users { get; set; } = 500;

    /// <summary>Number of items. Legal range: <see cref="Categories"/> to 10,000,000. The default value is 200.</summary>
    public int Items { get; set; } = 200;

    /// <summary>Number of rows. Legal range: <see cref="Users"/> to 1,000,000,000; each user has at least one. The default value is 10,000.</summary>
    public int Interactions { get; set; } = 10_000;

    /// <summary>Number of categories; each user likes one of them most. Legal range: 1 to 10,000. The default value is 8.</summary>
    public int Categories { get; set; } = 8;

    /// <summary>The share of visits to the category that a user likes most; the others go anywhere. Legal range: 0 to 1. The default value is 0.8.</summary>
    public double Affinity { get; set; } = 0.8;

    /// <summary>How unequal items of a category are: the one of rank r is visited in proportion to r to the power of minus this. Legal range: 0 to 5. The default value is 0.8.</summary>
    public double PopularityExponent { get; set; } = 0.8;

    /// <summary>How unequal users are: the one of rank r has rows in proportion to r to the power of minus this. Legal range: 0 to 5. The default value is 0.5.</summary>
    public double ActivityExponent { get; set; } = 0.5;

    /// <summary>The chance that an item that was looked at is put into the cart. Legal range: 0 to 1. The default value is 0.3.</summary>
    public double CartChance { get; set; } = 0.3;

    /// <summary>The chance that an item in the cart is bought. Legal range: 0 to 1. The default value is 0.5.</summary>
    public double PurchaseChance { get; set; } = 0.5;

    /// <summary>The chance that the companion of an item is bought right after it. Legal range: 0 to 1. The default value is 0.5.</summary>
    public double CompanionChance { get; set; } = 0.5;

    /// <summary>The chance, in the last tenth of the days, that a visit goes to the item that is in fashion in its category. Legal range: 0 to 1. The default value is 0.2.</summary>
    public double FashionChance { get; set; } = 0.2;

    /// <summary>The first day, UTC. The default value is 1 January 2026.</summary>
    public DateTime Start { get; set; } = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Over how many days interactions are spread. Legal range: 1 to 36,500. The default value is 180.</summary>
    public int Days { get; set; } = 180;

    /// <summary>The seed: the same one gives the same rows on every machine. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Stops when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(SyntheticInteractionOptions))
        .Range(Users, 1, 10_000_000, nameof(Users))
        .Range(Categories, 1, 10_000, nameof(Categories))
        .Range(Items, Math.Max(1, Categories), 10_000_000, nameof(Items))
        .Range(Interactions, Math.Max(1, Users), 1_000_000_000, nameof(Interactions))
        .Range(Affinity, 0, 1, nameof(Affinity))
        .Range(PopularityExponent, 0, 5, nameof(PopularityExponent))
        .Range(ActivityExponent, 0, 5, nameof(ActivityExponent))
        .Range(CartChance, 0, 1, nameof(CartChance))
        .Range(PurchaseChance, 0, 1, nameof(PurchaseChance))
        .Range(CompanionChance, 0, 1, nameof(CompanionChance))
        .Range(FashionChance, 0, 1, nameof(FashionChance))
        .Range(Days, 1, 36_500, nameof(Days))
        .Throw();
}
