using System.Text.Json;
using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using static MLPipelines.Tests.Text.Encoders.Reference;
using static MLPipelines.Tests.Text.Encoders.TinyEncoders;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Making encoders, and writing and reading them.</summary>
[TestClass]
public sealed class EncoderModelsTests
{
    [TestMethod]
    [TestCategory("Parity")]
    public void WhatIsReadIsWrittenBitForBit()
    {
        foreach (var folder in EncoderFolders("models"))
        {
            using var target = new TemporaryFolder();
            using var scope = NewDisposeScope();
            var files = EncoderFiles.InFolder(folder);
            string kind = files.ReadConfig().Architectures[0];
            using nn.Module model = kind.EndsWith("SequenceClassification", StringComparison.Ordinal) ? EncoderModels.LoadSequenceClassifier(files).Model
                : kind.EndsWith("TokenClassification", StringComparison.Ordinal) ? EncoderModels.LoadTokenClassifier(files).Model
                : EncoderModels.LoadEncoder(files).Model;
            EncoderModels.Save(model, target.Path, files.ReadTokenizer());
            using var before = JsonDocument.Parse(files.Read("config.json"));
            using var after = Read(target.Path, "config.json");
            Assert.IsTrue(JsonElement.DeepEquals(before.RootElement, after.RootElement), folder);
            using var expected = Checkpoint.Open(folder);
            using var written = Checkpoint.Open(target.Path);
            Assert.AreEqual("pt", written.Metadata["format"]);
            CollectionAssert.AreEqual(expected.Tensors.Keys.Order(StringComparer.Ordinal).ToList(), written.Tensors.Keys.Order(StringComparer.Ordinal).ToList());
            foreach (var (name, tensor) in expected.Tensors)
            {
                CollectionAssert.AreEqual(tensor.Shape, written[name].Shape, name);
                CollectionAssert.AreEqual(tensor.ToBytes(), written[name].ToBytes(), name);
            }
            var text = TextTokenizer.Load(target.Path).Tokenize("A text, and nothing but a text.");
            CollectionAssert.AreEqual(files.ReadTokenizer().Tokenize("A text, and nothing but a text.").Ids, text.Ids);
        }
    }

    [TestMethod]
    [TestCategory("Parity")]
    public void PicklesAndShardsAreReadLikeOneFile()
    {
        foreach (var folder in EncoderFolders("models").Where(folder => File.Exists(Path.Combine(folder, "pytorch_model.bin"))))
        {
            using var whole = EncoderModels.LoadSequenceClassifier(EncoderFiles.InFolder(folder)).Model;
            using var pickled = new TemporaryFolder();
            using var sharded = new TemporaryFolder();
            foreach (var target in (TemporaryFolder[])[pickled, sharded])
                File.Copy(Path.Combine(folder, "config.json"), target.File("config.json"));
            File.Copy(Path.Combine(folder, "pytorch_model.bin"), pickled.File("pytorch_model.bin"));
            Assert.IsGreaterThan(1, SafetensorsWriter.WriteSharded(sharded.Path, whole.TensorsToWrite(), maximumShardBytes: 100_000).Count);
            foreach (var target in (TemporaryFolder[])[pickled, sharded])
            {
                using var again = EncoderModels.LoadSequenceClassifier(EncoderFiles.InFolder(target.Path)).Model;
                var expected = whole.named_parameters().ToDictionary(parameter => parameter.Item1, parameter => parameter.Item2);
                foreach (var (name, parameter) in again.named_parameters())
                    AssertSame(expected[name], parameter, name);
            }
        }
    }

    [TestMethod]
    [DataRow("bert", "BertForTokenClassification")]
    [DataRow("distilbert", "DistilBertForTokenClassification")]
    [DataRow("roberta", "RobertaForTokenClassification")]
    [DataRow("xlm-roberta", "XLMRobertaForTokenClassification")]
    [DataRow("camembert", "CamembertForTokenClassification")]
    public void TheClassInTransformersIsNamed(string family, string name)
    {
        var architecture = family switch { "bert" => EncoderArchitecture.Bert, "distilbert" => EncoderArchitecture.DistilBert, _ => EncoderArchitecture.Roberta };
        using var model = EncoderModels.CreateTokenClassifier(Config(architecture) with { ModelType = family });
        var config = EncoderConfig.Parse(Files(model)["config.json"]);
        Assert.AreEqual((family, name), (config.ModelType, config.Architectures[0]));
    }

    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.DistilBert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void EveryModelIsTheSameAfterSavingAndLoading(EncoderArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        var config = Config(architecture).WithLabels(["a", "b", "c"]);
        var input = Batch(config, 9, 5);
        RoundTrip(EncoderModels.CreateSequenceClassifier(config), files => EncoderModels.LoadSequenceClassifier(files).Model, model => model.forward(input));
        RoundTrip(EncoderModels.CreateTokenClassifier(config), files => EncoderModels.LoadTokenClassifier(files).Model, model => model.forward(input));
        RoundTrip(EncoderModels.CreateMaskedLanguageModel(config), files => EncoderModels.LoadMaskedLanguageModel(files).Model, model => model.forward(input));
        RoundTrip(EncoderModels.CreateMaskedLanguageModel(config with { TieWordEmbeddings = false }), files => EncoderModels.LoadMaskedLanguageModel(files).Model, model => model.forward(input));
        RoundTrip(EncoderModels.CreateEncoder(config, pooler: true), files => EncoderModels.LoadEncoder(files).Model, model => model.forward(input).LastHiddenState);
    }

    [TestMethod]
    public void NamesAreThoseOfTransformers()
    {
        foreach (var (architecture, names) in new Dictionary<EncoderArchitecture, string[]>
        {
            [EncoderArchitecture.Bert] = ["bert.embeddings.word_embeddings.weight", "cls.predictions.bias", "cls.predictions.transform.dense.weight", "cls.predictions.transform.LayerNorm.bias"],
            [EncoderArchitecture.DistilBert] = ["distilbert.transformer.layer.1.sa_layer_norm.bias", "vocab_transform.weight", "vocab_layer_norm.weight", "vocab_projector.bias"],
            [EncoderArchitecture.Roberta] = ["roberta.encoder.layer.0.attention.self.query.weight", "lm_head.dense.weight", "lm_head.layer_norm.weight", "lm_head.bias"],
        })
        {
            using var model = EncoderModels.CreateMaskedLanguageModel(Config(architecture));
            var all = model.named_parameters().Select(parameter => parameter.Item1).ToList();
            foreach (string name in names)
                Assert.Contains(name, all);
            Assert.IsFalse(all.Any(name => name.Contains("decoder") || name.EndsWith("vocab_projector.weight", StringComparison.Ordinal)), "tied weights have one name");
        }
    }

    [TestMethod]
    public void APretrainedEncoderIsTakenOverByATask()
    {
        using var scope = NewDisposeScope();
        var config = Config();
        using var pretrained = EncoderModels.CreateMaskedLanguageModel(config, seed: 3);
        var files = EncoderFiles.From(Files(pretrained));
        var missing = Assert.ThrowsExactly<CheckpointException>(() => EncoderModels.LoadSequenceClassifier(files));
        Assert.Contains("classifier.weight", missing.Message);
        var loaded = EncoderModels.LoadSequenceClassifier(files, new EncoderLoadOptions { NewHead = true, Labels = ["x", "y", "z"], ProblemType = EncoderProblemType.MultiLabel });
        using var model = loaded.Model;
        CollectionAssert.AreEqual(new[] { "bert.pooler.dense.bias", "bert.pooler.dense.weight", "classifier.bias", "classifier.weight" }, loaded.NewlyInitialised.ToArray());
        Assert.IsTrue(loaded.Unused.All(name => name.StartsWith("cls.", StringComparison.Ordinal)) && loaded.Unused.Count > 0);
        AssertSame(pretrained.Encoder.WordEmbedding, model.Encoder.WordEmbedding, "word embedding");
        Assert.AreEqual(EncoderProblemType.MultiLabel, model.Config.ProblemType);
        Assert.AreEqual(3L, model.forward(Batch(config, 4)).shape[1]);
    }

    [TestMethod]
    [DataRow(EncoderArchitecture.Bert, 2)]
    [DataRow(EncoderArchitecture.DistilBert, 2)]
    [DataRow(EncoderArchitecture.Roberta, 2)]
    public void OtherLabelsMakeTheLastLayerAnew(EncoderArchitecture architecture, int anew)
    {
        using var model = EncoderModels.CreateSequenceClassifier(Config(architecture).WithLabels(["a", "b"]));
        var files = EncoderFiles.From(Files(model));
        var other = EncoderModels.LoadSequenceClassifier(files, new EncoderLoadOptions { Labels = ["a", "b", "c"] });
        Assert.HasCount(anew, other.NewlyInitialised);
        other.Model.Dispose();
        var same = EncoderModels.LoadSequenceClassifier(files, new EncoderLoadOptions { Labels = ["a", "b"] });
        Assert.IsEmpty(same.NewlyInitialised);
        same.Model.Dispose();
    }

    [TestMethod]
    public void ABareEncoderAndOneWithAHeadAreReadFromEachOthersFiles()
    {
        using var scope = NewDisposeScope();
        var config = Config();
        using var model = EncoderModels.CreateSequenceClassifier(config);
        using var bare = EncoderModels.LoadEncoder(EncoderFiles.From(Files(model))).Model;
        Assert.IsTrue(bare.HasPooler);
        AssertSame(model.Encoder.forward(Batch(config, 5)).PoolerOutput!, bare.forward(Batch(config, 5)).PoolerOutput!, "pooler");
        using var headed = EncoderModels.LoadTokenClassifier(EncoderFiles.From(Files(bare)), new EncoderLoadOptions { NewHead = true }).Model;
        AssertSame(bare.WordEmbedding, headed.Encoder.WordEmbedding, "word embedding");
    }

    [TestMethod]
    public void WeightsThatDoNotFitAreToldByName()
    {
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        var files = new Dictionary<string, byte[]>(Files(model)) { ["config.json"] = (Config() with { Layers = 3, IntermediateSize = 44 }).ToJson() };
        var error = Assert.ThrowsExactly<CheckpointException>(() => EncoderModels.LoadSequenceClassifier(EncoderFiles.From(files)));
        Assert.Contains("bert.encoder.layer.2.output.dense.weight", error.Message);
        Assert.Contains("bert.encoder.layer.0.intermediate.dense.weight", error.Message);
        files["config.json"] = (Config() with { Layers = 1 }).ToJson();
        error = Assert.ThrowsExactly<CheckpointException>(() => EncoderModels.LoadSequenceClassifier(EncoderFiles.From(files)));
        Assert.Contains("bert.encoder.layer.1.output.dense.weight", error.Message);
        files.Remove("config.json");
        Assert.Contains("config.json", Assert.ThrowsExactly<EncoderException>(() => EncoderModels.LoadSequenceClassifier(EncoderFiles.From(files))).Message);
    }

    [TestMethod]
    [TestCategory("Parity")]
    public void AVocabularyThatDoesNotFitIsRefused()
    {
        foreach (var folder in EncoderFolders("models"))
        {
            var files = EncoderFiles.InFolder(folder);
            var error = Assert.ThrowsExactly<EncoderException>(() => files.ReadTokenizer(files.ReadConfig() with { VocabularySize = 5 }));
            Assert.Contains("vocab_size is 5", error.Message);
        }
    }

    [TestMethod]
    [DataRow(EncoderArchitecture.Bert)]
    [DataRow(EncoderArchitecture.DistilBert)]
    [DataRow(EncoderArchitecture.Roberta)]
    public void NewWeightsAreThoseOfTransformersAndOfTheSeed(EncoderArchitecture architecture)
    {
        using var scope = NewDisposeScope();
        var config = Config(architecture, vocabulary: 2000) with { InitializerRange = 0.05 };
        using var model = EncoderModels.CreateSequenceClassifier(config, seed: 5);
        using var again = EncoderModels.CreateMaskedLanguageModel(config, seed: 5);
        using var other = EncoderModels.CreateMaskedLanguageModel(config, seed: 6);
        var words = model.Encoder.WordEmbedding;
        AssertSame(words, again.Encoder.WordEmbedding, "one seed");
        Assert.IsFalse(words.detach().bytes.SequenceEqual(other.Encoder.WordEmbedding.detach().bytes));
        Assert.AreEqual(0.05, words.detach().std().item<float>(), 0.001);
        Assert.AreEqual(0, words.select(0, config.PadId).abs().max().item<float>());
        foreach (var (name, parameter) in model.named_parameters())
        {
            float most = parameter.max().item<float>();
            float least = parameter.min().item<float>();
            if (name.EndsWith("bias", StringComparison.Ordinal))
                Assert.AreEqual((0f, 0f), (least, most), name);
            else if (name.Contains("LayerNorm") || name.Contains("layer_norm"))
                Assert.AreEqual((1f, 1f), (least, most), name);
            else
                Assert.IsTrue(least < 0 && most > 0 && most < 0.5, name);
        }
    }

    [TestMethod]
    public void DepthsGoFromTheEmbeddingsToTheHead()
    {
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        Assert.AreEqual(0, model.DepthOf("bert.embeddings.LayerNorm.weight"));
        Assert.AreEqual(1, model.DepthOf("bert.encoder.layer.0.output.dense.bias"));
        Assert.AreEqual(2, model.DepthOf("bert.encoder.layer.1.attention.self.key.bias"));
        Assert.AreEqual(3, model.DepthOf("bert.pooler.dense.bias"));
        Assert.AreEqual(3, model.DepthOf("classifier.weight"));
        Assert.AreEqual(1, model.Encoder.DepthOf("encoder.layer.0.output.dense.bias"));
        Assert.HasCount(2, model.Encoder.Layers);
        Assert.AreEqual(16, model.Encoder.Layers[0].Parameters().Count());
    }

    internal static IReadOnlyDictionary<string, byte[]> Files(nn.Module model)
    {
        var files = new Dictionary<string, byte[]>();
        EncoderModels.Write(model, null, (name, write) =>
        {
            using var stream = new MemoryStream();
            write(stream);
            files.Add(name, stream.ToArray());
        });
        return files;
    }

    private static void RoundTrip<T>(T model, Func<EncoderFiles, T> load, Func<T, Tensor> run)
        where T : nn.Module
    {
        using var ungraded = no_grad();
        using (model)
        using (var again = load(EncoderFiles.From(Files(model))))
        {
            var expected = model.named_parameters().ToList();
            CollectionAssert.AreEqual(expected.ConvertAll(parameter => parameter.Item1), again.named_parameters().Select(parameter => parameter.Item1).ToList());
            foreach (var (name, parameter) in again.named_parameters())
                AssertSame(expected.First(pair => pair.Item1 == name).Item2, parameter, name);
            AssertSame(run(model), run(again), typeof(T).Name);
        }
    }
}
