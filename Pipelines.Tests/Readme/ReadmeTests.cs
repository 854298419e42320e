using MLPipelines.Cli;
using MLPipelines.Tests.Cli;

namespace MLPipelines.Tests.Readme;

/// <summary>README.md is true: its C# compiles and runs, its commands give what it shows.</summary>
/// <remarks>With MLP_UPDATE_README=1 the outputs shown are replaced by those that came.</remarks>
[TestClass]
[DoNotParallelize]
public sealed class ReadmeTests
{
    private const string UpdateVariable = "MLP_UPDATE_README";

    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Environment.CurrentDirectory;

    [TestInitialize]
    public void EnterAFolderWithTheSampleData()
    {
        foreach (var file in new[] { "Data/tickets/messages.csv", "Data/reviews/reviews.csv", "Data/shop/interactions.csv" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
            File.Copy(Path.Combine(ReadmeDocument.Root, file), _folder.File(file));
        }
        Environment.CurrentDirectory = _folder.Path;
    }

    [TestCleanup]
    public void Leave()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    [TestMethod]
    public void The_snippets_are_the_compiled_ones()
    {
        string[] names = ["shortest", "encoder", "pictures", "onnx", "recommend", "generate", "sweep", "automl", "validate"];
        CollectionAssert.AreEqual(names.Select(ReadmeDocument.Snippet).ToArray(), ReadmeDocument.Blocks("csharp").ToArray());
    }

    [TestMethod]
    public async Task The_shortest_example_runs_and_mlp_uses_what_it_published()
    {
        var words = (await ReadmeSnippets.ShortestAsync()).Split(' ');
        Assert.IsGreaterThan(0.9, double.Parse(words[0], System.Globalization.CultureInfo.CurrentCulture));
        Assert.AreEqual("tracking", words[1]);
        var predicted = await Mlp.RunAsync("predict", "intent@production", "Where is my parcel?", "--json");
        Assert.AreEqual(0, predicted.Code, predicted.Error);
        Assert.AreEqual("tracking", predicted.Json.GetProperty("predictedLabel").GetString());
        var evaluated = await Mlp.RunAsync("evaluate", "intent", "--data", "Data/tickets/messages.csv", "--text", "content", "--label", "intent", "--json");
        Assert.AreEqual(0, evaluated.Code, evaluated.Error);
        Assert.IsGreaterThan(0.9, evaluated.Json.GetProperty("metrics").GetProperty("microAccuracy").GetDouble());
    }

    [TestMethod]
    public void The_encoder_example_learns_and_leaves_a_checkpoint() => Assert.AreEqual("negative", ReadmeSnippets.Encoder());

    [TestMethod]
    public void The_picture_example_makes_its_files()
    {
        Imaging.TinyDiffusion.CopyTo("stable-diffusion-onnx");
        Assert.AreEqual(2, ReadmeSnippets.Pictures());
        Assert.IsTrue(File.Exists("lighthouse.png") && File.Exists("lighthouse.gif"));
    }

    [TestMethod]
    public async Task The_onnx_example_fills_its_columns()
    {
        Imaging.TinyDiffusion.CopyTo("stable-diffusion-onnx");
        Directory.CreateDirectory("t5-onnx");
        Generation.TinyGenerators.CopyTo(Generation.TinyGenerators.Separate, "t5-onnx");
        var (text, reply, pictureBytes) = await ReadmeSnippets.OnnxAsync();
        Assert.AreNotEqual("", text);
        Assert.AreNotEqual("", reply);
        Assert.IsGreaterThan(100, pictureBytes);
    }

    [TestMethod]
    public void The_recommendation_example_ranks_better_than_by_popularity()
    {
        var (ndcg, popular) = ReadmeSnippets.Recommend();
        Assert.IsGreaterThan(popular, ndcg);
    }

    [TestMethod]
    public async Task The_sweep_example_tries_all_and_trains_the_best() => Assert.AreEqual((12, 3), await ReadmeSnippets.SweepAsync());

    [TestMethod]
    public void The_AutoML_example_leaves_a_model()
    {
        Assert.IsGreaterThan(0.5, ReadmeSnippets.AutoML());
        Assert.IsTrue(File.Exists("sentiment.zip"));
    }

    [TestMethod]
    public async Task The_generation_example_writes_something()
    {
        Directory.CreateDirectory("t5-onnx");
        Generation.TinyGenerators.CopyTo(Generation.TinyGenerators.Separate, "t5-onnx");
        Assert.AreNotEqual("", await ReadmeSnippets.GenerateAsync());
    }

    [TestMethod]
    public void The_validation_example_runs() => Assert.AreEqual("3000 rows, 0 errors", ReadmeSnippets.Validate());

    [TestMethod]
    public void Every_command_parses()
    {
        var commands = ReadmeDocument.Commands().Select(shown => shown.Command).Concat(ReadmeDocument.Blocks("sh").SelectMany(block => block.Split('\n'))).Where(line => ShellWords.Split(line) is ["mlp" or "./run.sh", ..]).ToList();
        Assert.IsGreaterThan(10, commands.Count);
        foreach (var command in commands)
            Assert.HasCount(0, CommandLine.Check(ShellWords.Split(command)[1..] is { Length: > 0 } words ? words : ["demo"]), command);
    }

    [TestMethod]
    public async Task Every_command_gives_the_output_shown()
    {
        bool update = Environment.GetEnvironmentVariable(UpdateVariable) == "1";
        string text = await File.ReadAllTextAsync(ReadmeDocument.File);
        foreach (var (command, shown) in ReadmeDocument.Commands())
        {
            string input = command.Contains('|', StringComparison.Ordinal) ? string.Join('\n', ShellWords.Quoted(command[..command.IndexOf('|', StringComparison.Ordinal)])) : "";
            var ran = await Mlp.RunAsync([.. ShellWords.Split(command)[1..]], input);
            string[] actual = [.. (ran.Output + string.Concat(ran.Error.Split('\n').Where(line => line.StartsWith("error: ", StringComparison.Ordinal)).Select(line => line + "\n")))
                .Replace(_folder.Path + "/", "", StringComparison.Ordinal).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];
            if (update)
                text = text.Replace($"$ {command}\n{string.Concat(shown.Select(line => line + "\n"))}", $"$ {command}\n{string.Concat(actual.Select(line => line + "\n"))}", StringComparison.Ordinal);
            else
                Assert.IsNull(ReadmeDocument.Difference(shown, actual), $"{command}\n{ReadmeDocument.Difference(shown, actual)}");
        }
        if (update)
            await File.WriteAllTextAsync(ReadmeDocument.File, text);
    }
}
