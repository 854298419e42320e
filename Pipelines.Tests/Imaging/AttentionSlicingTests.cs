using Microsoft.ML.OnnxRuntime;
using MLPipelines.Imaging;
using MLPipelines.Scoring;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Tests.Imaging;

/// <summary>The tiny pipeline with its attention in slices, or by ONNX Runtime's own operator.</summary>
[TestClass]
public sealed class AttentionSlicingTests
{
    private static readonly string[] Parts = ["unet", "vae_decoder", "vae_encoder"];

    public static IEnumerable<object[]> Options =>
        [[new OnnxSessionOptions { AttentionSlices = 1 }], [new OnnxSessionOptions { AttentionSlices = 2 }], [new OnnxSessionOptions { AttentionSlices = 3 }], [new OnnxSessionOptions { AttentionSlices = 64 }], [new OnnxSessionOptions { FusedAttention = true }]];

    [TestMethod]
    [DynamicData(nameof(Options))]
    public void EachModelGivesTheSameAtAnySize(OnnxSessionOptions options)
    {
        foreach (var part in Parts)
        {
            string path = Path.Combine(TinyDiffusion.Folder, part, "model.onnx");
            using var exported = OnnxModel.Open(path);
            using var rewritten = OnnxModel.Open(path, options);
            foreach (var (height, width) in new[] { (8, 8), (12, 20) })
            {
                float[] expected = Run(exported, height, width), actual = Run(rewritten, height, width);
                Assert.HasCount(expected.Length, actual);
                for (int i = 0; i < expected.Length; i++)
                    Assert.AreEqual(expected[i], actual[i], 1e-5, $"{part} at {i}");
            }
        }
    }

    [TestMethod]
    public void EveryAttentionOfTheFixturesIsRewritten()
    {
        foreach (var part in Parts)
        {
            string path = Path.Combine(TinyDiffusion.Folder, part, "model.onnx");
            Assert.IsTrue(OnnxModelInfo.Read(path).CanFuseAttention());
            byte[] model = File.ReadAllBytes(path);
            var graph = OnnxGraphReader.Read(model, part, null);
            int exported = Count(model, "Softmax");
            Assert.IsGreaterThan(0, exported);
            byte[] sliced = AttentionRewrite.Apply(model, part, graph, new() { AttentionSlices = 3 });
            Assert.AreEqual(3 * exported, Count(sliced, "Softmax"));
            Assert.AreEqual(Count(model, "MatMul") + 2 * 2 * exported, Count(sliced, "MatMul"));
            Assert.AreEqual(Count(model, "ConstantOfShape") - exported, Count(sliced, "ConstantOfShape"), "Zeros that torch adds are as large as the scores.");
            byte[] fused = AttentionRewrite.Apply(model, part, graph, new() { FusedAttention = true });
            Assert.AreEqual(0, Count(fused, "Softmax"));
            Assert.AreEqual(exported, Count(fused, "MultiHeadAttention"));
            Assert.AreEqual(Count(model, "MatMul") - 2 * exported, Count(fused, "MatMul"));
        }

        static int Count(byte[] model, string op) => GraphIndex.Of(model, "model").Nodes.Count(node => node.Operator == op);
    }

    [TestMethod]
    [DataRow(4, false, 1e-5)]
    [DataRow(4, null, 1e-5)]
    [DataRow(1, true, 1e-3)]
    [DataRow(1, null, 1e-3)]
    public void PicturesAreTheSame(int slices, bool? isFused, double tolerance)
    {
        using var exported = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { FusedAttention = false });
        using var rewritten = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { AttentionSlices = slices, FusedAttention = isFused, ReleaseBetweenStages = true });
        var request = TinyDiffusion.Request(2);
        AssertSame();
        (request.Width, request.Height, request.InitialImage) = (40, 24, TinyDiffusion.Picture(40, 24));
        AssertSame();

        void AssertSame()
        {
            GeneratedImage expected = exported.Generate(request)[0], actual = rewritten.Generate(request)[0];
            for (int i = 0; i < expected.Latents.Length; i++)
                Assert.AreEqual(expected.Latents[i], actual.Latents[i], tolerance * Math.Max(1, Math.Abs(expected.Latents[i])), $"at {i}");
            for (int i = 0; i < expected.Image.Pixels.Length; i++)
                Assert.AreEqual(expected.Image.Pixels[i], actual.Image.Pixels[i], 1, $"pixel {i}");
        }
    }

    [TestMethod]
    public void AUnetWithoutAttentionIsRefusedAndAnAutoencoderWithoutIsNot()
    {
        using var folder = new TemporaryFolder();
        TinyDiffusion.CopyTo(folder.Path);
        string unet = Path.Combine(folder.Path, "unet", "model.onnx");
        File.Copy(unet, unet + ".kept");
        MadeUpUnet.Write(folder.Path);
        using (var without = StableDiffusionPipeline.Open(folder.Path, new() { AttentionSlices = 2 }))
        {
            string fault = Assert.ThrowsExactly<OnnxException>(() => without.Generate(TinyDiffusion.Request(1))).Message;
            Assert.Contains("AttentionSlices is set", fault);
            Assert.Contains(unet, fault);
        }
        Assert.IsFalse(OnnxModelInfo.Read(unet).CanFuseAttention());
        using (var asExported = StableDiffusionPipeline.Open(folder.Path))
            Assert.HasCount(1, asExported.Generate(TinyDiffusion.Request(1)));
        File.Move(unet + ".kept", unet, overwrite: true);

        var decoder = new OnnxGraphBuilder("vae_decoder");
        var latents = decoder.Input("latent_sample", OnnxElementType.Float, "batch", 4, "height", "width");
        var planes = decoder.Node("Slice", [latents, decoder.Integers(0), decoder.Integers(3), decoder.Integers(1)]);
        var large = decoder.Node("Resize", [planes, "", decoder.Add(OnnxTensor.Of("scales", [1f, 1f, 2f, 2f], 4))], new OnnxAttribute("mode", "nearest"));
        decoder.Output(large, new OnnxValue("sample", OnnxElementType.Float, "batch", 3, "pixel_height", "pixel_width"));
        using (var stream = File.Create(Path.Combine(folder.Path, "vae_decoder", "model.onnx")))
            OnnxModelWriter.Write(decoder, stream);
        using var small = StableDiffusionPipeline.Open(folder.Path, new() { AttentionSlices = 2 });
        Assert.HasCount(1, small.Generate(TinyDiffusion.Request(1)));
    }

    [TestMethod]
    public void OptionsAreChecked()
    {
        string fault = Fault(new() { AttentionSlices = 0, ImagesPerRun = 0, Session = new() { FusedAttention = true } });
        Assert.Contains("AttentionSlices is 0; it must be 1 to 64", fault);
        Assert.Contains("ImagesPerRun is 0", fault);
        Assert.Contains("Session says how attention is computed", fault);
        fault = Fault(new() { AttentionSlices = 65, FusedAttention = true, Session = new() { InterOpThreads = 2 } });
        Assert.Contains("AttentionSlices is 65", fault);
        Assert.Contains("choose one of the two", fault);
        Assert.Contains("Session.InterOpThreads is 2", fault);

        static string Fault(StableDiffusionOptions options) => Assert.ThrowsExactly<ArgumentException>(options.Validate).Message;
    }

    /// <summary>Runs a part over latents, or for the encoder a picture, of a size.</summary>
    private static float[] Run(OnnxModel model, int height, int width)
    {
        var names = new List<string>();
        var values = new List<OrtValue>();
        foreach (var input in model.Inputs)
        {
            long[] shape = input.Name switch
            {
                "timestep" => input.Dimensions.Count == 0 ? [] : [1],
                "encoder_hidden_states" => [2, 77, input.Dimensions[2]],
                "sample" when model.Inputs.Count == 1 => [2, 3, height, width],
                _ => [2, 4, height, width],
            };
            int count = (int)shape.Aggregate(1L, (product, size) => product * size);
            var value = OnnxTensors.Allocate(input.ElementType, shape);
            if (input.Name == "timestep" && input.ElementType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64)
                OnnxTensors.Elements<long>(value).Fill(500);
            else
                Unet.Write(value, 0, [.. Enumerable.Range(0, count).Select(i => input.Name == "timestep" ? 500 : MathF.Sin(i * 0.37f))]);
            names.Add(input.Name);
            values.Add(value);
        }
        var outputs = model.Run(names, values, [model.Outputs[0].Name]);
        float[] result = OnnxTensors.ToFloats(outputs[0]);
        foreach (var value in values.Concat(outputs))
            value.Dispose();
        return result;
    }
}
