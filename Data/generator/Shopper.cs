namespace MLPipelines.Data;

/// <summary>
/// A customer: tastes over categories, looks and price bands, and how often he or she comes. A visit is a session of
/// views near a first interest; some views end in the cart, some carts in a purchase, and purchases call for accessories.
/// </summary>
internal sealed class Shopper
{
    private const double Cold = 0.14;

    // Main interests, with what such people also look at.
    private static readonly string[][] Personas =
    [
        ["audio", "games", "phones"], ["phones", "wearables", "audio"], ["laptops", "lighting", "phones"], ["cameras", "outdoor", "laptops"],
        ["wearables", "fitness", "outdoor"], ["kitchen", "coffee", "lighting"], ["coffee", "kitchen", "audio"], ["lighting", "kitchen", "audio"],
        ["outdoor", "cameras", "fitness"], ["fitness", "wearables", "kitchen"], ["games", "audio", "laptops"],
    ];

    // Visits by hour of the day.
    private static readonly double[] Hours =
        [2, 1, 0.5, 0.3, 0.3, 0.5, 2, 4, 5, 6, 6, 6, 8, 7, 6, 6, 7, 8, 10, 13, 15, 14, 9, 5];

    private readonly int _id;
    private readonly Market _market;
    private readonly Prng _random;
    private readonly Dictionary<string, double> _taste = new(StringComparer.Ordinal);
    private readonly double[] _appeal;
    private readonly HashSet<int> _owned = [];
    private readonly List<int> _wished = [];
    private readonly List<Interaction> _log = [];

    public Shopper(int id, Market market, Prng random)
    {
        (_id, _market, _random) = (id, market, random);
        foreach (Product product in market.Products)
        {
            _taste.TryAdd(product.Category, 0.03 + (0.05 * random.NextDouble()));
        }

        string[] persona = random.Pick(Personas);
        double[] share = [1, 0.45, 0.25];
        for (int i = 0; i < persona.Length; i++)
        {
            _taste[persona[i]] += share[i] * (0.5 + random.NextDouble());
        }

        double budget = random.NextDouble();
        double[] style = Market.Styles(random);
        _appeal = [.. Enumerable.Range(0, market.Products.Count).Select(i => market.Appeal(i, style, budget))];
    }

    /// <summary>Everything the customer did in the year, in order of time.</summary>
    public IReadOnlyList<Interaction> Year()
    {
        bool cold = _random.Chance(Cold);
        int visits = 1;
        while (!cold && visits < 30 && _random.Chance(0.8))
        {
            visits++;
        }

        int joined = _random.Chance(0.4) ? 0 : _random.Next(Market.Days - 20);
        var days = new SortedSet<int>();
        for (int i = 0; i < visits; i++)
        {
            days.Add(_random.Between(joined, Market.Days - 1));
        }

        foreach (int day in days)
        {
            Visit(day, cold ? _random.Between(1, 3) : _random.Between(1, 5));
        }

        return _log;
    }

    private void Visit(int day, int views)
    {
        DateTime time = Market.Start.AddDays(day).AddHours(_random.Draw(Hours)).AddSeconds(_random.Next(2400));
        int first = _wished.Count > 0 && _random.Chance(0.3) ? _random.Pick(_wished) : Choose(day, _ => 1);
        int current = first;
        var seen = new HashSet<int>();
        for (int i = 0; i < views; i++)
        {
            if (i > 0)
            {
                current = Next(day, first);
            }

            if (seen.Add(current))
            {
                time = Consider(current, day, time, seen, eager: _wished.Contains(current));
            }
        }
    }

    /// <summary>The next view: mostly something similar, sometimes an accessory, sometimes anything.</summary>
    private int Next(int day, int anchor)
    {
        Product near = _market.Products[anchor];
        double way = _random.NextDouble();
        return way < 0.55 ? Choose(day, p => p.Noun == near.Noun ? 6 : p.Category == near.Category ? 1 : 0.01)
            : way < 0.7 ? Choose(day, p => p.Accompanies(near) ? 1 : 0.0005)
            : Choose(day, _ => 1);
    }

    private int Choose(int day, Func<Product, double> bias)
    {
        var weights = new double[_market.Products.Count];
        for (int i = 0; i < weights.Length; i++)
        {
            Product product = _market.Products[i];
            bool had = _owned.Contains(i) && !product.BoughtAgain;
            weights[i] = _market.Demand(i, day) * _taste[product.Category] * _appeal[i] * bias(product) * (had ? 0.02 : 1);
        }

        return _random.Draw(weights);
    }

    /// <summary>A view and what follows from it; returns the time at which the customer moves on.</summary>
    private DateTime Consider(int item, int day, DateTime time, HashSet<int> seen, bool eager)
    {
        time = Log(item, 0, time);
        double liking = _appeal[item] / (1 + _appeal[item]);
        bool had = _owned.Contains(item);
        if (!_random.Chance((eager ? 0.3 : 0.06) + (0.5 * liking)) || (had && !_market.Products[item].BoughtAgain))
        {
            return time;
        }

        time = Log(item, 1, time);
        if (!_random.Chance(0.3 + (0.35 * liking)))
        {
            _wished.Add(item);
            return time;
        }

        time = Log(item, 2, time);
        _owned.Add(item);
        _wished.Remove(item);
        return Complement(item, day, time, seen);
    }

    /// <summary>After a purchase, a look at what goes with it.</summary>
    private DateTime Complement(int item, int day, DateTime time, HashSet<int> seen)
    {
        Product bought = _market.Products[item];
        if (!_market.Products.Any(p => p.Accompanies(bought)) || !_random.Chance(0.55))
        {
            return time;
        }

        int extra = Choose(day, p => p.Accompanies(bought) ? 1 : 0);
        return seen.Add(extra) ? Consider(extra, day, time, seen, eager: true) : time;
    }

    private DateTime Log(int item, int depth, DateTime time)
    {
        _log.Add(new Interaction(_id, _market.Products[item].Id, Interaction.Types[depth], time));
        return time.AddSeconds(depth == 0 ? _random.Between(20, 300) : _random.Between(30, 180));
    }
}
