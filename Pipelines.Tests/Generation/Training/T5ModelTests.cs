using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Tests.Runtime.Torch;
using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Tests.Generation.Training;

/// <summary>T5 on LibTorch computes and learns what transformers' does.</summary>
[TestClass]
public sealed class T5ModelTests : TorchTests
{
    public static IEnumerable<object[]> Models => T5Fixture.Names;

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Models))]
    public void StatesLogitsAndLossAreTheReference(string name)
    {
        var fixture = T5Fixture.Open(name);
        using var model = Load(fixture);
        using var inference = torch.inference_mode();
        var labels = Ids(fixture, "labels");
        var decoderIds = T5Losses.ShiftRight(labels, model.Config);
        CollectionAssert.AreEqual(fixture.Input("decoder_input_ids").Values, Longs(decoderIds));
        var output = model.forward(new T5Input(Ids(fixture, "input_ids"), Ids(fixture, "attention_mask"), decoderIds));
        T5Fixture.AssertClose(T5Fixture.Floats(fixture.Outputs.GetProperty("encoder_last_hidden_state")), Floats(output.EncoderState));
        T5Fixture.AssertClose(T5Fixture.Floats(fixture.Outputs.GetProperty("decoder_last_hidden_state")), Floats(output.DecoderState));
        var expected = fixture.Outputs.GetProperty("logits_first_6_positions");
        T5Fixture.AssertClose(T5Fixture.Floats(expected), Floats(output.Logits.narrow(1, 0, expected[0].GetArrayLength())));
        double loss = fixture.Outputs.GetProperty("loss").GetDouble();
        Assert.AreEqual(loss, T5Losses.CrossEntropy(output.Logits, labels).ToDouble(), 1e-4 * loss);
    }

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Models))]
    public void TrainingStepsAreTheReference(string name)
    {
        var fixture = T5Fixture.Open(name);
        using var weights = T5Weights.Open(fixture.Folder);
        var training = fixture.Expected.GetProperty("training");
        var hyper = training.GetProperty("hyper");
        using var model = new T5Model(weights.Config with { Dropout = hyper.GetProperty("dropout").GetDouble() });
        using (torch.no_grad())
        {
            foreach (var (parameter, shape) in T5ParameterNames.Of(weights.Config))
                model.get_parameter(parameter).copy_(torch.tensor(weights.Read(parameter), shape));
        }
        var expected = training.GetProperty("steps");
        var seen = new List<TrainingProgress>();
        var examples = Examples(fixture);
        using var task = new TextToTextTask(model, examples, [], labelSmoothing: 0);
        Trainer.Train(task, new TrainingOptions
        {
            Epochs = expected.GetArrayLength(), BatchSize = examples.Length, LearningRate = hyper.GetProperty("lr").GetDouble(), WeightDecay = hyper.GetProperty("weight_decay").GetDouble(),
            MaximumGradientNorm = hyper.GetProperty("max_grad_norm").GetDouble(), Schedule = LearningRateSchedule.Constant, WarmupSteps = 0, Precision = TrainingPrecision.Float32,
            Device = ParityFixtures.Device, Shuffle = false, Progress = new Seen(seen),
        });
        Assert.HasCount(expected.GetArrayLength(), seen);
        for (int i = 0; i < seen.Count; i++)
        {
            double loss = expected[i].GetProperty("loss").GetDouble(), norm = expected[i].GetProperty("grad_norm_before_clip").GetDouble();
            Assert.AreEqual(loss, seen[i].Loss, 1e-4 * loss, $"loss of step {i}");
            // Adam moves a weight whose gradient is only rounding as far as any other, and kernels round differently: from step to step the gradients part.
            Assert.AreEqual(norm, seen[i].GradientNorm, (i == 0 ? 1e-4 : 1e-3 * i) * norm, $"gradient norm of step {i}");
        }
    }

    [TestMethod]
    public void LabelSmoothingSpreadsTheTarget()
    {
        var logits = torch.tensor(new float[] { 1, 2, 4, 0, 0, 0 }, 1, 2, 3);
        var labels = torch.tensor(new long[] { 2, T5Losses.Ignored }, 1, 2);
        double normaliser = Math.Log(Math.Exp(1) + Math.Exp(2) + Math.Exp(4));
        Assert.AreEqual(normaliser - 4, T5Losses.CrossEntropy(logits, labels).ToDouble(), 1e-6);
        Assert.AreEqual((0.7 * (normaliser - 4)) + (0.3 * (normaliser - (7 / 3.0))), T5Losses.CrossEntropy(logits, labels, 0.3).ToDouble(), 1e-6);
    }

    [TestMethod]
    public void LowRankUpdatesLeaveTheModelAsItWasAndAreMergedIntoIt()
    {
        var config = new T5Config { VocabularySize = 40, HiddenSize = 16, HeadSize = 4, Heads = 2, IntermediateSize = 32, EncoderLayers = 1, DecoderLayers = 2, Dropout = 0 };
        using var model = T5Model.Load(T5Weights.Random(config));
        var input = new T5Input(torch.tensor(new long[] { 3, 4, 5 }, 1, 3), null, torch.tensor(new long[] { 0, 7 }, 1, 2));
        float[] before = Floats(model.forward(input).Logits.detach());
        new T5LoraOptions { Rank = 2, Dropout = 0, Targets = ["q", "wo"] }.AddTo(model, seed: 1);
        AssertClose(before, model.forward(input).Logits.detach(), 0);
        int trained = model.parameters().Count(parameter => parameter.requires_grad);
        Assert.AreEqual(2 * ((1 + (2 * 2)) + 3), trained);
        var examples = Enumerable.Range(0, 8).Select(i => new TextToTextExample([3 + i, 4, 1], [20 + i, 1])).ToArray();
        using (var task = new TextToTextTask(model, examples, examples, 0))
            Trainer.Train(task, new TrainingOptions { Epochs = 10, BatchSize = 4, LearningRate = 1e-2, Precision = TrainingPrecision.Float32, Device = "cpu" });
        float[] trainedLogits = Floats(model.forward(input).Logits.detach());
        Assert.IsTrue(trainedLogits.Zip(before).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-2));
        model.MergeUpdates();
        AssertClose(trainedLogits, model.forward(input).Logits.detach(), 1e-3);
        CollectionAssert.AreEquivalent(T5ParameterNames.Of(config).Keys.ToArray(), model.named_parameters().Select(pair => pair.Item1).ToArray());
    }

    [TestMethod]
    public void InputsOfOtherShapesAreRefused()
    {
        var config = new T5Config { VocabularySize = 40, HiddenSize = 8, HeadSize = 4, Heads = 2, IntermediateSize = 8, EncoderLayers = 1, DecoderLayers = 1 };
        using var model = T5Model.Load(T5Weights.Random(config));
        var ids = torch.zeros(2, 3, torch.ScalarType.Int64);
        Assert.Contains("DecoderInputIds", Assert.ThrowsExactly<T5Exception>(() => model.forward(new T5Input(ids, null, torch.zeros(1, 3, torch.ScalarType.Int64)))).Message);
        Assert.Contains("AttentionMask", Assert.ThrowsExactly<T5Exception>(() => model.forward(new T5Input(ids, torch.ones(2, 2, torch.ScalarType.Int64), ids))).Message);
        Assert.Contains("InputIds", Assert.ThrowsExactly<T5Exception>(() => model.forward(new T5Input(torch.zeros(3, torch.ScalarType.Int64), null, ids))).Message);
    }

    private static T5Model Load(T5Fixture fixture)
    {
        using var weights = T5Weights.Open(fixture.Folder);
        return T5Model.Load(weights);
    }

    private static torch.Tensor Ids(T5Fixture fixture, string name)
    {
        var (values, rows, tokens) = fixture.Input(name);
        return torch.tensor(values, rows, tokens);
    }

    private static TextToTextExample[] Examples(T5Fixture fixture)
    {
        var (ids, rows, tokens) = fixture.Input("input_ids");
        long[] mask = fixture.Input("attention_mask").Values;
        var (labels, _, targets) = fixture.Input("labels");
        return [.. Enumerable.Range(0, rows).Select(row => new TextToTextExample(
            [.. Enumerable.Range(row * tokens, tokens).Where(i => mask[i] == 1).Select(i => (int)ids[i])],
            [.. Enumerable.Range(row * targets, targets).Where(i => labels[i] != T5Losses.Ignored).Select(i => (int)labels[i])]))];
    }

    private sealed class Seen(List<TrainingProgress> list) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => list.Add(value);
    }
}
