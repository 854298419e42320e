using MLPipelines.Text.Encoders;
using TorchSharp;
using static TorchSharp.torch;
using static MLPipelines.Tests.Text.Encoders.Reference;
using static MLPipelines.Tests.Text.Encoders.TinyEncoders;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>What goes into an encoder, and how it comes to bear.</summary>
[TestClass]
public sealed class EncoderInputTests
{
    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.DistilBert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void PaddingChangesNothing(EncoderArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var encoder = EncoderModels.CreateEncoder(Config(architecture), pooler: true);
        var rows = Rows(encoder.Config, 9, 5, 1);
        var together = encoder.forward(EncoderInput.Create(encoder.Config, rows, length: 12), EncoderExtras.HiddenStates);
        Assert.AreEqual(12L, together.LastHiddenState.shape[1]);
        for (int i = 0; i < rows.Length; i++)
        {
            var input = EncoderInput.Create(encoder.Config, [rows[i]]);
            Assert.IsNull(input.AttentionMask);
            var alone = encoder.forward(input, EncoderExtras.HiddenStates);
            for (int layer = 0; layer < alone.HiddenStates!.Count; layer++)
                AssertClose(alone.HiddenStates[layer].select(0, 0), together.HiddenStates![layer].select(0, i).narrow(0, 0, rows[i].Length), $"row {i}, layer {layer}", 1e-5);
        }
    }

    [TestMethod]
    public void AMaskOfOnesIsNoMask()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var encoder = EncoderModels.CreateEncoder(Config(), pooler: false);
        var plain = Batch(encoder.Config, 7, 7);
        Assert.IsNull(plain.AttentionMask);
        var masked = plain with { AttentionMask = ones_like(plain.InputIds) };
        AssertClose(encoder.forward(plain).LastHiddenState, encoder.forward(masked).LastHiddenState, "int64 mask", 1e-6);
        AssertClose(encoder.forward(plain).LastHiddenState, encoder.forward(masked with { AttentionMask = masked.AttentionMask.to(ScalarType.Bool) }).LastHiddenState, "bool mask", 1e-6);
    }

    [TestMethod]
    public void SegmentsMatterToBert()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var encoder = EncoderModels.CreateEncoder(Config(), pooler: false);
        var input = Batch(encoder.Config, 8);
        Assert.IsNotNull(input.TokenTypeIds);
        var first = input with { TokenTypeIds = null };
        AssertClose(encoder.forward(first with { TokenTypeIds = zeros_like(input.InputIds) }).LastHiddenState, encoder.forward(first).LastHiddenState, "all in the first", 1e-6);
        Assert.IsGreaterThan(0.01, (encoder.forward(input).LastHiddenState - encoder.forward(first).LastHiddenState).abs().max().item<float>());
    }

    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void WordEmbeddingsCanBeGivenInsteadOfIds(EncoderArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var encoder = EncoderModels.CreateEncoder(Config(architecture), pooler: false);
        var input = Batch(encoder.Config, 8, 5);
        var words = encoder.EmbedWords(input.InputIds).detach();
        words.requires_grad_(true);
        var output = encoder.forward(input with { WordEmbeddings = words }).LastHiddenState;
        AssertClose(encoder.forward(input).LastHiddenState, output, "hidden state", 1e-6);
        output.square().sum().backward();
        Assert.IsGreaterThan(0, words.grad.abs().max().item<float>());
    }

    [TestMethod]
    public void AttentionsSumToOneAndLeavePaddingOut()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var encoder = EncoderModels.CreateEncoder(Config(), pooler: false);
        var output = encoder.forward(Batch(encoder.Config, 8, 5), EncoderExtras.Attentions);
        Assert.HasCount(2, output.Attentions!);
        foreach (var weights in output.Attentions!)
        {
            CollectionAssert.AreEqual(new long[] { 2, 3, 8, 8 }, weights.shape);
            AssertClose(ones(2, 3, 8), weights.sum(-1), "sum", 1e-5);
            Assert.AreEqual(0, weights.select(0, 1).narrow(-1, 5, 3).abs().max().item<float>());
        }
    }

    [TestMethod]
    public void WhatDoesNotFitIsRefused()
    {
        using var scope = NewDisposeScope();
        using var encoder = EncoderModels.CreateEncoder(Config(EncoderArchitecture.Roberta), pooler: false);
        var config = encoder.Config;
        Contains("17 tokens", () => EncoderInput.Create(config, [new int[17]]));
        Contains("at most 16", () => encoder.forward(new EncoderInput(zeros(1, 17, ScalarType.Int64))));
        Contains("id 50 at position 1", () => EncoderInput.Create(config, [[3, 50]]));
        Contains("id -1 at position 0", () => EncoderInput.Create(config, [[3], [-1]]));
        Contains("Row 1", () => EncoderInput.Create(config, [[3], []]));
        Contains("[4]", () => encoder.forward(new EncoderInput(zeros(4, ScalarType.Int64))));
        Contains("AttentionMask has the shape [1, 3]", () => encoder.forward(new EncoderInput(zeros(1, 4, ScalarType.Int64), ones(1, 3, ScalarType.Int64))));
        Contains("WordEmbeddings", () => encoder.forward(new EncoderInput(zeros(1, 4, ScalarType.Int64)) { WordEmbeddings = zeros(1, 4, 5) }));
        Contains("segment 2 at position 0", () => EncoderInput.Create(Config(), [[3]], [[2]]));
        Contains("segments of row 0", () => EncoderInput.Create(Config(), [[3, 4]], [[0]]));

        static void Contains(string part, Action action) => Assert.Contains(part, Assert.ThrowsExactly<EncoderException>(action).Message);
    }

    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.DistilBert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void LogitsOfSomeTokensAreThoseOfAll(EncoderArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = EncoderModels.CreateMaskedLanguageModel(Config(architecture));
        var input = Batch(model.Config, 8, 5);
        var all = model.forward(input);
        CollectionAssert.AreEqual(new long[] { 2, 8, model.Config.VocabularySize }, all.shape);
        AssertClose(all.reshape(16, -1).index_select(0, tensor(new long[] { 1, 11 })), model.ForwardAt(input, tensor(new long[] { 1, 11 })), "logits", 1e-5);
    }

    [TestMethod]
    [DataRow("gelu")]
    [DataRow("gelu_new")]
    [DataRow("gelu_pytorch_tanh")]
    [DataRow("relu")]
    [DataRow("silu")]
    [DataRow("swish")]
    [DataRow("tanh")]
    public void ActivationsAreWhatTheirNamesSay(string name)
    {
        using var scope = NewDisposeScope();
        float[] inputs = [-3, -1, -0.1f, 0, 0.5f, 2];
        using var actual = ActivationFunction.Find(name)(tensor(inputs));
        // Of the standard normal distribution, by Simpson's rule from far below.
        double Normal(double x)
        {
            const int steps = 4000;
            double width = (x + 10) / steps;
            return Enumerable.Range(0, steps + 1).Sum(i => (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-Math.Pow(-10 + i * width, 2) / 2)) * width / 3 / Math.Sqrt(2 * Math.PI);
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            double x = inputs[i];
            double expected = name switch
            {
                "gelu" => x * Normal(x),
                "relu" => Math.Max(0, x),
                "silu" or "swish" => x / (1 + Math.Exp(-x)),
                "tanh" => Math.Tanh(x),
                _ => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
            };
            Assert.AreEqual(expected, actual[i].item<float>(), 1e-5, $"{name}({x})");
        }
    }
}
