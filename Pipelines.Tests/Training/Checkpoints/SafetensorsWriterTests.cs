using System.Text;
using MLPipelines.Training.Checkpoints;
using static MLPipelines.Tests.Training.Checkpoints.SampleTensors;

namespace MLPipelines.Tests.Training.Checkpoints;

/// <summary>What is written reads back, byte for byte as Python's safetensors would write it.</summary>
[TestClass]
public sealed class SafetensorsWriterTests
{
    [TestMethod]
    public void TheOrderOfTensorsIsByTypeAndThenName()
    {
        var bytes = Write(
            new TensorToWrite("mask", TensorDataType.Bool, [3], new byte[] { 1, 0, 1 }),
            Floats("b", [1], 2), new TensorToWrite("half", TensorDataType.Float16, [1], new byte[2]), Floats("a", [1, 1], 1),
            new TensorToWrite("ids", TensorDataType.Int64, [], new byte[8]));
        var expected = """{"__metadata__":{"format":"pt"},"ids":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"half":{"dtype":"F16","shape":[1],"data_offsets":[16,18]},"mask":{"dtype":"BOOL","shape":[3],"data_offsets":[18,21]}}""";
        int length = (int)BitConverter.ToInt64(bytes);
        Assert.AreEqual(0, length % 8);
        Assert.AreEqual(expected, Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.HasCount(8 + length + 21, bytes);
        Assert.AreEqual(1f, BitConverter.ToSingle(bytes, 8 + length + 8));
    }

    [TestMethod]
    public void TheSameTensorsGiveTheSameBytesInAnyOrder()
    {
        TensorToWrite[] tensors = [Floats("x", [1], 1), Floats("ä\"\\\n\u0001😀", [1], 2), new("h", TensorDataType.BFloat16, [2], new byte[4])];
        var bytes = Write(tensors, new() { ["z"] = "1", ["a"] = "\t" });
        Assert.AreSequenceEqual(bytes, Write([.. tensors.Reverse()], new() { ["a"] = "\t", ["z"] = "1" }));
        using var checkpoint = Open(bytes);
        Assert.AreEqual(2f, checkpoint["ä\"\\\n\u0001😀"].ToFloats()[0]);
        Assert.AreEqual("\t", checkpoint.Metadata["a"]);
        StringAssert.Contains(Encoding.UTF8.GetString(bytes), """ä\"\\\n\u0001😀""");
    }

    [TestMethod]
    public void AnEmptyCheckpointIsWhole()
    {
        using var checkpoint = Open(Write([], []));
        Assert.IsEmpty(checkpoint.Tensors);
        Assert.IsEmpty(checkpoint.Metadata);
    }

    [TestMethod]
    public void BadTensorsAreRefused()
    {
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Write(Floats("a", [1], 1), Floats("a", [1], 1))).Message, "two of that name");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Floats("a", [2], 1)).Message, "it has 4 bytes where Float32 [2] takes 8");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Floats("a", [-2], 1)).Message, "negative size");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Floats("__metadata__", [1], 1)).Message, "reserve");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Write(Floats("\ud800", [1], 1))).Message, "half a surrogate pair");
        var liar = new TensorToWrite("a", TensorDataType.Float32, [2], stream => stream.Write(new byte[4]));
        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => Write(liar)).Message, "8 bytes, but 4 came");
    }

    [TestMethod]
    public void ShardsAndTheirIndexReadAsOne()
    {
        using var folder = new TemporaryFolder();
        TensorToWrite[] tensors = [.. Enumerable.Range(0, 5).Select(i => Floats($"layer.{i}", [2], i, -i))];
        SafetensorsWriter.WriteSharded(folder.Path, tensors);
        Assert.AreSequenceEqual(new[] { "model.safetensors" }, Names(folder.Path));
        var names = SafetensorsWriter.WriteSharded(folder.Path, tensors, maximumShardBytes: 16);
        string[] expected = ["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", "model.safetensors.index.json"];
        Assert.AreSequenceEqual(expected, names);
        Assert.AreSequenceEqual(expected, Names(folder.Path));
        StringAssert.StartsWith(File.ReadAllText(folder.File(expected[3])), "{\n  \"metadata\": {\n    \"total_size\": 40\n  },\n  \"weight_map\": {\n    \"layer.0\": \"model-00001-of-00003.safetensors\",\n");
        using (var checkpoint = Checkpoint.Open(folder.Path))
        {
            Assert.HasCount(5, checkpoint.Tensors);
            Assert.AreSequenceEqual(new float[] { 4, -4 }, checkpoint["layer.4"].ToFloats());
            Assert.AreEqual("pt", checkpoint.Metadata["format"]);
        }
        SafetensorsWriter.WriteSharded(folder.Path, tensors);
        Assert.AreSequenceEqual(new[] { "model.safetensors" }, Names(folder.Path));
    }

    [TestMethod]
    public void AWriteThatFailsLeavesTheFolderAsItWas()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.WriteSharded(folder.Path, [Floats("a", [1], 1)]);
        var before = File.ReadAllBytes(folder.File("model.safetensors"));
        var broken = new TensorToWrite("a", TensorDataType.Float32, [1], _ => throw new IOException("disk full"));
        Assert.ThrowsExactly<IOException>(() => SafetensorsWriter.WriteSharded(folder.Path, [broken]));
        Assert.AreSequenceEqual(new[] { "model.safetensors" }, Names(folder.Path));
        Assert.AreSequenceEqual(before, File.ReadAllBytes(folder.File("model.safetensors")));
    }

    [TestMethod]
    [TestCategory("Parity")]
    public void ReferenceFilesAreWrittenAsTheyWereRead()
    {
        int count = 0;
        foreach (var file in Directory.EnumerateFiles(ParityFixtures.Root, "*.safetensors", SearchOption.AllDirectories))
        {
            using var checkpoint = Checkpoint.OpenSafetensors(file);
            using var stream = new MemoryStream();
            SafetensorsWriter.Write(stream, [.. checkpoint.Tensors.Values.Select(tensor => new TensorToWrite(tensor))], checkpoint.Metadata);
            Assert.IsTrue(stream.ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(file)), file);
            count++;
        }
        Assert.IsGreaterThan(0, count);
    }

    private static string[] Names(string folder) => [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
