namespace MLPipelines.Data;

/// <summary>What is common to all customers: how known a product is, how it looks, when it is new, in season or in fashion.</summary>
internal sealed class Market
{
    public const int StyleSize = 3;
    public const int Days = 365;
    public static readonly DateTime Start = new(2025, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    // Category, then its demand in January to December.
    private static readonly Dictionary<string, double[]> Seasons = new(StringComparer.Ordinal)
    {
        ["outdoor"] = [0.5, 0.5, 0.9, 1.3, 1.7, 1.8, 1.8, 1.5, 1.0, 0.8, 0.7, 0.7],
        ["fitness"] = [2.2, 1.6, 1.2, 1.0, 0.9, 0.8, 0.7, 0.7, 1.1, 1.0, 0.8, 0.8],
        ["games"] = [0.8, 0.7, 0.7, 0.7, 0.6, 0.6, 0.8, 0.8, 0.8, 1.0, 1.7, 2.4],
        ["lighting"] = [1.3, 1.1, 0.9, 0.8, 0.7, 0.7, 0.7, 0.8, 1.1, 1.4, 1.5, 1.4],
        ["laptops"] = [0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.1, 1.6, 1.6, 1.0, 1.2, 1.1],
        ["cameras"] = [0.8, 0.8, 0.9, 1.0, 1.2, 1.5, 1.5, 1.1, 0.9, 0.9, 1.1, 1.3],
    };

    private readonly double[] _fame;
    private readonly double[][] _style;
    private readonly double[] _priceRank;
    private readonly int[] _launch;
    private readonly int[] _trend;

    public Market(IReadOnlyList<Product> products, Prng random)
    {
        Products = products;
        int n = products.Count;
        var ranks = Enumerable.Range(0, n).ToList();
        random.Shuffle(ranks);
        _fame = [.. ranks.Select(rank => 1.0 / (rank + 12))];
        _style = [.. Enumerable.Range(0, n).Select(_ => Styles(random))];
        _launch = [.. Enumerable.Range(0, n).Select(_ => random.Chance(0.2) ? random.Between(30, 300) : 0)];
        _trend = [.. Enumerable.Range(0, n).Select(_ => random.Chance(0.08) ? random.Between(20, 330) : -1000)];
        _priceRank = new double[n];
        for (int i = 0; i < n; i++)
        {
            List<Product> peers = [.. products.Where(p => p.Category == products[i].Category)];
            _priceRank[i] = peers.Count(p => p.Price < products[i].Price) / (double)Math.Max(1, peers.Count - 1);
        }
    }

    public IReadOnlyList<Product> Products { get; }

    /// <summary>How much the product is asked for on the day, whoever asks; 0 before its launch.</summary>
    public double Demand(int product, int day)
    {
        if (day < _launch[product])
        {
            return 0;
        }

        int age = day - _launch[product];
        double novelty = _launch[product] > 0 && age < 40 ? 2.5 - (age * 0.0375) : 1;
        double fashion = day >= _trend[product] && day < _trend[product] + 28 ? 5 : 1;
        double season = Seasons.TryGetValue(Products[product].Category, out double[]? months)
            ? months[Start.AddDays(day).Month - 1]
            : 1;
        return _fame[product] * novelty * fashion * season;
    }

    /// <summary>How well the product's looks and price suit a customer; 1 is indifferent.</summary>
    public double Appeal(int product, ReadOnlySpan<double> style, double budget)
    {
        double sum = 0;
        for (int i = 0; i < StyleSize; i++)
        {
            sum += style[i] * _style[product][i];
        }

        double gap = _priceRank[product] - budget;
        return Prng.Exp((0.9 * sum) - (5 * gap * gap));
    }

    public static double[] Styles(Prng random)
    {
        var style = new double[StyleSize];
        for (int i = 0; i < StyleSize; i++)
        {
            style[i] = random.NextNormal();
        }

        return style;
    }
}
