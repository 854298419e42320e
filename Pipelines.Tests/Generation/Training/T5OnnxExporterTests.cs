using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using MLPipelines.Generation.T5;
using MLPipelines.Scoring;
using MLPipelines.Scoring.Writing;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Generation.Training;

/// <summary>Exported T5 models compute what transformers computed, in ONNX Runtime and step by step with a cache.</summary>
[TestClass]
public sealed class T5OnnxExporterTests
{
    public static IEnumerable<object[]> Models => T5Fixture.Names;

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Models))]
    public void TheEncoderGivesTheReferenceStates(string name)
    {
        var fixture = T5Fixture.Open(name);
        using var folder = new TemporaryFolder();
        foreach (bool isPortable in (bool[])[false, true])
        {
            T5OnnxExporter.Export(fixture.Folder, folder.Path, new T5ExportOptions { Portable = isPortable });
            T5Fixture.AssertClose(T5Fixture.Floats(fixture.Outputs.GetProperty("encoder_last_hidden_state")), Encode(fixture, folder.Path));
        }
    }

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Models))]
    public void TheDecoderGivesTheReferenceLogitsAtOnceAndStepByStep(string name)
    {
        var fixture = T5Fixture.Open(name);
        using var folder = new TemporaryFolder();
        var expected = fixture.Outputs.GetProperty("logits_first_6_positions");
        int positions = expected[0].GetArrayLength();
        foreach (bool isPortable in (bool[])[false, true])
        {
            T5OnnxExporter.Export(fixture.Folder, folder.Path, new T5ExportOptions { Placement = OnnxWeightPlacement.Beside, Portable = isPortable });
            var steps = new OnnxT5Steps(fixture, folder.Path, Encode(fixture, folder.Path));
            float[] whole = steps.AtOnce(positions);
            T5Fixture.AssertClose(T5Fixture.Floats(expected), whole);
            T5Fixture.AssertClose(whole, steps.StepByStep(positions), absolute: 2e-4);
            T5Fixture.AssertClose(whole, steps.StepByStep(positions, tokensEach: 2), absolute: 2e-4);
        }
    }

    [TestMethod]
    public void AllGraphsReadTheSameFileOfWeights()
    {
        using var folder = new TemporaryFolder();
        var config = new T5Config { VocabularySize = 120, HiddenSize = 16, HeadSize = 4, Heads = 2, IntermediateSize = 32, EncoderLayers = 1, DecoderLayers = 3 };
        var written = T5OnnxExporter.Export(T5Weights.Random(config), folder.Path, new T5ExportOptions { Placement = OnnxWeightPlacement.Beside });
        Assert.AreEqual(1, written.Count(name => name == T5OnnxExporter.WeightsFile));
        using var encoder = new InferenceSession(Path.Combine(folder.Path, T5OnnxExporter.EncoderFile));
        using var first = new InferenceSession(Path.Combine(folder.Path, T5OnnxExporter.DecoderFile));
        using var later = new InferenceSession(Path.Combine(folder.Path, T5OnnxExporter.DecoderWithPastFile));
        Assert.HasCount(1 + (4 * 3), first.OutputNames);
        Assert.HasCount(2 + (4 * 3), later.InputNames);
        Assert.IsLessThan(60_000, new FileInfo(Path.Combine(folder.Path, T5OnnxExporter.DecoderFile)).Length);
    }

    [TestMethod]
    public void PortableExportsHaveOperatorsOfOnnxOnly()
    {
        using var folder = new TemporaryFolder();
        var config = new T5Config { VocabularySize = 64, HiddenSize = 8, HeadSize = 4, Heads = 2, IntermediateSize = 16, EncoderLayers = 1, DecoderLayers = 1 };
        foreach (bool isPortable in (bool[])[false, true])
        {
            var written = T5OnnxExporter.Export(T5Weights.Random(config), folder.Path, new T5ExportOptions { Portable = isPortable });
            foreach (string file in written.Where(name => name.EndsWith(".onnx", StringComparison.Ordinal)))
            {
                using var model = OnnxModel.Open(Path.Combine(folder.Path, file));
                Assert.AreEqual(!isPortable, model.OperatorSets.ContainsKey(OnnxGraphBuilder.MicrosoftDomain), file);
            }
        }
        string message = Assert.ThrowsExactly<ArgumentException>(new T5ExportOptions { Portable = true, WeightType = OnnxWeightType.Int4Blocks }.Validate).Message;
        Assert.Contains("Portable", message);
        Assert.Contains("Int4Blocks", message);
    }

    [TestMethod]
    public void TheSameModelGivesTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        var config = new T5Config { VocabularySize = 64, HiddenSize = 8, HeadSize = 4, Heads = 2, IntermediateSize = 16, EncoderLayers = 1, DecoderLayers = 1 };
        string[] folders = [Path.Combine(folder.Path, "a"), Path.Combine(folder.Path, "b")];
        foreach (string target in folders)
            T5OnnxExporter.Export(T5Weights.Random(config, seed: 3), target);
        foreach (string file in Directory.EnumerateFiles(folders[0]))
            CollectionAssert.AreEqual(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(folders[1], Path.GetFileName(file))), file);
    }

    [TestMethod]
    public void AnotherArchitectureIsRefusedByName()
    {
        string bert = Path.Combine(ParityFixtures.Root, "models", "bert_base");
        using var folder = new TemporaryFolder();
        Assert.Contains("'bert'", Assert.ThrowsExactly<T5Exception>(() => T5OnnxExporter.Export(bert, folder.Path)).Message);
        Assert.Contains("config.json", Assert.ThrowsExactly<T5Exception>(() => T5OnnxExporter.Export(folder.Path, folder.Path)).Message);
    }

    [TestMethod]
    public void ValuesOutOfRangeAreAllListed()
    {
        var exception = Assert.ThrowsExactly<T5Exception>(() => T5Config.Parse("""{"model_type":"t5","d_model":0,"num_heads":"8","feed_forward_proj":"gated-mish","dropout_rate":1}"""u8));
        foreach (string key in (string[])["d_model", "num_heads", "gated-mish", "dropout_rate"])
            Assert.Contains(key, exception.Message);
        Assert.ThrowsExactly<T5Exception>(() => T5Config.Parse("[1]"u8));
        Assert.ThrowsExactly<T5Exception>(() => T5Config.Parse("{"u8));
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void MissingAndMisshapenTensorsAreAllListed(string name)
    {
        var fixture = T5Fixture.Open(name);
        using var folder = new TemporaryFolder();
        string missing = T5ParameterNames.FinalNorm(isDecoder: true), misshapen = T5ParameterNames.Embedding;
        var keys = JsonNode.Parse(File.ReadAllText(Path.Combine(fixture.Folder, "config.json")))!.AsObject();
        keys["vocab_size"] = keys["vocab_size"]!.GetValue<int>() + 1;
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), keys.ToJsonString());
        using (var checkpoint = Checkpoint.Open(fixture.Folder))
            SafetensorsWriter.WriteSharded(folder.Path, [.. checkpoint.Tensors.Values.Where(tensor => tensor.Name != missing).Select(tensor => new TensorToWrite(tensor))]);
        var exception = Assert.ThrowsExactly<T5Exception>(() => T5OnnxExporter.Export(folder.Path, Path.Combine(folder.Path, "out")));
        Assert.Contains(missing, exception.Message);
        Assert.Contains(misshapen, exception.Message);
    }

    [TestMethod]
    public void CancellationLeavesNoFileBehind()
    {
        using var folder = new TemporaryFolder();
        var config = new T5Config { VocabularySize = 64, HiddenSize = 8, HeadSize = 4, Heads = 2, IntermediateSize = 16, EncoderLayers = 1, DecoderLayers = 1 };
        Assert.ThrowsExactly<OperationCanceledException>(() => T5OnnxExporter.Export(T5Weights.Random(config), folder.Path, new T5ExportOptions { CancellationToken = new CancellationToken(canceled: true) }));
        Assert.IsEmpty(Directory.EnumerateFiles(folder.Path));
    }

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Models))]
    public void BucketsAreThoseOfTheReference(string name)
    {
        var fixture = T5Fixture.Open(name);
        var config = T5Config.Parse(File.ReadAllBytes(Path.Combine(fixture.Folder, "config.json")));
        var buckets = fixture.Expected.GetProperty("relative_buckets");
        int[] relative = [.. buckets.GetProperty("relative_position").EnumerateArray().Select(value => value.GetInt32())];
        foreach (var (key, isBidirectional) in new[] { ("bidirectional", true), ("causal", false) })
        {
            int[] expected = [.. buckets.GetProperty(key).EnumerateArray().Select(value => value.GetInt32())];
            int[] actual = Array.ConvertAll(relative, position => RelativePositions.Bucket(position, isBidirectional, config.RelativeBuckets, config.RelativeMaximumDistance));
            CollectionAssert.AreEqual(expected, actual, key);
        }
    }

    private static float[] Encode(T5Fixture fixture, string folder)
    {
        using var session = new InferenceSession(Path.Combine(folder, T5OnnxExporter.EncoderFile));
        using var outputs = session.Run([OnnxT5Steps.Ids(fixture, "input_ids"), OnnxT5Steps.Ids(fixture, "attention_mask")]);
        return [.. outputs[0].AsEnumerable<float>()];
    }
}
