using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>Users' tastes, learnt from feedback.</summary>
[TestClass]
public sealed class PreferenceModelTests
{
    private static readonly string[] Lively = ["Great news! It's on its way!", "Yay! You'll love it!", "Sure thing! Thanks a lot!", "Wow, it's here! Enjoy!"];
    private static readonly string[] Sober = ["The shipment has been registered in our system.", "Your request was forwarded to the responsible department.", "The delivery is expected within the regular period.", "We confirm the receipt of your documents."];

    [TestMethod]
    public void TastesAreLearntAndCarryOver()
    {
        var model = new PreferenceModel();
        Assert.AreEqual(0, model.Score("anna", Lively[0]));
        for (int i = 0; i < 12; i++)
        {
            model.Learn("anna", Lively[i % 3], Sober[i % 3]);
            model.Learn("bert", Sober[i % 3], liked: true);
            model.Learn("bert", Lively[i % 3], liked: false);
        }
        Assert.IsGreaterThan(model.Score("anna", Sober[3]), model.Score("anna", Lively[3]), "To texts that were not in the feedback.");
        Assert.IsGreaterThan(model.Score("bert", Lively[3]), model.Score("bert", Sober[3]));
        Assert.IsGreaterThan(0, model.Explain("anna").Single(pair => pair.Feature == "exclamations").Weight);
        Assert.AreEqual(2, model.Users);
    }

    [TestMethod]
    public void NewUsersAreJudgedAsAllTogether()
    {
        var model = new PreferenceModel();
        for (int user = 0; user < 20; user++)
        {
            for (int i = 0; i < 3; i++)
                model.Learn($"user {user}", Lively[i], Sober[i]);
        }
        Assert.IsGreaterThan(model.Score("new", Sober[3]), model.Score("new", Lively[3]));
        Assert.IsTrue(model.Forget("user 0"));
        Assert.AreEqual(model.Score("new", Lively[3]), model.Score("user 0", Lively[3]));
    }

    [TestMethod]
    public void SavedAndLoadedItIsTheSame()
    {
        var model = new PreferenceModel(learningRate: 0.2f, mostUsers: 2);
        foreach (string user in new[] { "a", "b", "b", "c" })
            model.Learn(user, Lively[0], Sober[0]);
        Assert.AreEqual(2, model.Users);
        using var stream = new MemoryStream();
        model.Save(stream);
        stream.Position = 0;
        var loaded = PreferenceModel.Load(stream);
        foreach (string user in new[] { "a", "b", "c" })
            Assert.AreEqual(model.Score(user, Lively[1]), loaded.Score(user, Lively[1]));
        string saved = System.Text.Encoding.UTF8.GetString(stream.ToArray());
        foreach (string path in new[] { "features", "shared", "users", "users.b", "users.b.values", "shared.squares" })
        {
            var root = System.Text.Json.Nodes.JsonNode.Parse(saved)!;
            string[] steps = path.Split('.');
            steps[..^1].Aggregate(root, (node, step) => node[step]!)[steps[^1]] = null;
            Assert.ThrowsExactly<FormatException>(() => PreferenceModel.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(root.ToJsonString()))), path);
        }
        foreach (string bad in new[] { "", "{}", "[]", "{\"format\":1,\"learningRate\":1,\"mostUsers\":1,\"features\":[],\"shared\":{\"values\":[1]},\"users\":{}}" })
            Assert.ThrowsExactly<FormatException>(() => PreferenceModel.Load(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(bad))), bad);
        Assert.ThrowsExactly<ArgumentException>(() => new PreferenceModel(0));
    }
}
