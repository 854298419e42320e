using MLPipelines.Tests.Runtime.Torch;
using MLPipelines.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Tests.Training.Checkpoints;

/// <summary>Checkpoints go into modules and come out of them.</summary>
[TestClass, DoNotParallelize]
public sealed class ModuleCheckpointsTests : TorchTests
{
    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly Linear _dense;

        public Net(int width, bool tied = false) : base(nameof(Net))
        {
            _dense = nn.Linear(width, 3);
            register_module("dense", _dense);
            register_buffer("counts", arange(4, dtype: int64));
            if (tied)
                register_module("decoder", _dense);
        }

        public override Tensor forward(Tensor input) => _dense.forward(input);
    }

    private static byte[] Saved(nn.Module module, TensorDataType? floatingPoint = null)
    {
        using var stream = new MemoryStream();
        module.Save(stream, floatingPoint);
        return stream.ToArray();
    }

    [TestMethod]
    public void WhatIsSavedLoadsAgainBitForBit()
    {
        using var module = new Net(5);
        var bytes = Saved(module);
        using var checkpoint = SampleTensors.Open(bytes);
        Assert.AreSequenceEqual(new[] { "counts", "dense.bias", "dense.weight" }, checkpoint.Tensors.Keys.Order(StringComparer.Ordinal));
        using var other = new Net(5);
        var report = other.LoadInto(checkpoint);
        Assert.AreEqual(3, report.Loaded);
        Assert.IsEmpty(report.Missing);
        Assert.AreSequenceEqual(bytes, Saved(other));
        Assert.AreSequenceEqual(checkpoint["dense.weight"].ToFloats(), other.get_parameter("dense.weight").data<float>().ToArray());
        Assert.IsTrue(other.get_parameter("dense.weight").requires_grad);
    }

    [TestMethod]
    public void FloatingPointNumbersAreConverted()
    {
        using var module = new Net(4);
        var values = module.get_parameter("dense.weight").data<float>().ToArray();
        foreach (var type in new[] { TensorDataType.BFloat16, TensorDataType.Float16, TensorDataType.Float64 })
        {
            using var narrow = SampleTensors.Open(Saved(module, type));
            Assert.AreEqual(type, narrow["dense.weight"].DataType);
            Assert.AreEqual(TensorDataType.Int64, narrow["counts"].DataType);
            var read = narrow["dense.weight"].ToFloats();
            for (int i = 0; i < values.Length; i++)
                Assert.AreEqual(values[i], read[i], 4e-3f * Math.Abs(values[i]) + 1e-6f);
            if (type == TensorDataType.Float64)
                continue;
            using var wide = new Net(4);
            wide.LoadInto(narrow);
            Assert.AreSequenceEqual(read, wide.get_parameter("dense.weight").data<float>().ToArray());
        }
        using var single = SampleTensors.Open(Saved(module));
        using var half = new Net(4);
        half.to(bfloat16);
        half.LoadInto(single);
        using var back = SampleTensors.Open(Saved(half));
        using var rounded = SampleTensors.Open(Saved(module, TensorDataType.BFloat16));
        Assert.AreSequenceEqual(rounded["dense.weight"].ToBytes(), back["dense.weight"].ToBytes());
    }

    [TestMethod]
    public void WhereSomethingDoesNotFitNothingIsLoaded()
    {
        using var module = new Net(4);
        var before = Saved(module);
        using var checkpoint = SampleTensors.Open(SampleTensors.Write(
            SampleTensors.Floats("dense.weight", [3, 5], new float[15]), SampleTensors.Floats("dense.bias", [3], 1, 2, 3), SampleTensors.Floats("counts", [4], new float[4]), SampleTensors.Floats("more", [1], 0)));
        var message = Assert.ThrowsExactly<CheckpointException>(() => module.LoadInto(checkpoint)).Message;
        StringAssert.Contains(message, "'more' [1] is unexpected");
        StringAssert.Contains(message, "'counts' has the type Float32 where Int64 is expected");
        StringAssert.Contains(message, "'dense.weight' has the shape [3, 5] where [3, 4] is expected");
        Assert.AreSequenceEqual(before, Saved(module));
    }

    [TestMethod]
    public void ANewHeadKeepsItsValues()
    {
        using var module = new Net(4);
        var bias = module.get_parameter("dense.bias").data<float>().ToArray();
        using var checkpoint = SampleTensors.Open(SampleTensors.Write(SampleTensors.Floats("weight", [3, 4], [.. Enumerable.Range(0, 12).Select(i => (float)i)])));
        var report = module.LoadInto(checkpoint, new CheckpointLoadOptions { BasePrefix = "dense.", AllowedMissing = ["dense.bias", "counts"] });
        Assert.AreSequenceEqual(new[] { "counts", "dense.bias" }, report.Missing);
        Assert.AreSequenceEqual(bias, module.get_parameter("dense.bias").data<float>().ToArray());
        Assert.AreEqual(11f, module.get_parameter("dense.weight").data<float>().ToArray()[11]);
    }

    [TestMethod]
    public void TiedTensorsAreSavedOnceAndLoadedFromEitherName()
    {
        using var module = new Net(4, tied: true);
        using var checkpoint = SampleTensors.Open(Saved(module));
        Assert.HasCount(3, checkpoint.Tensors);
        using var other = new Net(4, tied: true);
        other.LoadInto(checkpoint);
        Assert.AreSequenceEqual(Saved(module), Saved(other));
    }

    [TestMethod]
    public void TensorsOfManyChunksAndStridesAreLoaded()
    {
        using var module = new Net(2_000_000);
        using var folder = new TemporaryFolder();
        module.Save(folder.Path);
        using var checkpoint = Checkpoint.Open(folder.Path);
        using var other = new Net(2_000_000);
        other.LoadInto(checkpoint);
        using (no_grad())
        {
            using var same = other.get_parameter("dense.weight").eq(module.get_parameter("dense.weight")).all();
            Assert.IsTrue(same.item<bool>());
        }
        using var strided = new Strided();
        using var small = SampleTensors.Open(SampleTensors.Write(SampleTensors.Floats("weight", [3, 2], 1, 2, 3, 4, 5, 6)));
        strided.LoadInto(small);
        using var saved = SampleTensors.Open(Saved(strided));
        Assert.AreSequenceEqual(new float[] { 1, 2, 3, 4, 5, 6 }, saved["weight"].ToFloats());
    }

    [TestMethod]
    public void NoTensorIsLeftBehind()
    {
        using var module = new Net(4);
        using var checkpoint = SampleTensors.Open(Saved(module, TensorDataType.BFloat16));
        module.LoadInto(checkpoint);
        long before = Tensor.TotalCount;
        for (int i = 0; i < 20; i++)
        {
            module.LoadInto(checkpoint);
            Saved(module);
        }
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    private sealed class Strided : nn.Module
    {
        public Strided() : base(nameof(Strided)) => register_buffer("weight", zeros(2, 3).t());
    }
}
