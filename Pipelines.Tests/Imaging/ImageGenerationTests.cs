using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Imaging;

namespace MLPipelines.Tests.Imaging;

/// <summary>Image generation as an estimator.</summary>
[TestClass]
public sealed class ImageGenerationTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void ARowsPictureIsThatOfItsPrompt()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(new[] { new Row { Prompt = "a cat" }, new Row { Prompt = "" }, new Row { Prompt = "a dog" } });
        using var model = context.Transforms.GenerateImage(Options()).Fit(data);
        var images = model.Transform(data).GetColumn<byte[]>("Image").ToArray();
        Assert.HasCount(3, images);
        Assert.AreEqual("a dog", PngFile.ReadTexts(images[2])["Prompt"]);
        Assert.AreSequenceEqual(images[0], model.Generate(["a cat"])[0].ToPng());
        var engine = context.Model.CreatePredictionEngine<Row, Picture>(model);
        Assert.AreSequenceEqual(images[0], engine.Predict(new Row { Prompt = "a cat" }).Image);
    }

    [TestMethod]
    public void OptionsSayAllThatIsWrong()
    {
        var options = new ImageGenerationOptions
        {
            PromptColumnName = "", ImageColumnName = " ", Request = new() { Guidance = double.NaN, Count = 2, Prompt = "x", InitialImage = new RgbImage(1, 1) }, Model = new() { ImagesPerRun = 0 },
        };
        var fault = Assert.ThrowsExactly<ArgumentException>(options.Validate);
        foreach (var part in new[] { "ModelFolder is empty", "PromptColumnName is empty", "ImageColumnName is empty", "Guidance is NaN", "several pictures", "first picture", "has a prompt", "ImagesPerRun is 0" })
            Assert.Contains(part, fault.Message);
    }

    [TestMethod]
    public async Task AnArtifactKeepsTheWholePipelineAndCleansUp()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(new[] { new Row { Prompt = "a cat" } });
        var options = Options();
        options.Request.Scheduler = new() { Kind = MLPipelines.Imaging.Schedulers.SchedulerKind.UniPc, UseKarrasSigmas = true, DisableCorrector = [1] };
        options.Request.NegativePrompt = "blurry";
        options.Request.Steps = 3;
        options.Request.Guidance = 2;
        using var model = context.Transforms.GenerateImage(options).Fit(data);
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        var (content, manifest) = new ModelPackage(context, new StableDiffusionCodec()).Pack(model, Core.Artifacts.SampleArtifacts.Manifest(), data);
        await store.PublishAsync(content, manifest, cancellationToken: TestContext.CancellationToken);
        string kept;
        using (var loaded = new ModelPackage(new MLContext(), new StableDiffusionCodec()).Load(store, "sample"))
        {
            kept = ((ImageGenerationTransformer)loaded.Model).Pipeline.Folder;
            Assert.AreSequenceEqual(model.Transform(data).GetColumn<byte[]>("Image").Single(), loaded.Model.Transform(data).GetColumn<byte[]>("Image").Single());
            Assert.IsTrue(Directory.Exists(kept));
        }
        Assert.IsFalse(Directory.Exists(kept));
    }

    internal static ImageGenerationOptions Options(CancellationToken cancellation = default, long seed = 1) => new()
    {
        ModelFolder = TinyDiffusion.Folder, Request = new() { Steps = 1, Guidance = 1, Seed = seed }, Model = new() { Session = new() { IntraOpThreads = 1 } }, CancellationToken = cancellation,
    };

    internal sealed class Row
    {
        public string Prompt { get; set; } = "";
    }

    private sealed class Picture
    {
        public byte[] Image { get; set; } = [];
    }
}
