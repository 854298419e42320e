using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPipelines.Artifacts;
using MLPipelines.Tests.Entities;
using MLPipelines.Tests.Runtime.Torch;

namespace MLPipelines.Tests.Cli;

/// <summary><c>mlp train autoencoder</c> and <c>mlp entities nearest|compare|complete</c>.</summary>
[TestClass]
public sealed class EntitiesTests : TorchTests
{
    private static readonly string[] Knightly = ["sword", "shield", "helm", "mail", "boots", "rope", "torch"];
    private static readonly TemporaryFolder Folder = new();
    private static readonly Lazy<Task<JsonElement>> Trained = new(async () =>
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Folder.Dispose();
        var ran = await Mlp.RunAsync(Train(WriteTable(Folder.File("heroes.csv")), Folder.File("store"), "--name", "heroes", "--json"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.Contains("'motto' is left out: it has 80 different texts", ran.Error);
        Assert.Contains("'world' is left out: it is the same in every row", ran.Error);
        return ran.Json;
    });

    private static async Task<string> StoreAsync()
    {
        await Trained.Value;
        return Folder.File("store");
    }

    private static string[] Train(string data, string store, params string[] more) =>
    [
        "train", "autoencoder", "--data", data, "--id-column", "name", "--option", "epochs=40", "--option", "hidden-dimension=16", "--option", "embedding-dimension=6", "--option", "batch-size=16",
        "--option", "learning-rate=0.01", "--option", "device=cpu", "--store", store, .. more,
    ];

    /// <summary>Knights and mages, with a column that is always the same and one that never is.</summary>
    private static string WriteTable(string path, int count = 80, int seed = 1, string prefix = "")
    {
        var text = new StringBuilder("name,strength,speed,role,element,gear,motto,world\n");
        foreach (var (i, hero) in Heroes.Make(count, seed).Index())
            text.Append(CultureInfo.InvariantCulture, $"{prefix}{hero.Name},{hero.Strength},{(float.IsNaN(hero.Speed) ? "" : hero.Speed)},{hero.Role},{hero.Element},{hero.Gear},\"Onward, and {i}\",earth\n");
        File.WriteAllText(path, text.ToString());
        return path;
    }

    private static bool IsKnight(string? hero) => int.Parse(hero!.AsSpan(hero!.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture) % 2 == 0;

    private static string[] Texts(JsonElement list, string? member = null) => [.. list.EnumerateArray().Select(item => (member is null ? item : item.GetProperty(member)).GetString()!)];

    [TestMethod]
    public async Task Training_finds_the_kinds_of_columns_and_measures_beside_baselines()
    {
        var result = await Trained.Value;
        CollectionAssert.AreEqual(new[] { "strength", "speed" }, Texts(result.GetProperty("numberColumns")));
        CollectionAssert.AreEqual(new[] { "role", "element" }, Texts(result.GetProperty("categoryColumns")));
        CollectionAssert.AreEqual(new[] { "gear" }, Texts(result.GetProperty("setColumns")));
        CollectionAssert.AreEqual(new[] { "motto", "world" }, Texts(result.GetProperty("ignoredColumns")));
        Assert.AreEqual((80, 80, 8, 6), (result.GetProperty("entities").GetInt32(), result.GetProperty("trainRows").GetInt32(), result.GetProperty("testRows").GetInt32(), result.GetProperty("embeddingDimension").GetInt32()));
        var role = result.GetProperty("features").EnumerateArray().Single(feature => feature.GetProperty("name").GetString() == "role");
        Assert.IsLessThan(role.GetProperty("baseline").GetDouble() / 2, role.GetProperty("error").GetDouble());
        Assert.HasCount(3, result.GetProperty("sets").EnumerateArray().ToArray());

        var manifest = new ArtifactStore(Folder.File("store")).Show("heroes");
        Assert.AreEqual("entities", manifest.Task);
        Assert.AreEqual(("name", "strength,speed", 40), (manifest.Training.Options["idColumn"].GetString(), manifest.Training.Options["numberColumns"].GetString(), manifest.Training.Options["epochs"].GetInt32()));
        Assert.AreEqual(role.GetProperty("error").GetDouble(), manifest.Metrics.Single(metric => metric is { Name: "error.role", Split: "test", Rows: 8 }).Value);
        foreach (var name in new[] { "mean.error.role", "error.strength", "mean.error.strength", "error.gear", "hitAt1.gear", "hitAt5.gear", "popularity.hitAt5.gear", "popularity.hitAt10.gear" })
            Assert.IsTrue(manifest.Metrics.Any(metric => metric.Name == name), name);
        CollectionAssert.AreEqual(new[] { "strength", "speed", "role", "element", "gear" }, manifest.Signature.Inputs.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public async Task The_nearest_are_of_the_same_kind_for_known_and_new_entities()
    {
        string store = await StoreAsync();
        var known = await Mlp.RunAsync("entities", "nearest", "heroes", "--id", "hero 8", "-k", "5", "--json", "--store", store);
        Assert.AreEqual(0, known.Code, known.Error);
        string[] near = Texts(known.Json.GetProperty("nearest"), "entity");
        Assert.HasCount(5, near);
        Assert.IsTrue(near.All(IsKnight), string.Join(", ", near));
        CollectionAssert.DoesNotContain(near, "hero 8");

        string more = WriteTable(Folder.File("new.csv"), 4, seed: 9, prefix: "new ");
        var fresh = await Mlp.RunAsync("entities", "nearest", "heroes", "--data", more, "--id", "new hero 3", "-k", "5", "--json", "--store", store);
        Assert.AreEqual(0, fresh.Code, fresh.Error);
        Assert.IsFalse(Texts(fresh.Json.GetProperty("nearest"), "entity").Any(IsKnight));
        // An entity of the table that was trained on is not like itself.
        var same = await Mlp.RunAsync("entities", "nearest", "heroes", "--data", Folder.File("heroes.csv"), "--id", "hero 8", "-k", "5", "--json", "--store", store);
        CollectionAssert.AreEqual(near, Texts(same.Json.GetProperty("nearest"), "entity"));
        File.WriteAllText(Folder.File("little.csv"), "name;role\nwho;mage\n");
        var little = await Mlp.RunAsync("entities", "nearest", "heroes", "--data", Folder.File("little.csv"), "--id", "who", "-k", "3", "--store", store);
        Assert.AreEqual(0, little.Code, little.Error);
        Assert.Contains("lacks the columns strength, speed, element, gear", little.Error);
        Assert.Contains("similarity", little.Output);

        var missing = await Mlp.RunAsync("entities", "nearest", "heroes", "--id", "nobody", "--store", store);
        Assert.AreEqual(3, missing.Code);
        Assert.Contains("'nobody' is not among the 80", missing.Fault);
        Assert.Contains("nor in the artifact", (await Mlp.RunAsync("entities", "nearest", "heroes", "--id", "nobody", "--data", more, "--store", store)).Fault);
    }

    [TestMethod]
    public async Task Two_entities_are_compared_feature_by_feature()
    {
        string store = await StoreAsync();
        var ran = await Mlp.RunAsync("entities", "compare", "heroes", "--id", "hero 0", "--with", "hero 1", "--json", "--store", store);
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.AreEqual(1 - ran.Json.GetProperty("similarity").GetSingle(), ran.Json.GetProperty("distance").GetSingle(), 1e-6f);
        var role = ran.Json.GetProperty("features").EnumerateArray().Single(feature => feature.GetProperty("name").GetString() == "role");
        Assert.AreEqual(("knight", "mage", 1f), (role.GetProperty("first").GetString(), role.GetProperty("second").GetString(), role.GetProperty("difference").GetSingle()));

        string more = WriteTable(Folder.File("other.csv"), 2, seed: 5, prefix: "other ");
        var mixed = await Mlp.RunAsync("entities", "compare", "heroes", "--data", more, "--id", "other hero 1", "--with", "hero 1", "--store", store);
        Assert.AreEqual(0, mixed.Code, mixed.Error);
        foreach (var part in new[] { "similarity", "other hero 1", "contribution", "gear" })
            Assert.Contains(part, mixed.Output);
        // The table says of an entity what the artifact says.
        var twice = await Mlp.RunAsync("entities", "compare", "heroes", "--data", Folder.File("heroes.csv"), "--id", "hero 0", "--with", "hero 1", "--json", "--store", store);
        Assert.AreEqual(ran.Output, twice.Output);
    }

    [TestMethod]
    public async Task Sets_are_completed_for_entities_and_on_their_own()
    {
        string store = await StoreAsync();
        var set = await Mlp.RunAsync("entities", "complete", "heroes", "--set", "sword,helm,sofa", "-k", "3", "--json", "--store", store);
        Assert.AreEqual(0, set.Code, set.Error);
        Assert.Contains("passed over: sofa", set.Error);
        Assert.AreEqual("gear", set.Json.GetProperty("column").GetString());
        string[] members = Texts(set.Json.GetProperty("members"), "member");
        Assert.HasCount(3, members);
        Assert.IsTrue(members.All(member => Knightly.Contains(member) && member is not ("sword" or "helm")), string.Join(", ", members));
        var entity = await Mlp.RunAsync("entities", "complete", "heroes", "--id", "hero 0", "--column", "gear", "--store", store);
        Assert.AreEqual(0, entity.Code, entity.Error);
        Assert.Contains("similar entities that have it", entity.Output);
        var fromTable = await Mlp.RunAsync("entities", "complete", "heroes", "--id", "new hero 1", "--data", WriteTable(Folder.File("fresh.csv"), 2, seed: 7, prefix: "new "), "-k", "2", "--json", "--store", store);
        Assert.AreEqual(0, fromTable.Code, fromTable.Error);
        Assert.IsTrue(Texts(fromTable.Json.GetProperty("members"), "member").All(member => member is "staff" or "robe" or "orb" or "tome" or "ink" or "rope" or "torch"));
    }

    [TestMethod]
    public async Task Columns_are_those_named_and_what_is_held_out_can_be_chosen()
    {
        using var folder = new TemporaryFolder();
        string data = WriteTable(folder.File("heroes.csv"), 40), store = folder.File("store");
        var ran = await Mlp.RunAsync(Train(data, store, "--number-columns", "strength", "--category-columns", "role,motto", "--ignore-columns", "*", "--test", WriteTable(folder.File("test.csv"), 10, 3), "--option", "epochs=2"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        foreach (var part in new[] { "entities 0.1.0", "40 entities", "numbers: strength", "categories: role, motto", "measured on 10 entities", "mlp entities nearest entities" })
            Assert.Contains(part, ran.Output.Replace("1.0.0", "0.1.0", StringComparison.Ordinal));
        Assert.DoesNotContain("sets:", ran.Output);
        Assert.Contains("nothing to complete", (await Mlp.RunAsync("entities", "complete", "entities", "--set", "x", "--store", store)).Fault);
        var unmeasured = await Mlp.RunAsync(Train(data, store, "--test-fraction", "0", "--option", "epochs=2"));
        Assert.Contains("not measured", unmeasured.Output);
        var kept = await Mlp.RunAsync(Train(data, store, "--test-fraction", "0.25", "--no-refit", "--option", "epochs=2", "--json"));
        Assert.AreEqual((30, 30, 10), (kept.Json.GetProperty("entities").GetInt32(), kept.Json.GetProperty("trainRows").GetInt32(), kept.Json.GetProperty("testRows").GetInt32()));
    }

    [TestMethod]
    public async Task Wrong_options_are_all_named_and_wrong_data_has_its_place()
    {
        using var folder = new TemporaryFolder();
        string data = WriteTable(folder.File("heroes.csv"), 10), store = folder.File("store"), trained = await StoreAsync();
        var options = await Mlp.RunAsync(Train(data, store, "--option", "hiden=1", "--option", "epochs=many", "--number-columns", "name", "--test-fraction", "2", "--name", "No!"));
        Assert.AreEqual(2, options.Code);
        foreach (var part in new[] { "no 'hiden'; it has set-separator (by default |), hidden-dimension (by default 16)", "--option epochs is 'many'; expected is a whole number", "'name' is named 2 times", "--test-fraction is 2", "'No!' cannot be the name" })
            Assert.Contains(part, options.Fault);
        Assert.Contains("Epochs is 0", (await Mlp.RunAsync(Train(data, store, "--option", "epochs=0"))).Fault);
        foreach (var (more, fault) in new (string[], string)[]
        {
            (["--number-columns", "role"], "the entity 'hero 0' has 'knight' in column 'role', which is not a number"), (["--set-columns", "armour"], "armour"), (["--ignore-columns", "*"], "No column is left"),
            (["--category-columns", "world"], "'world' has 'earth' in every row"),
        })
        {
            var bad = await Mlp.RunAsync(Train(data, store, more));
            Assert.AreEqual(3, bad.Code, bad.Error);
            Assert.Contains(fault, bad.Fault);
        }
        File.AppendAllText(data, "hero 3,1,2,mage,fire,orb,x,earth\n");
        var twice = await Mlp.RunAsync(Train(data, store, "--test-fraction", "0"));
        Assert.AreEqual(3, twice.Code);
        Assert.Contains("'hero 3'", twice.Fault);

        foreach (var (command, code, fault) in new (string[], int, string)[]
        {
            (["nearest", "heroes"], 2, "--id"), (["compare", "heroes", "--id", "hero 0"], 2, "--with"), (["nearest", "heroes", "--id", "hero 0", "-k", "0"], 2, "-k is 0"),
            (["complete", "heroes"], 2, "neither --id nor --set"), (["complete", "heroes", "--id", "hero 0", "--set", "orb", "--separator", "xx"], 2, "both given; give one of them"),
            (["complete", "heroes", "--set", "orb", "--data", data], 2, "--data goes with --id"), (["complete", "heroes", "--set", "orb", "--column", "shoes"], 2, "the columns of sets are gear"),
            (["complete", "heroes", "--set", "sofa"], 3, "None of the members sofa"), (["nearest", "nothing", "--id", "x"], 4, "nothing"),
        })
        {
            var ran = await Mlp.RunAsync(["entities", .. command, "--store", trained]);
            Assert.AreEqual(code, ran.Code, ran.Error);
            Assert.Contains(fault, ran.Fault);
        }
        var other = await Mlp.RunAsync("entities", "nearest", "topic", "--id", "x", "--store", await SharedModel.StoreAsync());
        Assert.AreEqual(4, other.Code);
        Assert.Contains("needs an autoencoder", other.Fault);
    }
}
