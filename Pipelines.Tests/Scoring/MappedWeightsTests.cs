using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;

namespace MLPipelines.Tests.Scoring;

/// <summary>Models whose weights stay in their files compute what they compute otherwise.</summary>
[TestClass]
public sealed class MappedWeightsTests
{
    private const int Width = 64;
    private const int Rows = 300;

    private static readonly OnnxSessionOptions Mapped = new() { MapWeights = true };

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void TablesAndMatricesAreTheSame(bool isBeside)
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder, isBeside);
        using var whole = OnnxModel.Open(path);
        using var mapped = OnnxModel.Open(path, Mapped);
        CollectionAssert.AreEqual(whole.Inputs.Select(input => input.ToString()).ToArray(), mapped.Inputs.Select(input => input.ToString()).ToArray());
        long[] ids = [0, 7, Rows - 1, -1, 7, -Rows];
        CollectionAssert.AreEqual(Run(whole, ids, "logits"), Run(mapped, ids, "logits"));
        CollectionAssert.AreEqual(Run(whole, ids, "count"), Run(mapped, ids, "count"));
    }

    [TestMethod]
    public void BindingsReadTheRowsOfEachRun()
    {
        using var folder = new TemporaryFolder();
        using var mapped = OnnxModel.Open(Save(folder, false), Mapped);
        using var binding = mapped.Bind();
        using var states = OnnxTensors.Create<float>(new float[Width], 1, Width);
        binding.BindInput("states", states);
        binding.BindOutput("logits");
        foreach (long[] ids in (long[][])[[1, 2], [3, 4]])
        {
            using var value = OnnxTensors.Create<long>(ids, 1, 2);
            binding.BindInput("ids", value);
            binding.Run();
            using var logits = binding.TakeOutputs()[0];
            CollectionAssert.AreEqual(Run(mapped, ids, "logits"), OnnxTensors.ToFloats(logits));
        }
    }

    [TestMethod]
    [DataRow(Rows)]
    [DataRow(-Rows - 1)]
    public void RowsThatAreNotThereAreNamed(int id)
    {
        using var folder = new TemporaryFolder();
        using var mapped = OnnxModel.Open(Save(folder, false), Mapped);
        string message = Assert.ThrowsExactly<OnnxException>(() => Run(mapped, [id], "logits")).Message;
        Assert.Contains($"{id}", message);
        Assert.Contains("'ids'", message);
        Assert.Contains("'ids'", Assert.ThrowsExactly<OnnxException>(() => mapped.Run([], [], ["logits"])).Message);
    }

    [TestMethod]
    public void AFileThatWasReplacedGoesOnUntilItIsClosed()
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder, false);
        using var mapped = OnnxModel.Open(path, Mapped);
        float[] before = Run(mapped, [5], "logits");
        string other = folder.File("other");
        File.WriteAllText(other, "no model");
        File.Move(other, path, overwrite: true);
        CollectionAssert.AreEqual(before, Run(mapped, [5], "logits"));
    }

    [TestMethod]
    public void APartNeedsItsOwnInputsOnly()
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder, false);
        using var part = OnnxModel.OpenPart(path, ["states"], ["keys"], Mapped)!;
        Assert.AreEqual("states", part.Inputs.Single().Name);
        Assert.AreEqual("keys", part.Outputs.Single().Name);
        using var states = OnnxTensors.Create<float>([.. Enumerable.Range(0, 2 * Width).Select(i => i / 7f)], 2, Width);
        using var keys = part.Run(["states"], [states], ["keys"])[0];
        using var whole = OnnxModel.Open(path);
        using var ids = OnnxTensors.Create<long>([1], 1, 1);
        using var expected = whole.Run(["ids", "states"], [ids, states], ["keys"])[0];
        CollectionAssert.AreEqual(OnnxTensors.ToFloats(expected), OnnxTensors.ToFloats(keys));
        Assert.IsNull(OnnxModel.OpenPart(path, ["ids"], ["keys"], Mapped));
        Assert.IsNull(OnnxModel.OpenPart(path, ["states"], ["keys", "logits"], Mapped));
        Assert.Contains("'values'", Assert.ThrowsExactly<OnnxException>(() => OnnxModel.OpenPart(path, ["states"], ["values"], Mapped)).Message);
    }

    [TestMethod]
    public void InfosAreReadWithoutTheEngine()
    {
        using var folder = new TemporaryFolder();
        string path = Save(folder, true);
        var info = OnnxModelInfo.Read(path);
        using var model = OnnxModel.Open(path);
        CollectionAssert.AreEqual(model.Inputs.Select(input => input.ToString()).ToArray(), info.Inputs.Select(input => input.ToString()).ToArray());
        CollectionAssert.AreEqual(model.Outputs.Select(output => output.ToString()).ToArray(), info.Outputs.Select(output => output.ToString()).ToArray());
        CollectionAssert.AreEqual(new[] { "values.bin" }, info.ExternalFiles.ToArray());
    }

    [TestMethod]
    public void AnOutputMayTakeThePlaceOfAnInputThatWasConcatenatedBeforeIt()
    {
        using var folder = new TemporaryFolder();
        var file = new OnnxFile();
        foreach (string name in new[] { "new", "past.0", "past.1", "read twice" })
            file.Input(name, TensorElementType.Float, "rows", Width);
        foreach (string name in new[] { "present.0", "present.1", "other" })
            file.Output(name, TensorElementType.Float, "longer", Width);
        file.Output("size", TensorElementType.Int64, 2);
        string path = file
            .Node("Shape", ["past.0"], ["size"])
            .Node("Concat", ["past.0", "new"], ["present.0"], "", ("axis", 0L))
            .Node("Relu", ["present.0"], ["hidden"])
            .Node("Concat", ["past.1", "hidden"], ["present.1"], "", ("axis", 0L))
            .Node("Concat", ["read twice", "present.0"], ["joined"], "", ("axis", 0L))
            .Node("Concat", ["joined", "read twice"], ["other"], "", ("axis", 0L))
            .Save(folder.File("model.onnx"));
        var info = OnnxModelInfo.Read(path);
        Assert.IsTrue(info.CanOverwrite([("past.0", "present.1"), ("past.0", "other")]));
        Assert.IsFalse(info.CanOverwrite([("past.0", "present.0")]), "it is written while the input is read");
        Assert.IsFalse(info.CanOverwrite([("past.0", "present.1"), ("past.1", "present.0")]), "nothing says that the input was read before");
        Assert.IsFalse(info.CanOverwrite([("read twice", "other")]), "it is read once more");
    }

    // A table that ids look rows up in and that logits are a product with, as in tied language models; and a product with other states.
    private static string Save(TemporaryFolder folder, bool isBeside)
    {
        var random = new Random(1);
        float[] table = [.. Enumerable.Range(0, Rows * Width).Select(_ => random.NextSingle() - 0.5f)], matrix = [.. Enumerable.Range(0, Width * 2 * Width).Select(_ => random.NextSingle() - 0.5f)];
        var file = new OnnxFile()
            .Input("ids", TensorElementType.Int64, 1, "tokens").Input("states", TensorElementType.Float, "rows", Width)
            .Output("logits", TensorElementType.Float, "tokens", Rows).Output("keys", TensorElementType.Float, "rows", 2 * Width).Output("count", TensorElementType.Int64, 2)
            .Integers("flat", [-1, Width], 2)
            .Node("Gather", ["table", "ids"], ["embedded"])
            .Node("Shape", ["ids"], ["count"])
            .Node("Reshape", ["embedded", "flat"], ["flattened"])
            .Node("Gemm", ["flattened", "table"], ["logits"], "", ("transB", 1L))
            .Node("MatMul", ["states", "matrix"], ["keys"])
            .Constant("matrix", matrix, Width, 2 * Width);
        if (isBeside)
        {
            const int Offset = 4096;
            byte[] bytes = new byte[Offset + (table.Length * sizeof(float))];
            Buffer.BlockCopy(table, 0, bytes, Offset, table.Length * sizeof(float));
            File.WriteAllBytes(folder.File("values.bin"), bytes);
            file.External("table", "values.bin", Offset, table.Length * sizeof(float), Rows, Width);
        }
        else
        {
            file.Constant("table", table, Rows, Width);
        }
        return file.Save(folder.File("model.onnx"));
    }

    private static float[] Run(OnnxModel model, long[] ids, string output)
    {
        using var value = OnnxTensors.Create<long>(ids, 1, ids.Length);
        using var states = OnnxTensors.Create<float>(new float[Width], 1, Width);
        using var result = model.Run(["ids", "states"], [value, states], [output])[0];
        return output == "count" ? [.. OnnxTensors.Elements<long>(result).ToArray().Select(count => (float)count)] : OnnxTensors.ToFloats(result);
    }
}
