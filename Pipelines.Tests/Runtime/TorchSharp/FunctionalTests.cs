using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLPipelines.Tests.Runtime.Torch;

[TestClass]
public sealed class FunctionalTests : TorchTests
{
    private static readonly float[] Logits = [2f, 1f, 0f, 0f, 1f, 3f];

    [TestMethod]
    public void CrossEntropyMatchesItsFormula()
    {
        var logits = tensor(Logits, [2, 3]);
        var targets = tensor([0L, 1L]);
        double[] losses = [-LogSoftmax(0, 0), -LogSoftmax(1, 1)];
        Assert.AreEqual(losses.Average(), F.cross_entropy(logits, targets).item<float>(), 1e-6);
        AssertClose([(float)losses[0], (float)losses[1]], F.cross_entropy(logits, targets, reduction: nn.Reduction.None));
        Assert.AreEqual(losses.Sum(), F.cross_entropy(logits, targets, reduction: nn.Reduction.Sum).item<float>(), 1e-6);
        Assert.AreEqual(losses[0], F.cross_entropy(logits, tensor([0L, -100L])).item<float>(), 1e-6);
        Assert.AreEqual(losses[1], F.cross_entropy(logits, targets, ignore_index: 0).item<float>(), 1e-6);
        Assert.AreEqual(((2 * losses[0]) + (3 * losses[1])) / 5, F.cross_entropy(logits, targets, tensor([2f, 3f, 4f])).item<float>(), 1e-6);
        double smooth = Enumerable.Range(0, 2).Average(row => (0.9 * losses[row]) + (0.1 * -Enumerable.Range(0, 3).Average(column => LogSoftmax(row, column))));
        Assert.AreEqual(smooth, F.cross_entropy(logits, targets, label_smoothing: 0.1).item<float>(), 1e-6);
        Assert.AreEqual(losses.Average(), F.nll_loss(logits.log_softmax(1), targets).item<float>(), 1e-6);
    }

    [TestMethod]
    public void BinaryCrossEntropyMatchesItsFormula()
    {
        var logits = tensor([1f, -2f]);
        var targets = tensor([1f, 0f]);
        double[] losses = [Math.Log(1 + Math.Exp(-1)), Math.Log(1 + Math.Exp(-2))];
        Assert.AreEqual(losses.Average(), F.binary_cross_entropy_with_logits(logits, targets).item<float>(), 1e-6);
        Assert.AreEqual(((4 * losses[0]) + losses[1]) / 2, F.binary_cross_entropy_with_logits(logits, targets, pos_weights: tensor([4f])).item<float>(), 1e-6);
        Assert.AreEqual(2.5f, F.mse_loss(tensor([1f, 2f]), tensor([2f, 4f])).item<float>());
        using var loss = nn.BCEWithLogitsLoss(reduction: nn.Reduction.Sum);
        Assert.AreEqual(losses.Sum(), loss.call(logits, targets).item<float>(), 1e-6);
    }

    [TestMethod]
    public void ActivationsMatchTheirFormulas()
    {
        var x = tensor([-1f, 0f, 2f]);
        AssertClose([-0.15865526f, 0, 1.9544997f], F.gelu(x));
        AssertClose([0, 0, 2], F.relu(x));
        AssertClose([-0.26894143f, 0, 1.7615942f], F.silu(x));
        AssertClose([-0.7615942f, 0, 0.9640276f], F.tanh(x));
        AssertClose([0.26894143f, 0.5f, 0.8807971f], x.sigmoid());
        AssertClose([0, 0, 2], F.relu(x, inplace: true));
        AssertClose([0, 0, 2], x);
    }

    [TestMethod]
    [DataRow(false, false)]
    [DataRow(true, false)]
    [DataRow(false, true)]
    public void AttentionIsTheComposedFormula(bool masked, bool causal)
    {
        manual_seed(3);
        var query = randn(2, 3, 5, 8, requires_grad: true);
        var key = randn(2, 3, 5, 8);
        var value = randn(2, 3, 5, 8);
        Tensor? mask = masked ? rand(2, 1, 1, 5).gt(0.3) : null;
        mask?[TensorIndex.Ellipsis, 0L] = true;
        var scores = query.matmul(key.transpose(-2, -1)) / Math.Sqrt(8);
        if (masked)
            scores = scores.masked_fill(mask!.logical_not(), double.NegativeInfinity);
        if (causal)
            scores = scores.masked_fill(ones(5, 5, @bool).triu(1), double.NegativeInfinity);
        var expected = scores.softmax(-1).matmul(value);
        var actual = F.scaled_dot_product_attention(query, key, value, mask!, 0, causal);
        AssertClose(Floats(expected), actual);
        if (masked)
        {
            var additive = zeros(2, 1, 1, 5).masked_fill(mask!.logical_not(), double.NegativeInfinity);
            AssertClose(Floats(expected), F.scaled_dot_product_attention(query, key, value, additive));
        }
        actual.sum().backward();
        Assert.IsTrue(query.grad.isfinite().all().item<bool>());
    }

    [TestMethod]
    public void RowsAndVectorsAreMadeAndMeasured()
    {
        CollectionAssert.AreEqual(new[] { 0L, 1, 0, 1, 0, 0 }, Longs(F.one_hot(tensor([1L, 0L]), 3)));
        AssertClose([0.96f], F.cosine_similarity(tensor([3f, 4f], [1, 2]), tensor([4f, 3f], [1, 2])));
        AssertClose([5, 11], F.linear(tensor([1f, 2f]), tensor([1f, 2, 3, 4], [2, 2])));
        AssertClose([3, 4, 1, 2], F.embedding(tensor([1L, 0L]), tensor([1f, 2, 3, 4], [2, 2])));
    }

    [TestMethod]
    public void FirstValuesKeepTheVariance()
    {
        manual_seed(5);
        Assert.AreEqual(0.02, nn.init.normal_(empty(100, 100), 0, 0.02).std().item<float>(), 0.001);
        Assert.AreEqual(Math.Sqrt(2.0 / 300), nn.init.xavier_uniform_(empty(100, 200)).std().item<float>(), 0.003);
        Assert.AreEqual(Math.Sqrt(2.0 / 200), nn.init.kaiming_uniform_(empty(100, 200)).std().item<float>(), 0.003);
        var bounded = nn.init.trunc_normal_(empty(1000), 0, 1, -0.5, 0.5);
        Assert.IsLessThanOrEqualTo(0.5f, bounded.abs().max().item<float>());
        AssertClose([7, 7], nn.init.constant_(empty(2), 7));
        Assert.IsTrue(nn.init.zeros_(nn.Parameter(ones(2))).is_leaf);
    }

    private static double LogSoftmax(int row, int column)
    {
        var values = Logits.AsSpan(row * 3, 3);
        double sum = 0;
        foreach (float value in values)
            sum += Math.Exp(value);
        return values[column] - Math.Log(sum);
    }
}
