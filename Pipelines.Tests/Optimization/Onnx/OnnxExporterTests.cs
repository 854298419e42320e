using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Generation.T5;
using MLPipelines.Optimization.Onnx;
using MLPipelines.Scoring.Writing;
using MLPipelines.Tests.Generation.Training;
using MLPipelines.Tests.Runtime.Torch;

namespace MLPipelines.Tests.Optimization.Onnx;

/// <summary>Exports compute what the checkpoints' own framework computed, and say how far off they are.</summary>
[TestClass]
public sealed class OnnxExporterTests : TorchTests
{
    private static readonly string[] Classifiers = ["ForSequenceClassification", "ForTokenClassification"];

    public static IEnumerable<object[]> Encoders => ParityFixtures.Directories("models")
        .Where(folder => File.Exists(Path.Combine(folder, "expected.json")) && Classifiers.Any(name => File.ReadAllText(Path.Combine(folder, "config.json")).Contains(name, StringComparison.Ordinal)))
        .Select(folder => new object[] { Path.GetFileName(folder) });

    public static IEnumerable<object[]> Generators => T5Fixture.Names;

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Encoders))]
    public void ClassifiersGiveTheReferenceLogits(string name)
    {
        string source = Path.Combine(ParityFixtures.Root, "models", name);
        using var folder = new TemporaryFolder();
        var report = OnnxExporter.Export(source, folder.Path);
        Assert.IsLessThan(1e-4, report.Parity!.MaximumDifference);
        Assert.AreEqual(1, report.Parity.Agreement);
        using var session = new InferenceSession(Path.Combine(folder.Path, OnnxExporter.ModelFile));
        var cases = JsonElement.Parse(File.ReadAllBytes(Path.Combine(source, "expected.json"))).GetProperty("cases");
        int compared = 0;
        foreach (var test in cases.EnumerateArray())
        {
            var input = test.GetProperty("input");
            using var outputs = session.Run([.. session.InputNames.Select(each => Tensor(each, input))]);
            float[] actual = [.. outputs[0].AsEnumerable<float>()];
            var logits = test.GetProperty("outputs").GetProperty("logits");
            float[] expected = T5Fixture.Floats(logits);
            bool[] counts = logits[0][0].ValueKind == JsonValueKind.Array ? Repeat(input.GetProperty("attention_mask"), logits[0][0].GetArrayLength()) : [.. expected.Select(_ => true)];
            for (int i = 0; i < expected.Length; i++)
            {
                if (counts[i])
                    Assert.AreEqual(expected[i], actual[i], 1e-4, $"element {i} of {test.GetProperty("name")}");
            }
            compared++;
        }
        Assert.IsGreaterThan(0, compared);
    }

    [TestMethod]
    [DynamicData(nameof(Generators))]
    public void GeneratorsAreComparedWithLibTorch(string name)
    {
        using var folder = new TemporaryFolder();
        var report = OnnxExporter.Export(T5Fixture.Open(name).Folder, folder.Path, new OnnxExportOptions { Placement = OnnxWeightPlacement.Beside });
        Assert.IsLessThan(1e-3, report.Parity!.MaximumDifference);
        Assert.AreEqual(1, report.Parity.Agreement);
        Assert.IsLessThan(1e-4, Math.Abs(report.Parity.LogLikelihoodLoss!.Value));
        foreach (string file in report.Files)
            Assert.IsTrue(File.Exists(Path.Combine(folder.Path, file)), file);
        Assert.Contains(T5OnnxExporter.DecoderWithPastFile, report.Files);
    }

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Generators))]
    public void MergedAndHalfPrecisionDecodersAreComparedWithLibTorch(string name)
    {
        string source = T5Fixture.Open(name).Folder;
        using var folder = new TemporaryFolder();
        var merged = OnnxExporter.Export(source, folder.Path, new OnnxExportOptions { Merged = true });
        Assert.IsLessThan(1e-3, merged.Parity!.MaximumDifference);
        Assert.AreEqual(1, merged.Parity.Agreement);
        Assert.Contains(T5OnnxExporter.MergedDecoderFile, merged.Files);
        Assert.DoesNotContain(T5OnnxExporter.DecoderFile, merged.Files);
        // Nothing but rounding the weights makes a difference: where they are halves already, there is none.
        string rounded = folder.File("rounded");
        using (var weights = T5Weights.Open(source))
        using (var model = T5Model.Load(weights))
        {
            using (TorchSharp.torch.no_grad())
            {
                foreach (var parameter in model.parameters())
                    parameter.copy_(parameter.to(TorchSharp.torch.ScalarType.Float16).to(TorchSharp.torch.ScalarType.Float32));
            }
            MLPipelines.Training.Checkpoints.ModuleCheckpoints.Save(model, rounded);
            File.WriteAllBytes(Path.Combine(rounded, "config.json"), weights.Config.ToJson());
        }
        foreach (bool isMerged in (bool[])[false, true])
        {
            var options = new OnnxExportOptions { Merged = isMerged, WeightType = OnnxWeightType.Float16 };
            var exact = OnnxExporter.Export(rounded, folder.Path, options);
            Assert.IsLessThan(1e-3, exact.Parity!.MaximumDifference);
            Assert.AreEqual(1, exact.Parity.Agreement);
            // These models are random and wide of range, so that rounding shows: logits reach 20.
            var half = OnnxExporter.Export(source, folder.Path, options);
            Assert.IsGreaterThan(1e-5, half.Parity!.MaximumDifference);
            Assert.IsLessThan(1, half.Parity.MaximumDifference);
            Assert.IsLessThan(0.05, Math.Abs(half.Parity.LogLikelihoodLoss!.Value));
        }
    }

    [TestMethod]
    [DataRow(OnnxWeightType.Float16, 0.01, 0.55)]
    [DataRow(OnnxWeightType.Int8, 0.5, 0.45)]
    [DataRow(OnnxWeightType.Int8Blocks, 0.3, 0.5)]
    [DataRow(OnnxWeightType.Int4Blocks, 6.0, 0.45)]
    public void FewerBitsTakeLessRoomAndLoseLittle(OnnxWeightType type, double tolerance, double room)
    {
        // Wide enough that matrices are most of the model; with unequal blocks at the ends of rows.
        var config = new T5Config { VocabularySize = 500, HiddenSize = 96, HeadSize = 20, Heads = 4, IntermediateSize = 200, EncoderLayers = 2, DecoderLayers = 2 };
        using var folder = new TemporaryFolder();
        string source = Path.Combine(folder.Path, "source");
        using (var model = T5Model.Load(T5Weights.Random(config)))
            MLPipelines.Training.Checkpoints.ModuleCheckpoints.Save(model, source);
        File.WriteAllBytes(Path.Combine(source, "config.json"), config.ToJson());
        var whole = OnnxExporter.Export(source, Path.Combine(folder.Path, "float"));
        var small = OnnxExporter.Export(source, Path.Combine(folder.Path, "small"), new OnnxExportOptions { WeightType = type });
        Assert.IsLessThan(room * whole.Bytes, (double)small.Bytes);
        Assert.IsGreaterThan(1e-6, small.Parity!.MaximumDifference);
        Assert.IsLessThan(tolerance, small.Parity.MaximumDifference);
        Assert.IsLessThan(tolerance, Math.Abs(small.Parity.LogLikelihoodLoss!.Value));
    }

    [TestMethod]
    [DynamicData(nameof(Encoders))]
    public void ClassifiersOf8BitsAgree(string name)
    {
        using var folder = new TemporaryFolder();
        var report = OnnxExporter.Export(Path.Combine(ParityFixtures.Root, "models", name), folder.Path, new OnnxExportOptions { WeightType = OnnxWeightType.Int8 });
        Assert.IsGreaterThan(0, report.Parity!.MaximumDifference);
        Assert.IsLessThan(1, report.Parity.MaximumDifference);
        Assert.IsGreaterThan(0.7, report.Parity.Agreement);
    }

    [TestMethod]
    public void OtherArchitecturesAndOptionsOutOfRangeAreRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("config.json", Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(folder.Path, folder.Path)).Message);
        string config = Path.Combine(folder.Path, "config.json");
        File.WriteAllText(config, """{"model_type":"llama"}""");
        Assert.Contains("'llama'", Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(folder.Path, folder.Path)).Message);
        File.WriteAllText(config, "[");
        Assert.ThrowsExactly<OnnxExportException>(() => OnnxExporter.Export(folder.Path, folder.Path));
        var bad = new OnnxExportOptions { WeightType = (OnnxWeightType)9, ParitySamples = -1, Tolerance = double.NaN };
        string message = Assert.ThrowsExactly<ArgumentException>(() => OnnxExporter.Export(folder.Path, folder.Path, bad)).Message;
        foreach (string option in (string[])["WeightType", "ParitySamples", "Tolerance"])
            Assert.Contains(option, message);
        Assert.ThrowsExactly<OperationCanceledException>(() => OnnxExporter.Export(folder.Path, folder.Path, new OnnxExportOptions { CancellationToken = new CancellationToken(canceled: true) }));
    }

    private static NamedOnnxValue Tensor(string name, JsonElement input)
    {
        var rows = input.GetProperty("input_ids");
        // Where the fixture has no segments all are 0.
        long[] values = input.TryGetProperty(name, out var given)
            ? [.. given.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(value => value.GetInt64()))]
            : new long[rows.GetArrayLength() * rows[0].GetArrayLength()];
        return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(values, [rows.GetArrayLength(), rows[0].GetArrayLength()]));
    }

    private static bool[] Repeat(JsonElement mask, int times) =>
        [.. mask.EnumerateArray().SelectMany(row => row.EnumerateArray().SelectMany(value => Enumerable.Repeat(value.GetInt32() == 1, times)))];
}
