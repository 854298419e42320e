using System.Globalization;
using System.Text;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Cli;

/// <summary>Commands that train encoders, over encoders so small that they train in seconds.</summary>
[TestClass]
public sealed class EncoderTests
{
    private static readonly string[] Tiny =
        ["--encoder", "scratch", "--layers", "1", "--hidden-size", "16", "--heads", "2", "--vocabulary", "200", "--batch-size", "16", "--device", "cpu"];

    private static readonly string[] TinyTrained = [.. Tiny, "--epochs", "1", "--max-steps", "4"];

    [TestMethod]
    public async Task A_classifier_of_an_encoder_is_trained_published_evaluated_and_predicts()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), store = folder.File("store");
        var trained = await Mlp.RunAsync(SmallTables.Train(data, store, ["--json", .. Tiny, "--epochs", "12", "--learning-rate", "5e-3"]));
        Assert.AreEqual(0, trained.Code, trained.Error);
        Assert.IsGreaterThan(0.6, trained.Json.GetProperty("metrics").GetProperty("microAccuracy").GetDouble());
        var manifest = new ArtifactStore(store).Show("topic");
        Assert.AreEqual("text-classification", manifest.Task);
        Assert.AreEqual("scratch", manifest.Training.Options["encoder"].GetString());
        Assert.AreEqual("EncoderText", manifest.Training.Options["trainer"].GetString());
        CollectionAssert.AreEquivalent(new[] { "billing", "delivery", "praise" }, manifest.Labels!.Names.ToArray());

        var evaluated = await Mlp.RunAsync("evaluate", "topic", "--data", data, "--store", store, "--json");
        Assert.AreEqual(0, evaluated.Code, evaluated.Error);
        Assert.AreEqual(90, evaluated.Json.GetProperty("rows").GetInt32());

        string[] texts = ["Where is my lamp?", "Please refund the money for the mug, thank you", "x"];
        var predicted = await Mlp.RunAsync(["predict", "topic", "--store", store, "--json", .. texts]);
        Assert.AreEqual(0, predicted.Code, predicted.Error);
        CollectionAssert.AreEqual(texts, predicted.Lines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()).ToArray());
    }

    [TestMethod]
    public async Task A_sentiment_classifier_says_so_in_its_manifest()
    {
        using var folder = new TemporaryFolder();
        string data = folder.File("moods.csv"), store = folder.File("store");
        Write(data, "text,mood", 60, i => i % 3 == 0 ? "I love this lamp,positive" : i % 3 == 1 ? "I hate this mug,negative" : "It is a chair,neutral");
        var trained = await Mlp.RunAsync(["train", "sentiment", "--data", data, "--text", "text", "--label", "mood", "--store", store, "--json", .. TinyTrained]);
        Assert.AreEqual(0, trained.Code, trained.Error);
        Assert.AreEqual("sentiment-analysis", new ArtifactStore(store).Show("mood").Task);
        var predicted = await Mlp.RunAsync("predict", "mood", "--store", store, "--json", "I love it");
        Assert.Contains(predicted.Json.GetProperty("predictedLabel").GetString(), new[] { "positive", "negative", "neutral" });
    }

    [TestMethod]
    public async Task Several_labels_a_text_are_learnt_measured_and_predicted()
    {
        using var folder = new TemporaryFolder();
        string data = folder.File("labels.csv"), store = folder.File("store");
        Write(data, "text,labels", 80, i => (i % 3) switch { 0 => "lamp and mug,light|kitchen", 1 => "only a lamp,light", _ => "only a mug,kitchen" });
        var trained = await Mlp.RunAsync(["train", "multi-label", "--data", data, "--text", "text", "--label", "labels", "--store", store, "--json", .. TinyTrained]);
        Assert.AreEqual(0, trained.Code, trained.Error);
        Assert.AreEqual(2, trained.Json.GetProperty("classes").GetInt32());
        Assert.IsGreaterThanOrEqualTo(0, trained.Json.GetProperty("metrics").GetProperty("microF1").GetDouble());
        var predicted = await Mlp.RunAsync("predict", "labels", "--store", store, "--json", "--top-k", "0", "a lamp");
        Assert.AreEqual(0, predicted.Code, predicted.Error);
        Assert.AreEqual(2, predicted.Json.GetProperty("top").GetArrayLength());
        var evaluated = await Mlp.RunAsync("evaluate", "labels", "--data", data, "--store", store);
        Assert.AreEqual(0, evaluated.Code, evaluated.Error);
        Assert.Contains("kitchen", evaluated.Output);
    }

    [TestMethod]
    public async Task Entities_are_learnt_measured_and_found()
    {
        using var folder = new TemporaryFolder();
        string data = folder.File("entities.csv"), store = folder.File("store");
        Write(data, "tokens,tags", 60, i => i % 2 == 0 ? "Anna lives in Berlin,B-person O O B-place" : "New York is large,B-place I-place O O");
        var trained = await Mlp.RunAsync(["train", "ner", "--data", data, "--text", "tokens", "--label", "tags", "--name", "names", "--store", store, "--json", .. Tiny, "--epochs", "20", "--learning-rate", "1e-2"]);
        Assert.AreEqual(0, trained.Code, trained.Error);
        Assert.IsGreaterThan(0.9, trained.Json.GetProperty("metrics").GetProperty("spanF1").GetDouble());
        var predicted = await Mlp.RunAsync("predict", "names", "--store", store, "--json", "Anna lives in Berlin");
        var entities = predicted.Json.GetProperty("entities");
        Assert.AreEqual("Berlin", entities[1].GetProperty("text").GetString());
        Assert.AreEqual("place", entities[1].GetProperty("type").GetString());
    }

    [TestMethod]
    public async Task An_encoder_is_pretrained_on_texts_then_fine_tuned_and_embeds()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), store = folder.File("store"), encoder = folder.File("encoder");
        var pretrained = await Mlp.RunAsync(["pretrain", "--data", data, "--text", "body", "--output", encoder, "--json", .. TinyTrained]);
        Assert.AreEqual(0, pretrained.Code, pretrained.Error);
        Assert.AreEqual(4, pretrained.Json.GetProperty("steps").GetInt32());
        Assert.IsGreaterThan(1, pretrained.Json.GetProperty("perplexity").GetDouble());
        Assert.IsTrue(File.Exists(Path.Combine(encoder, "model.safetensors")));

        var trained = await Mlp.RunAsync(SmallTables.Train(data, store, "--json", "--encoder", encoder, "--max-steps", "2", "--device", "cpu"));
        Assert.AreEqual(0, trained.Code, trained.Error);
        Assert.AreEqual(encoder, new ArtifactStore(store).Show("topic").Training.Options["encoder"].GetString());

        var embedded = await Mlp.RunAsync("embed", encoder, "a lamp", "a mug", "--json", "--device", "cpu");
        Assert.AreEqual(0, embedded.Code, embedded.Error);
        var vectors = embedded.Lines.Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("embedding").EnumerateArray().Select(value => value.GetDouble()).ToArray()).ToArray();
        Assert.HasCount(2, vectors);
        Assert.HasCount(16, vectors[0]);
        Assert.AreEqual(1, vectors[0].Sum(value => value * value), 1e-4);
        var nearest = await Mlp.RunAsync("embed", encoder, "a lamp", "where is my parcel", "--nearest", "a lamp", "--top-k", "1", "--device", "cpu");
        Assert.EndsWith("a lamp", nearest.Lines.Single());
    }

    [TestMethod]
    public async Task A_run_that_was_stopped_goes_on_to_the_same_model()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), store = folder.File("store"), checkpoints = folder.File("checkpoints");
        string[] two = ["--json", .. Tiny, "--epochs", "2", "--test-fraction", "0", "--checkpoints", checkpoints];
        var whole = await Mlp.RunAsync(SmallTables.Train(data, store, [.. two, "--name", "whole"]));
        Assert.AreEqual(0, whole.Code, whole.Error);
        var again = await Mlp.RunAsync(SmallTables.Train(data, store, [.. two, "--name", "again", "--resume"]));
        Assert.AreEqual(0, again.Code, again.Error);
        Assert.AreEqual(Weights("whole"), Weights("again"));

        string Weights(string name) => new ArtifactStore(store).Show(name).Entries.Single(entry => entry.Path.EndsWith("model.safetensors", StringComparison.Ordinal)).Sha256;
    }

    [TestMethod]
    public async Task Two_processes_train_one_model()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), store = folder.File("store");
        var ran = await Mlp.RunProcessAsync([], SmallTables.Train(data, store, ["--json", .. TinyTrained, "--processes", "2"]));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.AreEqual("1.0.0", ran.Json.GetProperty("version").GetString());
        Assert.HasCount(1, new ArtifactStore(store).List("topic"));
    }

    [TestMethod]
    public async Task Options_that_do_not_fit_together_are_all_named()
    {
        var linear = await Mlp.RunAsync("train", "text-classification", "--data", "x.csv", "--text", "a", "--label", "b", "--epochs", "3", "--mixup", "1");
        Assert.AreEqual(2, linear.Code);
        Assert.Contains("--epochs, --mixup go with --encoder", linear.Fault);
        var encoder = await Mlp.RunAsync("train", "text-classification", "--data", "x.csv", "--text", "a", "--label", "b", "--encoder", "somewhere", "--layers", "3", "--word-ngrams", "2", "--learning-rate", "-1", "--epochs", "0");
        Assert.AreEqual(2, encoder.Code);
        foreach (string part in new[] { "--layers", "--word-ngrams", "LearningRate", "Epochs" })
            Assert.Contains(part, encoder.Fault);
    }

    [TestMethod]
    public async Task A_folder_that_is_no_encoder_is_named()
    {
        using var folder = new TemporaryFolder();
        string data = SmallTables.Write(folder.File("small.csv")), store = folder.File("store");
        Directory.CreateDirectory(folder.File("empty"));
        var ran = await Mlp.RunAsync(SmallTables.Train(data, store, "--encoder", folder.File("empty")));
        Assert.AreNotEqual(0, ran.Code);
        Assert.Contains("config.json", ran.Fault);
        Assert.IsFalse(Directory.Exists(store) && new ArtifactStore(store).List("topic").Count > 0);
    }

    private static void Write(string path, string header, int rows, Func<int, string> row)
    {
        var text = new StringBuilder("id,").Append(header).Append('\n');
        for (int i = 0; i < rows; i++)
            text.Append(CultureInfo.InvariantCulture, $"{i},{row(i)}\n");
        File.WriteAllText(path, text.ToString());
    }
}
