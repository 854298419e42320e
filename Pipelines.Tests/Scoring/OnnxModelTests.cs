using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;

namespace MLPipelines.Tests.Scoring;

/// <summary>Opening and running models: shared sessions, values, binding, cancellation, memory.</summary>
[TestClass]
public sealed class OnnxModelTests
{
    private static readonly OnnxSessionOptions OneThread = new() { IntraOpThreads = 1 };

    [TestMethod]
    public void AModelTellsItsInputsAndOutputs()
    {
        using var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear");
        Assert.AreEqual("x: Float[batch, 3]", model.Inputs.Single().ToString());
        Assert.AreEqual("y: Float[batch, 2]", model.Outputs.Single().ToString());
        Assert.AreEqual(17, model.OperatorSets[""]);
        Assert.AreEqual(OnnxExecutionProvider.Cpu, model.Provider);
    }

    [TestMethod]
    public void RunComputesAnyNumberOfRows()
    {
        using var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", OneThread);
        CollectionAssert.AreEqual(new float[] { 32, 48 }, Run(model, [1, 2, 3], 1));
        CollectionAssert.AreEqual(new float[] { 10, 20, 32, 48 }, Run(model, [0, 0, 0, 1, 2, 3], 2));
        Assert.IsEmpty(Run(model, [], 0));
    }

    [TestMethod]
    public void OutputsLiveUntilTheyAreDisposedOf()
    {
        using var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", OneThread);
        var kept = Enumerable.Range(0, 200).Select(i =>
        {
            using var x = OnnxTensors.Create<float>([i, 0, 0], 1, 3);
            return model.Run(["x"], [x], ["y"])[0];
        }).ToArray();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        for (int i = 0; i < kept.Length; i++)
        {
            Assert.AreEqual(10f + i, OnnxTensors.Elements<float>(kept[i])[0]);
            kept[i].Dispose();
        }
    }

    [TestMethod]
    public void RunWritesIntoValuesThatTheCallerHas()
    {
        using var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", OneThread);
        float[] input = [1, 2, 3], output = [0, 0];
        using var x = OnnxTensors.Over(input, 1, 3);
        using var y = OnnxTensors.Over(output, 1, 2);
        model.Run(["x"], [x], ["y"], [y]);
        CollectionAssert.AreEqual(new float[] { 32, 48 }, output);
        input[0] = 2;
        model.Run(["x"], [x], ["y"], [y]);
        CollectionAssert.AreEqual(new float[] { 33, 50 }, output);
    }

    [TestMethod]
    public void ABindingKeepsValuesFromRunToRun()
    {
        using var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", OneThread);
        using var binding = model.Bind();
        float[] input = [1, 2, 3];
        using var x = OnnxTensors.Over(input, 1, 3);
        binding.BindInput("x", x);
        binding.BindOutput("y");
        binding.Run();
        using var first = binding.TakeOutputs().Single();
        input[2] = 4;
        binding.Run();
        using var second = binding.TakeOutputs().Single();
        CollectionAssert.AreEqual(new float[] { 32, 48 }, OnnxTensors.ToFloats(first));
        CollectionAssert.AreEqual(new float[] { 37, 54 }, OnnxTensors.ToFloats(second));
        var error = Assert.ThrowsExactly<OnnxException>(() => binding.BindInput("z", x));
        Assert.Contains("'z'", error.Message);
    }

    [TestMethod]
    public void ABindingOfADisposedModelSaysSo()
    {
        var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear, to be closed", OneThread);
        using var binding = model.Bind();
        float[] input = [1, 2, 3];
        using var x = OnnxTensors.Over(input, 1, 3);
        binding.BindInput("x", x);
        binding.BindOutput("y");
        binding.Run();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => binding.BindInput("x", x));
        Assert.ThrowsExactly<ObjectDisposedException>(() => binding.BindOutput("y"));
        Assert.ThrowsExactly<ObjectDisposedException>(() => binding.Run());
        using var y = binding.TakeOutputs().Single();
        CollectionAssert.AreEqual(new float[] { 32, 48 }, OnnxTensors.ToFloats(y));
    }

    [TestMethod]
    [DoNotParallelize]
    public void TheSameFileWithTheSameOptionsIsOpenedOnce()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.Linear().Save(folder.File("linear.onnx"));
        int before = OnnxModel.OpenSessions;
        var first = OnnxModel.Open(path, new() { IntraOpThreads = 1 });
        var second = OnnxModel.Open(path, new() { IntraOpThreads = 1 });
        Assert.AreEqual(before + 1, OnnxModel.OpenSessions);
        using (var other = OnnxModel.Open(path, new() { IntraOpThreads = 2 }))
            Assert.AreEqual(before + 2, OnnxModel.OpenSessions);
        first.Dispose();
        first.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => Run(first, [1, 2, 3], 1));
        CollectionAssert.AreEqual(new float[] { 32, 48 }, Run(second, [1, 2, 3], 1));
        second.Dispose();
        Assert.AreEqual(before, OnnxModel.OpenSessions);
    }

    [TestMethod]
    [DoNotParallelize]
    public void AReplacedFileIsAnotherModel()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.Linear().Save(folder.File("model.onnx"));
        using var old = OnnxModel.Open(path, OneThread);
        SmallModels.Linear().Constant("unused", [1], 1).Save(path);
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(1));
        int before = OnnxModel.OpenSessions;
        using var young = OnnxModel.Open(path, OneThread);
        Assert.AreEqual(before + 1, OnnxModel.OpenSessions);
    }

    [TestMethod]
    public void ThreadsMayRunAModelAndDisposeOfItAtOnce()
    {
        byte[] bytes = SmallModels.Linear().ToBytes();
        Parallel.For(0, 64, i =>
        {
            using var model = OnnxModel.Open(bytes, "linear", OneThread);
            for (int run = 0; run < 20; run++)
                Assert.AreEqual(10f + i + run, Run(model, [i + run, 0, 0], 1)[0]);
        });
    }

    [TestMethod]
    public void ARunIsCancelledBetweenOperators()
    {
        using var model = OnnxModel.Open(SmallModels.Slow(1_000_000).ToBytes(), "slow", OneThread);
        using var x = OnnxTensors.Create<float>(new float[64 * 64], 64, 64);
        using var cancelling = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        var error = Assert.Throws<OperationCanceledException>(() => model.Run(["x"], [x], ["y"], cancelling.Token));
        Assert.AreEqual(cancelling.Token, error.CancellationToken);
        using var binding = model.Bind();
        binding.BindInput("x", x);
        binding.BindOutput("y");
        using var again = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => binding.Run(again.Token));
        Assert.Throws<OperationCanceledException>(() => model.Run(["x"], [x], ["y"], new CancellationToken(canceled: true)));
        Assert.Throws<OperationCanceledException>(() => OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", new() { IntraOpThreads = 3, CancellationToken = new(canceled: true) }));
    }

    [TestMethod]
    public void WrongInputsAreNamed()
    {
        using var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", OneThread);
        using var x = OnnxTensors.Create<float>([1, 2, 3], 1, 3);
        using var wide = OnnxTensors.Create<float>([1, 2, 3, 4], 1, 4);
        using var whole = OnnxTensors.Create<long>([1, 2, 3], 1, 3);
        AssertFault(() => model.Run(["X"], [x], ["y"]), "no input 'X'", "'x'");
        AssertFault(() => model.Run(["x"], [x], ["Y"]), "no output 'Y'", "'y'");
        AssertFault(() => model.Run([], [], ["y"]), "without its input 'x'");
        AssertFault(() => model.Run(["x", "x"], [x], ["y"]), "2 names but 1 values");
        AssertFault(() => model.Run(["x"], [wide], ["y"]), "'x' Float[1, 4] for x: Float[batch, 3]");
        AssertFault(() => model.Run(["x"], [whole], ["y"]), "'x' Int64[1, 3] for x: Float[batch, 3]");
        AssertFault(() => OnnxTensors.Elements<float>(whole), "Int64", "Single is expected");
        AssertFault(() => OnnxTensors.Create<float>([1], 2, 2), "4 elements", "1 were given");
    }

    [TestMethod]
    public void HalvesAreReadAsFloats()
    {
        using var half = OnnxTensors.CreateHalf([1, -0.5f, 65504], 3);
        Assert.AreEqual(TensorElementType.Float16, half.GetTensorTypeAndShape().ElementDataType);
        CollectionAssert.AreEqual(new float[] { 1, -0.5f, 65504 }, OnnxTensors.ToFloats(half));
        Assert.AreEqual((Half)(-0.5f), OnnxTensors.Elements<Half>(half)[1]);
        using var doubles = OnnxTensors.Create<double>([0.25], 1);
        CollectionAssert.AreEqual(new[] { 0.25f }, OnnxTensors.ToFloats(doubles));
        using var brain = OnnxTensors.Allocate(TensorElementType.BFloat16, 1);
        new byte[] { 0, 0x3F }.CopyTo(brain.GetTensorMutableRawData());
        CollectionAssert.AreEqual(new[] { 0.5f }, OnnxTensors.ToFloats(brain));
    }

    [TestMethod]
    public void AGraphIsRewrittenOnceAndThenReadFromDisk()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.Linear().Save(folder.File("linear.onnx")), kept = folder.File("kept");
        OnnxSessionOptions Options(int threads) => new() { IntraOpThreads = threads, OptimizedGraphFolder = kept };
        using (var first = OnnxModel.Open(path, Options(1)))
            CollectionAssert.AreEqual(new float[] { 32, 48 }, Run(first, [1, 2, 3], 1));
        string written = Directory.GetFiles(kept, "*", SearchOption.AllDirectories).Single();
        var time = File.GetLastWriteTimeUtc(written);
        using (var second = OnnxModel.Open(path, Options(2)))
            CollectionAssert.AreEqual(new float[] { 32, 48 }, Run(second, [1, 2, 3], 1));
        Assert.AreEqual(time, File.GetLastWriteTimeUtc(written));
        File.WriteAllBytes(written, [1, 2, 3]);
        using (var third = OnnxModel.Open(path, Options(1)))
            CollectionAssert.AreEqual(new float[] { 32, 48 }, Run(third, [1, 2, 3], 1));
        Assert.IsGreaterThan(3, new FileInfo(written).Length);
        Assert.HasCount(1, Directory.GetDirectories(kept));
    }

    [TestMethod]
    public void AProfileIsWritten()
    {
        using var folder = new TemporaryFolder();
        using var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", new() { IntraOpThreads = 1, ProfilePrefix = folder.File("profile") });
        Run(model, [1, 2, 3], 1);
        string profile = model.EndProfiling();
        Assert.StartsWith(folder.File("profile"), profile);
        Assert.Contains("MatMul", File.ReadAllText(profile));
    }

    [TestMethod]
    public void WithoutAGpuTheProcessorComputesWhereThatIsAllowed()
    {
        if (OnnxEngine.Providers.Contains("CUDAExecutionProvider"))
            Assert.Inconclusive("This build of ONNX Runtime has CUDA.");
        AssertFault(() => OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", new() { Provider = OnnxExecutionProvider.Cuda }), "CUDA", "CPUExecutionProvider", "FallBackToCpu");
        using var model = OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", new() { Provider = OnnxExecutionProvider.Cuda, FallBackToCpu = true });
        Assert.AreEqual(OnnxExecutionProvider.Cpu, model.Provider);
    }

    [TestMethod]
    public void AllFaultsOfOptionsAreReportedAtOnce()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => OnnxModel.Open(SmallModels.Linear().ToBytes(), "linear", new()
        {
            Provider = (OnnxExecutionProvider)7, GraphOptimization = (OnnxGraphOptimization)9, GpuDeviceId = -1, GpuMemoryLimit = -1, IntraOpThreads = -1, InterOpThreads = 0, OptimizedGraphFolder = "",
            ProfilePrefix = "", FixedDimensions = new Dictionary<string, long> { ["batch"] = 0 }, Configuration = null!,
        }));
        foreach (string option in new[] { "Provider", "GraphOptimization", "GpuDeviceId", "GpuMemoryLimit", "IntraOpThreads", "InterOpThreads", "OptimizedGraphFolder", "ProfilePrefix", "FixedDimensions[\"batch\"]", "Configuration" })
            Assert.Contains(option, error.Message);
    }

    [TestMethod]
    [DoNotParallelize]
    public void NativeMemoryStaysFlat()
    {
        byte[] bytes = SmallModels.Slow(20).ToBytes();
        void Round()
        {
            using var model = OnnxModel.Open(bytes, "slow", OneThread);
            using var x = OnnxTensors.Create<float>(new float[128 * 128], 128, 128);
            foreach (var y in model.Run(["x"], [x], ["y"]))
                y.Dispose();
            Assert.Throws<OperationCanceledException>(() => model.Run(["x"], [x], ["y"], new CancellationToken(canceled: true)));
            using var stopping = new CancellationTokenSource();
            stopping.CancelAfter(TimeSpan.FromTicks(2000));
            try
            {
                foreach (var y in model.Run(["x"], [x], ["y"], stopping.Token))
                    y.Dispose();
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }

        for (int i = 0; i < 100; i++)
            Round();
        long before = Resident();
        for (int i = 0; i < 400; i++)
            Round();
        long grown = Resident() - before;
        // Each round takes 256 KiB and more: leaking any of it would come to 100 MiB.
        Assert.IsLessThan(24L << 20, grown, $"The process grew by {grown >> 20} MiB in 400 rounds.");
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    private static float[] Run(OnnxModel model, float[] rows, int count)
    {
        using var x = OnnxTensors.Create<float>(rows, count, 3);
        using var y = model.Run(["x"], [x], ["y"]).Single();
        return OnnxTensors.ToFloats(y);
    }

    private static void AssertFault(Action action, params string[] parts)
    {
        var error = Assert.ThrowsExactly<OnnxException>(action);
        foreach (string part in parts)
            Assert.Contains(part, error.Message);
    }
}
