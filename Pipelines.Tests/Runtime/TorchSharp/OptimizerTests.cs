using TorchSharp;
using TorchSharp.Modules;

namespace MLPipelines.Tests.Runtime.Torch;

[TestClass]
public sealed class OptimizerTests : TorchTests
{
    [TestMethod]
    public void SgdStepsAgainstTheGradient()
    {
        var p = One(1f);
        using var optimizer = torch.optim.SGD([p], 0.1, momentum: 0.5, weight_decay: 0.1);
        Step(p, optimizer, 2f);
        // g = 2 + 0.1 * 1 = 2.1; buffer = 2.1; p = 1 - 0.21 = 0.79
        AssertClose([0.79f], p);
        Step(p, optimizer, 2f);
        // g = 2.079; buffer = 1.05 + 2.079 = 3.129; p = 0.79 - 0.3129
        AssertClose([0.4771f], p);
    }

    [TestMethod]
    public void AdamWDecaysApartFromTheGradient()
    {
        var p = One(1f);
        using var optimizer = torch.optim.AdamW([p], 0.1, weight_decay: 0.5);
        double expected = 1, m = 0, v = 0;
        for (int step = 1; step <= 5; step++)
        {
            double g = step;
            Step(p, optimizer, (float)g);
            expected *= 1 - (0.1 * 0.5);
            m = (0.9 * m) + (0.1 * g);
            v = (0.999 * v) + (0.001 * g * g);
            expected -= 0.1 * (m / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, step))) + 1e-8);
            AssertClose([(float)expected], p);
        }
    }

    [TestMethod]
    public void AdamAddsTheDecayToTheGradient()
    {
        var p = One(2f);
        using var optimizer = torch.optim.Adam([p], 0.01, weight_decay: 0.5, amsgrad: true);
        double expected = 2, m = 0, v = 0, greatest = 0;
        foreach (var (raw, step) in new[] { (3.0, 1), (-1.0, 2), (0.5, 3) })
        {
            Step(p, optimizer, (float)raw);
            double g = raw + (0.5 * expected);
            m = (0.9 * m) + (0.1 * g);
            v = (0.999 * v) + (0.001 * g * g);
            greatest = Math.Max(greatest, v);
            expected -= 0.01 * (m / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(greatest / (1 - Math.Pow(0.999, step))) + 1e-8);
            AssertClose([(float)expected], p);
        }
    }

    [TestMethod]
    public void GroupsHaveOptionsOfTheirOwn()
    {
        var slow = One(1f);
        var fast = One(1f);
        using var optimizer = torch.optim.SGD([new SGD.ParamGroup([slow], lr: 0.1), new SGD.ParamGroup { Parameters = [fast] }], 1.0);
        slow.grad = torch.tensor([1f]);
        fast.grad = torch.tensor([1f]);
        optimizer.step();
        AssertClose([0.9f], slow);
        AssertClose([0f], fast);
        optimizer.zero_grad();
        Assert.IsNull(slow.grad);
    }

    [TestMethod]
    public void SchedulesSetTheLearningRates()
    {
        var p = One(1f);
        using var optimizer = torch.optim.AdamW([p], 1.0);
        var linear = torch.optim.lr_scheduler.LambdaLR(optimizer, step => 1 - (step / 4.0));
        Assert.AreEqual(1.0, optimizer.ParamGroups.Single().LearningRate, 1e-12);
        linear.step();
        Assert.AreEqual(0.75, linear.get_last_lr().Single(), 1e-12);

        using var other = torch.optim.SGD([p], 1.0);
        var cosine = torch.optim.lr_scheduler.CosineAnnealingLR(other, 4);
        cosine.step();
        cosine.step();
        Assert.AreEqual(0.5, cosine.get_last_lr().Single(), 1e-12);

        using var third = torch.optim.SGD([p], 1.0);
        var steps = torch.optim.lr_scheduler.StepLR(third, 2);
        steps.step();
        Assert.AreEqual(1.0, steps.get_last_lr().Single(), 1e-12);
        steps.step();
        Assert.AreEqual(0.1, steps.get_last_lr().Single(), 1e-12);
    }

    [TestMethod]
    public void ClippingScalesAllGradientsByOneFactor()
    {
        var a = One(0f);
        var b = One(0f);
        a.grad = torch.tensor([3f]);
        b.grad = torch.tensor([4f]);
        Assert.AreEqual(5.0, torch.nn.utils.clip_grad_norm_([a, b], 1), 1e-6);
        AssertClose([0.6f], a.grad);
        AssertClose([0.8f], b.grad);
        Assert.AreEqual(1.0, torch.nn.utils.clip_grad_norm_([a, b], 2), 1e-5);
        AssertClose([0.6f], a.grad);
        torch.nn.utils.clip_grad_value_([a, b], 0.7);
        AssertClose([0.7f], b.grad);
    }

    [TestMethod]
    public void ParametersBecomeOneVectorAndComeBack()
    {
        var a = torch.nn.Parameter(torch.tensor([1f, 2f, 3f, 4f], [2, 2]));
        var b = One(5f);
        var vector = torch.nn.utils.parameters_to_vector([a, b]);
        AssertClose([1, 2, 3, 4, 5], vector);
        torch.nn.utils.vector_to_parameters(vector.detach() * 2, [a, b]);
        AssertClose([2, 4, 6, 8], a);
        AssertClose([10], b);
    }

    private static Parameter One(float value) => torch.nn.Parameter(torch.tensor([value]));

    private static void Step(Parameter parameter, torch.optim.Optimizer optimizer, float gradient)
    {
        parameter.grad = torch.tensor([gradient]);
        optimizer.step();
    }
}
