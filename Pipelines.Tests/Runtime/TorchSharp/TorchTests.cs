using TorchSharp;

namespace MLPipelines.Tests.Runtime.Torch;

/// <summary>The base of tests that need LibTorch: without one they are skipped, and say so; where it is there but fails to load, they fail.</summary>
/// <remarks>One at a time: they share LibTorch's default generators, its threads and the count of tensors.</remarks>
[DoNotParallelize]
public abstract class TorchTests
{
    private DisposeScope _scope = null!;

    [TestInitialize]
    public void OpenScope()
    {
        RequireLibTorch();
        _scope = torch.NewDisposeScope();
    }

    [TestCleanup]
    public void CloseScope() => _scope?.Dispose();

    internal static void RequireLibTorch()
    {
        try
        {
            _ = torch.get_num_threads();
        }
        catch (DllNotFoundException e) when (!IsBuilt())
        {
            Assert.Inconclusive($"LibTorch is not installed: {e.Message}");
        }
    }

    private protected static float[] Floats(torch.Tensor tensor) => tensor.to(torch.ScalarType.Float32).cpu().data<float>().ToArray();

    private protected static long[] Longs(torch.Tensor tensor) => tensor.cpu().data<long>().ToArray();

    private protected static bool[] Bools(torch.Tensor tensor) => tensor.cpu().data<bool>().ToArray();

    private protected static void AssertClose(ReadOnlySpan<float> expected, torch.Tensor actual, double tolerance = 1e-5)
    {
        float[] values = Floats(actual);
        Assert.HasCount(expected.Length, values);
        for (int i = 0; i < values.Length; i++)
            Assert.AreEqual(expected[i], values[i], tolerance, $"element {i} of [{string.Join(", ", values)}]");
    }

    private static bool IsBuilt() => Directory.EnumerateFiles(AppContext.BaseDirectory, "libmlpipelines_torch.so", SearchOption.AllDirectories).Any();
}
