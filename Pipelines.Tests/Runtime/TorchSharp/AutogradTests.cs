using System.Runtime.InteropServices;
using TorchSharp;

namespace MLPipelines.Tests.Runtime.Torch;

[TestClass]
public sealed class AutogradTests : TorchTests
{
    [TestMethod]
    public void GradientsFlowBackToLeaves()
    {
        var x = torch.tensor([1f, 2f, 3f], requires_grad: true);
        (x * x).sum().backward();
        AssertClose([2, 4, 6], x.grad);
    }

    [TestMethod]
    public void GradientsAddUpUntilTheyAreDropped()
    {
        var x = torch.tensor([1f, 2f], requires_grad: true);
        x.sum().backward();
        x.sum().backward();
        AssertClose([2, 2], x.grad);
        x.grad = null;
        Assert.IsNull(x.grad);
    }

    [TestMethod]
    public void AGradientCanBeSet()
    {
        var x = torch.zeros(2, requires_grad: true);
        x.grad = torch.tensor([5f, 6f]);
        AssertClose([5, 6], x.grad);
        Assert.ThrowsExactly<ExternalException>(() => x.grad = torch.zeros(3));
    }

    [TestMethod]
    public void NoGradRecordsNothing()
    {
        var x = torch.ones(2, requires_grad: true);
        using (torch.no_grad())
        {
            Assert.IsFalse(torch.is_grad_enabled());
            Assert.IsFalse((x * 2).requires_grad);
            using (torch.enable_grad())
                Assert.IsTrue((x * 2).requires_grad);
        }
        Assert.IsTrue((x * 2).requires_grad);
        Assert.IsFalse((x * 2).is_leaf);
        Assert.IsTrue(x.is_leaf);
    }

    [TestMethod]
    public void InferenceModeEndsWithItsScope()
    {
        var x = torch.ones(2, requires_grad: true);
        using (torch.inference_mode())
        {
            Assert.IsTrue(torch.is_inference_mode_enabled());
            Assert.IsFalse((x * 2).requires_grad);
        }
        Assert.IsFalse(torch.is_inference_mode_enabled());
    }

    [TestMethod]
    public void GradGivesGradientsWithoutStoringThem()
    {
        var x = torch.tensor(3f, requires_grad: true);
        var unused = torch.tensor(1f, requires_grad: true);
        var y = x * x * x;
        var gradients = torch.autograd.grad([y], [x, unused], create_graph: true, allow_unused: true);
        Assert.AreEqual(27f, gradients[0].item<float>());
        Assert.IsNull(gradients[1]);
        Assert.IsNull(x.grad);
        var second = torch.autograd.grad([gradients[0]], [x]);
        Assert.AreEqual(18f, second[0].item<float>());
    }

    [TestMethod]
    public void BackwardTakesGradientsAndKeepsTheGraph()
    {
        var x = torch.ones(2, requires_grad: true);
        var y = x * x * 1.5;
        y.backward([torch.tensor([1f, 10f])], retain_graph: true);
        y.backward([torch.tensor([1f, 10f])]);
        AssertClose([6, 60], x.grad);
        Assert.ThrowsExactly<ExternalException>(() => y.backward([torch.tensor([1f, 10f])]));
    }

    [TestMethod]
    public void ATensorThatIsNoLeafCanKeepItsGradient()
    {
        var x = torch.ones(2, requires_grad: true);
        var y = x * 2;
        y.retain_grad();
        (y * 5).sum().backward();
        AssertClose([5, 5], y.grad);
    }

    [TestMethod]
    public void AParameterCanBecomeAViewOfALargerBuffer()
    {
        var flat = torch.arange(6, torch.ScalarType.Float32);
        var parameter = torch.nn.Parameter(torch.zeros(2, 3));
        using (torch.no_grad())
            parameter.set_(flat.view(2, 3));
        (parameter * 2).sum().backward();
        AssertClose([0, 1, 2, 3, 4, 5], parameter);
        AssertClose([2, 2, 2, 2, 2, 2], parameter.grad);
        flat.fill_(7);
        AssertClose([7, 7, 7, 7, 7, 7], parameter);
    }
}
