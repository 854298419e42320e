using MLPipelines.Text.Encoders;
using TorchSharp;
using static TorchSharp.torch;
using static MLPipelines.Tests.Text.Encoders.Reference;
using static MLPipelines.Tests.Text.Encoders.TinyEncoders;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Types, devices, threads and memory.</summary>
[TestClass]
[DoNotParallelize]
public sealed class EncoderComputingTests
{
    [TestMethod]
    [TestCategory("Parity")]
    public void BFloat16IsCloseToFloat32()
    {
        foreach (var folder in EncoderFolders("models"))
        {
            using var scope = NewDisposeScope();
            using var ungraded = no_grad();
            using var expected = Read(folder);
            using var encoder = EncoderModels.LoadEncoder(EncoderFiles.InFolder(folder)).Model;
            encoder.to(TestDevice);
            var testCase = expected.RootElement.GetProperty("cases")[0];
            var input = Input(testCase.GetProperty("input"));
            var exact = encoder.forward(input).LastHiddenState;
            encoder.to(ScalarType.BFloat16);
            var rough = encoder.forward(input).LastHiddenState;
            Assert.AreEqual(ScalarType.BFloat16, rough.dtype);
            var difference = (rough.to(ScalarType.Float32) - exact).abs() * input.AttentionMask!.unsqueeze(-1);
            // Hidden states are normalised to a deviation of about 1; bfloat16 has 8 bits.
            Assert.IsLessThan(0.03, difference.mean().item<float>() / exact.abs().mean().item<float>(), folder);
        }
    }

    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.DistilBert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void TrainingInBFloat16HasTheGradientsOfFloat32(EncoderArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config(architecture, dropout: 0));
        model.train();
        var exact = Gradients();
        model.to(ScalarType.BFloat16);
        var rough = Gradients();
        foreach (var (name, gradient) in exact)
        {
            if (!name.Contains("key.bias", StringComparison.Ordinal) && !name.Contains("k_lin.bias", StringComparison.Ordinal))
                Assert.IsGreaterThan(0.99, nn.functional.cosine_similarity(gradient.reshape(1, -1), rough[name].to(ScalarType.Float32).reshape(1, -1)).item<float>(), name);
        }

        Dictionary<string, Tensor> Gradients()
        {
            foreach (var parameter in model.parameters())
                parameter.grad = null;
            EncoderLosses.Sequences(model.forward(Batch(model.Config, 9, 5, 7)), tensor(new long[] { 0, 1, 1 }), EncoderProblemType.SingleLabel).backward();
            return model.named_parameters().ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2.grad.clone());
        }
    }

    [TestMethod]
    public void WeightsInBFloat16AreWrittenAndReadAsSuch()
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        model.to(ScalarType.BFloat16);
        var files = EncoderModelsTests.Files(model);
        Assert.Contains("\"torch_dtype\": \"bfloat16\"", System.Text.Encoding.UTF8.GetString(files["config.json"]));
        using var again = EncoderModels.LoadSequenceClassifier(EncoderFiles.From(files)).Model;
        AssertSame(model.Encoder.WordEmbedding.to(ScalarType.Float32), again.Encoder.WordEmbedding, "word embedding");
    }

    [TestMethod]
    public async Task SeveralThreadsComputeWhatOneDoes()
    {
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        float[] Run(int row)
        {
            using var scope = NewDisposeScope();
            using var ungraded = no_grad();
            return model.forward(Batch(model.Config, 3 + row % 9, 5)).cpu().data<float>().ToArray();
        }

        var expected = Enumerable.Range(0, 20).Select(Run).ToList();
        var actual = await Task.WhenAll(Enumerable.Range(0, 20).Select(row => Task.Run(() => Run(row))));
        for (int row = 0; row < expected.Count; row++)
            CollectionAssert.AreEqual(expected[row], actual[row]);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void NothingIsLeftBehindByAForwardPass(bool trains)
    {
        using var outer = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        model.train(trains);
        var input = Batch(model.Config, 9, 5);
        using var warm = model.forward(input);
        long before = Tensor.TotalCount;
        for (int i = 0; i < 5; i++)
        {
            using var ungraded = trains ? null : no_grad();
            using var logits = model.forward(input);
        }
        Assert.AreEqual(before, Tensor.TotalCount);
    }

    [TestMethod]
    public void RegressionAndSeveralLabelsHaveTheirLosses()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new float[] { 0.5f, -1, 2, 0 }, 2, 2);
        var targets = tensor(new float[] { 1, 0, 0, 1 }, 2, 2);
        double[] values = [0.5, -1, 2, 0];
        double[] wanted = [1, 0, 0, 1];
        double binary = values.Zip(wanted, (x, y) => Math.Log(1 + Math.Exp(-x)) + (1 - y) * x).Average();
        Assert.AreEqual(binary, EncoderLosses.Sequences(logits, targets, EncoderProblemType.MultiLabel).item<float>(), 1e-6);
        Assert.AreEqual(values.Zip(wanted, (x, y) => (x - y) * (x - y)).Average(), EncoderLosses.Sequences(logits, targets, EncoderProblemType.Regression).item<float>(), 1e-6);
        double single = (Math.Log(1 + Math.Exp(-1.5)) + Math.Log(1 + Math.Exp(2))) / 2;
        Assert.AreEqual(single, EncoderLosses.Sequences(logits, tensor(new long[] { 0, 1 }), EncoderProblemType.SingleLabel).item<float>(), 1e-6);
        Assert.AreEqual(Math.Log(1 + Math.Exp(-1.5)), EncoderLosses.Tokens(logits, tensor(new long[] { 0, EncoderLosses.Ignored })).item<float>(), 1e-6);
    }
}
