using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;

namespace MLPipelines.Tests.Scoring;

/// <summary>Attention in slices, or by ONNX Runtime's own operator, gives what it gives as exported.</summary>
[TestClass]
public sealed class AttentionRewriteTests
{
    private const int Keys = 6;
    private const int Width = 8;

    /// <summary>How exporters write attention.</summary>
    public enum Form
    {
        Scaled, Divided, ScaledBefore, Baddbmm, HalfPrecision, Heads, LastAxis, MaskOfAll, MaskOfOneRow, MaskOfNumbers,
    }

    private static bool HasMask(Form form) => form is Form.MaskOfAll or Form.MaskOfOneRow or Form.MaskOfNumbers;

    public static IEnumerable<object[]> Forms => Enum.GetValues<Form>().Select(form => new object[] { form });

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void SlicesGiveTheSame(Form form)
    {
        byte[] file = Attention(form).ToBytes();
        using var whole = OnnxModel.Open(file, "whole");
        foreach (int slices in new[] { 2, 3, 20 })
        {
            using var sliced = OnnxModel.Open(file, "sliced", new() { AttentionSlices = slices });
            foreach (int queries in new[] { 1, 5, 16 })
                AssertNear(Run(whole, form, queries), Run(sliced, form, queries), form == Form.HalfPrecision ? 1e-3 : 1e-5);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void TheOperatorOfONNXRuntimeGivesTheSame(Form form)
    {
        byte[] file = Attention(form).ToBytes();
        var options = new OnnxSessionOptions { FusedAttention = true };
        if (HasMask(form))
        {
            string fault = Assert.ThrowsExactly<OnnxException>(() => OnnxModel.Open(file, "masked", options)).Message;
            Assert.Contains("'masked'", fault);
            Assert.Contains("has a mask", fault);
            return;
        }
        if (form is Form.HalfPrecision)
            return;
        using var whole = OnnxModel.Open(file, "whole");
        using var fused = OnnxModel.Open(file, "fused", options);
        foreach (int queries in new[] { 1, 5, 16 })
            AssertNear(Run(whole, form, queries), Run(fused, form, queries), 1e-5);
    }

    [TestMethod]
    [DynamicData(nameof(Forms))]
    public void EachSliceHasItsOwnProducts(Form form)
    {
        foreach (int slices in new[] { 2, 5 })
        {
            var nodes = Rewritten(Attention(form), new() { AttentionSlices = slices }).Nodes;
            Assert.AreEqual(slices, nodes.Count(node => node.Operator == "Softmax"));
            Assert.AreEqual(2 * slices, nodes.Count(node => node.Operator == "MatMul"));
            Assert.IsFalse(nodes.Any(node => node.Operator == "ConstantOfShape"), "Zeros that torch adds are as large as the scores.");
        }
        if (!HasMask(form))
        {
            var fused = Rewritten(Attention(form), new() { FusedAttention = true }).Nodes;
            Assert.AreEqual(1, fused.Count(node => node is { Operator: "MultiHeadAttention", Domain: "com.microsoft" }));
            Assert.IsFalse(fused.Any(node => node.Operator is "Softmax" or "MatMul" or "ConstantOfShape"));
        }
    }

    [TestMethod]
    public void SlicesRunOneAfterTheOther()
    {
        using var folder = new TemporaryFolder();
        using var model = OnnxModel.Open(Attention(Form.Scaled).ToBytes(), "profiled", new() { AttentionSlices = 3, ProfilePrefix = folder.File("run") });
        Run(model, Form.Scaled, 9);
        var profile = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(model.EndProfiling())).RootElement;
        var products = profile.EnumerateArray().Where(item => item.GetProperty("cat").GetString() == "Node" && item.GetProperty("name").GetString()!.EndsWith("_kernel_time", StringComparison.Ordinal))
            .Select(item => item.GetProperty("args").GetProperty("op_name").GetString()).Where(op => op is "MatMul" or "FusedMatMul" or "Softmax").ToArray();
        Assert.HasCount(9, products);
        for (int i = 0; i < 9; i += 3)
            Assert.AreEqual("Softmax", products[i + 1], $"in {string.Join(", ", products)}");
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void WeightsStayWhereTheyAre(bool isBeside)
    {
        using var folder = new TemporaryFolder();
        var file = Weighted(isBeside, folder);
        string path = file.Save(folder.File("model.onnx"));
        string[] before = [.. Directory.EnumerateFiles(folder.Path)];
        using var whole = OnnxModel.Open(path);
        using var sliced = OnnxModel.Open(path, new() { AttentionSlices = 4 });
        AssertNear(Run(whole, Form.Scaled, 10), Run(sliced, Form.Scaled, 10), 1e-5);
        Assert.AreSequenceEqual(before, Directory.EnumerateFiles(folder.Path).ToArray());

        var kept = new OnnxSessionOptions { AttentionSlices = 4, OptimizedGraphFolder = folder.File("kept") };
        for (int i = 0; i < 2; i++)
        {
            using var again = OnnxModel.Open(path, kept);
            Assert.AreSequenceEqual(Run(sliced, Form.Scaled, 10), Run(again, Form.Scaled, 10));
        }
        Assert.HasCount(1, Directory.GetDirectories(folder.File("kept")));
        using var other = OnnxModel.Open(path, new() { OptimizedGraphFolder = folder.File("kept") });
        Assert.HasCount(2, Directory.GetDirectories(folder.File("kept")));
    }

    [TestMethod]
    public void AGraphWithoutSuchAttentionSaysWhatItHas()
    {
        var options = new OnnxSessionOptions { AttentionSlices = 2 };
        var none = new OnnxFile().Input("q", TensorElementType.Float, "batch", Width).Output("y", TensorElementType.Float, "batch", Width).Node("Softmax", ["q"], ["y"]);
        AssertRefused(none, options, "AttentionSlices is set for the model 'refused', which has 1 operators: 0 times attention");

        var shared = Attention(Form.Scaled).Node("Identity", ["scores"], ["seen"]).Output("seen", TensorElementType.Float, "batch", "queries", "keys");
        AssertRefused(shared, options, "the Softmax 'node_shares': what it takes is no product of queries and keys, or is used elsewhere too");

        var scaled = Start().Input("factors", TensorElementType.Float, "batch", "queries", 1).Node("MatMul", ["q", "kt"], ["scores"]).Node("Mul", ["scores", "factors"], ["scaled"]);
        AssertRefused(End(scaled, "scaled"), options, "scaled by 'factors', which is not known to be one number");

        var queries = Start().Node("MatMul", ["q", "kt"], ["scores"]).Node("Softmax", ["scores"], ["shares"], attributes: ("axis", 1L)).Node("MatMul", ["shares", "v"], ["y"]);
        AssertRefused(queries, options, "its axis is 1, which is not known to be the last");

        AssertRefused(Attention(Form.Scaled).Set("", 12), options, "operator set 12; AttentionSlices takes 13 or more");

        var fused = Start(1).Set("com.microsoft", 1).Node("MultiHeadAttention", ["q", "k", "v"], ["y"], "com.microsoft", ("num_heads", 1L));
        AssertRefused(fused, options, "1 × MultiHeadAttention, operators that hold no more than they need");
        using var asItIs = OnnxModel.Open(fused.ToBytes(), "fused", new() { FusedAttention = true });
        Assert.IsTrue(asItIs.HasOutput("y"));
    }

    [TestMethod]
    public void OptionsAreChecked()
    {
        string fault = Assert.ThrowsExactly<ArgumentException>(() => new OnnxSessionOptions { AttentionSlices = 0, InterOpThreads = 0 }.Validate()).Message;
        Assert.Contains("AttentionSlices is 0; it must be 1 to 64", fault);
        Assert.Contains("InterOpThreads is 0", fault);
        fault = Assert.ThrowsExactly<ArgumentException>(() => new OnnxSessionOptions { AttentionSlices = 2, InterOpThreads = 2, FusedAttention = true }.Validate()).Message;
        Assert.Contains("InterOpThreads must be 1", fault);
        Assert.Contains("choose one of the two", fault);
        using var folder = new TemporaryFolder();
        string path = Attention(Form.Scaled).Save(folder.File("model.onnx"));
        Assert.Contains("for a part of a model", Assert.ThrowsExactly<ArgumentException>(() => OnnxModel.OpenPart(path, ["q", "k", "v"], ["y"], new() { AttentionSlices = 2 })).Message);
    }

    private static void AssertRefused(OnnxFile file, OnnxSessionOptions options, string fault) =>
        Assert.Contains(fault, Assert.ThrowsExactly<OnnxException>(() => OnnxModel.Open(file.ToBytes(), "refused", options)).Message);

    private static GraphIndex Rewritten(OnnxFile file, OnnxSessionOptions options)
    {
        byte[] bytes = file.ToBytes();
        return GraphIndex.Of(AttentionRewrite.Apply(bytes, "model", OnnxGraphReader.Read(bytes, "model", null), options), "model");
    }

    private static OnnxFile Start(int heads = 0)
    {
        object[] Shape(string length) => heads > 1 ? ["batch", (long)heads, length, (long)Width] : ["batch", length, (long)Width];
        long[] order = heads > 1 ? [0, 1, 3, 2] : [0, 2, 1];
        return new OnnxFile().Input("q", TensorElementType.Float, Shape("queries")).Input("k", TensorElementType.Float, Shape("keys")).Input("v", TensorElementType.Float, Shape("keys"))
            .Output("y", TensorElementType.Float, Shape("queries")).Constant("scale", [0.4f]).Node("Transpose", ["k"], ["kt"], attributes: ("perm", order));
    }

    private static OnnxFile End(OnnxFile file, string scores) => file.Node("Softmax", [scores], ["shares"], attributes: ("axis", -1L)).Node("MatMul", ["shares", "v"], ["y"]);

    private static OnnxFile Attention(Form form)
    {
        var file = Start(form is Form.Heads or Form.LastAxis ? 2 : 0);
        switch (form)
        {
            case Form.Divided:
                return End(file.Constant("root", [2.5f], 1).Node("MatMul", ["q", "kt"], ["scores"]).Node("Div", ["scores", "root"], ["scaled"]), "scaled");
            case Form.ScaledBefore:
                return End(file.Node("Mul", ["q", "scale"], ["qs"]).Node("Mul", ["kt", "scale"], ["kts"]).Node("MatMul", ["qs", "kts"], ["scores"]), "scores");
            case Form.Baddbmm:
                return End(file.Constant("beta", [0f]).Integers("first", [0], 1).Integers("third", [2], 1)
                    .Node("Shape", ["q"], ["qShape"]).Node("Shape", ["kt"], ["kShape"]).Integers("two", [2], 1).Integers("three", [3], 1)
                    .Node("Slice", ["qShape", "first", "two"], ["rows"]).Node("Slice", ["kShape", "third", "three"], ["columns"]).Node("Concat", ["rows", "columns"], ["shape"], attributes: ("axis", 0L))
                    .Node("ConstantOfShape", ["shape"], ["empty"]).Node("Mul", ["empty", "beta"], ["nothing"])
                    .Node("MatMul", ["q", "kt"], ["scores"]).Node("Mul", ["scores", "scale"], ["scaled"]).Node("Add", ["scaled", "nothing"], ["sum"]), "sum");
            case Form.HalfPrecision:
                return file.Node("MatMul", ["q", "kt"], ["scores"]).Node("Cast", ["scores"], ["half"], attributes: ("to", 10L)).Node("Cast", ["half"], ["single"], attributes: ("to", 1L))
                    .Node("Softmax", ["single"], ["weights"], attributes: ("axis", -1L)).Node("Cast", ["weights"], ["shares"], attributes: ("to", 1L)).Node("MatMul", ["shares", "v"], ["y"]);
            case Form.LastAxis:
                return file.Node("MatMul", ["q", "kt"], ["scores"]).Node("Softmax", ["scores"], ["shares"], attributes: ("axis", 3L)).Node("MatMul", ["shares", "v"], ["y"]);
            case Form.MaskOfAll:
                return End(file.Input("mask", TensorElementType.Float, "batch", "queries", "keys").Node("MatMul", ["q", "kt"], ["scores"]).Node("Add", ["scores", "mask"], ["sum"]), "sum");
            case Form.MaskOfOneRow:
                return End(file.Input("mask", TensorElementType.Float, "batch", 1L, "keys").Node("MatMul", ["q", "kt"], ["scores"]).Node("Add", ["mask", "scores"], ["sum"]), "sum");
            case Form.MaskOfNumbers:
                return End(file.Constant("mask", [0, -1, 0, -2, 0, -3], Keys).Node("MatMul", ["q", "kt"], ["scores"]).Node("Add", ["scores", "mask"], ["sum"]), "sum");
            default:
                return End(file.Node("MatMul", ["q", "kt"], ["scores"]).Node("Mul", ["scores", "scale"], ["scaled"]), "scaled");
        }
    }

    /// <summary>Attention whose queries are multiplied with a matrix that is large enough to be left in its file.</summary>
    private static OnnxFile Weighted(bool isBeside, TemporaryFolder folder)
    {
        const int Inner = 1024;
        float[] up = Numbers(Width * Inner, 5), down = Numbers(Inner * Width, 6);
        var file = Start();
        if (isBeside)
        {
            File.WriteAllBytes(folder.File("values.bin"), System.Runtime.InteropServices.MemoryMarshal.AsBytes(up.AsSpan()).ToArray());
            file.External("up", "values.bin", 0, up.Length * sizeof(float), Width, Inner);
        }
        else
        {
            file.Constant("up", up, Width, Inner);
        }
        return End(file.Constant("down", down, Inner, Width).Node("MatMul", ["q", "up"], ["wide"]).Node("MatMul", ["wide", "down"], ["narrow"]).Node("Mul", ["narrow", "scale"], ["asked"])
            .Node("MatMul", ["asked", "kt"], ["scores"]), "scores");
    }

    private static float[] Run(OnnxModel model, Form form, int queries)
    {
        const int Batch = 2;
        long[] heads = form is Form.Heads or Form.LastAxis ? [Batch, 2] : [Batch];
        int rows = heads.Length * Batch;
        var inputs = new Dictionary<string, (float[] Values, long[] Shape)>
        {
            ["q"] = (Numbers(rows * queries * Width, 1), [.. heads, queries, Width]),
            ["k"] = (Numbers(rows * Keys * Width, 2), [.. heads, Keys, Width]),
            ["v"] = (Numbers(rows * Keys * Width, 3), [.. heads, Keys, Width]),
        };
        if (model.HasInput("mask"))
            inputs["mask"] = form == Form.MaskOfAll ? (Numbers(Batch * queries * Keys, 4), [Batch, queries, Keys]) : (Numbers(Batch * Keys, 4), [Batch, 1, Keys]);
        var values = inputs.Values.Select(input => OnnxTensors.Create<float>(input.Values, input.Shape)).ToArray();
        var outputs = model.Run([.. inputs.Keys], values, ["y"]);
        float[] result = OnnxTensors.ToFloats(outputs[0]);
        foreach (var value in values.Concat(outputs))
            value.Dispose();
        return result;
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }

    private static void AssertNear(float[] expected, float[] actual, double tolerance)
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], tolerance, $"at {i}");
    }
}
