using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Tests.Runtime.Torch;

[TestClass]
public sealed class ModuleTests : TorchTests
{
    [TestMethod]
    public void FieldsAreRegisteredUnderTheirNames()
    {
        using var net = new Net();
        CollectionAssert.AreEqual(
            new[] { "scale", "first.weight", "first.bias", "rest.0.weight", "rest.0.bias", "rest.1.weight", "rest.1.bias" },
            net.named_parameters().Select(pair => pair.name).ToArray());
        CollectionAssert.AreEqual(new[] { "offset" }, net.named_buffers().Select(pair => pair.name).ToArray());
        CollectionAssert.AreEqual(new[] { "first", "rest" }, net.named_children().Select(pair => pair.name).ToArray());
        CollectionAssert.AreEqual(new[] { "first", "rest", "rest.0", "rest.1" }, net.named_modules().Select(pair => pair.name).ToArray());
        Assert.HasCount(8, net.state_dict());
        Assert.AreSame(net.rest[1].weight, net.get_parameter("rest.1.weight"));
        Assert.IsNull(net.get_parameter("rest.2.weight"));
        Assert.IsTrue(net.has_buffer("offset"));
    }

    [TestMethod]
    public void ASharedParameterIsNamedOnce()
    {
        using var a = nn.Linear(2, 2, hasBias: false);
        using var b = nn.Linear(2, 2, hasBias: false);
        b.weight = a.weight;
        using var both = nn.ModuleList(a, b);
        CollectionAssert.AreEqual(new[] { "0.weight" }, both.named_parameters().Select(pair => pair.name).ToArray());
        Assert.HasCount(2, both.state_dict());
    }

    [TestMethod]
    public void AStateIsLoadedByName()
    {
        using var source = new Net();
        using var target = new Net();
        target.load_state_dict(source.state_dict());
        foreach (var (name, parameter) in target.named_parameters())
            Assert.IsTrue(parameter.allclose(source.get_parameter(name)), name);
        var partial = new Dictionary<string, Tensor> { ["scale"] = tensor(5f), ["other"] = tensor(1f) };
        var thrown = Assert.ThrowsExactly<InvalidOperationException>(() => target.load_state_dict(partial));
        StringAssert.Contains(thrown.Message, "other");
        StringAssert.Contains(thrown.Message, "first.weight");
        var (missing, unexpected) = target.load_state_dict(partial, strict: false);
        Assert.HasCount(7, missing);
        CollectionAssert.AreEqual(new[] { "other" }, unexpected.ToArray());
        Assert.AreEqual(5f, target.scale.item<float>());
    }

    [TestMethod]
    public void ConversionKeepsTheObjectsAndLeavesIntegersAlone()
    {
        using var net = new Net();
        net.register_buffer("positions", arange(3));
        var weight = net.first.weight;
        net.to(bfloat16);
        Assert.AreSame(weight, net.first.weight);
        Assert.AreEqual(ScalarType.BFloat16, weight.dtype);
        Assert.IsTrue(weight.requires_grad && weight.is_leaf);
        Assert.AreEqual(ScalarType.Int64, net.get_buffer("positions").dtype);
        net.call(ones(1, 4, ScalarType.BFloat16)).sum().backward();
        Assert.AreEqual(ScalarType.BFloat16, weight.grad.dtype);
        net.@float();
        Assert.AreEqual(ScalarType.Float32, weight.dtype);
        Assert.AreEqual(ScalarType.Float32, weight.grad.dtype);
        net.zero_grad();
        Assert.IsNull(weight.grad);
    }

    [TestMethod]
    public void ModesReachAllModulesWithin()
    {
        using var net = new Net();
        Assert.IsTrue(net.training);
        net.eval();
        Assert.IsTrue(net.modules().All(module => !module.training));
        using var dropout = nn.Dropout(0.5);
        var x = ones(1000);
        Assert.IsGreaterThan(300L, dropout.call(x).eq(0).sum().item<long>());
        dropout.eval();
        AssertClose(Floats(x), dropout.call(x));
    }

    [TestMethod]
    public void HooksSeeAndChangeWhatPasses()
    {
        using var linear = nn.Linear(2, 2);
        var before = linear.register_forward_pre_hook((_, input) => input * 0);
        var after = linear.register_forward_hook((_, _, result) => result + 1);
        AssertClose(Floats(linear.bias + 1), linear.call(ones(1, 2)));
        before.remove();
        after.remove();
        AssertClose(Floats(linear.forward(ones(1, 2))), linear.call(ones(1, 2)));
    }

    [TestMethod]
    public void LayersStartAsPyTorchStartsThem()
    {
        manual_seed(1);
        using var linear = nn.Linear(100, 50);
        Assert.IsLessThanOrEqualTo(0.1f, linear.weight.abs().max().item<float>());
        Assert.AreEqual(0.1 / Math.Sqrt(3), linear.weight.std().item<float>(), 0.003);
        using var embedding = nn.Embedding(10, 4, padding_idx: 3);
        AssertClose([0, 0, 0, 0], embedding.weight[3]);
        embedding.call(tensor([3L, 1L])).sum().backward();
        AssertClose([0, 0, 0, 0], embedding.weight.grad[3]);
        AssertClose([1, 1, 1, 1], embedding.weight.grad[1]);
        using var norm = nn.LayerNorm(4, eps: 1e-12);
        AssertClose([-1.3416407f, -0.4472136f, 0.4472136f, 1.3416407f], norm.call(tensor([1f, 2f, 3f, 4f])));
    }

    [TestMethod]
    public void NamesAreCheckedAndUnique()
    {
        using var net = new Net();
        Assert.ThrowsExactly<InvalidOperationException>(() => net.register_module("first", nn.GELU()));
        Assert.ThrowsExactly<ArgumentException>(() => net.register_module("a.b", nn.GELU()));
        Assert.ThrowsExactly<ArgumentNullException>(() => net.register_parameter("p", null!));
    }

    [TestMethod]
    public void AListRenamesItsModules()
    {
        using var list = nn.ModuleList<Linear>(nn.Linear(1, 1), nn.Linear(2, 1), nn.Linear(3, 1));
        list.RemoveAt(0);
        Assert.AreEqual(3, list.get_parameter("1.weight").size(1));
        using var dictionary = nn.ModuleDict<Linear>(("head", nn.Linear(1, 1)));
        Assert.IsTrue(dictionary.has_parameter("head.weight"));
        dictionary.Remove("head");
        Assert.IsFalse(dictionary.parameters().Any());
    }

    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        public readonly Parameter scale = nn.Parameter(tensor(1f));
        public readonly Tensor offset = zeros(1);
        public readonly Linear first = nn.Linear(4, 3);
        public readonly ModuleList<Linear> rest = nn.ModuleList<Linear>(nn.Linear(3, 3), nn.Linear(3, 2));

        public Net()
            : base(nameof(Net))
        {
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => rest.Aggregate(first.call(input), (x, layer) => layer.call(x)) * scale + offset;
    }
}
