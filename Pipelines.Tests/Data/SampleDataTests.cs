using System.Globalization;
using System.Text.Json;

namespace MLPipelines.Tests.Data;

/// <summary>The committed sample data are what their README files promise.</summary>
[TestClass]
public sealed class SampleDataTests
{
    private static readonly string[] Intents =
        ["purchase", "inquiry", "support", "complaint", "return", "tracking", "cancellation", "billing", "account", "feedback"];

    private static readonly string[] Sentiments = ["positive", "neutral", "negative"];
    private static readonly string[] InteractionTypes = ["view", "add_to_cart", "purchase"];
    private static readonly Lazy<List<string[]>> Tickets = new(() => SampleFiles.ReadCsv("tickets/messages.csv"));
    private static readonly Lazy<List<string[]>> Products = new(() => SampleFiles.ReadCsv("shop/products.csv"));
    private static readonly Lazy<List<string[]>> Interactions = new(() => SampleFiles.ReadCsv("shop/interactions.csv"));
    private static readonly Lazy<List<string[]>> Reviews = new(() => SampleFiles.ReadCsv("reviews/reviews.csv"));

    [TestMethod]
    public void FilesHaveTheDocumentedColumnsAndRows()
    {
        AssertTable(Tickets.Value, 3000, "content", "intent", "sentiment", "response");
        AssertTable(Products.Value, 217, "product_id", "name", "category", "price");
        AssertTable(Reviews.Value, 1500, "product_id", "rating", "title", "content", "sentiment");
        AssertTable(Interactions.Value, 11745, "customer_id", "product_id", "interaction_type", "timestamp");
    }

    [TestMethod]
    public void FilesAreUtf8WithLineFeedsAndSmall()
    {
        long total = 0;
        foreach (string path in SampleFiles.Generated)
        {
            byte[] bytes = File.ReadAllBytes(SampleFiles.PathOf(path));
            total += bytes.Length;
            Assert.AreNotEqual(0xEF, bytes[0], $"{path} begins with a byte order mark");
            Assert.DoesNotContain((byte)'\r', bytes, path);
            Assert.AreEqual((byte)'\n', bytes[^1], path);
            _ = new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(bytes);
        }

        Assert.IsLessThan(3_000_000, total);
    }

    [TestMethod]
    public void TicketsCarryKnownLabelsInFairShares()
    {
        foreach (string[] ticket in Tickets.Value.Skip(1))
        {
            Assert.Contains(ticket[1], Intents);
            Assert.Contains(ticket[2], Sentiments);
            Assert.IsTrue(ticket[0].Length is >= 20 and <= 400, ticket[0]);
            Assert.IsGreaterThan(30, ticket[3].Length, ticket[0]);
        }

        foreach (string intent in Intents)
        {
            List<string[]> own = [.. Tickets.Value.Skip(1).Where(ticket => ticket[1] == intent)];
            Assert.IsTrue(own.Count is >= 240 and <= 330, $"{intent}: {own.Count}");
            Assert.IsGreaterThan(1, own.Select(ticket => ticket[2]).Distinct().Count(), $"{intent} determines the sentiment");
        }

        foreach (string sentiment in Sentiments)
        {
            Assert.IsGreaterThan(500, Tickets.Value.Count(ticket => ticket[2] == sentiment), sentiment);
        }
    }

    [TestMethod]
    public void NoTwoTicketsAreAlike()
    {
        List<HashSet<string>> words = [.. Tickets.Value.Skip(1).Select(ticket => SampleFiles.Words(ticket[0]))];
        int near = SampleFiles.CountWithNeighbour(words, above: 0.7);
        int nearish = SampleFiles.CountWithNeighbour(words, above: 0.6);

        Assert.HasCount(3000, Tickets.Value.Skip(1).Select(ticket => ticket[0]).ToHashSet(StringComparer.OrdinalIgnoreCase));
        Assert.AreEqual(0, near);
        Assert.IsLessThan(words.Count * 0.06, nearish);
    }

    [TestMethod]
    public void RepliesRepeatTheOrderNumberOfTheTicket()
    {
        int named = 0;
        foreach (string[] ticket in Tickets.Value.Skip(1))
        {
            int at = ticket[3].IndexOf('#', StringComparison.Ordinal);
            if (at >= 0)
            {
                named++;
                Assert.Contains(ticket[3].Substring(at + 1, 5), ticket[0]);
            }

            Assert.DoesNotContain("{", ticket[0] + ticket[3]);
            Assert.DoesNotContain("|", ticket[0] + ticket[3]);
        }

        Assert.IsGreaterThan(800, named);
    }

    [TestMethod]
    public void ProductsAreDistinctAndPriced()
    {
        Assert.HasCount(217, Products.Value.Skip(1).Select(product => product[0]).ToHashSet());
        Assert.HasCount(217, Products.Value.Skip(1).Select(product => product[1]).ToHashSet());
        Assert.HasCount(14, Products.Value.Skip(1).Select(product => product[2]).ToHashSet());
        foreach (string[] product in Products.Value.Skip(1))
        {
            Assert.IsGreaterThan(0m, decimal.Parse(product[3], CultureInfo.InvariantCulture), product[1]);
        }
    }

    [TestMethod]
    public void InteractionsRunInOrderThroughTheYearAndDownTheFunnel()
    {
        HashSet<string> known = [.. Products.Value.Skip(1).Select(product => product[0])];
        var steps = new Dictionary<(string Customer, string Product), int[]>();
        DateTime last = new(2025, 1, 1);
        foreach (string[] row in Interactions.Value.Skip(1))
        {
            DateTime time = DateTime.ParseExact(row[3], "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            Assert.IsGreaterThanOrEqualTo(last, time);
            last = time;
            Assert.Contains(row[1], known);
            int depth = Array.IndexOf(InteractionTypes, row[2]);
            Assert.IsGreaterThanOrEqualTo(0, depth, row[2]);
            int[] counts = steps.TryGetValue((row[0], row[1]), out int[]? seen) ? seen : steps[(row[0], row[1])] = new int[3];
            counts[depth]++;
            Assert.IsTrue(depth == 0 || counts[depth] <= counts[depth - 1], string.Join(',', row));
        }

        Assert.IsLessThan(new DateTime(2026, 1, 1), last);
    }

    [TestMethod]
    public void CustomersRangeFromColdToFrequent()
    {
        List<int> counts = [.. Interactions.Value.Skip(1).CountBy(row => row[0]).Select(pair => pair.Value)];

        Assert.HasCount(640, counts);
        Assert.IsGreaterThan(60, counts.Count(count => count <= 3));
        Assert.IsGreaterThan(200, counts.Count(count => count >= 15));
    }

    [TestMethod]
    public void JsonInteractionsMatchTheirMetadata()
    {
        using JsonDocument document = SampleFiles.ReadJson("shop/interactions.json");
        JsonElement metadata = document.RootElement.GetProperty("metadata");
        List<JsonElement> rows = [.. document.RootElement.GetProperty("interactions").EnumerateArray()];
        int users = rows.Select(row => row.GetProperty("user_id").GetString()).Distinct().Count();
        int items = rows.Select(row => row.GetProperty("item_id").GetString()).Distinct().Count();
        HashSet<string> logged = [.. Interactions.Value.Skip(1).Select(row => $"user_{row[0]} item_{row[1]} {row[2]} {row[3].Replace(' ', 'T')}")];

        Assert.AreEqual(users, metadata.GetProperty("num_users").GetInt32());
        Assert.AreEqual(items, metadata.GetProperty("num_items").GetInt32());
        Assert.HasCount(metadata.GetProperty("num_interactions").GetInt32(), rows);
        Assert.AreEqual((double)rows.Count / (users * items), metadata.GetProperty("density").GetDouble(), 0.00005);
        Assert.HasCount(rows.Count, rows.Select(row => (row.GetProperty("user_id").GetString(), row.GetProperty("item_id").GetString())).ToHashSet());
        foreach (JsonElement row in rows)
        {
            Assert.Contains($"{row.GetProperty("user_id")} {row.GetProperty("item_id")} {row.GetProperty("interaction_type")} {row.GetProperty("timestamp")}", logged);
            Assert.AreEqual(1.0, row.GetProperty("implicit_rating").GetDouble());
        }
    }

    [TestMethod]
    public void ReviewsNameKnownProductsAndSoundLikeTheirRating()
    {
        HashSet<string> known = [.. Products.Value.Skip(1).Select(product => product[0])];
        var tone = new Dictionary<string, List<int>>();
        foreach (string[] review in Reviews.Value.Skip(1))
        {
            Assert.Contains(review[0], known);
            Assert.IsTrue(int.Parse(review[1], CultureInfo.InvariantCulture) is >= 1 and <= 5, review[1]);
            Assert.IsGreaterThan(0, review[2].Length);
            Assert.IsGreaterThan(10, review[3].Length);
            Assert.Contains(review[4], Sentiments);
            (tone.TryGetValue(review[1], out List<int>? list) ? list : tone[review[1]] = []).Add(1 - Array.IndexOf(Sentiments, review[4]));
        }

        double[] mean = [.. tone.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value.Average())];
        Assert.HasCount(5, mean);
        CollectionAssert.AreEqual(mean.Order().ToArray(), mean);
        Assert.HasCount(1500, Reviews.Value.Skip(1).Select(review => review[3] + review[2]).ToHashSet());
    }

    [TestMethod]
    public void ClassificationMatchesItsMetadata()
    {
        using JsonDocument document = SampleFiles.ReadJson("taxonomy/classification.json");
        JsonElement metadata = document.RootElement.GetProperty("metadata");
        List<JsonElement> samples = [.. document.RootElement.GetProperty("samples").EnumerateArray()];
        Dictionary<string, int> counted = samples
            .SelectMany(sample => sample.GetProperty("taxonomy_codes").EnumerateArray())
            .CountBy(code => code.GetString()!).ToDictionary();
        Dictionary<string, int> declared = metadata.GetProperty("class_distribution").EnumerateObject()
            .ToDictionary(code => code.Name, code => code.Value.GetInt32());

        Assert.HasCount(metadata.GetProperty("num_samples").GetInt32(), samples);
        Assert.HasCount(metadata.GetProperty("num_classes").GetInt32(), counted);
        CollectionAssert.AreEquivalent(counted, declared);
        Assert.HasCount(samples.Count, samples.Select(sample => sample.GetProperty("text").GetString()).ToHashSet());
        foreach (JsonElement sample in samples)
        {
            string[] codes = [.. sample.GetProperty("taxonomy_codes").EnumerateArray().Select(code => code.GetString()!)];
            Assert.IsTrue(codes.All(code => codes.Contains(code[0] + "00")), string.Join(' ', codes));
            Assert.Contains(sample.GetProperty("confidence").GetDouble(), new[] { 0.8, 0.9, 1.0 });
        }

        Assert.IsGreaterThanOrEqualTo(15, counted.Values.Min());
    }

    private static void AssertTable(List<string[]> table, int rows, params string[] columns)
    {
        CollectionAssert.AreEqual(columns, table[0]);
        Assert.HasCount(rows + 1, table);
        Assert.IsTrue(table.All(row => row.Length == columns.Length && row.All(field => field.Length > 0)));
    }
}
