using System.Text.Json;
using MLPipelines.Text.Encoders;
using MLPipelines.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using static MLPipelines.Tests.Text.Encoders.Reference;
using static MLPipelines.Tests.Text.Encoders.TinyEncoders;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Low-rank updates.</summary>
[TestClass]
public sealed class LoraTests
{
    [TestMethod]
    [DataRow(EncoderArchitecture.Bert, 4)]
    [DataRow(EncoderArchitecture.DistilBert, 4)]
    [DataRow(EncoderArchitecture.Roberta, 4)]
    public void OnlyTheUpdatesAndTheHeadAreTrained(EncoderArchitecture architecture, int updated)
    {
        using var scope = NewDisposeScope();
        using var model = EncoderModels.CreateSequenceClassifier(Config(architecture, dropout: 0));
        var input = Batch(model.Config, 9, 5);
        var before = model.forward(input);
        LoraAdapter.Add(model, new LoraOptions { Rank = 3, Dropout = 0 });
        AssertSame(before, model.forward(input), "an update that has not been trained");
        var trained = model.named_parameters().Where(parameter => parameter.Item2.requires_grad).Select(parameter => parameter.Item1).ToList();
        Assert.AreEqual(2 * updated, trained.Count(name => name.Contains(".lora_")));
        Assert.IsTrue(trained.All(name => name.Contains(".lora_") || !name.StartsWith(model.Encoder.Prefix, StringComparison.Ordinal)));
        model.train();
        EncoderLosses.Sequences(model.forward(input), tensor(new long[] { 0, 1 }), EncoderProblemType.SingleLabel).backward();
        foreach (var (name, parameter) in model.named_parameters())
            Assert.AreEqual(trained.Contains(name), parameter.grad is not null, name);
    }

    [TestMethod]
    public void AMergedUpdateIsTheUpdate()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        var names = model.named_parameters().Select(parameter => parameter.Item1).ToList();
        var input = Batch(model.Config, 9, 5);
        var before = model.forward(input);
        var adapter = Trained(model);
        var updated = model.forward(input);
        Assert.IsGreaterThan(0.01, (updated - before).abs().max().item<float>());
        Assert.ThrowsExactly<InvalidOperationException>(() => EncoderModelsTests.Files(model));
        adapter.Merge();
        AssertClose(updated, model.forward(input), "merged", 1e-5);
        CollectionAssert.AreEqual(names, model.named_parameters().Select(parameter => parameter.Item1).ToList());
        Assert.IsTrue(model.parameters().All(parameter => parameter.requires_grad));
        using var again = EncoderModels.LoadSequenceClassifier(EncoderFiles.From(EncoderModelsTests.Files(model))).Model;
        AssertSame(model.forward(input), again.forward(input), "saved");
    }

    [TestMethod]
    public void ARemovedUpdateLeavesNothing()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        var input = Batch(model.Config, 9, 5);
        var before = model.forward(input);
        Trained(model).Remove();
        AssertSame(before, model.forward(input), "removed");
    }

    [TestMethod]
    public void AnAdapterIsWrittenAsPeftWritesIt()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var folder = new TemporaryFolder();
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        var input = Batch(model.Config, 9, 5);
        Trained(model).Save(folder.Path);
        using var json = Read(folder.Path, LoraAdapter.ConfigFile);
        Assert.AreEqual("LORA", json.RootElement.GetProperty("peft_type").GetString());
        Assert.AreEqual(3, json.RootElement.GetProperty("r").GetInt32());
        Assert.AreEqual("classifier", json.RootElement.GetProperty("modules_to_save")[0].GetString());
        using (var checkpoint = Checkpoint.OpenSafetensors(Path.Combine(folder.Path, LoraAdapter.WeightsFile)))
        {
            CollectionAssert.AreEqual(new long[] { 3, 24 }, checkpoint["base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight"].Shape);
            CollectionAssert.AreEqual(new long[] { 24, 3 }, checkpoint["base_model.model.bert.encoder.layer.1.output.dense.lora_B.weight"].Shape);
            Assert.HasCount(3 * 2 * 2 + 2, checkpoint.Tensors);
        }
        using var fresh = EncoderModels.CreateSequenceClassifier(Config());
        LoraAdapter.Load(fresh, folder.Path);
        AssertSame(model.forward(input), fresh.forward(input), "loaded");

        using var other = EncoderModels.CreateSequenceClassifier(Config(layers: 3));
        Assert.Contains("bert.encoder.layer.2.", Assert.ThrowsExactly<EncoderException>(() => LoraAdapter.Load(other, folder.Path)).Message);
        Assert.IsFalse(other.named_parameters().Any(parameter => parameter.Item1.Contains(".lora_")));
        File.WriteAllText(folder.File(LoraAdapter.ConfigFile), """{"peft_type": "IA3"}""");
        Assert.Contains("'IA3'", Assert.ThrowsExactly<EncoderException>(() => LoraAdapter.Load(other, folder.Path)).Message);
    }

    [TestMethod]
    public void EveryFaultIsTold()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new LoraOptions { Rank = 0, Alpha = -1, Dropout = 1, TargetNames = [""] }.Validate());
        foreach (string part in (string[])["Rank", "Alpha", "Dropout", "TargetNames"])
            Assert.Contains(part, error.Message);
        using var model = EncoderModels.CreateSequenceClassifier(Config());
        Assert.Contains("'q_lin'", Assert.ThrowsExactly<EncoderException>(() => LoraAdapter.Add(model, new LoraOptions { TargetNames = ["q_lin"] })).Message);
        Assert.IsTrue(model.parameters().All(parameter => parameter.requires_grad));
    }

    private static LoraAdapter Trained(SequenceClassifier model)
    {
        var adapter = LoraAdapter.Add(model, new LoraOptions { Rank = 3, TargetNames = ["query", "output.dense"], Dropout = 0.1 });
        using var ungraded = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (name.Contains("lora_B", StringComparison.Ordinal))
                nn.init.normal_(parameter, 0, 0.3);
        }
        return adapter;
    }
}
