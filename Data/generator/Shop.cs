using System.Globalization;
using System.Text;

namespace MLPipelines.Data;

/// <summary>What one customer did with one product at one moment.</summary>
internal sealed record Interaction(int Customer, int Product, string Type, DateTime Time)
{
    /// <summary>How far down the funnel: 0 view, 1 add_to_cart, 2 purchase.</summary>
    public int Depth => Array.IndexOf(Types, Type);

    public static readonly string[] Types = ["view", "add_to_cart", "purchase"];
}

/// <summary>Writes products.csv and a year of customers' behaviour, as CSV and, for the busiest customers, as JSON.</summary>
internal static class Shop
{
    private const int Customers = 640;
    private const int CustomersInJson = 160;

    public static void Write(Output output, IReadOnlyList<Product> products)
    {
        var table = new StringBuilder();
        Output.Row(table, "product_id", "name", "category", "price");
        foreach (Product product in products)
        {
            Output.Row(table, Output.Number(product.Id), product.Name, product.Category, Output.Number(product.Price, "0.00"));
        }

        output.Write("shop/products.csv", table);

        var random = new Prng("shop");
        var market = new Market(products, random);
        var interactions = new List<Interaction>();
        for (int customer = 1; customer <= Customers; customer++)
        {
            interactions.AddRange(new Shopper(customer, market, random).Year());
        }

        interactions = [.. interactions.OrderBy(i => i.Time).ThenBy(i => i.Customer)];
        var log = new StringBuilder();
        Output.Row(log, "customer_id", "product_id", "interaction_type", "timestamp");
        foreach (Interaction i in interactions)
        {
            string time = i.Time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            Output.Row(log, Output.Number(i.Customer), Output.Number(i.Product), i.Type, time);
        }

        output.Write("shop/interactions.csv", log);
        output.Write("shop/interactions.json", Document(interactions));
    }

    /// <summary>One entry for each pair of a busy customer and a product: the deepest interaction, at its last time.</summary>
    private static StringBuilder Document(List<Interaction> interactions)
    {
        HashSet<int> busiest = [.. interactions.GroupBy(i => i.Customer)
            .OrderByDescending(g => g.Select(i => i.Product).Distinct().Count()).ThenBy(g => g.Key)
            .Take(CustomersInJson).Select(g => g.Key)];
        List<Interaction> pairs = [.. interactions.Where(i => busiest.Contains(i.Customer))
            .GroupBy(i => (i.Customer, i.Product))
            .Select(g => g.OrderBy(i => i.Depth).ThenBy(i => i.Time).Last())
            .OrderBy(i => i.Time).ThenBy(i => i.Customer)];
        int items = pairs.Select(i => i.Product).Distinct().Count();

        var text = new StringBuilder();
        text.Append("{\n  \"metadata\": {\n");
        text.Append("    \"num_users\": ").Append(Output.Number(busiest.Count)).Append(",\n");
        text.Append("    \"num_items\": ").Append(Output.Number(items)).Append(",\n");
        text.Append("    \"num_interactions\": ").Append(Output.Number(pairs.Count)).Append(",\n");
        text.Append("    \"density\": ").Append(Output.Number((double)pairs.Count / (busiest.Count * items), "0.0000"));
        text.Append("\n  },\n  \"interactions\": [\n");
        text.AppendJoin(",\n", pairs.Select(i =>
            $"    {{ \"user_id\": \"user_{Output.Number(i.Customer)}\", \"item_id\": \"item_{Output.Number(i.Product)}\", "
            + $"\"timestamp\": \"{i.Time.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)}\", "
            + $"\"interaction_type\": \"{i.Type}\", \"implicit_rating\": 1.0 }}"));
        return text.Append("\n  ]\n}\n");
    }
}
