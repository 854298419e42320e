using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;

namespace MLPipelines.Tests.Scoring;

/// <summary>Files that must not be opened: damaged, with foreign operators, or with values outside their folder.</summary>
[TestClass]
public sealed class HostileOnnxTests
{
    [TestMethod]
    public void AMissingFileIsNamed()
    {
        using var folder = new TemporaryFolder();
        AssertRefused(folder.File("none.onnx"), "no ONNX file", "none.onnx");
        AssertRefused(folder.Path, "is a folder");
    }

    [TestMethod]
    public void EveryCutOffFileIsRefused()
    {
        byte[] whole = SmallModels.Linear().ToBytes();
        for (int length = 0; length < whole.Length; length += 3)
        {
            byte[] cut = whole[..length];
            var error = Assert.ThrowsExactly<OnnxException>(() => OnnxModel.Open(cut, "cut.onnx"), $"{length} bytes of {whole.Length}");
            Assert.Contains("cut.onnx", error.Message);
        }
    }

    [TestMethod]
    public void AFileThatIsNoOnnxIsRefused()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, bytes) in new (string, byte[])[] { ("empty", []), ("text", "just a text, no model"u8.ToArray()), ("zeros", new byte[100]), ("ones", [.. Enumerable.Repeat((byte)0xFF, 100)]) })
        {
            string path = folder.File(name + ".onnx");
            File.WriteAllBytes(path, bytes);
            AssertRefused(path, "is no ONNX model, or is damaged", name + ".onnx", "at byte");
        }
    }

    [TestMethod]
    public void DamagedBytesNeverCrash()
    {
        byte[] whole = SmallModels.Linear().ToBytes();
        var random = new Random(5);
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < 3; i++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                OnnxModel.Open(damaged, "damaged.onnx").Dispose();
            }
            catch (OnnxException e)
            {
                Assert.Contains("damaged.onnx", e.Message);
            }
        }
    }

    [TestMethod]
    public void GraphsThatAreNestedWithoutEndAreRefused()
    {
        byte[] graph = new OnnxFile().Node("Identity", ["a"], ["b"]).ToGraph();
        for (int level = 0; level < 100; level++)
            graph = new OnnxFile().Node("Loop", ["a"], ["b"], "", ("body", graph)).ToGraph();
        byte[] bytes = new OnnxFile().Node("Loop", ["a"], ["b"], "", ("body", graph)).ToBytes();
        AssertRefused(bytes, "nested more than 64 deep");
    }

    [TestMethod]
    public void ACustomDomainIsRefusedByName()
    {
        AssertRefused(Foreign("com.evil").ToBytes(), "'com.evil'", "'Launch'", "node_y");
        byte[] hidden = new OnnxFile().Node("Loop", ["a"], ["b"], "", ("body", Foreign("com.evil").ToGraph())).ToBytes();
        AssertRefused(hidden, "'com.evil'", "'Launch'");
    }

    [TestMethod]
    public void AFunctionOfTheModelItselfIsRun()
    {
        byte[] bytes = Foreign("own").Function("own", "Launch", "in", "out", "Neg").ToBytes();
        using var model = OnnxModel.Open(bytes, "own functions");
        using var x = OnnxTensors.Create<float>([1], 1);
        using var y = model.Run(["x"], [x], ["y"]).Single();
        Assert.AreEqual(-1f, OnnxTensors.ToFloats(y)[0]);
    }

    [TestMethod]
    public void AnUnknownOperatorIsRefusedByName()
    {
        AssertRefused(Foreign("").ToBytes(), "does not know the operator 'Launch'");
        AssertRefused(Foreign("com.microsoft").Set("com.microsoft", 1).ToBytes(), "does not know the operator", "Launch");
    }

    [TestMethod]
    public void ValuesInAFileBesideTheModelAreRead()
    {
        using var folder = new TemporaryFolder();
        WriteWeights(folder.File("weights.bin"));
        using var model = OnnxModel.Open(SmallModels.LinearOutside().Save(folder.File("model.onnx")));
        using var x = OnnxTensors.Create<float>([1, 2, 3], 1, 3);
        using var y = model.Run(["x"], [x], ["y"]).Single();
        CollectionAssert.AreEqual(new float[] { 22, 28 }, OnnxTensors.ToFloats(y));
        CollectionAssert.AreEqual(new[] { "weights.bin" }, model.ExternalFiles.ToArray());
    }

    [TestMethod]
    [DataRow("../outside.bin", "leads out of its folder")]
    [DataRow("sub/../../outside.bin", "leads out of its folder")]
    [DataRow("..\\outside.bin", "leads out of its folder")]
    [DataRow("/etc/hostname", "is an absolute path")]
    [DataRow("C:\\outside.bin", "is an absolute path")]
    [DataRow("", "is no name")]
    public void ValuesOutsideTheFolderAreRefused(string location, string why)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("inner/sub"));
        WriteWeights(folder.File("outside.bin"));
        AssertRefused(SmallModels.LinearOutside(location).Save(folder.File("inner/model.onnx")), "'w'", $"'{location}'", why);
    }

    [TestMethod]
    public void ALinkOutOfTheFolderIsRefused()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("inner"));
        WriteWeights(folder.File("outside.bin"));
        File.CreateSymbolicLink(folder.File("inner/weights.bin"), folder.File("outside.bin"));
        AssertRefused(SmallModels.LinearOutside().Save(folder.File("inner/model.onnx")), "'w'", "is a link to", "outside.bin");
    }

    [TestMethod]
    [DataRow("snapshots/0a1b", "../../blobs")]
    [DataRow("snapshots/0a1b/unet", "../../../blobs")]
    public void ASnapshotInTheCacheOfTheHubLinksIntoTheBlobsOfItsRepository(string snapshot, string blobs)
    {
        using var folder = new TemporaryFolder();
        string repository = folder.File("models--some--linear");
        Directory.CreateDirectory(Path.Combine(repository, snapshot));
        Directory.CreateDirectory(Path.Combine(repository, "blobs"));
        SmallModels.LinearOutside().Save(Path.Combine(repository, "blobs", "aaaa"));
        WriteWeights(Path.Combine(repository, "blobs", "bbbb"));
        File.CreateSymbolicLink(Path.Combine(repository, snapshot, "model.onnx"), $"{blobs}/aaaa");
        File.CreateSymbolicLink(Path.Combine(repository, snapshot, "weights.bin"), $"{blobs}/bbbb");
        using var model = OnnxModel.Open(Path.Combine(repository, snapshot, "model.onnx"));
        using var x = OnnxTensors.Create<float>([1, 2, 3], 1, 3);
        using var y = model.Run(["x"], [x], ["y"]).Single();
        CollectionAssert.AreEqual(new float[] { 22, 28 }, OnnxTensors.ToFloats(y));
    }

    [TestMethod]
    public void TwoSnapshotsOfOneGraphKeepTheirOwnValues()
    {
        using var folder = new TemporaryFolder();
        string repository = folder.File("models--some--linear");
        Directory.CreateDirectory(Path.Combine(repository, "blobs"));
        SmallModels.LinearOutside().Save(Path.Combine(repository, "blobs", "aaaa"));
        WriteWeights(Path.Combine(repository, "blobs", "bbbb"));
        File.WriteAllBytes(Path.Combine(repository, "blobs", "cccc"), new byte[24]);
        var models = new List<OnnxModel>();
        foreach (var (commit, values) in new[] { ("1", "bbbb"), ("2", "cccc") })
        {
            string snapshot = Path.Combine(repository, "snapshots", commit);
            Directory.CreateDirectory(snapshot);
            File.CreateSymbolicLink(Path.Combine(snapshot, "model.onnx"), "../../blobs/aaaa");
            File.CreateSymbolicLink(Path.Combine(snapshot, "weights.bin"), $"../../blobs/{values}");
            models.Add(OnnxModel.Open(Path.Combine(snapshot, "model.onnx")));
        }
        using var x = OnnxTensors.Create<float>([1, 2, 3], 1, 3);
        using var first = models[0].Run(["x"], [x], ["y"]).Single();
        using var second = models[1].Run(["x"], [x], ["y"]).Single();
        models.ForEach(model => model.Dispose());
        CollectionAssert.AreEqual(new float[] { 22, 28 }, OnnxTensors.ToFloats(first));
        CollectionAssert.AreEqual(new float[] { 0, 0 }, OnnxTensors.ToFloats(second));
    }

    [TestMethod]
    [DataRow("models--some--linear/snapshots/0a1b", "models--other--secret/blobs/bbbb")]
    [DataRow("models--some--linear/snapshots/0a1b", "models--some--linear/refs/bbbb")]
    [DataRow("models--some--linear/snapshots/0a1b", "models--some--linear/blobs/sub/bbbb")]
    [DataRow("models--some--linear/snapshots", "models--some--linear/blobs/bbbb")]
    [DataRow("some/snapshots/0a1b", "some/blobs/bbbb")]
    [DataRow("models--some--linear/snapshots/0a1b", "outside.bin")]
    public void ALinkOfASnapshotToAnywhereElseIsRefused(string snapshot, string target)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File(snapshot));
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(target))!);
        WriteWeights(folder.File(target));
        File.CreateSymbolicLink(folder.File($"{snapshot}/weights.bin"), folder.File(target));
        AssertRefused(SmallModels.LinearOutside().Save(folder.File($"{snapshot}/model.onnx")), "'w'", "is a link to", Path.GetFileName(target));
    }

    [TestMethod]
    public void MissingAndShortValuesAreRefused()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.LinearOutside().Save(folder.File("model.onnx"));
        AssertRefused(path, "lacks the file", "weights.bin", "'w'");
        WriteWeights(folder.File("weights.bin"));
        AssertRefused(SmallModels.LinearOutside(offset: 4).Save(path), "24 bytes from 4", "which has 24");
        AssertRefused(SmallModels.LinearOutside().ToBytes(), "given as bytes", "weights.bin");
    }

    private static OnnxFile Foreign(string domain) => new OnnxFile()
        .Set(domain, domain.Length == 0 ? 17 : 1)
        .Input("x", TensorElementType.Float, 1)
        .Output("y", TensorElementType.Float, 1)
        .Node("Launch", ["x"], ["y"], domain);

    private static void WriteWeights(string path) => File.WriteAllBytes(path, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>([1, 2, 3, 4, 5, 6]).ToArray());

    private static void AssertRefused(string path, params string[] parts) => AssertRefused(() => OnnxModel.Open(path), parts);

    private static void AssertRefused(byte[] bytes, params string[] parts) => AssertRefused(() => OnnxModel.Open(bytes, "hostile"), parts);

    private static void AssertRefused(Func<OnnxModel> open, string[] parts)
    {
        var error = Assert.ThrowsExactly<OnnxException>(() => open().Dispose());
        foreach (string part in parts)
            Assert.Contains(part, error.Message);
    }
}
