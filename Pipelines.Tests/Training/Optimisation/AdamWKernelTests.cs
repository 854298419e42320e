using MLPipelines.Training;

namespace MLPipelines.Tests.Training.Optimisation;

/// <summary>The optimiser's passes over memory, on every instruction path that the processor has.</summary>
[TestClass]
[DoNotParallelize]
public sealed unsafe class AdamWKernelTests
{
    private const int Count = 1037;

    private static readonly SimdPath[] Paths = [.. Enum.GetValues<SimdPath>().Where(Simd.Has)];

    [TestCleanup]
    public void Restore() => Simd.Path = Simd.Choose(null);

    [TestMethod]
    public void AllPathsGiveTheSameBits()
    {
        var results = Paths.Select(path => Train(path, rounded: false)).ToArray();
        foreach (var result in results.Skip(1))
        {
            CollectionAssert.AreEqual(results[0].Weights, result.Weights);
            CollectionAssert.AreEqual(results[0].Rounded, result.Rounded);
        }
        results = [.. Paths.Select(path => Train(path, rounded: true))];
        foreach (var result in results.Skip(1))
        {
            CollectionAssert.AreEqual(results[0].Weights, result.Weights);
            CollectionAssert.AreEqual(results[0].Rounded, result.Rounded);
        }
    }

    [TestMethod]
    public void AnUpdateIsAdamWsInDoublePrecision()
    {
        var options = new TrainingOptions { Beta1 = 0.8, Beta2 = 0.99, Epsilon = 1e-6 };
        const double rate = 0.01, decay = 0.1, scale = 0.5;
        var random = new Random(5);
        var gradients = Enumerable.Range(0, 4).Select(_ => Floats(random, Count)).ToArray();
        float[] weights = Floats(random, Count), first = new float[Count], second = new float[Count];
        var expected = Array.ConvertAll(weights, weight => (double)weight);
        double[] m = new double[Count], v = new double[Count];
        for (int t = 1; t <= gradients.Length; t++)
        {
            fixed (float* w = weights, a = first, b = second, g = gradients[t - 1])
                AdamWKernel.Update(new AdamWStep(options, rate, decay, t, scale), w, a, b, g, null, Count);
            for (int i = 0; i < Count; i++)
            {
                double gradient = gradients[t - 1][i] * scale;
                m[i] = options.Beta1 * m[i] + (1 - options.Beta1) * gradient;
                v[i] = options.Beta2 * v[i] + (1 - options.Beta2) * gradient * gradient;
                expected[i] *= 1 - rate * decay;
                expected[i] -= rate * (m[i] / (1 - Math.Pow(options.Beta1, t))) / (Math.Sqrt(v[i] / (1 - Math.Pow(options.Beta2, t))) + options.Epsilon);
            }
        }
        for (int i = 0; i < Count; i++)
            Assert.AreEqual(expected[i], weights[i], 2e-6, $"element {i}");
    }

    [TestMethod]
    public void RoundingIsToTheNearestAndTiesGoToEven()
    {
        (uint Bits, ushort Expected)[] cases =
        [
            (0x3F800000, 0x3F80), (0x3F807FFF, 0x3F80), (0x3F808000, 0x3F80), (0x3F808001, 0x3F81), (0x3F818000, 0x3F82),
            (0xBF818000, 0xBF82), (0x7F7FFFFF, 0x7F80), (0x7F800000, 0x7F80), (0xFF800000, 0xFF80), (0x00000001, 0x0000), (0x80000000, 0x8000),
            (0x7F800001, 0x7FC0), (0x7FFFFFFF, 0x7FFF), (0xFFFFFFFF, 0xFFFF),
        ];
        foreach (var (bits, expected) in cases)
            Assert.AreEqual(expected, BFloat16.Round(BitConverter.UInt32BitsToSingle(bits)), $"{bits:X8}");
        // The vectors, through an update that changes nothing.
        var step = new AdamWStep(new TrainingOptions(), learningRate: 0, weightDecay: 0, updates: 1, gradientScale: 1);
        foreach (var path in Paths)
        {
            Simd.Path = path;
            var weights = new float[64];
            for (int i = 0; i < weights.Length; i++)
                weights[i] = BitConverter.UInt32BitsToSingle(cases[i % cases.Length].Bits);
            float[] zeros = new float[64], first = new float[64], second = new float[64];
            var rounded = new ushort[64];
            fixed (float* w = weights, a = first, b = second, g = zeros)
            fixed (ushort* r = rounded)
                AdamWKernel.Update(step, w, a, b, g, r, 64);
            for (int i = 0; i < weights.Length; i++)
                Assert.AreEqual(BFloat16.Round(weights[i]), rounded[i], $"{path} {cases[i % cases.Length].Bits:X8}");
        }
    }

    [TestMethod]
    public void TheSumOfSquaresIsThatOfDoublesOnEveryPath()
    {
        var values = Floats(new Random(9), Count);
        values[3] = 1e18f;
        values[700] = 1e-20f;
        var rounded = Array.ConvertAll(values, BFloat16.Round);
        double expected = values.Sum(value => (double)value * value), expectedRounded = rounded.Sum(bits => Math.Pow(BFloat16.Widen(bits), 2));
        foreach (var path in Paths)
        {
            Simd.Path = path;
            fixed (float* v = values)
            fixed (ushort* r = rounded)
            {
                Assert.AreEqual(1, NormKernel.SumOfSquares(v, Count) / expected, 1e-14);
                Assert.AreEqual(1, NormKernel.SumOfSquares(r, Count) / expectedRounded, 1e-14);
            }
        }
    }

    [TestMethod]
    public void GradientsAreSummedInFloat32OnEveryPath()
    {
        var random = new Random(2);
        float[] floats = Floats(random, Count), start = Floats(random, Count);
        var rounded = Array.ConvertAll(floats, BFloat16.Round);
        foreach (var path in Paths)
        {
            Simd.Path = path;
            float[] sum = [.. start], begun = [.. start], sumOfFloats = [.. start];
            fixed (float* s = sum, b = begun, f = floats, t = sumOfFloats)
            fixed (ushort* r = rounded)
            {
                AdamWKernel.Add(s, r, Count, begin: false);
                AdamWKernel.Add(b, r, Count, begin: true);
                AdamWKernel.Add(t, f, Count, begin: false);
            }
            for (int i = 0; i < Count; i++)
            {
                Assert.AreEqual(start[i] + BFloat16.Widen(rounded[i]), sum[i]);
                Assert.AreEqual(BFloat16.Widen(rounded[i]), begun[i]);
                Assert.AreEqual(start[i] + floats[i], sumOfFloats[i]);
            }
        }
    }

    [TestMethod]
    public void AVariableForcesAPath()
    {
        Assert.AreEqual(SimdPath.Scalar, Simd.Choose("scalar"));
        Assert.AreEqual(Simd.Has(SimdPath.Vector256) ? SimdPath.Vector256 : SimdPath.Scalar, Simd.Choose("256"));
        Assert.AreEqual(Paths.Max(), Simd.Choose("512"));
        Assert.AreEqual(Paths.Max(), Simd.Choose("something else"));
    }

    private static (float[] Weights, ushort[] Rounded) Train(SimdPath path, bool rounded)
    {
        Simd.Path = path;
        var random = new Random(1);
        float[] weights = Floats(random, Count), first = new float[Count], second = new float[Count];
        var result = new ushort[Count];
        for (int t = 1; t <= 5; t++)
        {
            var gradient = Floats(random, Count);
            var step = new AdamWStep(new TrainingOptions(), 0.003, 0.01, t, 0.7);
            fixed (float* w = weights, a = first, b = second, g = gradient)
            fixed (ushort* r = result, h = Array.ConvertAll(gradient, BFloat16.Round))
            {
                if (rounded)
                    AdamWKernel.Update(step, w, a, b, h, r, Count);
                else
                    AdamWKernel.Update(step, w, a, b, g, r, Count);
            }
        }
        return (weights, result);
    }

    private static float[] Floats(Random random, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-4, 2)));
        return values;
    }
}
