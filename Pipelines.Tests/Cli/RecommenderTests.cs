using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Cli;

/// <summary><c>mlp train recommender</c>, <c>recommend</c>, <c>similar</c> and <c>evaluate recommender</c>.</summary>
[TestClass]
public sealed class RecommenderTests
{
    private static readonly TemporaryFolder Folder = new();
    private static readonly Lazy<Task<JsonElement>> Trained = new(async () =>
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Folder.Dispose();
        var ran = await Mlp.RunAsync("train", "recommender", "--data", WriteTable(Folder.File("shop.csv")), "--name", "shop", "--algorithm", "item-knn", "--option", "shrinkage=2", "--store", Folder.File("store"), "--json");
        Assert.AreEqual(0, ran.Code, ran.Error);
        return ran.Json;
    });

    private static async Task<string> StoreAsync()
    {
        await Trained.Value;
        return Folder.File("store");
    }

    /// <summary>Users of two tastes, lamps 1 to 20 and desks 21 to 40; columns customer_id, product_id, interaction_type and timestamp.</summary>
    private static string WriteTable(string path, int users = 60, char separator = ',', string header = "customer_id,product_id,interaction_type,timestamp")
    {
        var random = new Random(3);
        var text = new StringBuilder(header.Replace(',', separator) + "\n");
        for (int user = 1; user <= users; user++)
        {
            var items = new HashSet<int>();
            while (items.Count < 7)
                items.Add(random.Next(1, 21) + (user % 2 == 0 ? 20 : 0));
            foreach (var (i, item) in items.Index())
                text.Append(CultureInfo.InvariantCulture, $"{user}{separator}{item}{separator}{(i % 3 == 0 ? "purchase" : "view")}{separator}2026-01-{i + 1:00} 10:00:00\n");
        }
        File.WriteAllText(path, text.ToString());
        return path;
    }

    private static string WriteItems(string path)
    {
        File.WriteAllText(path, "product_id,name,category,price\n" + string.Concat(Enumerable.Range(1, 40).Select(i => $"{i},\"Thing, no. {i}\",{(i <= 20 ? "lamp" : "desk")},{i * 10}.5\n")));
        return path;
    }

    private static string[] Items(JsonElement result) => [.. result.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("item").GetString()!)];

    [TestMethod]
    public async Task Training_measures_beside_popularity_and_the_manifest_tells_all()
    {
        var result = await Trained.Value;
        Assert.AreEqual("shop", result.GetProperty("name").GetString());
        Assert.AreEqual("item-knn", result.GetProperty("algorithm").GetString());
        Assert.AreEqual((60, 40, 420, 60), (result.GetProperty("users").GetInt32(), result.GetProperty("items").GetInt32(), result.GetProperty("trainRows").GetInt32(), result.GetProperty("testRows").GetInt32()));
        Assert.AreEqual("last", result.GetProperty("heldOut").GetString());
        double ndcg = result.GetProperty("metrics").GetProperty("ndcgAt10").GetDouble();
        Assert.IsGreaterThan(result.GetProperty("popularity").GetProperty("ndcgAt10").GetDouble(), ndcg);
        var interval = result.GetProperty("intervals95").GetProperty("ndcgAt10");
        Assert.IsTrue(interval[0].GetDouble() <= ndcg && ndcg <= interval[1].GetDouble());
        Assert.AreEqual(60, result.GetProperty("segments").GetProperty("light").GetProperty("users").GetDouble());

        var manifest = new ArtifactStore(Folder.File("store")).Show("shop");
        Assert.AreEqual("recommendation", manifest.Task);
        Assert.AreEqual(2f, manifest.Training.Options["shrinkage"].GetSingle());
        Assert.AreEqual("cosine", manifest.Training.Options["similarity"].GetString());
        Assert.AreEqual("customer_id", manifest.Training.Options["userColumn"].GetString());
        Assert.AreEqual("add_to_cart=3,purchase=5,view=1", manifest.Training.Options["typeWeights"].GetString());
        Assert.AreEqual(ndcg, manifest.Metrics.Single(metric => metric.Name == "ndcgAt10").Value);
        foreach (var name in new[] { "precisionAt5", "recallAt20", "mapAt10", "mrrAt10", "hitRateAt10", "coverageAt10", "noveltyAt10", "giniAt10", "auc", "popularity.ndcgAt10" })
            Assert.IsTrue(manifest.Metrics.Any(metric => metric.Name == name && metric is { Split: "test", Rows: 60 }), name);
        CollectionAssert.AreEqual(new[] { "UserId", "ItemId" }, manifest.Signature.Inputs.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public async Task Recommendations_are_of_the_users_taste_and_follow_the_options()
    {
        string store = await StoreAsync(), items = WriteItems(Folder.File("items.csv"));
        var plain = await Mlp.RunAsync("recommend", "shop", "--user", "1", "--user", "2", "-k", "4", "--json", "--store", store);
        Assert.AreEqual(0, plain.Code, plain.Error);
        Assert.HasCount(2, plain.Lines);
        var lists = plain.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.AreEqual("1", lists[0].GetProperty("user").GetString());
        Assert.IsTrue(Items(lists[0]).All(item => int.Parse(item, CultureInfo.InvariantCulture) <= 20));
        Assert.IsTrue(Items(lists[1]).All(item => int.Parse(item, CultureInfo.InvariantCulture) > 20));
        Assert.AreEqual("item-knn", lists[0].GetProperty("items")[0].GetProperty("source").GetString());

        string first = Items(lists[0])[0], second = Items(lists[0])[1];
        CollectionAssert.DoesNotContain(await ListAsync("--deny", first), first);
        CollectionAssert.AreEquivalent(new[] { first, second }, await ListAsync("--allow", $"{first},{second}"));
        Assert.IsTrue((await ListAsync("--items", items, "--where", "category=desk", "--where", "price>=300")).All(item => int.Parse(item, CultureInfo.InvariantCulture) >= 30));
        Assert.HasCount(40, await ListAsync("--include-seen", "-k", "100"));
        Assert.AreEqual(4, (await ListAsync("--diversity", "0.5")).Distinct().Count());
        var explained = await Mlp.RunAsync("recommend", "shop", "--user", "1", "-k", "1", "--explain", "--store", store);
        Assert.Contains("because of", explained.Output);

        async Task<string[]> ListAsync(params string[] more)
        {
            var ran = await Mlp.RunAsync(["recommend", "shop", "--user", "1", .. more.Contains("-k") ? [] : new[] { "-k", "4" }, "--json", "--store", store, .. more]);
            Assert.AreEqual(0, ran.Code, ran.Error);
            return Items(ran.Json);
        }
    }

    [TestMethod]
    public async Task New_users_are_folded_in_and_unknown_ones_get_what_is_popular()
    {
        string store = await StoreAsync();
        var folded = await Mlp.RunAsync("recommend", "shop", "--history", "21,22=3,nothing", "-k", "5", "--json", "--store", store);
        Assert.AreEqual(0, folded.Code, folded.Error);
        Assert.IsTrue(Items(folded.Json).All(item => int.Parse(item, CultureInfo.InvariantCulture) > 22));
        Assert.Contains("passed over: nothing", folded.Error);
        var unknown = await Mlp.RunAsync("recommend", "shop", "--user", "nobody", "-k", "3", "--json", "--store", store);
        Assert.AreEqual("popularity", unknown.Json.GetProperty("items")[0].GetProperty("source").GetString());
        Assert.Contains("nobody", unknown.Error);
    }

    [TestMethod]
    public async Task Similar_items_and_users_are_of_the_same_taste()
    {
        string store = await StoreAsync();
        var items = await Mlp.RunAsync("similar", "shop", "--item", "3", "-k", "5", "--json", "--store", store);
        Assert.IsTrue(items.Json.GetProperty("similar").EnumerateArray().All(like => int.Parse(like.GetProperty("item").GetString()!, CultureInfo.InvariantCulture) <= 20));
        var users = await Mlp.RunAsync("similar", "shop", "--user", "3", "-k", "5", "--json", "--store", store);
        Assert.IsTrue(users.Json.GetProperty("similar").EnumerateArray().All(like => int.Parse(like.GetProperty("item").GetString()!, CultureInfo.InvariantCulture) % 2 == 1));
        var missing = await Mlp.RunAsync("similar", "shop", "--item", "none", "--store", store);
        Assert.AreEqual(3, missing.Code);
        Assert.Contains("'none' is not in the catalogue", missing.Fault);
    }

    [TestMethod]
    public async Task A_published_recommender_is_measured_on_other_rows()
    {
        using var folder = new TemporaryFolder();
        string data = WriteTable(folder.File("all.csv"), 80, ';', "user;thing;kind;at"), store = folder.File("store");
        string[] columns = ["--user-column", "user", "--item-column", "thing", "--type-column", "kind", "--time-column", "at"];
        string[] lines = File.ReadAllLines(data);
        File.WriteAllLines(folder.File("early.csv"), lines.Where((line, i) => i == 0 || !line.Contains("-07 ", StringComparison.Ordinal)));
        File.WriteAllLines(folder.File("late.csv"), lines.Where((line, i) => i == 0 || line.Contains("-07 ", StringComparison.Ordinal)));
        var trained = await Mlp.RunAsync(["train", "recommender", "--data", folder.File("early.csv"), "--test", folder.File("late.csv"), .. columns, "--name", "m", "--at", "5", "--json", "--store", store]);
        Assert.AreEqual(0, trained.Code, trained.Error);
        Assert.AreEqual("file", trained.Json.GetProperty("heldOut").GetString());
        // The columns need not be named again.
        var evaluated = await Mlp.RunAsync("evaluate", "recommender", "m", "--data", folder.File("late.csv"), "--at", "5", "--json", "--store", store);
        Assert.AreEqual(0, evaluated.Code, evaluated.Error);
        Assert.AreEqual(trained.Json.GetProperty("metrics").GetProperty("ndcgAt5").GetDouble(), evaluated.Json.GetProperty("metrics").GetProperty("ndcgAt5").GetDouble());
        var sampled = await Mlp.RunAsync("evaluate", "recommender", "m", "--data", folder.File("late.csv"), "--at", "5", "--sampled-negatives", "3", "--json", "--store", store);
        Assert.AreEqual(1, sampled.Json.GetProperty("metrics").GetProperty("hitRateAt5").GetDouble());
        var people = await Mlp.RunAsync("evaluate", "recommender", "m", "--data", folder.File("late.csv"), "--store", store);
        Assert.Contains("measured on 80 users", people.Output);
    }

    [TestMethod]
    public async Task Every_way_to_hold_out_works_and_the_same_seed_gives_the_same()
    {
        using var folder = new TemporaryFolder();
        string data = WriteTable(folder.File("shop.csv")), store = folder.File("store");
        foreach (var (split, rows) in new[] { ("random", 60), ("time", 60), ("users", 0), ("none", 0) })
        {
            string[] command = ["train", "recommender", "--data", data, "--algorithm", "popularity", "--split", split, "--test-fraction", "0.1", "--no-refit", "--half-life", "3", "--json", "--store", store];
            var ran = await Mlp.RunAsync(command);
            Assert.AreEqual(0, ran.Code, ran.Error);
            int tested = ran.Json.GetProperty("testRows").GetInt32();
            Assert.IsTrue(rows == 0 ? tested > 0 == (split == "users") : tested == rows, $"{split} {tested}");
            var again = await Mlp.RunAsync(command);
            Assert.AreEqual(ran.Json.GetProperty("metrics").ToString(), again.Json.GetProperty("metrics").ToString());
        }
        var store2 = new ArtifactStore(store);
        Assert.IsFalse(store2.Show("recommender").Training.Options["refit"].GetBoolean());
    }

    [TestMethod]
    public async Task Shops_have_their_own_recommenders_and_mixtures_of_them()
    {
        using var folder = new TemporaryFolder();
        string store = folder.File("store"), data = folder.File("interactions.csv"), products = folder.File("products.csv");
        var made = await Mlp.RunAsync("data", "generate", "interactions", "--output", folder.Path, "--users", "80", "--items", "40", "--interactions", "2000", "--categories", "4", "--json");
        Assert.AreEqual(0, made.Code, made.Error);
        Assert.AreEqual((2000, 40), (made.Json.GetProperty("rows").GetInt32(), made.Json.GetProperty("items").GetInt32()));
        Assert.HasCount(2001, File.ReadAllLines(data));
        Assert.AreEqual(0, (await Mlp.RunAsync("validate", data)).Code);
        Assert.AreEqual(0, (await Mlp.RunAsync("validate", products)).Code);
        foreach (var (algorithm, more) in new (string, string[])[]
        {
            ("cross-sell", []), ("up-sell", ["--items", products]), ("trending", ["--items", products, "--half-life", "20"]), ("next-purchase", ["--option", "window=3"]),
            ("blend", ["--sources", "ease,item-knn", "--option", "ease.regularization=50"]), ("fallback-chain", ["--sources", "up-sell,next-purchase,trending", "--items", products]),
        })
        {
            var trained = await Mlp.RunAsync(["train", "recommender", "--data", data, "--algorithm", algorithm, "--name", algorithm, "--json", "--store", store, .. more]);
            Assert.AreEqual(0, trained.Code, trained.Error);
            Assert.AreEqual(algorithm, trained.Json.GetProperty("algorithm").GetString());
            Assert.IsGreaterThan(0, trained.Json.GetProperty("metrics").GetProperty("ndcgAt20").GetDouble(), algorithm);
            var list = await Mlp.RunAsync("recommend", algorithm, "--user", "u3", "--json", "--store", store);
            Assert.AreEqual(0, list.Code, list.Error);
            if (algorithm == "fallback-chain")
                Assert.HasCount(10, Items(list.Json));
            Assert.AreEqual(0, (await Mlp.RunAsync("similar", algorithm, "--item", "i3", "--store", store)).Code);
        }
        var blend = new ArtifactStore(store).Show("blend").Training.Options;
        Assert.AreEqual("ease,item-knn", blend["sources"].GetString());
        Assert.AreEqual(50f, blend["ease.regularization"].GetSingle());
        var wrong = await Mlp.RunAsync("train", "recommender", "--data", data, "--algorithm", "blend", "--sources", "nothing,blend", "--store", store);
        Assert.AreEqual(2, wrong.Code);
        Assert.Contains("--sources has 'nothing'", wrong.Fault);
        Assert.Contains("--sources has 'blend'", wrong.Fault);
        Assert.Contains("up-sell needs --items", (await Mlp.RunAsync("train", "recommender", "--data", data, "--algorithm", "up-sell", "--store", store)).Fault);
        Assert.Contains("needs --sources", (await Mlp.RunAsync("train", "recommender", "--data", data, "--algorithm", "blend", "--store", store)).Fault);
        Assert.Contains("--sources goes with", (await Mlp.RunAsync("train", "recommender", "--data", data, "--sources", "ease", "--store", store)).Fault);
        Assert.Contains("Affinity", (await Mlp.RunAsync("data", "generate", "interactions", "--output", folder.Path, "--affinity", "2")).Fault);
    }

    [TestMethod]
    public async Task Wrong_options_are_all_named_and_wrong_data_has_its_place()
    {
        using var folder = new TemporaryFolder();
        string data = WriteTable(folder.File("shop.csv")), store = folder.File("store");
        var options = await Mlp.RunAsync("train", "recommender", "--data", data, "--option", "regularisation=1", "--option", "dropout=none", "--at", "0", "--test-fraction", "2", "--type-weights", "view", "--name", "No!", "--store", store);
        Assert.AreEqual(2, options.Code);
        foreach (var part in new[] { "no 'regularisation'; it has regularization (by default 200)", "--option dropout is 'none'; expected is a number", "--at has '0'", "--test-fraction is 2", "--type-weights has 'view'", "'No!' cannot be the name" })
            Assert.Contains(part, options.Fault);
        var range = await Mlp.RunAsync("train", "recommender", "--data", data, "--option", "regularization=-1", "--store", store);
        Assert.Contains("Regularization is -1", range.Fault);

        File.WriteAllText(folder.File("bad.csv"), "customer_id,product_id,interaction_type\n1,2,view\n,3,view\n4,5,view\n1,5,stare\n");
        var bad = await Mlp.RunAsync("train", "recommender", "--data", folder.File("bad.csv"), "--store", store);
        Assert.AreEqual(3, bad.Code);
        Assert.Contains("bad.csv: line 3, column 1, field 'customer_id'", bad.Fault);
        var unknown = await Mlp.RunAsync("train", "recommender", "--data", folder.File("bad.csv"), "--skip-bad-rows", "--split", "none", "--store", store);
        Assert.AreEqual(3, unknown.Code);
        Assert.Contains("'stare'", unknown.Fault);
        var weighed = await Mlp.RunAsync("train", "recommender", "--data", folder.File("bad.csv"), "--skip-bad-rows", "--split", "none", "--type-weights", "view=1,stare=0", "--store", store);
        Assert.AreEqual(0, weighed.Code, weighed.Error);
        Assert.Contains("1 rows with a fault were left out", weighed.Output);
        var noColumn = await Mlp.RunAsync("train", "recommender", "--data", data, "--item-column", "thing", "--store", store);
        Assert.AreEqual(3, noColumn.Code);
        Assert.Contains("thing", noColumn.Fault);
        var noTimes = await Mlp.RunAsync("train", "recommender", "--data", data, "--time-column", "none", "--half-life", "3", "--store", store);
        Assert.AreEqual(2, noTimes.Code);
        Assert.Contains("--half-life needs times", noTimes.Fault);

        Assert.AreEqual(2, (await Mlp.RunAsync("recommend", "shop", "--store", await StoreAsync())).Code);
        Assert.AreEqual(2, (await Mlp.RunAsync("recommend", "shop", "--user", "1", "-k", "0", "--where", "a", "--store", await StoreAsync())).Code);
        Assert.AreEqual(4, (await Mlp.RunAsync("recommend", "topic", "--user", "1", "--store", await SharedModel.StoreAsync())).Code);
        Assert.AreEqual(4, (await Mlp.RunAsync("predict", "shop", "text", "--store", await StoreAsync())).Code);
    }
}
