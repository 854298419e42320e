using MLPipelines.Text.Encoders;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using static MLPipelines.Tests.Text.Encoders.Reference;
using static MLPipelines.Tests.Text.Encoders.TinyEncoders;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Gradients: those of the reference, and those of layers that are computed twice.</summary>
[TestClass]
[DoNotParallelize] // LibTorch draws the dropout from generators that are shared.
public sealed class EncoderGradientTests
{
    [TestMethod]
    [TestCategory("Parity")]
    public void GradientsOfTheFirstStepAreThoseOfTheReference()
    {
        int compared = 0;
        foreach (var folder in ParityFixtures.Directories("training").Where(folder => File.Exists(Path.Combine(folder, "grads_step0.safetensors"))))
        {
            using var scope = NewDisposeScope();
            using var expected = Read(folder);
            using var model = EncoderModels.LoadSequenceClassifier(EncoderFiles.InFolder(Path.Combine(folder, "initial"))).Model;
            model.to(TestDevice);
            model.train();
            var batch = expected.RootElement.GetProperty("batches")[0];
            EncoderLosses.Sequences(model.forward(Input(batch)), Longs(batch.GetProperty("labels")), EncoderProblemType.SingleLabel).backward();
            using var gradients = Checkpoint.OpenSafetensors(Path.Combine(folder, "grads_step0.safetensors"));
            var parameters = model.named_parameters().ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2);
            CollectionAssert.AreEquivalent(gradients.Tensors.Keys.ToList(), parameters.Keys.ToList());
            foreach (var (name, gradient) in gradients.Tensors)
            {
                AssertClose(tensor(gradient.ToFloats(), gradient.Shape).to(TestDevice), parameters[name].grad, name);
                compared++;
            }
        }
        Assert.IsGreaterThan(0, compared);
    }

    // A classifier reads the first token alone, so that the last layer is computed for no other.
    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.DistilBert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void TheFirstTokenAloneIsWhatItIsAmongTheOthers(EncoderArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config(architecture, dropout: 0, layers: 2));
        model.train();
        foreach (int[] lengths in (int[][])[[9, 5, 7], [6, 6], [1]])
        {
            var input = Batch(model.Config, lengths);
            var alone = Gradients(() => model.forward(input), out var logits);
            var among = Gradients(() => model.Classify(model.Encoder.forward(input)), out var expected);
            AssertClose(expected, logits, "logits");
            foreach (var (name, gradient) in among)
                AssertClose(gradient, alone[name], name);
        }

        Dictionary<string, Tensor> Gradients(Func<Tensor> compute, out Tensor logits)
        {
            model.zero_grad();
            logits = compute();
            logits.square().sum().backward();
            return model.named_parameters().Where(parameter => parameter.Item2.grad is not null).ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2.grad!.clone());
        }
    }

    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.DistilBert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void LayersThatAreComputedTwiceGiveTheSameGradients(EncoderArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config(architecture, dropout: 0, layers: 3));
        AssertSameGradients(model, Batch(model.Config, 9, 5, 7));
    }

    [TestMethod]
    public void FrozenLayersUnderLayersThatAreComputedTwiceStayWithoutGradients()
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config(dropout: 0, layers: 3));
        foreach (var (name, parameter) in model.named_parameters())
            parameter.requires_grad_(model.DepthOf(name) > 2);
        var names = AssertSameGradients(model, Batch(model.Config, 9, 5));
        Assert.DoesNotContain("bert.encoder.layer.1.output.dense.weight", names);
        Assert.Contains("bert.encoder.layer.2.output.dense.weight", names);
    }

    // Masks follow from the seed, so that the loss is a smooth function of the weights; its slope along the gradient is the gradient's squared length.
    [TestMethod]
    public void LayersThatAreComputedTwiceDropTheSameBothTimes()
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config(dropout: 0.3, layers: 3));
        var input = Batch(model.Config, 9, 5, 7);
        model.train();
        double loss = Step(model, input, checkpoints: true, backward: true);
        var gradients = Gradients(model);
        Assert.AreEqual(loss, Step(model, input, checkpoints: true, backward: false));
        double length = Math.Sqrt(gradients.Values.Sum(gradient => gradient.square().sum().item<float>()));
        const double step = 2e-3;
        Move(step / length);
        double above = Step(model, input, checkpoints: true, backward: false);
        Move(-2 * step / length);
        double below = Step(model, input, checkpoints: true, backward: false);
        Assert.AreEqual(length, (above - below) / (2 * step), 0.005 * length);

        void Move(double factor)
        {
            using var ungraded = no_grad();
            foreach (var (name, parameter) in model.named_parameters())
                parameter.add_(gradients[name], factor);
        }
    }

    [TestMethod]
    public void ASeedDecidesWhatIsDropped()
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config(dropout: 0.3));
        var input = Batch(model.Config, 9, 5, 7);
        model.train();
        double first = Step(model, input, checkpoints: false, backward: false);
        Assert.AreEqual(first, Step(model, input, checkpoints: false, backward: false));
        Assert.AreNotEqual(first, Step(model, input, checkpoints: false, backward: false, seed: 8));
        model.eval();
        Assert.AreNotEqual(first, Step(model, input, checkpoints: false, backward: false));
    }

    [TestMethod]
    public void ThePaddingTokenGetsNoGradientFromLookups()
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config(dropout: 0));
        model.train();
        Step(model, Batch(model.Config, 9, 5), checkpoints: false, backward: true);
        var gradient = model.Encoder.WordEmbedding.grad;
        Assert.AreEqual(0, gradient.select(0, model.Config.PadId).abs().max().item<float>());
        Assert.IsGreaterThan(0, gradient.abs().max().item<float>());
    }

    private static List<string> AssertSameGradients(SequenceClassifier model, EncoderInput input)
    {
        model.train();
        double loss = Step(model, input, checkpoints: false, backward: true);
        var plain = Gradients(model);
        Assert.AreEqual(loss, Step(model, input, checkpoints: true, backward: true), 1e-6);
        var twice = Gradients(model);
        CollectionAssert.AreEqual(plain.Keys.ToList(), twice.Keys.ToList());
        foreach (var (name, gradient) in plain)
            AssertClose(gradient, twice[name], name, 1e-6);
        return [.. plain.Keys];
    }

    private static double Step(SequenceClassifier model, EncoderInput input, bool checkpoints, bool backward, long seed = 7)
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in model.parameters())
            parameter.grad = null;
        manual_seed(seed);
        var twice = new GradientCheckpoints(seed);
        model.Encoder.GradientCheckpoints = checkpoints ? twice : null;
        var labels = arange(input.InputIds.shape[0], ScalarType.Int64).remainder(2);
        var loss = EncoderLosses.Sequences(model.forward(input), labels, EncoderProblemType.SingleLabel);
        if (backward)
        {
            loss.backward();
            if (checkpoints)
                twice.Backward();
        }
        model.Encoder.GradientCheckpoints = null;
        return loss.item<float>();
    }

    private static Dictionary<string, Tensor> Gradients(nn.Module model) =>
        model.named_parameters().Where(parameter => parameter.Item2.grad is not null).ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2.grad.clone());
}
