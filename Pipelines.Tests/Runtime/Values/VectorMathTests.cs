using System.Runtime.Intrinsics.X86;
using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Values;

[TestClass]
public sealed class VectorMathTests
{
    private const int DenseLength = 200;

    public static IEnumerable<int> Counts => [0, 1, 3, 7, 15, 16, 17, 20, 23, 24, 31, 40, 45, 63, 64, 100];

    [TestMethod]
    [DynamicData(nameof(Counts))]
    public void SparseDotAddsInLanes(int count)
    {
        var (dense, values, indices) = MakeSparse(count);
        float[] gathered = Array.ConvertAll(indices, index => dense[index]);
        float expected = SumInLanes(count, (i, sum, fused) => fused ? MathF.FusedMultiplyAdd(values[i], gathered[i], sum) : sum + gathered[i] * values[i]);
        Assert.AreEqual(expected, VectorMath.Dot(dense, values, indices));
    }

    [TestMethod]
    [DynamicData(nameof(Counts))]
    public void SumsAboutAMeanAddInLanes(int count)
    {
        float[] values = Draw(count, 3);
        const float mean = 0.3f;
        float squares = SumInLanes(count, (i, sum, fused) => fused
            ? MathF.FusedMultiplyAdd(values[i] - mean, values[i] - mean, sum)
            : sum + (values[i] - mean) * (values[i] - mean));
        Assert.AreEqual(squares, VectorMath.SumSq(mean, values));
        Assert.AreEqual(SumInLanes(count, (i, sum, _) => sum + Math.Abs(values[i] - mean)), VectorMath.SumAbs(mean, values));
        Assert.AreEqual(values.Select(v => Math.Abs(v - mean)).DefaultIfEmpty().Max(), VectorMath.MaxAbsDiff(mean, values));
    }

    [TestMethod]
    [DynamicData(nameof(Counts))]
    public void SparseAddMultFusesGroupsOfEight(int count)
    {
        var (dense, values, indices) = MakeSparse(count);
        float[] expected = [.. dense];
        for (int i = 0; i < count; i++)
            expected[indices[i]] = IsFused(i, count) ? MathF.FusedMultiplyAdd(values[i], 0.7f, dense[indices[i]]) : dense[indices[i]] + 0.7f * values[i];
        float[] actual = [.. dense];
        VectorMath.AddMult(0.7f, values, indices, actual);
        CollectionAssert.AreEqual(expected, actual);

        float[] weights = new float[DenseLength];
        actual = [.. dense];
        VectorMath.SdcaL1Update(0.7f, values, indices, 0.2f, actual, weights);
        CollectionAssert.AreEqual(expected, actual);
        foreach (int index in indices)
            Assert.AreEqual(Math.Abs(expected[index]) > 0.2f ? expected[index] - Math.Sign(expected[index]) * 0.2f : 0, weights[index]);

        actual = [.. dense];
        VectorMath.Add(values, indices, actual);
        for (int i = 0; i < count; i++)
            Assert.AreEqual(dense[indices[i]] + values[i], actual[indices[i]]);
    }

    [TestMethod]
    [DynamicData(nameof(Counts))]
    public void DenseUpdateOfSdcaFusesGroupsOfEight(int count)
    {
        float[] source = Draw(count, 5), primal = Draw(count, 6), weights = new float[count];
        float[] expected = [.. primal.Select((p, i) => IsFused(i, count) ? MathF.FusedMultiplyAdd(source[i], -0.4f, p) : p + source[i] * -0.4f)];
        VectorMath.SdcaL1Update(-0.4f, source, 0.1f, primal, weights);
        CollectionAssert.AreEqual(expected, primal);
        for (int i = 0; i < count; i++)
            Assert.AreEqual(Math.Abs(primal[i]) > 0.1f ? primal[i] - Math.Sign(primal[i]) * 0.1f : 0, weights[i]);
    }

    [TestMethod]
    [DynamicData(nameof(Counts))]
    public void DenseKernelsAgreeWithDoublePrecision(int count)
    {
        float[] left = Draw(count, 1), right = Draw(count, 2);
        const double tolerance = 1e-5;
        Assert.AreEqual(left.Zip(right, (a, b) => (double)a * b).Sum(), VectorMath.Dot(left, right), tolerance * (count + 1));
        Assert.AreEqual(left.Sum(a => (double)a), VectorMath.Sum(left), tolerance * (count + 1));
        Assert.AreEqual(left.Sum(a => (double)a * a), VectorMath.SumSq(left), tolerance * (count + 1));
        Assert.AreEqual(left.Sum(a => Math.Abs((double)a)), VectorMath.SumAbs(left), tolerance * (count + 1));
        Assert.AreEqual(left.Select(Math.Abs).DefaultIfEmpty().Max(), VectorMath.MaxAbs(left));
        Assert.AreEqual(left.Zip(right, (a, b) => ((double)a - b) * ((double)a - b)).Sum(), VectorMath.L2DistSquared(left, right), tolerance * (count + 1));
    }

    [TestMethod]
    [DynamicData(nameof(Counts))]
    public void ItemwiseKernelsRoundEachOperation(int count)
    {
        float[] source = Draw(count, 1), start = Draw(count, 2);
        AssertItems(start, destination => VectorMath.AddMult(0.7f, source, destination), i => start[i] + 0.7f * source[i]);
        AssertItems(start, destination => VectorMath.AddMult(0.7f, source, start, destination), i => start[i] + 0.7f * source[i]);
        AssertItems(start, destination => VectorMath.Add(source, destination), i => start[i] + source[i]);
        AssertItems(start, destination => VectorMath.Add(0.7f, destination), i => start[i] + 0.7f);
        AssertItems(start, destination => VectorMath.Scale(0.7f, destination), i => start[i] * 0.7f);
        AssertItems(start, destination => VectorMath.Scale(0.7f, source, destination), i => source[i] * 0.7f);
        AssertItems(start, destination => VectorMath.ScaleAdd(0.7f, 0.2f, destination), i => 0.7f * (start[i] + 0.2f));
        AssertItems(start, destination => VectorMath.Multiply(source, start, destination), i => source[i] * start[i]);
    }

    private static void AssertItems(float[] start, Action<float[]> apply, Func<int, float> expected)
    {
        float[] actual = [.. start];
        apply(actual);
        CollectionAssert.AreEqual(Enumerable.Range(0, start.Length).Select(expected).ToArray(), actual);
    }

    private static bool IsFused(int i, int count) => count >= 16 && Avx.IsSupported && Fma.IsSupported && i < count / 8 * 8;

    private static float SumInLanes(int count, Func<int, float, bool, float> add)
    {
        float sum = 0;
        if (count < 16 || !Avx.IsSupported)
        {
            for (int i = 0; i < count; i++)
                sum = add(i, sum, false);
            return sum;
        }
        float[] lanes = new float[8];
        int next = 0;
        for (; next + 8 <= count; next += 8)
        {
            for (int lane = 0; lane < 8; lane++)
                lanes[lane] = add(next + lane, lanes[lane], Fma.IsSupported);
        }
        float eights = ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
        if (next + 4 <= count)
        {
            sum = (add(next, 0, false) + add(next + 1, 0, false)) + (add(next + 2, 0, false) + add(next + 3, 0, false));
            next += 4;
        }
        for (; next < count; next++)
            sum = add(next, sum, false);
        return sum + eights;
    }

    private static (float[] Dense, float[] Values, int[] Indices) MakeSparse(int count)
    {
        int[] indices = RandomUtils.GetRandomPermutation(RandomUtils.Create(9), DenseLength)[..count];
        Array.Sort(indices);
        return (Draw(DenseLength, 7), Draw(count, 8), indices);
    }

    private static float[] Draw(int count, int seed)
    {
        var random = RandomUtils.Create(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
