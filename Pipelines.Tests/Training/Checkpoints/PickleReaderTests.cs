using System.Text.Json;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Training.Checkpoints;

/// <summary>What <c>torch.save</c> wrote (Fixtures/checkpoints/generate.py) reads as torch would read it.</summary>
[TestClass]
public sealed class PickleReaderTests
{
    private static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "checkpoints", name);

    private static string Refusal(string name) => Assert.ThrowsExactly<CheckpointException>(() => Checkpoint.Open(PathOf(name)).Dispose()).Message;

    [TestMethod]
    [DataRow("views", "views", DisplayName = "Views, strides and expanded tensors")]
    [DataRow("deflated", "views", DisplayName = "Entries packed by another tool")]
    [DataRow("dtypes", "dtypes", DisplayName = "All types")]
    [DataRow("module", "module", DisplayName = "The state_dict of a module, with its version numbers")]
    [DataRow("parameters", "parameters", DisplayName = "Parameters, two of them tied")]
    [DataRow("protocol4", "protocol4", DisplayName = "Pickle protocol 4")]
    public void TensorsAreReadAsTorchReadsThem(string name, string expectation)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(PathOf(expectation + ".json")));
        var expected = json.RootElement.EnumerateObject().ToList();
        using var checkpoint = Checkpoint.Open(PathOf(name + ".bin"));
        Assert.AreSequenceEqual(expected.Select(item => item.Name), checkpoint.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var item in expected)
        {
            var tensor = checkpoint[item.Name];
            Assert.AreEqual(item.Value.GetProperty("dtype").GetString(), tensor.DataType.ToString().ToLowerInvariant(), item.Name);
            Assert.AreSequenceEqual(item.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), tensor.Shape, item.Name);
            var bytes = Convert.FromHexString(item.Value.GetProperty("hex").GetString()!);
            Assert.AreSequenceEqual(bytes, tensor.ToBytes(), item.Name);
            ReadInPieces(tensor, bytes);
        }
    }

    private static void ReadInPieces(CheckpointTensor tensor, byte[] expected)
    {
        int size = tensor.DataType.ByteSize();
        for (int start = 0; start < expected.Length; start += size)
        {
            int length = Math.Min(3 * size, expected.Length - start);
            var piece = new byte[length];
            tensor.Read(start, piece);
            Assert.AreSequenceEqual(expected[start..(start + length)], piece, tensor.Name);
        }
    }

    [TestMethod]
    [DataRow("legacy.bin", "before version 1.6, a bare pickle instead of a zip")]
    [DataRow("torchscript.bin", "it is a TorchScript program, which carries code")]
    [DataRow("training.bin", "its entry 'state_dict' is a dict where a tensor is expected")]
    [DataRow("complex.bin", "it imports 'torch.ComplexFloatStorage'")]
    [DataRow("whole_module.bin", "it imports 'torch.nn.modules.linear.Linear'")]
    [DataRow("sparse.bin", "it imports 'torch._utils._rebuild_sparse_tensor'")]
    [DataRow("quantized.bin", "it imports 'torch._utils._rebuild_qtensor'")]
    public void WhatIsNotPlainTensorsIsRefusedByName(string name, string reason) => StringAssert.Contains(Refusal(name), reason);

    [TestMethod]
    public void ShardsOfPicklesReadAsOne()
    {
        using var folder = new TemporaryFolder();
        File.Copy(PathOf("parameters.bin"), folder.File("pytorch_model-00001-of-00002.bin"));
        File.Copy(PathOf("protocol4.bin"), folder.File("pytorch_model-00002-of-00002.bin"));
        File.WriteAllText(folder.File("pytorch_model.bin.index.json"), """
            {"metadata": {"total_size": 1}, "weight_map": {"shared": "pytorch_model-00001-of-00002.bin", "tied": "pytorch_model-00001-of-00002.bin",
             "frozen": "pytorch_model-00001-of-00002.bin", "weight": "pytorch_model-00002-of-00002.bin", "bias": "pytorch_model-00002-of-00002.bin"}}
            """);
        using var checkpoint = Checkpoint.Open(folder.Path);
        Assert.HasCount(5, checkpoint.Tensors);
        Assert.AreSequenceEqual(checkpoint["shared"].ToBytes(), checkpoint["tied"].ToBytes());
    }

    [TestMethod]
    public void SavedAsSafetensorsNothingChanges()
    {
        using var pickle = Checkpoint.Open(PathOf("views.bin"));
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, [.. pickle.Tensors.Values.Select(tensor => new TensorToWrite(tensor))]);
        using var safetensors = Checkpoint.OpenSafetensors(new MemoryStream(stream.ToArray()));
        SampleTensors.AssertSame(pickle, safetensors);
    }

    [TestMethod]
    public void FilesThatAreNoZipAreRefused()
    {
        using var folder = new TemporaryFolder();
        foreach (var content in new byte[][] { [], [1, 2], "version https://git-lfs.github.com/spec/v1"u8.ToArray() })
        {
            File.WriteAllBytes(folder.File("pytorch_model.bin"), content);
            StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => Checkpoint.Open(folder.Path)).Message, "it is not a zip as torch.save writes it");
        }
    }
}
