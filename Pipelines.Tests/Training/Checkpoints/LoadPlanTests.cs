using MLPipelines.Training.Checkpoints;
using static MLPipelines.Tests.Training.Checkpoints.SampleTensors;

namespace MLPipelines.Tests.Training.Checkpoints;

/// <summary>Which tensor of a checkpoint belongs to which of a module, and what is said where they do not fit.</summary>
[TestClass]
public sealed class LoadPlanTests
{
    private static ModuleTensor Target(string name, params long[] shape) => new(name, TensorDataType.Float32, shape, name);

    private static LoadPlan Plan(string[] names, ModuleTensor[] module, CheckpointLoadOptions? options = null) =>
        Plan([.. names.Select(name => Floats(name, [1], 0))], module, options);

    private static LoadPlan Plan(TensorToWrite[] tensors, ModuleTensor[] module, CheckpointLoadOptions? options = null)
    {
        using var checkpoint = Open(Write(tensors));
        return LoadPlan.Make(checkpoint, module, options ?? new());
    }

    private static string Refusal(TensorToWrite[] tensors, ModuleTensor[] module, CheckpointLoadOptions? options = null) =>
        Assert.ThrowsExactly<CheckpointException>(() => Plan(tensors, module, options)).Message;

    private static string[] Names(LoadPlan plan) => [.. plan.Pairs.Select(pair => $"{pair.Tensor.Name}>{pair.Name}")];

    [TestMethod]
    public void EveryFaultIsListedByTheNameOfItsTensor()
    {
        TensorToWrite[] tensors =
        [
            Floats("extra", [1], 0), Floats("shape", [2], 0, 0),
            new("kind", TensorDataType.Int64, [1], new byte[8]), new("narrow", TensorDataType.Float64, [1], new byte[8]), Floats("fine", [1], 0),
        ];
        var message = Refusal(tensors, [Target("fine", 1), Target("shape", 1, 2), Target("kind", 1), Target("narrow", 1), Target("lost", 3)]);
        Assert.AreEqual(
            "The checkpoint 'sample' does not fit the model, and nothing of it was loaded: 'extra' [1] is unexpected; 'kind' has the type Int64 where Float32 is expected; 'lost' [3] is missing; "
            + "'narrow' has the type Float64 where Float32 is expected; 'shape' has the shape [2] where [1, 2] is expected.", message);
    }

    [TestMethod]
    public void ABareEncoderFitsALargerModelAndTheOtherWayRound()
    {
        var options = new CheckpointLoadOptions { BasePrefix = "bert.", AllowedMissing = ["classifier."], AllowedUnexpected = ["cls."] };
        var plan = Plan(["embeddings.weight", "cls.predictions.bias"], [Target("bert.embeddings.weight", 1), Target("classifier.bias", 1)], options);
        Assert.AreSequenceEqual(new[] { "embeddings.weight>bert.embeddings.weight" }, Names(plan));
        Assert.AreSequenceEqual(new[] { "classifier.bias" }, plan.Report.Missing);
        Assert.AreSequenceEqual(new[] { "cls.predictions.bias" }, plan.Report.Unexpected);
        Assert.AreEqual(1, plan.Report.Loaded);
        plan = Plan(["bert.embeddings.weight"], [Target("embeddings.weight", 1)], options);
        Assert.AreSequenceEqual(new[] { "bert.embeddings.weight>embeddings.weight" }, Names(plan));
        StringAssert.Contains(Refusal([Floats("embeddings.weight", [1], 0)], [Target("bert.embeddings.weight", 1)]), "'embeddings.weight' [1] is unexpected; 'bert.embeddings.weight' [1] is missing");
    }

    [TestMethod]
    public void LegacyNamesOfLayerNormsAreUnderstood()
    {
        ModuleTensor[] module = [Target("bert.LayerNorm.weight", 1), Target("bert.LayerNorm.bias", 1)];
        var plan = Plan(["LayerNorm.gamma", "bert.LayerNorm.beta"], module, new() { BasePrefix = "bert." });
        Assert.AreSequenceEqual(new[] { "bert.LayerNorm.beta>bert.LayerNorm.bias", "LayerNorm.gamma>bert.LayerNorm.weight" }, Names(plan));
        StringAssert.Contains(Refusal([Floats("bert.LayerNorm.gamma", [2], 0, 0), Floats("bert.LayerNorm.beta", [1], 0)], module), "'bert.LayerNorm.weight' (there 'bert.LayerNorm.gamma') has the shape [2] where [1] is expected");
        StringAssert.Contains(Refusal([Floats("bert.LayerNorm.gamma", [1], 0)], module, new() { AcceptLegacyNames = false }), "'bert.LayerNorm.gamma' [1] is unexpected");
        Assert.AreSequenceEqual(new[] { "scale.gamma>scale.gamma" }, Names(Plan(["scale.gamma"], [Target("scale.gamma", 1)])));
    }

    [TestMethod]
    public void PrefixesAreMappedAndTheLongestWins()
    {
        var options = new CheckpointLoadOptions { PrefixMap = new Dictionary<string, string> { ["model."] = "", ["model.encoder."] = "bert." } };
        var plan = Plan(["model.encoder.a", "model.b"], [Target("bert.a", 1), Target("b", 1)], options);
        Assert.AreSequenceEqual(new[] { "model.b>b", "model.encoder.a>bert.a" }, Names(plan));
    }

    [TestMethod]
    public void TwoNamesForOneTensorAreRefused() =>
        StringAssert.Contains(Refusal([Floats("bert.a", [1], 0), Floats("a", [1], 0)], [Target("bert.a", 1)], new() { BasePrefix = "bert." }), "'a' and 'bert.a' both mean 'bert.a'");

    [TestMethod]
    public void TiedTensorsNeedOnlyOneName()
    {
        object shared = new();
        ModuleTensor[] module = [new("embeddings.weight", TensorDataType.Float32, [1], shared), new("decoder.weight", TensorDataType.Float32, [1], shared)];
        Assert.AreSequenceEqual(new[] { "decoder.weight>decoder.weight" }, Names(Plan(["decoder.weight"], module)));
        Assert.HasCount(2, Plan(["decoder.weight", "embeddings.weight"], module).Pairs);
    }

    [TestMethod]
    public void BuffersThatFollowFromTheConfigurationAreNotMissed()
    {
        TensorToWrite[] tensors = [new("embeddings.position_ids", TensorDataType.Int64, [1, 4], new byte[32]), Floats("a", [1], 0)];
        Assert.AreSequenceEqual(new[] { "embeddings.position_ids" }, Plan(tensors, [Target("a", 1)]).Report.Unexpected);
        StringAssert.Contains(Refusal(tensors, [Target("a", 1)], new() { DerivedBuffers = [] }), "'embeddings.position_ids' [1, 4] is unexpected");
    }

    [TestMethod]
    public void OnlyFloatingPointNumbersAreConverted()
    {
        TensorDataType[] small = [TensorDataType.Float16, TensorDataType.BFloat16, TensorDataType.Float32];
        foreach (var from in Enum.GetValues<TensorDataType>())
        {
            foreach (var to in Enum.GetValues<TensorDataType>())
            {
                bool expected = from == to || (small.Contains(from) && (small.Contains(to) || to == TensorDataType.Float64));
                Assert.AreEqual(expected, LoadPlan.CanConvert(from, to), $"{from} to {to}");
            }
        }
    }

    [TestMethod]
    public void AllFaultsOfTheOptionsAreListed()
    {
        var options = new CheckpointLoadOptions { BasePrefix = "", PrefixMap = null!, AllowedMissing = [""], AllowedUnexpected = null!, DerivedBuffers = [""] };
        var message = Assert.ThrowsExactly<ArgumentException>(options.Validate).Message;
        foreach (var name in new[] { "BasePrefix", "PrefixMap", "AllowedMissing", "AllowedUnexpected", "DerivedBuffers" })
            StringAssert.Contains(message, name);
        new CheckpointLoadOptions().Validate();
    }
}
