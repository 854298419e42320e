using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Generation;
using MLPipelines.Tests.Generation;

namespace MLPipelines.Tests.Cli;

/// <summary><c>mlp generate</c>, over a model so small that it writes nonsense.</summary>
[TestClass]
public sealed class GenerateTests
{
    private static readonly string[] Short = ["--max-new-tokens", "8"];

    [TestMethod]
    public async Task A_text_is_written_as_it_comes_and_as_a_whole_the_same()
    {
        var streamed = await Mlp.RunAsync(["generate", TinyGenerators.Separate, "Where is my parcel?", .. Short]);
        Assert.AreEqual(0, streamed.Code, streamed.Error);
        var whole = await Mlp.RunAsync(["generate", TinyGenerators.Separate, "Where is my parcel?", "--no-stream", .. Short]);
        Assert.AreEqual(whole.Lines[0], streamed.Lines[0]);
        var json = await Mlp.RunAsync(["generate", TinyGenerators.Merged, "one", "two", "--beams", "3", "--sequences", "2", "--json", .. Short]);
        Assert.AreEqual(0, json.Code, json.Error);
        Assert.HasCount(4, json.Lines);
        var first = JsonDocument.Parse(json.Lines[0]).RootElement;
        Assert.AreEqual("one", first.GetProperty("text").GetString());
        Assert.IsLessThan(0, first.GetProperty("score").GetDouble());
        Assert.IsGreaterThan(0, first.GetProperty("logProbabilities").GetArrayLength());
    }

    [TestMethod]
    public async Task An_artifact_generates_as_it_was_set_to_unless_told_otherwise()
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(new[] { new Message { Text = "parcel" } });
        using var model = context.Transforms.Text.GenerateText(new() { ModelFolder = TinyGenerators.Separate, Prompt = "Where is my {Text}?", Generation = new() { MaximumNewTokens = 5, MinimumNewTokens = 5, Beams = 4, BeamGroups = 2 } }).Fit(data);
        var (content, manifest) = new ModelPackage(context, new TextGenerationCodec()).Pack(model, Core.Artifacts.SampleArtifacts.Manifest(), data);
        await new ArtifactStore(folder.Path).PublishAsync(content, manifest);
        string[] command = ["generate", "sample", "parcel", "--store", folder.Path, "--json"];
        var asSet = await Mlp.RunAsync(command);
        Assert.AreEqual(0, asSet.Code, asSet.Error);
        Assert.AreEqual(5, asSet.Json.GetProperty("logProbabilities").GetArrayLength());
        Assert.AreEqual(model.Transform(data).GetColumn<string>("GeneratedText").Single(), asSet.Json.GetProperty("generated").GetString());
        foreach (string[] told in new string[][] { ["--sample", "--seed", "3"], ["--beams", "3"], ["--sequences", "4"] })
        {
            var other = await Mlp.RunAsync([.. command, .. told]);
            Assert.AreEqual(0, other.Code, other.Error);
            Assert.HasCount(told[0] == "--sequences" ? 4 : 1, other.Lines);
        }
    }

    [TestMethod]
    public async Task A_folder_is_published_verified_and_used_by_its_prompt()
    {
        using var folder = new TemporaryFolder();
        string store = folder.File("store");
        var published = await Mlp.RunAsync("artifacts", "publish", TinyGenerators.Separate, "--name", "replies", "--prompt", "Where is my {Thing|parcel}?", "--license", "Apache-2.0", "--store", store, "--json");
        Assert.AreEqual(0, published.Code, published.Error);
        var shown = await Mlp.RunAsync("artifacts", "show", "replies", "--store", store);
        Assert.AreEqual(0, shown.Code, shown.Error);
        foreach (var part in new[] { "text-to-text", "Apache-2.0", "Where is my {Thing|parcel}?", "input       Thing", "output      GeneratedText" })
            Assert.Contains(part, shown.Output);
        Assert.AreEqual(0, (await Mlp.RunAsync("artifacts", "verify", "replies", "--store", store)).Code);
        var ran = await Mlp.RunAsync(["generate", "replies@1.0.0", "bag", "--no-stream", "--store", store, .. Short]);
        Assert.AreEqual(0, ran.Code, ran.Error);
        var same = await Mlp.RunAsync(["generate", TinyGenerators.Separate, "Where is my bag?", "--no-stream", .. Short]);
        Assert.AreEqual(same.Lines[0], ran.Lines[0]);

        var usage = await Mlp.RunAsync("artifacts", "publish", TinyGenerators.Separate, "--name", "replies", "--prompt", "{Text", "--steps", "3", "--store", store);
        Assert.AreEqual(2, usage.Code);
        foreach (var part in new[] { "not closed", "--steps is for a Stable Diffusion" })
            Assert.Contains(part, usage.Fault);
        File.WriteAllText(folder.File("config.json"), "{}");
        var incomplete = await Mlp.RunAsync("artifacts", "publish", folder.Path, "--name", "replies", "--store", store);
        Assert.AreEqual(3, incomplete.Code);
        Assert.Contains("encoder_model.onnx", incomplete.Fault);
    }

    [TestMethod]
    public async Task An_artifact_that_answers_messages_answers_by_its_own_rules()
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(new[] { new Message { Text = "Where is my parcel?" } });
        using var model = context.Transforms.Text.GenerateResponses(new()
        {
            ModelFolder = TinyGenerators.Separate, ContentColumnName = "Text", IntentColumnName = null, SentimentColumnName = null, MinimumConfidence = 1, Fallback = "We will look into it.",
        }).Fit(data);
        var (content, manifest) = new ModelPackage(context, new ResponseGenerationCodec()).Pack(model, Core.Artifacts.SampleArtifacts.Manifest(), data);
        await new ArtifactStore(folder.Path).PublishAsync(content, manifest);
        string[] command = ["generate", "sample", "Where is my parcel?", "--store", folder.Path];
        Assert.AreEqual("We will look into it.", (await Mlp.RunAsync(command)).Lines.Single());
        var json = await Mlp.RunAsync([.. command, "--json"]);
        Assert.AreEqual("fallback: low-confidence", json.Json.GetProperty("source").GetString());
        var refused = await Mlp.RunAsync([.. command, "--beams", "2"]);
        Assert.AreEqual(2, refused.Code);
        Assert.Contains("--beams", refused.Fault);
    }

    [TestMethod]
    public async Task Templates_of_ones_own_are_filled()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("own.yaml"), "ask: \"Where is my {question} for {name|you}?\"");
        var filled = await Mlp.RunAsync(["generate", TinyGenerators.Separate, "parcel", "--template", "ask", "--templates", folder.File("own.yaml"), "--set", "name=Ann", "--no-stream", .. Short]);
        var plain = await Mlp.RunAsync(["generate", TinyGenerators.Separate, "Where is my parcel for Ann?", "--no-stream", .. Short]);
        Assert.AreEqual(0, filled.Code, filled.Error);
        Assert.AreEqual(plain.Lines[0], filled.Lines[0]);
    }

    [TestMethod]
    public async Task What_is_wrong_is_said_at_once()
    {
        var wrong = await Mlp.RunAsync("generate", TinyGenerators.Separate, "x", "--max-new-tokens", "0", "--temperature", "-1", "--prompt", "{text}", "--template", "reply");
        Assert.AreEqual(2, wrong.Code);
        foreach (string part in new[] { "MaximumNewTokens", "Temperature", "--template" })
            Assert.Contains(part, wrong.Error);
        Assert.AreEqual(3, (await Mlp.RunAsync("generate", "./no-such-folder", "x")).Code);
        Assert.AreEqual(4, (await Mlp.RunAsync("generate", "no-such-artifact", "x")).Code);
        Assert.AreEqual(2, (await Mlp.RunAsync("generate", TinyGenerators.Separate, "x", "--template", "none")).Code);
        Assert.AreEqual(2, (await Mlp.RunAsync("generate", TinyGenerators.Separate, "x", "--prompt", "{colour}")).Code);
    }

    private sealed class Message
    {
        public string Text { get; set; } = "";
    }
}
