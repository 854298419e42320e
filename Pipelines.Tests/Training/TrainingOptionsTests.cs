using MLPipelines.Training;

namespace MLPipelines.Tests.Training;

[TestClass]
public sealed class TrainingOptionsTests
{
    [TestMethod]
    public void TheDefaultsAreLegal() => new TrainingOptions().Validate();

    [TestMethod]
    public void AllThatIsWrongIsReportedAtOnce()
    {
        var options = new TrainingOptions
        {
            Epochs = 0, MaximumSteps = 0, BatchSize = 0, MaximumTokensPerMicroBatch = 0, AccumulationSteps = 0, LearningRate = 0, WeightDecay = -1, Beta1 = 1, Beta2 = double.NaN, Epsilon = 0,
            Schedule = (LearningRateSchedule)9, WarmupSteps = -1, WarmupShare = 2, MaximumGradientNorm = 0, Precision = (TrainingPrecision)9, Device = "gpu", FreezeLayers = -1, LayerwiseDecay = 0,
            ValidateEvery = 0, EarlyStoppingPatience = 0, MinimumDelta = -1, CheckpointFolder = " ", CheckpointEvery = 0, LengthBuckets = 0, PadToMultipleOf = 0, Curriculum = (TrainingCurriculum)9,
            CurriculumEpochs = 0, Optimiser = (TrainingOptimiser)9,
            Adafactor = new AdafactorOptions { LeastScale = 0, Epsilon = 1e-40, ClipThreshold = double.NaN, DecayRate = 2, Beta1 = 1, WarmupInit = true, RelativeStep = false }, Threads = 0, Processes = 2, Rank = 2, ProcessTimeout = TimeSpan.Zero,
        };
        var message = Assert.ThrowsExactly<ArgumentException>(options.Validate).Message;
        string[] names =
        [
            "Epochs", "MaximumSteps", "BatchSize", "MaximumTokensPerMicroBatch", "AccumulationSteps", "LearningRate", "WeightDecay", "Beta1", "Beta2", "Epsilon", "Schedule", "WarmupSteps", "WarmupShare",
            "MaximumGradientNorm", "Precision", "Device", "FreezeLayers", "LayerwiseDecay", "ValidateEvery", "EarlyStoppingPatience", "MinimumDelta", "CheckpointFolder", "CheckpointEvery", "LengthBuckets",
            "Optimiser", "Adafactor.LeastScale", "Adafactor.Epsilon", "Adafactor.ClipThreshold", "Adafactor.DecayRate", "Adafactor.Beta1", "Adafactor.WarmupInit", "PadToMultipleOf", "Curriculum", "CurriculumEpochs", "Threads", "Rank", "Rendezvous", "ProcessTimeout",
        ];
        foreach (var name in names)
            Assert.Contains(name, message);
    }

    [TestMethod]
    public void ResumingNeedsAFolder() =>
        Assert.Contains("CheckpointFolder", Assert.ThrowsExactly<ArgumentException>(new TrainingOptions { Resume = true }.Validate).Message);

    [TestMethod]
    [DataRow("auto")]
    [DataRow("cpu")]
    [DataRow("cuda")]
    [DataRow("cuda:12")]
    public void DevicesAreNamedAsInLibTorch(string device) => new TrainingOptions { Device = device }.Validate();
}
