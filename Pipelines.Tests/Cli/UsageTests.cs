using MLPipelines.Cli;
using MLPipelines.Cli.Demo;

namespace MLPipelines.Tests.Cli;

[TestClass]
public sealed class UsageTests
{
    [TestMethod]
    [DataRow("", "Commands:")]
    [DataRow("train", "text-classification")]
    [DataRow("train text-classification", "--calibration-folds")]
    [DataRow("evaluate", "NAME[@VERSION|@ALIAS]")]
    [DataRow("predict", "--top-k")]
    [DataRow("train recommender", "--half-life")]
    [DataRow("recommend", "--diversity")]
    [DataRow("similar", "--item")]
    [DataRow("train autoencoder", "--ignore-columns")]
    [DataRow("entities nearest", "--id")]
    [DataRow("entities compare", "--with")]
    [DataRow("entities complete", "--set")]
    [DataRow("data generate interactions", "--affinity")]
    [DataRow("evaluate recommender", "--sampled-negatives")]
    [DataRow("validate", "--max-problems")]
    [DataRow("artifacts", "rollback")]
    [DataRow("artifacts list", "NAME")]
    [DataRow("artifacts show", "NAME[@VERSION|@ALIAS]")]
    [DataRow("artifacts diff", "VERSION")]
    [DataRow("artifacts verify", "every byte")]
    [DataRow("artifacts promote", "--expected")]
    [DataRow("artifacts rollback", "ALIAS")]
    [DataRow("artifacts delete", "no alias points")]
    [DataRow("artifacts history", "NAME")]
    [DataRow("sweep", "--resume")]
    [DataRow("sweep list", "--ledger")]
    [DataRow("sweep show", "ID")]
    [DataRow("sweep report", "--output")]
    [DataRow("sweep space", "--families")]
    [DataRow("sweep worker", "--wait")]
    [DataRow("demo", "fresh process")]
    [DataRow("doctor", "Checks the installation")]
    public async Task Help_is_everywhere_with_examples_and_exit_codes(string command, string mentions)
    {
        var ran = await Mlp.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.Contains(mentions, ran.Output);
        Assert.Contains("Exit codes: 0 success", ran.Output);
        if (command is not ("train" or "artifacts"))
            Assert.Contains($"  mlp {command}".TrimEnd(), ran.Output[ran.Output.IndexOf("Examples:", StringComparison.Ordinal)..]);
    }

    [TestMethod]
    public async Task Examples_of_the_help_parse()
    {
        foreach (var command in new[] { "", "train text-classification", "train sentiment", "train multi-label", "train ner", "train recommender", "recommend", "similar", "train autoencoder", "entities nearest", "entities compare", "entities complete", "evaluate recommender", "data generate interactions", "pretrain", "embed", "imagine", "evaluate", "predict", "validate", "artifacts list", "artifacts show", "artifacts diff", "artifacts verify", "artifacts promote", "artifacts rollback", "artifacts delete", "artifacts history", "sweep", "sweep list", "sweep show", "sweep report", "sweep space", "sweep worker", "demo", "doctor" })
        {
            var help = await Mlp.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            var examples = help.Lines.Where(line => line.Contains("mlp ", StringComparison.Ordinal)).SkipWhile(line => line.Contains('[', StringComparison.Ordinal));
            foreach (var example in examples.Where(line => line.StartsWith("mlp ", StringComparison.Ordinal) && !line.Contains("[options]", StringComparison.Ordinal)))
                Assert.HasCount(0, CommandLine.Check(ShellWords.Split(example)[1..]), example);
        }
    }

    [TestMethod]
    public async Task Without_a_command_there_is_help()
    {
        var ran = await Mlp.RunAsync();
        Assert.AreEqual(0, ran.Code);
        Assert.Contains("Usage:", ran.Output);
    }

    [TestMethod]
    public async Task A_wrong_command_line_is_one_line_of_error_with_all_that_is_wrong()
    {
        var ran = await Mlp.RunAsync("train", "text-classification", "--data", "x.csv", "--seed", "many", "--frobnicate");
        Assert.AreEqual(2, ran.Code);
        foreach (var part in new[] { "--text", "--label", "--seed", "--frobnicate", "mlp train text-classification --help" })
            Assert.Contains(part, ran.Fault);
        Assert.AreEqual("", ran.Output);
    }

    [TestMethod]
    [DataRow("@1.0.0")]
    [DataRow("topic@")]
    public async Task A_reference_needs_both_sides_of_its_at_sign(string reference)
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunAsync("artifacts", "show", reference, "--store", folder.Path);
        Assert.AreEqual(2, ran.Code);
        Assert.Contains("NAME@VERSION", ran.Fault);
    }

    [TestMethod]
    public async Task A_stack_trace_is_shown_only_when_asked_for()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["predict", "none", "x", "--store", folder.Path];
        var quiet = await Mlp.RunAsync(command);
        Assert.AreEqual(4, quiet.Code);
        Assert.DoesNotContain("   at ", quiet.Error);
        var verbose = await Mlp.RunAsync([.. command, "--verbose"]);
        Assert.Contains("   at ", verbose.Error);
    }

    // It changes the threads of the BLAS for a moment, which nothing else may use meanwhile.
    [TestMethod]
    [DoNotParallelize]
    public async Task Doctor_finds_this_machine_healthy()
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunAsync("doctor", "--store", folder.File("new"), "--json");
        Assert.AreEqual(0, ran.Code, ran.Output);
        Assert.IsTrue(ran.Json.GetProperty("healthy").GetBoolean());
        Assert.AreEqual(10, ran.Json.GetProperty("checks").GetArrayLength());
        Assert.HasCount(0, Directory.GetFileSystemEntries(folder.Path));
        Assert.Contains("all is well", (await Mlp.RunAsync("doctor", "--store", folder.Path)).Output);
    }

    // It changes the threads of the BLAS for a moment, which nothing else may use meanwhile.
    [TestMethod]
    [DoNotParallelize]
    public async Task Doctor_says_what_to_do_about_a_store_that_cannot_be_written()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        var ran = await Mlp.RunAsync("doctor", "--store", "/proc/nowhere");
        if (!Directory.Exists("/proc"))
            Assert.Inconclusive("there is no /proc on this system");
        Assert.AreEqual(1, ran.Code);
        Assert.Contains("--store", ran.Output);
    }

    [TestMethod]
    public void The_sample_data_is_found_from_anywhere() => Assert.IsTrue(File.Exists(SampleData.FindTickets()));
}
