using System.Globalization;

namespace MLPipelines.Recommendation;

/// <summary>An invented interaction, with the columns that recommenders read by default.</summary>
public sealed record SyntheticInteraction
{
    /// <summary>Who, such as "u17".</summary>
    public string UserId { get; init; } = "";

    /// <summary>With what, such as "i42".</summary>
    public string ItemId { get; init; } = "";

    /// <summary>"view", "add_to_cart" or "purchase".</summary>
    public string Type { get; init; } = "";

    /// <summary>When, UTC, to the second.</summary>
    public DateTime Timestamp { get; init; }
}

/// <summary>An invented item, with the columns that <see cref="ItemCatalog"/> reads.</summary>
public sealed record SyntheticItem
{
    /// <summary>The item, such as "i42".</summary>
    public string ItemId { get; init; } = "";

    /// <summary>Its category, such as "c3".</summary>
    public string Category { get; init; } = "";

    /// <summary>Its price, from 5 to 500, two decimals.</summary>
    public float Price { get; init; }

    /// <summary>What is often bought right after it; in the same category, itself where that has one item only.</summary>
    public string CompanionId { get; init; } = "";

    /// <summary>Whether it is in fashion in the last tenth of the days.</summary>
    public bool IsInFashion { get; init; }
}

/// <summary>
/// Invented users, items and interactions whose structure is known, to try and to test recommenders with: a user likes one category, items and users follow power laws, looks lead to
/// carts and carts to purchases of the same item, a purchase leads to that of a companion, and one item of each category is in fashion at the end. Figures measured on it say nothing of real users.
/// </summary>
public sealed class SyntheticInteractions
{
    private const double CheapestPrice = 5;
    private const double PriceRange = 100;
    private const double FashionShareOfTime = 0.1;
    private static readonly int[] StepSeconds = [0, 120, 300];
    private static readonly string[] Types = ["view", "add_to_cart", "purchase"];

    private readonly SyntheticInteractionOptions _options;
    private readonly int[][] _ofCategory;
    private readonly double[][] _chances;
    private readonly int[] _companion;
    private readonly int[] _inFashion;

    private SyntheticInteractions(SyntheticInteractionOptions options)
    {
        _options = options;
        var random = new SplitMix64((ulong)options.Seed);
        var items = new SyntheticItem[options.Items];
        // Of each category its items in order of rank: ranks are drawn, so that identifiers say nothing.
        int[] order = Shuffled(options.Items, ref random);
        _ofCategory = [.. Enumerable.Range(0, options.Categories).Select(category => order.Where((_, i) => i % options.Categories == category).ToArray())];
        _chances = [.. _ofCategory.Select(mine => Cumulated(mine.Length, options.PopularityExponent))];
        _companion = new int[options.Items];
        _inFashion = new int[options.Categories];
        for (int category = 0; category < options.Categories; category++)
        {
            int[] mine = _ofCategory[category];
            for (int i = 0; i < mine.Length; i++)
                _companion[mine[i]] = mine[(i + mine.Length / 2) % mine.Length];
            _inFashion[category] = mine[^1];
            foreach (int item in mine)
            {
                items[item] = new SyntheticItem
                {
                    ItemId = Item(item),
                    Category = string.Create(CultureInfo.InvariantCulture, $"c{category + 1}"),
                    Price = (float)Math.Round(CheapestPrice * Math.Pow(PriceRange, random.NextDouble()), 2),
                    CompanionId = Item(_companion[item]),
                    IsInFashion = item == _inFashion[category],
                };
            }
        }
        Items = items;
        var liked = new int[options.Users];
        for (int user = 0; user < liked.Length; user++)
            liked[user] = random.Next(options.Categories);
        LikedCategories = Enumerable.Range(0, options.Users).ToDictionary(User, user => string.Create(CultureInfo.InvariantCulture, $"c{liked[user] + 1}"));
        Interactions = Make(liked, random);
    }

    /// <summary>The items.</summary>
    public IReadOnlyList<SyntheticItem> Items { get; }

    /// <summary>The category that each user likes most.</summary>
    public IReadOnlyDictionary<string, string> LikedCategories { get; }

    /// <summary>The interactions, in order of time.</summary>
    public IReadOnlyList<SyntheticInteraction> Interactions { get; }

    /// <summary>Invents them.</summary>
    /// <param name="options">What they are like; <see langword="null"/> for the defaults.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <example><code>
    /// var shop = SyntheticInteractions.Generate(new() { Users = 1000, Seed = 7 });
    /// var data = mlContext.Data.LoadFromEnumerable(shop.Interactions);
    /// var items = ItemCatalog.Read(mlContext.Data.LoadFromEnumerable(shop.Items));
    /// </code></example>
    public static SyntheticInteractions Generate(SyntheticInteractionOptions? options = null)
    {
        options ??= new SyntheticInteractionOptions();
        options.Validate();
        return new SyntheticInteractions(options);
    }

    private static string Item(int item) => string.Create(CultureInfo.InvariantCulture, $"i{item + 1}");

    private static string User(int user) => string.Create(CultureInfo.InvariantCulture, $"u{user + 1}");

    private List<SyntheticInteraction> Make(int[] liked, SplitMix64 random)
    {
        int[] rank = Shuffled(_options.Users, ref random);
        double[] activity = Cumulated(_options.Users, _options.ActivityExponent);
        int spare = _options.Interactions - _options.Users;
        var rows = new List<SyntheticInteraction>(_options.Interactions);
        for (int r = 0; r < rank.Length; r++)
        {
            _options.CancellationToken.ThrowIfCancellationRequested();
            int quota = 1 + (int)(Math.Round(spare * activity[r]) - Math.Round(spare * (r == 0 ? 0 : activity[r - 1])));
            int end = rows.Count + quota;
            while (rows.Count < end)
                Visit(rank[r], liked[rank[r]], end, ref random, rows);
        }
        // The sort is stable, so that what happened in the same second stays in order.
        return [.. rows.OrderBy(row => row.Timestamp)];
    }

    private void Visit(int user, int liked, int end, ref SplitMix64 random, List<SyntheticInteraction> rows)
    {
        double at = random.NextDouble();
        var time = _options.Start.AddSeconds(Math.Floor(at * _options.Days * 86400));
        int category = random.NextDouble() < _options.Affinity ? liked : random.Next(_options.Categories);
        bool isFashionable = at >= 1 - FashionShareOfTime && random.NextDouble() < _options.FashionChance;
        int item = isFashionable ? _inFashion[category] : _ofCategory[category][Draw(_chances[category], random.NextDouble())];
        int deepest = random.NextDouble() >= _options.CartChance ? 0 : random.NextDouble() >= _options.PurchaseChance ? 1 : 2;
        Add(item, deepest, time);
        if (deepest == 2 && _companion[item] != item && random.NextDouble() < _options.CompanionChance)
            Add(_companion[item], 2, time.AddSeconds(600));

        void Add(int which, int depth, DateTime when)
        {
            for (int step = 0; step <= depth && rows.Count < end; step++)
                rows.Add(new SyntheticInteraction { UserId = User(user), ItemId = Item(which), Type = Types[step], Timestamp = when.AddSeconds(StepSeconds[step]) });
        }
    }

    private static int[] Shuffled(int count, ref SplitMix64 random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        for (int i = 0; i + 1 < count; i++)
        {
            int other = i + random.Next(count - i);
            (order[i], order[other]) = (order[other], order[i]);
        }
        return order;
    }

    /// <summary>The share of the ranks up to each, which fall off by a power law; 1 at the end.</summary>
    private static double[] Cumulated(int count, double exponent)
    {
        var sums = new double[count];
        for (int i = 0; i < count; i++)
            sums[i] = (i == 0 ? 0 : sums[i - 1]) + Math.Pow(i + 1, -exponent);
        return Array.ConvertAll(sums, sum => sum / sums[^1]);
    }

    private static int Draw(double[] cumulated, double share)
    {
        int at = Array.BinarySearch(cumulated, share);
        return Math.Min(at < 0 ? ~at : at + 1, cumulated.Length - 1);
    }
}
