using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPipelines.Artifacts;
using MLPipelines.Tests.Generation.Training;

namespace MLPipelines.Tests.Cli;

/// <summary>Commands that train generators and export models.</summary>
[TestClass]
public sealed class GeneratorTests
{
    private static readonly string[] Tiny =
        ["--input-column", "message", "--target-column", "response", "--layers", "1", "--hidden-size", "32", "--heads", "2", "--vocabulary", "400", "--batch-size", "8", "--max-target-tokens", "8", "--device", "cpu"];

    public static IEnumerable<object[]> Generators => T5Fixture.Names;

    [TestMethod]
    public async Task A_response_generator_is_trained_measured_published_evaluated_and_exported()
    {
        using var folder = new TemporaryFolder();
        string data = Dialogues(folder.File("dialogues.csv")), store = folder.File("store"), report = folder.File("report");
        var trained = await Mlp.RunAsync(["train", "response-generator", "--data", data, "--store", store, "--name", "replies", "--report", report, "--json", .. Tiny, "--epochs", "30", "--learning-rate", "5e-3"]);
        Assert.AreEqual(0, trained.Code, trained.Error);
        var metrics = trained.Json.GetProperty("metrics");
        foreach (string name in (string[])["bleu", "rouge1", "rouge2", "rougeL", "chrf", "exactMatch", "distinct1", "perplexity"])
            Assert.IsTrue(double.IsFinite(metrics.GetProperty(name).GetDouble()), name);
        Assert.AreEqual(3, trained.Json.GetProperty("testRows").GetInt32());
        Assert.HasCount(1 + 3, (await File.ReadAllTextAsync(Path.Combine(report, "cases.csv"))).Split("\r\n", StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("<table>", await File.ReadAllTextAsync(Path.Combine(report, "report.html")));
        var manifest = new ArtifactStore(store).Show("replies");
        Assert.AreEqual("text-to-text", manifest.Task);
        Assert.AreEqual("message", manifest.Training.Options["inputColumn"].GetString());
        Assert.AreEqual(3, manifest.Metrics.Single(metric => metric.Name == "bleu").Rows);

        var evaluated = await Mlp.RunAsync("evaluate", "response-generator", "replies", "--data", data, "--store", store, "--json");
        Assert.AreEqual(0, evaluated.Code, evaluated.Error);
        Assert.AreEqual(60, evaluated.Json.GetProperty("rows").GetInt32());
        Assert.IsGreaterThan(20, evaluated.Json.GetProperty("metrics").GetProperty("bleu").GetDouble());

        string output = folder.File("onnx");
        var exported = await Mlp.RunAsync("export", "replies", "--store", store, "--output", output, "--weights-beside", "--json");
        Assert.AreEqual(0, exported.Code, exported.Error);
        Assert.IsLessThan(1e-3, exported.Json.GetProperty("maximumDifference").GetDouble());
        foreach (var file in exported.Json.GetProperty("files").EnumerateArray())
            Assert.IsTrue(File.Exists(Path.Combine(output, file.GetString()!)), file.GetString());

        string message = (await File.ReadAllLinesAsync(data))[1].Split(',')[0];
        var written = await Mlp.RunAsync("generate", "replies", message, "--store", store, "--json", "--max-new-tokens", "8");
        var again = await Mlp.RunAsync("generate", output, message, "--json", "--max-new-tokens", "8");
        Assert.AreEqual(0, written.Code, written.Error);
        Assert.AreEqual(0, again.Code, again.Error);
        Assert.AreNotEqual("", written.Json.GetProperty("generated").GetString());
        Assert.AreEqual(again.Json.GetProperty("generated").GetString(), written.Json.GetProperty("generated").GetString());
        var streamed = await Mlp.RunAsync("generate", "replies", message, "--store", store, "--max-new-tokens", "8");
        Assert.AreEqual(0, streamed.Code, streamed.Error);
        Assert.AreEqual(written.Json.GetProperty("generated").GetString(), streamed.Output.TrimEnd());
        Assert.AreEqual(2, (await Mlp.RunAsync("generate", "replies", message, "--store", store, "--threads", "1")).Code);
        Assert.AreEqual(4, (await Mlp.RunAsync("generate", "nothing", message, "--store", store)).Code);
    }

    [TestMethod]
    [DynamicData(nameof(Generators))]
    public async Task A_merged_decoder_and_half_precision_write_the_same_texts(string name)
    {
        using var folder = new TemporaryFolder();
        string source = T5Fixture.Open(name).Folder;
        var texts = new List<string>();
        foreach (string[] arguments in (string[][])[[], ["--merged"], ["--precision", "float16"], ["--merged", "--precision", "float16", "--weights-beside"]])
        {
            var exported = await Mlp.RunAsync(["export", source, "--output", folder.File("onnx"), "--parity-samples", "0", .. arguments]);
            Assert.AreEqual(0, exported.Code, exported.Error);
            Assert.AreEqual(arguments.Contains("--merged"), File.Exists(Path.Combine(folder.File("onnx"), "decoder_model_merged.onnx")));
            Assert.AreEqual(!arguments.Contains("--merged"), File.Exists(Path.Combine(folder.File("onnx"), "decoder_model.onnx")));
            var ran = await Mlp.RunAsync("generate", folder.File("onnx"), "Where is my parcel?", "--max-new-tokens", "6", "--no-stream");
            Assert.AreEqual(0, ran.Code, ran.Error);
            texts.Add(ran.Output);
        }
        Assert.HasCount(1, texts.Distinct().ToArray());
        Assert.AreEqual(2, (await Mlp.RunAsync("export", source, "--output", folder.File("onnx"), "--precision", "float16", "--quantize", "int8")).Code);
    }

    [TestMethod]
    public async Task A_prompt_of_several_columns_is_learnt_from_and_kept()
    {
        using var folder = new TemporaryFolder();
        string[] things = ["lamp", "table", "chair"];
        string data = folder.File("dialogues.csv"), store = folder.File("store");
        var text = new StringBuilder("intent,thing,response\n");
        for (int i = 0; i < 60; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i % 2 == 0 ? "where" : "")},{things[i % 3]},{(i == 7 ? "" : i % 2 == 0 ? $"the {things[i % 3]} comes soon" : $"a {things[i % 3]} is ten")}\n");
        File.WriteAllText(data, text.ToString());
        string[] shape = [.. Tiny[4..], "--target-column", "response", "--epochs", "30", "--learning-rate", "5e-3"];
        var trained = await Mlp.RunAsync(["train", "response-generator", "--data", data, "--store", store, "--name", "replies", "--json", "--prompt", "{intent|price} | {thing}", "--test-fraction", "0", .. shape]);
        Assert.AreEqual(0, trained.Code, trained.Error);
        Assert.AreEqual(59, trained.Json.GetProperty("trainRows").GetInt32(), "the row without a response is left out");
        Assert.AreEqual("{intent|price} | {thing}", new ArtifactStore(store).Show("replies").Training.Options["promptOfColumns"].GetString());
        var evaluated = await Mlp.RunAsync("evaluate", "response-generator", "replies", "--data", data, "--store", store, "--json");
        Assert.AreEqual(0, evaluated.Code, evaluated.Error);
        Assert.IsGreaterThan(60, evaluated.Json.GetProperty("metrics").GetProperty("bleu").GetDouble());

        var wrong = await Mlp.RunAsync("train", "response-generator", "--data", data, "--target-column", "response", "--prompt", "{response} {", "--store", store);
        Assert.AreEqual(2, wrong.Code);
        Assert.Contains("--prompt", wrong.Fault);
        Assert.Contains("give one of them", (await Mlp.RunAsync("train", "response-generator", "--data", data, "--target-column", "response", "--store", store)).Fault);
        Assert.Contains("which is to be learnt", (await Mlp.RunAsync("train", "response-generator", "--data", data, "--target-column", "response", "--prompt", "{response}", "--store", store)).Fault);
        var absent = await Mlp.RunAsync("train", "response-generator", "--data", data, "--target-column", "response", "--prompt", "{mood}", "--store", store);
        Assert.AreEqual(3, absent.Code);
        Assert.Contains("mood", absent.Fault);
    }

    [TestMethod]
    [DynamicData(nameof(Generators))]
    public async Task A_checkpoint_is_exported_in_fewer_bits_and_says_what_that_costs(string name)
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunAsync("export", T5Fixture.Open(name).Folder, "--output", folder.File("onnx"), "--quantize", "int8-blocks");
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.Contains("nats lost a token", ran.Output);
        Assert.Contains("decoder_with_past_model.onnx", ran.Output);
    }

    [TestMethod]
    public async Task What_cannot_be_exported_is_said_on_one_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), """{"model_type":"gpt2"}""");
        var other = await Mlp.RunAsync("export", folder.Path, "--output", folder.File("onnx"));
        Assert.AreEqual(3, other.Code);
        Assert.Contains("'gpt2'", other.Fault);
        var missing = await Mlp.RunAsync("export", "nothing", "--output", folder.File("onnx"), "--store", folder.File("store"));
        Assert.AreEqual(4, missing.Code);
        Assert.AreEqual(2, (await Mlp.RunAsync("export", folder.Path, "--output", folder.File("onnx"), "--format", "tflite")).Code);
        Assert.AreEqual(2, (await Mlp.RunAsync("export", folder.Path, "--output", folder.File("onnx"), "--quantize", "int2")).Code);
        var samples = await Mlp.RunAsync("export", folder.Path, "--output", folder.File("onnx"), "--parity-samples", "-1");
        Assert.AreEqual(2, samples.Code);
        Assert.Contains("ParitySamples", samples.Fault);
    }

    [TestMethod]
    public async Task A_wrong_command_line_names_all_that_is_wrong()
    {
        using var folder = new TemporaryFolder();
        string data = Dialogues(folder.File("dialogues.csv"));
        var ran = await Mlp.RunAsync(
            "train", "response-generator", "--data", data, "--input-column", "message", "--target-column", "message", "--hidden-size", "30", "--heads", "4", "--epochs", "0",
            "--label-smoothing", "0.9", "--test-fraction", "2", "--resume", "--version", "x", "--store", folder.File("store"));
        Assert.AreEqual(2, ran.Code);
        foreach (string part in (string[])["--target-column", "--hidden-size", "Epochs", "LabelSmoothing", "--test-fraction", "--resume", "--version"])
            Assert.Contains(part, ran.Fault);
        var shaped = await Mlp.RunAsync(["train", "response-generator", "--data", data, "--checkpoint", folder.Path, "--store", folder.File("store"), .. Tiny]);
        Assert.AreEqual(2, shaped.Code);
        Assert.Contains("--layers", shaped.Fault);
        var absent = await Mlp.RunAsync("train", "response-generator", "--data", data, "--input-column", "message", "--target-column", "answer", "--store", folder.File("store"));
        Assert.AreEqual(3, absent.Code);
        Assert.Contains("answer", absent.Fault);
        var optimiser = await Mlp.RunAsync(["train", "response-generator", "--data", data, "--optimiser", "Adagrad", "--store", folder.File("store"), .. Tiny]);
        Assert.AreEqual(2, optimiser.Code);
        Assert.Contains("--optimiser", optimiser.Fault);
        var empty = await Mlp.RunAsync("train", "response-generator", "--data", data, "--checkpoint", folder.Path, "--input-column", "message", "--target-column", "response", "--store", folder.File("store"));
        Assert.AreNotEqual(0, empty.Code);
        Assert.Contains(folder.Path, empty.Fault);
    }

    private static string Dialogues(string path)
    {
        string[] things = ["lamp", "table", "chair", "mirror", "kettle"];
        var text = new StringBuilder("message,response\n");
        for (int i = 0; i < 60; i++)
            text.Append(CultureInfo.InvariantCulture, $"where is my {things[i % 5]} number {i}?,the {things[i % 5]} comes soon\n");
        File.WriteAllText(path, text.ToString());
        return path;
    }
}
