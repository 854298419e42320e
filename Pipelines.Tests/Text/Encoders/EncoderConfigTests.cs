using System.Text;
using System.Text.Json;
using MLPipelines.Text.Encoders;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Reading and writing <c>config.json</c>.</summary>
[TestClass]
public sealed class EncoderConfigTests
{
    private const string Bert = """
        { "model_type": "bert", "vocab_size": 100, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 48,
          "max_position_embeddings": 32, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu_new", "pad_token_id": 0, "of_our_own": {"a": [1, 2.50]} }
        """;

    [TestMethod]
    [TestCategory("Parity")]
    public void FilesAreReadAndWrittenWithoutALoss()
    {
        var folders = Reference.EncoderFolders("models").ToList();
        Assert.IsNotEmpty(folders);
        foreach (var folder in folders)
        {
            byte[] json = File.ReadAllBytes(Path.Combine(folder, "config.json"));
            using var before = JsonDocument.Parse(json);
            using var after = JsonDocument.Parse(EncoderConfig.Parse(json).ToJson());
            Assert.IsTrue(JsonElement.DeepEquals(before.RootElement, after.RootElement), folder);
        }
    }

    [TestMethod]
    public void EachFamilyHasItsOwnKeys()
    {
        var config = Parse("""
            { "model_type": "distilbert", "vocab_size": 100, "dim": 24, "n_layers": 3, "n_heads": 2, "hidden_dim": 48, "activation": "relu", "dropout": 0.2,
              "attention_dropout": 0.3, "seq_classif_dropout": 0.4, "max_position_embeddings": 40, "id2label": { "1": "b", "0": "a", "2": "c" }, "problem_type": "multi_label_classification" }
            """);
        Assert.AreEqual(EncoderArchitecture.DistilBert, config.Architecture);
        Assert.AreEqual((24, 3, 2, 48, 0), (config.HiddenSize, config.Layers, config.Heads, config.IntermediateSize, config.TypeVocabularySize));
        Assert.AreEqual(("relu", 0.2, 0.3, (double?)0.4), (config.Activation, config.HiddenDropout, config.AttentionDropout, config.ClassifierDropout));
        CollectionAssert.AreEqual(new[] { "a", "b", "c" }, config.Labels.ToArray());
        Assert.AreEqual(EncoderProblemType.MultiLabel, config.ProblemType);
    }

    [TestMethod]
    [DataRow("roberta")]
    [DataRow("xlm-roberta")]
    [DataRow("camembert")]
    public void PositionsOfRobertaBeginAfterThePaddingId(string family)
    {
        var config = Parse($$"""{ "model_type": "{{family}}", "max_position_embeddings": 514, "pad_token_id": 1 }""");
        Assert.AreEqual(EncoderArchitecture.Roberta, config.Architecture);
        Assert.AreEqual(512, config.MaximumTokens);
        Assert.AreEqual(50265, config.VocabularySize);
    }

    [TestMethod]
    public void KeysThatAreNotUnderstoodAreKept()
    {
        var written = (Parse(Bert) with { HiddenDropout = 0.25 }).WithLabels(["spam", "ham", "eggs"], EncoderProblemType.SingleLabel);
        using var json = JsonDocument.Parse(written.ToJson());
        Assert.AreEqual("""{"a":[1,2.50]}""", json.RootElement.GetProperty("of_our_own").GetRawText().Replace(" ", "").Replace("\n", ""));
        Assert.AreEqual(0.25, json.RootElement.GetProperty("hidden_dropout_prob").GetDouble());
        Assert.AreEqual("eggs", json.RootElement.GetProperty("id2label").GetProperty("2").GetString());
        Assert.AreEqual(1, json.RootElement.GetProperty("label2id").GetProperty("ham").GetInt32());
        Assert.AreEqual("single_label_classification", json.RootElement.GetProperty("problem_type").GetString());
        Assert.IsFalse(json.RootElement.TryGetProperty("attention_probs_dropout_prob", out _), "a default that was absent");
    }

    [TestMethod]
    public void EveryFaultIsTold()
    {
        var error = Assert.ThrowsExactly<EncoderException>(() => Parse("""
            { "model_type": "bert", "vocab_size": 0, "hidden_size": 25, "num_attention_heads": 4, "hidden_act": "mish", "hidden_dropout_prob": 1, "layer_norm_eps": "small",
              "position_embedding_type": "relative_key", "is_decoder": true, "num_hidden_layers": [2], "problem_type": "guessing", "id2label": { "0": "a", "5": "b" } }
            """));
        foreach (string part in (string[])["vocab_size is 0", "hidden_size is 25", "'mish'", "gelu_pytorch_tanh", "hidden_dropout_prob is 1", "layer_norm_eps is \"small\"", "'relative_key'", "is_decoder", "num_hidden_layers is [2]", "'guessing'", "'5'"])
            Assert.Contains(part, error.Message);
    }

    [TestMethod]
    [DataRow("""{ "model_type": "t5" }""", "'t5'")]
    [DataRow("{}", "model_type is ''")]
    [DataRow("[1]", "array")]
    [DataRow("{", "not a JSON object")]
    [DataRow("", "not a JSON object")]
    [DataRow("""{ "model_type": "bert", "vocab_size": 1e300 }""", "vocab_size is 1e300")]
    [DataRow("""{ "model_type": "bert", "model_type": "bert" }""", "model_type")]
    [DataRow("""{ "model_type": "roberta", "max_position_embeddings": 2 }""", "no token fits")]
    [DataRow("""{ "model_type": "bert", "vocab_size": 2000000000, "hidden_size": 12288 }""", "2^36")]
    public void WhatIsNoConfigurationIsRefused(string json, string part) =>
        Assert.Contains(part, Assert.ThrowsExactly<EncoderException>(() => Parse(json)).Message);

    [TestMethod]
    public void OptionsMakeAConfiguration()
    {
        foreach (var architecture in Enum.GetValues<EncoderArchitecture>())
        {
            var config = new EncoderOptions { Architecture = architecture, MaximumTokens = 128, ClassifierDropout = 0.3 }.ToConfig(1000, padId: 2);
            Assert.AreEqual(architecture, config.Architecture);
            Assert.AreEqual((128, 1024, 256), (config.MaximumTokens, config.IntermediateSize, config.HiddenSize));
            var again = EncoderConfig.Parse(config.ToJson());
            Assert.AreEqual(config with { File = again.File, Labels = again.Labels, Architectures = again.Architectures }, again);
        }
    }

    [TestMethod]
    public void EveryFaultOfOptionsIsTold()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new EncoderOptions { Layers = 0, HiddenSize = 10, Heads = 3, MaximumTokens = 1, HiddenDropout = double.NaN, Activation = "mish", InitializerRange = 0 }.Validate());
        foreach (string part in (string[])["Layers", "HiddenSize", "MaximumTokens", "HiddenDropout", "mish", "InitializerRange"])
            Assert.Contains(part, error.Message);
    }

    private static EncoderConfig Parse(string json) => EncoderConfig.Parse(Encoding.UTF8.GetBytes(json));
}
