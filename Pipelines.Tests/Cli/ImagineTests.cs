using MLPipelines.Imaging;
using MLPipelines.Tests.Imaging;

namespace MLPipelines.Tests.Cli;

/// <summary><c>mlp imagine</c> over the tiny pipeline.</summary>
[TestClass]
public sealed class ImagineTests
{
    [TestMethod]
    public async Task A_picture_is_written_with_its_parameters_and_repeats()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["imagine", TinyDiffusion.Folder, "a cat", "--steps", "2", "--scheduler", "DpmSolver", "--karras", "--seed", "5"];
        var ran = await Mlp.RunAsync([.. command, "--out", folder.File("a.png"), "--json"]);
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.AreEqual(folder.File("a.png"), ran.Json.GetProperty("files")[0].GetString());
        var texts = PngFile.ReadTexts(File.ReadAllBytes(folder.File("a.png")));
        Assert.AreEqual(("a cat", "5", "DpmSolver Karras"), (texts["Prompt"], texts["Seed"], texts["Scheduler"]));
        var again = await Mlp.RunAsync([.. command, "--out", folder.File("b.png"), "--low-memory"]);
        Assert.AreEqual(folder.File("b.png"), again.Output.Trim());
        ImageTests.AssertNear(RgbImage.Load(folder.File("a.png")), RgbImage.Load(folder.File("b.png")), 1);
        foreach (string[] attention in (string[][])[["--attention-slices", "3"], ["--fused-attention"]])
        {
            var sliced = await Mlp.RunAsync([.. command, "--out", folder.File("c.png"), .. attention]);
            Assert.AreEqual(0, sliced.Code, sliced.Error);
            ImageTests.AssertNear(RgbImage.Load(folder.File("a.png")), RgbImage.Load(folder.File("c.png")), 1);
        }
    }

    [TestMethod]
    public async Task Schedulers_are_what_the_file_says_or_refused()
    {
        using var folder = new TemporaryFolder();
        string[] command = ["imagine", TinyDiffusion.Folder, "a cat", "--steps", "2", "--out", folder.File("a.png"), "--scheduler"];
        var stochastic = await Mlp.RunAsync([.. command, "DpmSolver", "--sde", "--karras"]);
        Assert.AreEqual(0, stochastic.Code, stochastic.Error);
        Assert.AreEqual("DpmSolver SDE Karras", PngFile.ReadTexts(File.ReadAllBytes(folder.File("a.png")))["Scheduler"]);
        foreach (string[] wrong in new string[][] { ["Ddim", "--karras"], ["Lcm", "--karras"], ["Euler", "--sde"] })
        {
            var refused = await Mlp.RunAsync([.. command, .. wrong]);
            Assert.AreEqual(2, refused.Code);
            Assert.Contains(wrong[1], refused.Fault);
            Assert.Contains(wrong[0], refused.Fault);
        }
    }

    [TestMethod]
    public async Task Several_pictures_are_numbered_and_styled()
    {
        using var folder = new TemporaryFolder();
        var ran = await Mlp.RunAsync("imagine", TinyDiffusion.Folder, "x", "--steps", "1", "--count", "2", "--style", "Neon", "Glitch", "--out", folder.File("p.png"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.AreEqual("p-1-glitch.png p-1-neon.png p-1.png p-2-glitch.png p-2-neon.png p-2.png", string.Join(' ', Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
    }

    [TestMethod]
    public async Task A_picture_is_repaired_and_a_sequence_animated()
    {
        using var folder = new TemporaryFolder();
        TinyDiffusion.Picture(40, 40).Save(folder.File("in.png"));
        new RgbImage(40, 40).Save(folder.File("mask.png"));
        var ran = await Mlp.RunAsync("imagine", TinyDiffusion.Folder, "x", "--init", folder.File("in.png"), "--mask", folder.File("mask.png"), "--width", "24", "--height", "24", "--steps", "2", "--out", folder.File("out.webp"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.AreEqual(24, RgbImage.Load(folder.File("out.webp")).Width);
        var animated = await Mlp.RunAsync("imagine", TinyDiffusion.Folder, "x", "--frames", "3", "--steps", "1", "--out", folder.File("a.gif"));
        Assert.AreEqual(0, animated.Code, animated.Error);
        Assert.HasCount(3, ImageLibrary.DecodeFrames(File.ReadAllBytes(folder.File("a.gif"))));
    }

    [TestMethod]
    public async Task A_folder_is_published_shown_verified_and_used()
    {
        using var folder = new TemporaryFolder();
        string store = folder.File("store");
        var published = await Mlp.RunAsync("artifacts", "publish", TinyDiffusion.Folder, "--name", "painter", "--steps", "2", "--guidance", "3", "--license", "MIT", "--store", store, "--json");
        Assert.AreEqual(0, published.Code, published.Error);
        Assert.AreEqual("1.0.0", published.Json.GetProperty("version").GetString());
        var shown = await Mlp.RunAsync("artifacts", "show", "painter", "--store", store);
        Assert.AreEqual(0, shown.Code, shown.Error);
        foreach (var part in new[] { "text-to-image", "MIT", "steps = 2", "input       Prompt", "output      Image" })
            Assert.Contains(part, shown.Output);
        var verified = await Mlp.RunAsync("artifacts", "verify", "painter", "--store", store);
        Assert.AreEqual(0, verified.Code, verified.Error);

        var ran = await Mlp.RunAsync("imagine", "painter@1.0.0", "a cat", "--store", store, "--seed", "5", "--out", folder.File("a.png"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        var same = await Mlp.RunAsync("imagine", TinyDiffusion.Folder, "a cat", "--steps", "2", "--guidance", "3", "--seed", "5", "--out", folder.File("b.png"));
        Assert.AreEqual(0, same.Code, same.Error);
        ImageTests.AssertNear(RgbImage.Load(folder.File("a.png")), RgbImage.Load(folder.File("b.png")), 1);
        var other = await Mlp.RunAsync("imagine", "painter", "a cat", "--store", store, "--steps", "1", "--out", folder.File("c.png"));
        Assert.AreEqual(0, other.Code, other.Error);
        Assert.AreEqual("1", PngFile.ReadTexts(File.ReadAllBytes(folder.File("c.png")))["Steps"]);

        var predicted = await Mlp.RunAsync("predict", "painter", "a cat", "--store", store);
        Assert.AreEqual(4, predicted.Code);
        Assert.Contains("text-to-image", predicted.Fault);
    }

    [TestMethod]
    public async Task What_is_no_Stable_Diffusion_is_neither_published_nor_used()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(4, (await Mlp.RunAsync("imagine", "nobody", "x", "--store", folder.File("store"))).Code);
        var empty = await Mlp.RunAsync("artifacts", "publish", folder.Path, "--name", "painter", "--store", folder.File("store"));
        Assert.AreEqual(3, empty.Code);
        Assert.Contains("model_index.json", empty.Fault);
        var usage = await Mlp.RunAsync("artifacts", "publish", TinyDiffusion.Folder, "--name", "Painter!", "--version", "x", "--steps", "0", "--store", folder.File("store"));
        Assert.AreEqual(2, usage.Code);
        foreach (var part in new[] { "Painter!", "--version", "Steps is 0" })
            Assert.Contains(part, usage.Fault);
        string data = SmallTables.Write(folder.File("small.csv"), 60);
        Assert.AreEqual(0, (await Mlp.RunAsync(SmallTables.Train(data, folder.File("store"), "--quiet"))).Code);
        var other = await Mlp.RunAsync("imagine", "topic", "x", "--store", folder.File("store"));
        Assert.AreEqual(4, other.Code);
        Assert.Contains("needs a Stable Diffusion", other.Fault);
    }

    [TestMethod]
    public async Task Wrong_arguments_and_folders_are_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        var usage = await Mlp.RunAsync("imagine", TinyDiffusion.Folder, "x", "--guidance", "NaN", "--steps", "0", "--out", "x.bmp", "--mask", "m.png", "--subtitle", "s", "--device", "tpu", "--attention-slices", "0");
        Assert.AreEqual(2, usage.Code);
        foreach (var part in new[] { "Guidance is NaN", "Steps is 0", "--out is 'x.bmp'", "--mask goes with --init", "go with --title", "--device is 'tpu'", "AttentionSlices is 0" })
            Assert.Contains(part, usage.Fault);
        var missing = await Mlp.RunAsync("imagine", folder.Path, "x");
        Assert.AreEqual(3, missing.Code);
        Assert.Contains("model_index.json", missing.Fault);
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.AreEqual(130, (await Mlp.RunAsync(["imagine", TinyDiffusion.Folder, "x", "--out", folder.File("n.png")], cancellation: stopped.Token)).Code);
        Assert.IsFalse(File.Exists(folder.File("n.png")));
    }
}
