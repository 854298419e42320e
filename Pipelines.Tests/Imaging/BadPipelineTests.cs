using System.Diagnostics;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Imaging;
using MLPipelines.Scoring;
using MLPipelines.Tests.Scoring;

namespace MLPipelines.Tests.Imaging;

/// <summary>Damaged folders, wrong requests, cancellation, and memory that stays flat.</summary>
[TestClass]
[DoNotParallelize] // It counts the sessions and the memory of the process.
public sealed class BadPipelineTests
{
    [TestMethod]
    [DataRow("model_index.json")]
    [DataRow("text_encoder/model.onnx")]
    [DataRow("unet/model.onnx")]
    [DataRow("vae_decoder/model.onnx")]
    [DataRow("scheduler/scheduler_config.json")]
    public void AMissingFileIsNamed(string file)
    {
        using var folder = new TemporaryFolder();
        File.Delete(Path.Combine(TinyDiffusion.CopyTo(folder.Path), file));
        Assert.Contains(file, Assert.ThrowsExactly<ImagingException>(() => StableDiffusionPipeline.Open(folder.Path)).Message);
    }

    [TestMethod]
    public void OtherPartsAreMissedWhenTheyAreNeeded()
    {
        using var folder = new TemporaryFolder();
        TinyDiffusion.CopyTo(folder.Path);
        File.Delete(Path.Combine(folder.Path, "vae_encoder", "model.onnx"));
        using (var pipeline = StableDiffusionPipeline.Open(folder.Path))
        {
            var request = TinyDiffusion.Request(2);
            pipeline.Generate(request);
            request.InitialImage = new RgbImage(16, 16);
            Assert.Contains("vae_encoder/model.onnx", Assert.ThrowsExactly<ImagingException>(() => pipeline.Generate(request)).Message);
        }
        Directory.Delete(Path.Combine(folder.Path, "tokenizer"), recursive: true);
        Assert.Contains("tokenizer", Assert.ThrowsExactly<ImagingException>(() => StableDiffusionPipeline.Open(folder.Path)).Message);
        Assert.Contains("does not exist", Assert.ThrowsExactly<ImagingException>(() => StableDiffusionPipeline.Open(Path.Combine(folder.Path, "none"))).Message);
    }

    [TestMethod]
    [DataRow("model_index.json", "{", "cannot be")]
    [DataRow("model_index.json", """{"_class_name":"FluxPipeline"}""", "names the pipeline 'FluxPipeline'")]
    [DataRow("vae_decoder/config.json", """{"scaling_factor":-1}""", "scaling factor -1")]
    [DataRow("tokenizer/tokenizer.json", "{}", "tokenizer")]
    public void ADamagedFileIsNamed(string file, string content, string reason)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(TinyDiffusion.CopyTo(folder.Path), file), content);
        Assert.Contains(reason, Assert.ThrowsExactly<ImagingException>(() => StableDiffusionPipeline.Open(folder.Path)).Message);
    }

    [TestMethod]
    public void AGraphWithOtherInputNamesOrNoGraphIsRefused()
    {
        using var folder = new TemporaryFolder();
        MadeUpUnet.Write(TinyDiffusion.CopyTo(folder.Path), sampleName: "latents");
        using (var pipeline = StableDiffusionPipeline.Open(folder.Path))
        {
            var fault = Assert.ThrowsExactly<OnnxException>(() => pipeline.Generate(TinyDiffusion.Request(1)));
            Assert.Contains("sample", fault.Message);
            Assert.Contains("latents", fault.Message);
        }
        File.WriteAllText(Path.Combine(folder.Path, "unet", "model.onnx"), "no graph");
        using var damaged = StableDiffusionPipeline.Open(folder.Path);
        Assert.Contains("model.onnx", Assert.ThrowsExactly<OnnxException>(() => damaged.Generate(TinyDiffusion.Request(1))).Message);
    }

    [TestMethod]
    [DataRow("text_encoder")]
    [DataRow("unet")]
    [DataRow("vae_decoder")]
    public void AForeignOperatorAndValuesOutsideTheFolderAreRefusedInEveryPart(string part)
    {
        using var folder = new TemporaryFolder();
        string graph = Path.Combine(TinyDiffusion.CopyTo(folder.Path), part, "model.onnx");
        Refuses(new OnnxFile().Set("evil.domain", 1).Input("x", TensorElementType.Float, 1).Output("y", TensorElementType.Float, 1).Node("Launch", ["x"], ["y"], "evil.domain").Save(graph), "evil.domain");
        Refuses(SmallModels.LinearOutside("../outside.bin").Save(graph), "leads out of its folder");
        Refuses(SmallModels.LinearOutside("gone.bin").Save(graph), "gone.bin");

        void Refuses(string file, string reason)
        {
            using var pipeline = StableDiffusionPipeline.Open(folder.Path);
            var fault = Assert.ThrowsExactly<OnnxException>(() => pipeline.Generate(TinyDiffusion.Request(1)));
            Assert.Contains(reason, fault.Message);
            Assert.Contains(file, fault.Message);
        }
    }

    [TestMethod]
    public void ATokenizerOfALargerVocabularyIsRefused()
    {
        using var folder = new TemporaryFolder();
        TinyDiffusion.CopyTo(folder.Path);
        new OnnxFile().Input("input_ids", TensorElementType.Int64, "batch", 77).Output("last_hidden_state", TensorElementType.Float, "batch", 77, 32)
            .Constant("table", new float[5 * 32], 5, 32).Node("Gather", ["table", "input_ids"], ["last_hidden_state"]).Save(Path.Combine(folder.Path, "text_encoder", "model.onnx"));
        using var pipeline = StableDiffusionPipeline.Open(folder.Path);
        string fault = Assert.ThrowsExactly<ImagingException>(() => pipeline.Generate(TinyDiffusion.Request(1))).Message;
        Assert.Contains("text_encoder", fault);
        Assert.Contains("tokenizer", fault);
        Assert.Contains("not of one model", fault);
    }

    [TestMethod]
    public void ARequestSaysAllThatIsWrong()
    {
        using var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder);
        var request = new ImageRequest { Guidance = double.NaN, Steps = 0, Count = 0, Strength = 2, Width = -8, Mask = new RgbImage(1, 1), PreviewEvery = -1, Seeds = [1, 2] };
        var fault = Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(request));
        foreach (var part in new[] { "Guidance is NaN; it must be 0 to 100", "Steps is 0", "Count is 0", "Strength is 2", "Width is -8", "Mask is given without InitialImage", "PreviewEvery is -1", "Seeds has 2" })
            Assert.Contains(part, fault.Message);
        var options = Assert.ThrowsExactly<ArgumentException>(() => StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { ImagesPerRun = 0, UnetTileSize = 3, VaeTileSize = 5 }));
        foreach (var part in new[] { "ImagesPerRun is 0", "UnetTileSize is 3", "VaeTileSize is 5" })
            Assert.Contains(part, options.Message);
    }

    [TestMethod]
    public void SizesThatDoNotFitAreRefused()
    {
        using var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder);
        var request = TinyDiffusion.Request(1);
        request.Width = 17;
        Assert.Contains("multiples of 2: for instance 18 × 16", Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(request)).Message);
        (request.Width, request.Height, request.InitialImage) = (16, 16, new RgbImage(20, 16));
        Assert.Contains("InitialImage has 20 × 16 pixels", Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(request)).Message);
        (request.InitialImage, request.Mask) = (new RgbImage(16, 16), new RgbImage(8, 8));
        Assert.Contains("Mask has 8 × 8 pixels", Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(request)).Message);
        (request.InitialImage, request.Mask, request.Latents) = (null, null, [new float[5]]);
        Assert.Contains("latents given have 5 values", Assert.ThrowsExactly<ArgumentException>(() => pipeline.Generate(request)).Message);
    }

    [TestMethod]
    [DataRow(ImageStage.Encoding)]
    [DataRow(ImageStage.Preparing)]
    [DataRow(ImageStage.Denoising)]
    [DataRow(ImageStage.Decoding)]
    public void CancellationAtAnyStageLeavesNoSessionBehind(ImageStage stage)
    {
        using var folder = new TemporaryFolder();
        int before = OnnxModel.OpenSessions;
        using (var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.CopyTo(folder.Path), new() { ReleaseBetweenStages = true }))
        {
            using var stop = new CancellationTokenSource();
            var request = TinyDiffusion.Request(4);
            (request.InitialImage, request.CancellationToken) = (new RgbImage(16, 16), stop.Token);
            request.Progress = new StopAt(stage, stop);
            Assert.ThrowsExactly<OperationCanceledException>(() => pipeline.Generate(request));
            Assert.AreEqual(before, OnnxModel.OpenSessions);
            // The pipeline still works afterwards.
            Assert.HasCount(1, pipeline.Generate(TinyDiffusion.Request(2)));
        }
        Assert.AreEqual(before, OnnxModel.OpenSessions);
    }

    [TestMethod]
    public void CancellationAtEveryStageLeavesNoNativeMemory()
    {
        using var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { Session = new() { IntraOpThreads = 1 } });
        Cancel(40);
        long warm = Resident();
        Cancel(100);
        Assert.IsLessThan(24_000_000, Resident() - warm);
        Assert.HasCount(1, pipeline.Generate(TinyDiffusion.Request(1)));

        void Cancel(int rounds)
        {
            for (int round = 0; round < rounds; round++)
            {
                foreach (var stage in Enum.GetValues<ImageStage>().Where(stage => stage != ImageStage.Preparing))
                {
                    using var stop = new CancellationTokenSource();
                    var request = TinyDiffusion.Request(2);
                    (request.Progress, request.CancellationToken) = (new StopAt(stage, stop), stop.Token);
                    Assert.ThrowsExactly<OperationCanceledException>(() => pipeline.Generate(request));
                }
            }
        }
    }

    [TestMethod]
    public void CancellationStopsWithinAStep()
    {
        using var folder = new TemporaryFolder();
        MadeUpUnet.Write(TinyDiffusion.CopyTo(folder.Path), slow: MadeUpUnet.Slow);
        using var pipeline = StableDiffusionPipeline.Open(folder.Path);
        using var stop = new CancellationTokenSource();
        var request = TinyDiffusion.Request(1);
        var clock = Stopwatch.StartNew();
        pipeline.Generate(request);
        double whole = clock.Elapsed.TotalSeconds;
        request.CancellationToken = stop.Token;
        request.Progress = new StopAt(ImageStage.Encoding, stop, () =>
        {
            clock.Restart();
            stop.CancelAfter(TimeSpan.FromSeconds(whole / 4));
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => pipeline.Generate(request));
        Assert.IsLessThan(0.8 * whole, clock.Elapsed.TotalSeconds, "a step that is cancelled early takes less than a whole one");
    }

    [TestMethod]
    public void ADisposedPipelineSaysSo()
    {
        // A folder of its own, whose sessions nobody shares.
        using var folder = new TemporaryFolder();
        int before = OnnxModel.OpenSessions;
        var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.CopyTo(folder.Path));
        pipeline.Generate(TinyDiffusion.Request(1));
        Assert.IsGreaterThan(before, OnnxModel.OpenSessions);
        pipeline.Dispose();
        Assert.AreEqual(before, OnnxModel.OpenSessions);
        Assert.ThrowsExactly<ObjectDisposedException>(() => pipeline.Generate(TinyDiffusion.Request(1)));
    }

    [TestMethod]
    public void ARequestInProgressIsCompletedBeforeThePipelineCloses()
    {
        foreach (var stage in Enum.GetValues<ImageStage>())
        {
            using var folder = new TemporaryFolder();
            int before = OnnxModel.OpenSessions;
            var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.CopyTo(folder.Path));
            var request = TinyDiffusion.Request(2);
            request.InitialImage = new RgbImage(16, 16);
            var expected = pipeline.Generate(request)[0].Image.Pixels;
            using var unused = new CancellationTokenSource();
            request.Progress = new StopAt(stage, unused, pipeline.Dispose);
            Assert.AreSequenceEqual(expected, pipeline.Generate(request)[0].Image.Pixels, $"closed while {stage}");
            Assert.AreEqual(before, OnnxModel.OpenSessions);
            Assert.ThrowsExactly<ObjectDisposedException>(() => pipeline.Generate(TinyDiffusion.Request(1)));
        }
    }

    [TestMethod]
    public void MemoryStaysFlatOverFiveHundredPictures()
    {
        using var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { Session = new() { IntraOpThreads = 1 } });
        var request = TinyDiffusion.Request(1);
        Make(150);
        long warm = Resident();
        Make(350);
        Assert.IsLessThan(24_000_000, Resident() - warm);

        void Make(int count)
        {
            for (int i = 0; i < count; i++)
            {
                request.Seed = i;
                pipeline.Generate(request);
            }
        }
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private sealed class StopAt(ImageStage stage, CancellationTokenSource stop, Action? instead = null) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value)
        {
            if (value.Stage != stage)
                return;
            if (instead != null)
                instead();
            else
                stop.Cancel();
        }
    }
}
