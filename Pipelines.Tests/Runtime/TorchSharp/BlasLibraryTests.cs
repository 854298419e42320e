using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace MLPipelines.Tests.Runtime.Torch;

[TestClass]
public sealed class BlasLibraryTests : TorchTests
{
    [TestMethod]
    [DataRow("Prescott")]
    [DataRow("Nehalem")]
    public void KernelsForOldProcessorsAreReplacedWhereTheProcessorIsNewer(string chosen) =>
        Assert.AreEqual(Avx512F.VL.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported ? "SkylakeX" : Avx2.IsSupported && Fma.IsSupported ? "Haswell" : null, BlasLibrary.BetterCore(chosen));

    [TestMethod]
    [DataRow("Haswell")]
    [DataRow("Zen")]
    [DataRow("SkylakeX")]
    [DataRow("Sapphirerapids")]
    [DataRow(null)]
    public void OtherKernelsStay(string? chosen) => Assert.IsNull(BlasLibrary.BetterCore(chosen));

    // The kernels that the loader asks for instead of OpenBLAS's own choice must be right on this processor.
    [TestMethod]
    public void ProductsOfEveryShapeAreThoseOfDoublePrecision()
    {
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            int most = i % 3 == 0 ? 600 : 48;
            long rows = random.Next(1, most), inner = random.Next(1, most), columns = random.Next(1, most);
            using var scope = torch.NewDisposeScope();
            var a = random.Next(2) == 0 ? torch.randn(rows, inner) : torch.randn(inner, rows).t();
            var b = random.Next(2) == 0 ? torch.randn(inner, columns) : torch.randn(columns, inner).t();
            double distance = torch.matmul(a, b).to(torch.ScalarType.Float64).sub(torch.matmul(a.to(torch.ScalarType.Float64), b.to(torch.ScalarType.Float64))).abs().max().ToDouble();
            Assert.IsLessThan(1e-5 * Math.Sqrt(inner), distance, $"[{rows}, {inner}] x [{inner}, {columns}]");
        }
    }
}
