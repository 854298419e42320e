using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Tests.Runtime.Torch;

[TestClass]
public sealed class OperationTests : TorchTests
{
    [TestMethod]
    public void ArithmeticIsElementByElement()
    {
        var a = tensor([1f, -2f, 3f]);
        var b = tensor([2f, 4f, 0.5f]);
        AssertClose([3, 2, 3.5f], a + b);
        AssertClose([-1, -6, 2.5f], a - b);
        AssertClose([2, -8, 1.5f], a * b);
        AssertClose([0.5f, -0.5f, 6], a / b);
        AssertClose([4, 1, 6], a + 3);
        AssertClose([2, 5, 0], 3 - a);
        AssertClose([2, -1, 2f / 3], 2 / a);
        AssertClose([-1, 2, -3], -a);
        AssertClose([1, 4, 9], a.pow(2));
        AssertClose([5, 6, 4], a.add(b, 2));
        AssertClose([0, -1, 6], a.div(b, RoundingMode.trunc) * tensor([1f, 1f, 1f]) - tensor([0f, 1f, 0f]));
        AssertClose([3, 0, 5], a.add_(2));
        AssertClose([6, 0, 2.5f], a.mul_(b));
    }

    [TestMethod]
    public void ComparisonsGiveTruthValues()
    {
        var a = tensor([1, 2, 3]);
        CollectionAssert.AreEqual(new[] { false, true, true }, Bools(a >= 2));
        CollectionAssert.AreEqual(new[] { false, true, false }, Bools(a.eq(tensor([3, 2, 1]))));
        CollectionAssert.AreEqual(new[] { true, false, true }, Bools(a.ne(2)));
        CollectionAssert.AreEqual(new[] { false, false, true }, Bools(2 < a));
        CollectionAssert.AreEqual(new[] { true, false, false }, Bools(tensor([float.NaN, 1, float.PositiveInfinity]).isnan()));
        CollectionAssert.AreEqual(new[] { false, true, false }, Bools(tensor([float.NaN, 1, float.PositiveInfinity]).isfinite()));
        Assert.IsTrue(a.any().item<bool>());
        Assert.IsFalse(a.eq(1).all().item<bool>());
        CollectionAssert.AreEqual(new[] { true, false, true }, Bools((a > 1) ^ (a < 3)));
    }

    [TestMethod]
    public void ReductionsMatchHandComputedNumbers()
    {
        var x = tensor([1f, 2f, 3f, 4f, 5f, 7f], [2, 3]);
        Assert.AreEqual(22f, x.sum().item<float>());
        AssertClose([6, 16], x.sum(1));
        AssertClose([2.5f, 3.5f, 5], x.mean([0]));
        AssertClose([1, 1.5275252f], x.std(1));
        AssertClose([2f / 3, 14f / 9], x.var(1, unbiased: false));
        var (values, indexes) = x.max(1);
        AssertClose([3, 7], values);
        CollectionAssert.AreEqual(new[] { 2L, 2L }, Longs(indexes));
        Assert.AreEqual(5L, x.argmax().item<long>());
        (values, indexes) = x.topk(2, 1);
        AssertClose([3, 2, 7, 5], values);
        (values, indexes) = x.sort(1, descending: true);
        CollectionAssert.AreEqual(new[] { 2L, 1L, 0L, 2L, 1L, 0L }, Longs(indexes));
        Assert.AreEqual(Math.Sqrt(104), x.norm().item<float>(), 1e-5);
        AssertClose([(float)Math.Log(Math.E + Math.Exp(2) + Math.Exp(3)), (float)Math.Log(Math.Exp(4) + Math.Exp(5) + Math.Exp(7))], x.logsumexp(1));
        AssertClose([1, 3, 6, 4, 9, 16], x.cumsum(1));
        AssertClose([1, 2, 3, 4, 5, 7], x.amax(0, 1) * 0 + x);
        AssertClose([0.09003057f, 0.24472847f, 0.66524096f], x[0].softmax(0));
        Assert.AreEqual(21.0, tensor([1, 2, 18]).sum().ToDouble());
    }

    [TestMethod]
    public void ShapesChangeAndShareMemory()
    {
        var x = arange(6);
        var grid = x.view(2, 3);
        CollectionAssert.AreEqual(new long[] { 3, 2 }, grid.T.shape);
        CollectionAssert.AreEqual(new[] { 0L, 3, 1, 4, 2, 5 }, grid.t().contiguous().data<long>().ToArray());
        CollectionAssert.AreEqual(new[] { 0L, 3, 1, 4, 2, 5 }, grid.t().data<long>().ToArray());
        grid[1, 2] = 50L;
        Assert.AreEqual(50L, x[5].item<long>());
        CollectionAssert.AreEqual(new long[] { 1, 2, 3 }, grid.unsqueeze(0).shape);
        CollectionAssert.AreEqual(new long[] { 2, 3 }, grid.unsqueeze(0).squeeze(0).shape);
        CollectionAssert.AreEqual(new long[] { 4, 2, 3 }, grid.expand(4, -1, -1).shape);
        CollectionAssert.AreEqual(new long[] { 4, 6 }, grid.repeat(2, 2).shape);
        CollectionAssert.AreEqual(new long[] { 3, 2 }, grid.permute(1, 0).shape);
        CollectionAssert.AreEqual(new[] { 1L, 2 }, Longs(x.narrow(0, 1, 2)));
        CollectionAssert.AreEqual(new[] { 0L, 2 }, Longs(x.slice(0, 0, 4, 2)));
        Assert.HasCount(3, x.split(2));
        Assert.HasCount(2, x.split([2L, 4L]));
        Assert.HasCount(4, arange(7).chunk(4));
        Assert.HasCount(2, grid.unbind());
        CollectionAssert.AreEqual(new long[] { 2, 2, 3 }, stack([grid, grid]).shape);
        CollectionAssert.AreEqual(new long[] { 2, 6 }, cat([grid, grid], 1).shape);
        CollectionAssert.AreEqual(new[] { 0L, 0, 0, 3, 4, 0 }, Longs(grid.tril()));
    }

    [TestMethod]
    public void IndexingTakesAndPutsParts()
    {
        var x = arange(12).view(3, 4);
        CollectionAssert.AreEqual(new[] { 4L, 5, 6, 7 }, Longs(x[1]));
        CollectionAssert.AreEqual(new[] { 1L, 5, 9 }, Longs(x[TensorIndex.Colon, TensorIndex.Single(1)]));
        CollectionAssert.AreEqual(new[] { 3L, 7, 11 }, Longs(x[TensorIndex.Ellipsis, -1L]));
        CollectionAssert.AreEqual(new[] { 5L, 6 }, Longs(x[TensorIndex.Single(1), TensorIndex.Slice(1, 3)]));
        CollectionAssert.AreEqual(new[] { 9L, 10 }, Longs(x[2, 1..3]));
        CollectionAssert.AreEqual(new[] { 8L, 9, 10, 11, 0, 1, 2, 3 }, Longs(x[tensor([2L, 0L])]));
        CollectionAssert.AreEqual(new[] { 10L, 11 }, Longs(x[x > 9]));
        CollectionAssert.AreEqual(new[] { 1L, 7 }, Longs(x[tensor([0L, 1L]), tensor([1L, 3L])]));
        CollectionAssert.AreEqual(new long[] { 3, 1, 4 }, x[TensorIndex.Colon, TensorIndex.None].shape);
        x[TensorIndex.Colon, TensorIndex.Single(0)] = tensor([-1L, -2L, -3L]);
        CollectionAssert.AreEqual(new[] { -1L, -2, -3 }, Longs(x.select(1, 0)));
        x.index_put_(7, TensorIndex.Single(0));
        CollectionAssert.AreEqual(new[] { 7L, 7, 7, 7 }, Longs(x[0]));
    }

    [TestMethod]
    public void SelectionGathersScattersAndMasks()
    {
        var x = tensor([1f, 2f, 3f, 4f], [2, 2]);
        AssertClose([2, 3], x.gather(1, tensor([1L, 0L], [2, 1])));
        AssertClose([0, 10, 0], zeros(3).scatter(0, tensor([1L]), tensor([10f])));
        AssertClose([3, 0, 7], zeros(3).scatter_add_(0, tensor([0L, 0, 2]), tensor([1f, 2, 7])));
        AssertClose([3, 4, 1, 2], x.index_select(0, tensor([1L, 0L])));
        AssertClose([2, 2, 5, 6], x.index_add(0, tensor([0L, 1L]), tensor([1f, 0, 2, 2], [2, 2]), 1));
        AssertClose([1, 2, -1, -1], x.masked_fill(x > 2, -1));
        AssertClose([3, 4], x.masked_select(x > 2));
        AssertClose([1, 2, 0, 0], where(x > 2, zeros(2, 2), x));
        AssertClose([2, 2, 3, 3], x.clamp(2, 3));
        AssertClose([9, 9, 9, 9], x.fill_(9));
        AssertClose([0, 0, 0, 0], x.zero_());
    }

    [TestMethod]
    public void ProductsMatchHandComputedNumbers()
    {
        var a = tensor([1f, 2f, 3f, 4f], [2, 2]);
        var b = tensor([5f, 6f, 7f, 8f], [2, 2]);
        AssertClose([19, 22, 43, 50], a.matmul(b));
        AssertClose([19, 22, 43, 50], a.mm(b));
        AssertClose([19, 22, 43, 50], a.unsqueeze(0).bmm(b.unsqueeze(0)));
        AssertClose([39, 46, 89, 104], a.addmm(a, b, 1, 2) + a * 0 - a + a);
        AssertClose([20, 24, 46, 54], a.unsqueeze(0).baddbmm(a.unsqueeze(0), b.unsqueeze(0)));
        AssertClose([19, 22, 43, 50], einsum("ij,jk->ik", a, b));
        Assert.AreEqual(17f, tensor([1f, 2f]).dot(tensor([5f, 6f])).item<float>());
        AssertClose([11, 26, 45, 68], a.clone().addcmul_(a, b, 2));
        AssertClose([1.2f, 2 + (2f / 6), 3 + (3f / 7), 4.5f], a.clone().addcdiv_(a, b, 1));
        AssertClose([3, 4, 5, 6], a.clone().lerp_(b, tensor(0.5f)));
    }

    [TestMethod]
    public void TensorsComeFromArraysOfEveryType()
    {
        Assert.AreEqual(ScalarType.Float64, tensor([1.5]).dtype);
        Assert.AreEqual(ScalarType.Int32, tensor([1]).dtype);
        Assert.AreEqual(ScalarType.Bool, tensor([true]).dtype);
        Assert.AreEqual(ScalarType.Byte, tensor(new byte[] { 1 }).dtype);
        Assert.AreEqual(ScalarType.Int16, tensor(new short[] { 1 }).dtype);
        Assert.AreEqual(ScalarType.Float32, tensor([1L, 2L], dtype: float32).dtype);
        CollectionAssert.AreEqual(new long[] { 2, 2 }, tensor(new[,] { { 1f, 2f }, { 3f, 4f } }).shape);
        AssertClose([1, 2, 3, 4], from_array(new[,] { { 1f, 2f }, { 3f, 4f } }));
        CollectionAssert.AreEqual(new long[] { 2, 1 }, tensor(new List<long> { 1, 2 }, 2, 1).shape);
        CollectionAssert.AreEqual(new[] { 2L, 4 }, Longs(arange(2, 6, 2)));
        AssertClose([0, 0.5f, 1], linspace(0, 1, 3));
        AssertClose([1, 0, 0, 1], eye(2));
        AssertClose([3, 3], full(2, 3f));
        Assert.AreEqual(ScalarType.Int64, full(2, 3).dtype);
        Assert.ThrowsExactly<ArgumentException>(() => tensor([1f, 2f], [3]));
    }

    [TestMethod]
    public void ElementsAreReadAsTheirOwnTypeAlone()
    {
        var x = tensor([1f, 2f]);
        Assert.ThrowsExactly<ArgumentException>(() => x.data<double>());
        Assert.ThrowsExactly<ArgumentException>(() => x.item<float>());
        Assert.AreEqual(2L, x[1].ToInt64());
        Assert.AreEqual(2.0, (double)x[1]);
        x.data<float>()[0] = 9;
        Assert.AreEqual(9f, x[0].item<float>());
        Assert.AreEqual(8, x.bytes.Length);
        x.bytes = MemoryMarshal.AsBytes(new float[] { 4, 5 }.AsSpan());
        AssertClose([4, 5], x);
        Assert.ThrowsExactly<ArgumentException>(() => x.bytes = new byte[3]);
        Assert.ThrowsExactly<InvalidOperationException>(() => arange(4).view(2, 2).t().bytes.Length);
    }

    [TestMethod]
    public void HalfPrecisionRoundsToNearest()
    {
        var x = tensor([1.00390625f, 3.14159265f, 65504f, 1e-8f]);
        AssertClose([1.0f, 3.140625f, 65536f, 1.0011718e-8f], x.to(bfloat16), 1e-9);
        AssertClose([1.00390625f, 3.140625f, 65504f, 0], x.to(float16), 0);
        Assert.AreEqual(2, x.to(bfloat16).ElementSize);
        AssertClose([2, 4], tensor([1f, 2f]).to(bfloat16) + tensor([1f, 2f]).to(bfloat16));
    }

    [TestMethod]
    public void ExceptionsCarryLibTorchsMessage()
    {
        var e = Assert.ThrowsExactly<ExternalException>(() => zeros(2, 3).matmul(zeros(2, 3)));
        StringAssert.Contains(e.Message, "2x3");
        Assert.DoesNotContain("Exception raised from", e.Message);
        e = Assert.ThrowsExactly<ExternalException>(() => zeros(2).reshape(3));
        StringAssert.Contains(e.Message, "[3]");
        Assert.ThrowsExactly<ExternalException>(() => nn.functional.embedding(tensor([5L]), zeros(2, 2)));
        Assert.ThrowsExactly<ArgumentException>(() => device("gpu"));
        AssertClose([1, 1], ones(2));
    }

    [TestMethod]
    public void RandomNumbersRepeatFromTheirState()
    {
        manual_seed(42);
        var first = randn(5);
        using var state = get_rng_state();
        var second = randn(5);
        manual_seed(42);
        AssertClose(Floats(first), randn(5), 0);
        set_rng_state(state);
        AssertClose(Floats(second), randn(5), 0);

        using var own = new Generator(7);
        var drawn = rand(4, generator: own);
        using var same = new Generator(7);
        AssertClose(Floats(drawn), rand(4, generator: same), 0);
        Assert.AreEqual(7L, same.initial_seed());
        var permutation = Longs(randperm(10, generator: own));
        Array.Sort(permutation);
        CollectionAssert.AreEqual(Enumerable.Range(0, 10).Select(i => (long)i).ToArray(), permutation);
        Assert.IsTrue(randint(2, 5, [100L]).ge(2).all().item<bool>());
    }

    [TestMethod]
    public void ThreadsCanBeSet()
    {
        int before = get_num_threads();
        set_num_threads(1);
        Assert.AreEqual(1, get_num_threads());
        set_num_threads(before);
    }
}
