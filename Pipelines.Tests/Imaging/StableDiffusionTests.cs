using MLPipelines.Imaging;
using MLPipelines.Imaging.Schedulers;
using MLPipelines.Scoring;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Tests.Imaging;

/// <summary>What requests do, over the tiny pipeline.</summary>
[TestClass]
public sealed class StableDiffusionTests
{
    private static readonly StableDiffusionPipeline Pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder);

    [ClassCleanup]
    public static void Close() => Pipeline.Dispose();

    [TestMethod]
    public void ASeedRepeatsAndAnotherDiffers()
    {
        var request = TinyDiffusion.Request();
        var first = Pipeline.Generate(request)[0];
        var again = Pipeline.Generate(request)[0];
        Assert.AreSequenceEqual(first.ToPng(), again.ToPng());
        request.Seed = 1;
        Assert.AreNotSequenceEqual(first.Latents, Pipeline.Generate(request)[0].Latents);
        using var other = StableDiffusionPipeline.Open(TinyDiffusion.Folder);
        request.Seed = 0;
        Assert.AreSequenceEqual(first.Latents, other.Generate(request)[0].Latents);
    }

    [TestMethod]
    public void EachPictureOfABatchIsThatOfItsSeedAlone()
    {
        var request = TinyDiffusion.Request();
        request.Count = 3;
        request.Seeds = [7, 100, -3];
        var batch = Pipeline.Generate(request);
        var alone = request.Seeds.Select(seed =>
        {
            var one = TinyDiffusion.Request();
            one.Seed = seed;
            return Pipeline.Generate(one)[0];
        }).ToArray();
        for (int i = 0; i < 3; i++)
        {
            Assert.AreSequenceEqual(alone[i].Latents, batch[i].Latents);
            Assert.AreEqual(request.Seeds[i].ToString(System.Globalization.CultureInfo.InvariantCulture), batch[i].Parameters["Seed"]);
        }
        using var together = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { ImagesPerRun = 2 });
        var joined = together.Generate(request);
        for (int i = 0; i < 3; i++)
            AssertNear(alone[i].Latents, joined[i].Latents, 1e-2);
    }

    [TestMethod]
    public void GuidanceInTwoHalvesIsTheSame()
    {
        using var split = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { SplitGuidance = true, ReleaseBetweenStages = true });
        using var together = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { SplitGuidance = false });
        float[] halves = split.Generate(TinyDiffusion.Request())[0].Latents;
        AssertNear(together.Generate(TinyDiffusion.Request())[0].Latents, halves, 1e-2);
        // On a processor that is how it is done unless it is said otherwise.
        Assert.AreSequenceEqual(halves, Pipeline.Generate(TinyDiffusion.Request())[0].Latents);
    }

    [TestMethod]
    public void AnEmptyPromptIsAPromptToo()
    {
        var request = TinyDiffusion.Request();
        request.Prompt = request.NegativePrompt = "";
        var image = Pipeline.Generate(request)[0];
        Assert.IsTrue(image.Latents.All(float.IsFinite));
        Assert.AreEqual(Pipeline.NativeSize, image.Image.Width);
    }

    [TestMethod]
    public void LongPromptsAreChunkedCutOrRefused()
    {
        var request = TinyDiffusion.Request(1);
        request.Prompt = string.Join(' ', Enumerable.Repeat("cat", 200));
        var chunks = Pipeline.Prompts.Tokenize(request.Prompt, request).Ids;
        Assert.IsGreaterThan(2, chunks.Length);
        Assert.IsTrue(chunks.All(chunk => chunk.Length == Pipeline.Prompts.Length && chunk[0] == chunks[0][0]));
        var (prompt, negative) = Pipeline.EncodePrompts(request);
        Assert.AreEqual(chunks.Length * Pipeline.Prompts.Length, prompt.Tokens);
        Assert.AreEqual(prompt.Tokens, negative.Tokens);
        Assert.IsTrue(Pipeline.Generate(request)[0].Latents.All(float.IsFinite));

        request.LongPrompts = LongPrompts.Truncate;
        Assert.HasCount(1, Pipeline.Prompts.Tokenize(request.Prompt, request).Ids);
        request.LongPrompts = LongPrompts.Refuse;
        Assert.Contains("at most 75", Assert.ThrowsExactly<ImagingException>(() => Pipeline.Generate(request)).Message);
    }

    [TestMethod]
    public void APromptOfAHundredThousandTokensIsRefusedByItsLength()
    {
        var request = TinyDiffusion.Request(1);
        request.Prompt = string.Concat(Enumerable.Repeat("a ", 100_000));
        var fault = Assert.ThrowsExactly<ImagingException>(() => Pipeline.Generate(request));
        Assert.Contains("100000 tokens; at most 600", fault.Message);
        request.LongPrompts = LongPrompts.Truncate;
        Assert.IsTrue(Pipeline.Generate(request)[0].Latents.All(float.IsFinite));
    }

    [TestMethod]
    public void WeightsOfAPromptCount()
    {
        var request = TinyDiffusion.Request(1);
        request.Prompt = "a photo of a (cat:1) \\(big\\)";
        request.WeightedPrompts = true;
        var weighted = Pipeline.EncodePrompts(request).Prompt.Values;
        request.WeightedPrompts = false;
        request.Prompt = "a photo of a cat (big)";
        Assert.AreSequenceEqual(Pipeline.EncodePrompts(request).Prompt.Values, weighted);
        request.WeightedPrompts = true;
        request.Prompt = "a photo of a (cat:1.5) \\(big\\)";
        Assert.AreNotSequenceEqual(weighted, Pipeline.EncodePrompts(request).Prompt.Values);
    }

    [TestMethod]
    [DataRow("a cat", "a cat*1")]
    [DataRow("a (cat) here", "a *1|cat*1.1| here*1")]
    [DataRow("((cat))", "cat*1.21")]
    [DataRow("[cat]", "cat*0.909")]
    [DataRow("(a [cat:2] b:1.5)", "a *1.5|cat:2*1.364| b*1.5")]
    [DataRow("(cat:0)", "cat*0")]
    [DataRow("\\(cat\\)", "(cat)*1")]
    [DataRow("(cat", "cat*1.1")]
    [DataRow("cat)", "cat)*1")]
    [DataRow("(cat:1e9)", "cat:1e9*1.1")]
    [DataRow("(cat:1000)", "cat*10")]
    [DataRow("", "")]
    public void PromptsAreReadWithTheirWeights(string prompt, string expected) =>
        Assert.AreEqual(expected, string.Join('|', PromptParser.Parse(prompt).Select(part => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{part.Text}*{part.Weight:0.###}"))));

    [TestMethod]
    public void InpaintingKeepsWhatIsNotMasked()
    {
        int size = Pipeline.NativeSize;
        var mask = new RgbImage(size, size);
        for (int y = 0; y < size; y++)
        {
            for (int x = size / 2; x < size; x++)
                mask[x, y].Fill(255);
        }
        var request = TinyDiffusion.Request(4);
        (request.InitialImage, request.Mask, request.Strength) = (TinyDiffusion.Picture(size, size), mask, 1);
        var repaired = Pipeline.Generate(request)[0].Latents;
        request.Seed = 99;
        var other = Pipeline.Generate(request)[0].Latents;
        int side = Pipeline.Layout.SampleSize;
        for (int i = 0; i < repaired.Length; i++)
        {
            if (i % side < side / 2)
                Assert.AreEqual(repaired[i], other[i], 1e-5, "the kept half does not depend on the seed");
        }
        Assert.AreNotSequenceEqual(repaired, other);
    }

    [TestMethod]
    public void InpaintingUnetsTakeTheMaskAsChannels()
    {
        using var folder = new TemporaryFolder();
        MadeUpUnet.Write(TinyDiffusion.CopyTo(folder.Path), channels: 9);
        using var pipeline = StableDiffusionPipeline.Open(folder.Path);
        var request = TinyDiffusion.Request(2);
        Assert.Contains("InitialImage and Mask", Assert.ThrowsExactly<ImagingException>(() => pipeline.Generate(request)).Message);
        int size = pipeline.NativeSize;
        (request.InitialImage, request.Mask) = (TinyDiffusion.Picture(size, size), new RgbImage(size, size));
        Assert.IsTrue(pipeline.Generate(request)[0].Latents.All(float.IsFinite));
    }

    [TestMethod]
    public void TypesAndShapesAreThoseOfTheGraph()
    {
        float[] plain = Run(folder => MadeUpUnet.Write(folder));
        AssertNear(plain, Run(folder => MadeUpUnet.Write(folder, OnnxElementType.Float16, OnnxElementType.Int64)), 0.05);
        AssertNear(plain, Run(folder => MadeUpUnet.Write(folder, timestep: OnnxElementType.Int32)), 1e-4);
        AssertNear(plain, Run(folder => MadeUpUnet.Write(folder, batch: 1)), 1e-4);
        AssertNear(plain, Run(folder => MadeUpUnet.Write(folder, batch: 3)), 1e-4);
        // A distilled UNet is told the guidance instead of running twice; this one does not mind.
        AssertNear(plain, Run(folder => MadeUpUnet.Write(folder, distilled: true)), 1e-4);

        static float[] Run(Action<string> write)
        {
            using var folder = new TemporaryFolder();
            write(TinyDiffusion.CopyTo(folder.Path));
            using var pipeline = StableDiffusionPipeline.Open(folder.Path);
            var request = TinyDiffusion.Request(3);
            request.Scheduler = new SchedulerOptions { Kind = SchedulerKind.Ddim, ClipSample = false, StepsOffset = 1 };
            return pipeline.Generate(request)[0].Latents;
        }
    }

    [TestMethod]
    public void AGraphOfOneSizeRefusesOthers()
    {
        using var folder = new TemporaryFolder();
        MadeUpUnet.Write(TinyDiffusion.CopyTo(folder.Path), side: 8);
        using var pipeline = StableDiffusionPipeline.Open(folder.Path);
        var request = TinyDiffusion.Request(1);
        pipeline.Generate(request);
        (request.Width, request.Height) = (32, 32);
        Assert.Contains("exported for one size", Assert.ThrowsExactly<ImagingException>(() => pipeline.Generate(request)).Message);
    }

    [TestMethod]
    public void LargePicturesAreMadeInTiles()
    {
        using var tiled = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { UnetTileSize = 64, VaeTileSize = 64 });
        var request = TinyDiffusion.Request(2);
        (request.Width, request.Height) = (80, 68);
        var image = tiled.Generate(request)[0];
        Assert.AreEqual((80, 68), (image.Image.Width, image.Image.Height));
        Assert.IsTrue(image.Latents.All(float.IsFinite));
        request.InitialImage = TinyDiffusion.Picture(80, 68);
        Assert.IsTrue(tiled.Generate(request)[0].Latents.All(float.IsFinite));
        (request.Width, request.Height, request.InitialImage) = (64, 64, null);
        Assert.AreSequenceEqual(Pipeline.Generate(request)[0].Latents, tiled.Generate(request)[0].Latents);
    }

    [TestMethod]
    public void TilesCoverAPlaneAndBlendToIt()
    {
        foreach (var (length, tile) in new[] { (48, 32), (100, 32), (33, 32), (32, 32), (16, 32), (129, 64) })
        {
            var starts = Tiles.Starts(length, tile);
            Assert.AreEqual(0, starts[0]);
            Assert.IsGreaterThanOrEqualTo(length, starts[^1] + tile);
            for (int i = 1; i < starts.Length; i++)
                Assert.IsGreaterThanOrEqualTo(tile / 4, starts[i - 1] + tile - starts[i]);
        }
        var plane = Enumerable.Range(0, 2 * 20 * 30).Select(i => MathF.Sin(i)).ToArray();
        var blended = new float[plane.Length];
        Tiles.Blend(20, 30, 12, 2, 1, blended, 1, (top, left) => Tiles.Cut(plane, 2, 20, 30, top, left, 12, 12));
        AssertNear(plane, blended, 1e-5);
    }

    [TestMethod]
    public void ProgressTellsStagesStepsAndShowsPreviews()
    {
        var reports = new List<ImageProgress>();
        var request = TinyDiffusion.Request(4);
        request.Scheduler = new SchedulerOptions { Kind = SchedulerKind.Euler };
        request.PreviewEvery = 2;
        request.Progress = new Collector(reports);
        var image = Pipeline.Generate(request)[0];
        Assert.AreSequenceEqual(new[] { ImageStage.Encoding, ImageStage.Denoising, ImageStage.Denoising, ImageStage.Denoising, ImageStage.Denoising, ImageStage.Decoding }, reports.Select(report => report.Stage).ToArray());
        Assert.AreSequenceEqual(new[] { 1, 2, 3, 4 }, reports.Where(report => report.Stage == ImageStage.Denoising).Select(report => report.Step).ToArray());
        var previews = reports.Where(report => report.Preview != null).ToArray();
        Assert.HasCount(2, previews);
        // What Euler's last step ends in is what the model believed there.
        for (int i = 0; i < image.Image.Pixels.Length; i++)
            Assert.AreEqual(image.Image.Pixels[i], previews[1].Preview!.Pixels[i], 1);
    }

    [TestMethod]
    public void ParametersGoWithThePicture()
    {
        var request = TinyDiffusion.Request();
        request.Prompt = "a cat — 猫";
        var texts = PngFile.ReadTexts(Pipeline.Generate(request)[0].ToPng());
        Assert.AreEqual("a cat — 猫", texts["Prompt"]);
        Assert.AreEqual("3", texts["Steps"]);
        Assert.AreEqual("EulerAncestral", texts["Scheduler"]);
        Assert.AreEqual("7.5", texts["Guidance"]);
    }

    [TestMethod]
    public async Task RequestsRunAtOnce()
    {
        var expected = Pipeline.Generate(TinyDiffusion.Request())[0].Latents;
        var images = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Pipeline.GenerateAsync(TinyDiffusion.Request())));
        foreach (var image in images)
            Assert.AreSequenceEqual(expected, image[0].Latents);
    }

    private static void AssertNear(float[] expected, float[] actual, double tolerance)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance, $"value {i}");
    }

    internal sealed class Collector(List<ImageProgress> reports) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => reports.Add(value);
    }
}
