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
    public async Task Wrong_arguments_and_folders_are_told_in_one_line()
    {
        using var folder = new TemporaryFolder();
        var usage = await Mlp.RunAsync("imagine", TinyDiffusion.Folder, "x", "--guidance", "NaN", "--steps", "0", "--out", "x.bmp", "--mask", "m.png", "--subtitle", "s", "--device", "tpu");
        Assert.AreEqual(2, usage.Code);
        foreach (var part in new[] { "Guidance is NaN", "Steps is 0", "--out is 'x.bmp'", "--mask goes with --init", "go with --title", "--device is 'tpu'" })
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
