namespace MLPipelines.Training;

public sealed partial class TrainingOptions
{
    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(TrainingOptions))
            .Range(Epochs, 1, int.MaxValue, nameof(Epochs))
            .Range(MaximumSteps, 1, long.MaxValue, nameof(MaximumSteps))
            .Range(BatchSize, 1, int.MaxValue, nameof(BatchSize))
            .Range(MaximumTokensPerMicroBatch, 1, int.MaxValue, nameof(MaximumTokensPerMicroBatch))
            .Range(AccumulationSteps, 1, int.MaxValue, nameof(AccumulationSteps))
            .OneOf(Optimiser, nameof(Optimiser))
            .AddRange(Adafactor is null ? [$"{nameof(Adafactor)} is missing; give an {nameof(AdafactorOptions)}"] : Adafactor.Faults().Select(fault => $"{nameof(Adafactor)}.{fault}"))
            .Above(LearningRate, 0, 10, nameof(LearningRate))
            .Range(WeightDecay, 0, 1, nameof(WeightDecay))
            .If(Beta1 is not (>= 0 and < 1), FormattableString.Invariant($"{nameof(Beta1)} is {Beta1}; it must be 0 or more and below 1"))
            .If(Beta2 is not (>= 0 and < 1), FormattableString.Invariant($"{nameof(Beta2)} is {Beta2}; it must be 0 or more and below 1"))
            .Above(Epsilon, 0, 1, nameof(Epsilon))
            .OneOf(Schedule, nameof(Schedule))
            .Range(WarmupSteps, 0, long.MaxValue, nameof(WarmupSteps))
            .Range(WarmupShare, 0, 1, nameof(WarmupShare))
            .If(MaximumGradientNorm is not (null or > 0), FormattableString.Invariant($"{nameof(MaximumGradientNorm)} is {MaximumGradientNorm}; it must be above 0, or null"))
            .OneOf(Precision, nameof(Precision))
            .If(!DeviceChoice.IsWellFormed(Device), $"{nameof(Device)} is '{Device}'; it must be auto, cpu, cuda or cuda: and a number")
            .Range(FreezeLayers, 0, int.MaxValue, nameof(FreezeLayers))
            .Above(LayerwiseDecay, 0, 1, nameof(LayerwiseDecay))
            .Range(ValidateEvery, 1, int.MaxValue, nameof(ValidateEvery))
            .Range(EarlyStoppingPatience, 1, int.MaxValue, nameof(EarlyStoppingPatience))
            .Range(MinimumDelta, 0, double.MaxValue, nameof(MinimumDelta))
            .Range(CheckpointEvery, 1, int.MaxValue, nameof(CheckpointEvery))
            .If(CheckpointFolder is not null && string.IsNullOrWhiteSpace(CheckpointFolder), $"{nameof(CheckpointFolder)} is empty; give a folder, or null")
            .If(Resume && CheckpointFolder is null, $"{nameof(Resume)} is set without a {nameof(CheckpointFolder)} to resume from")
            .Range(LengthBuckets, 1, int.MaxValue, nameof(LengthBuckets))
            .If(PadToMultipleOf is < 1 or > 1024, $"{nameof(PadToMultipleOf)} is {PadToMultipleOf}; it must be 1 to 1024, or null")
            .OneOf(Curriculum, nameof(Curriculum))
            .Range(CurriculumEpochs, 1, int.MaxValue, nameof(CurriculumEpochs))
            .If(Threads is < 1 or > 1024, $"{nameof(Threads)} is {Threads}; it must be 1 to 1024, or null")
            .Range(Processes, 1, 1024, nameof(Processes));
        if (Processes is >= 1 and <= 1024)
            faults.If(Rank < 0 || Rank >= Processes, $"{nameof(Rank)} is {Rank}; it must be 0 to {Processes - 1} with {Processes} {nameof(Processes)}")
                .If(Processes > 1 && string.IsNullOrWhiteSpace(Rendezvous), $"{nameof(Rendezvous)} is missing; {Processes} processes need a place to meet (tcp://127.0.0.1:29500, or a file that does not exist yet)")
                .If(Processes > BatchSize && BatchSize >= 1, $"{nameof(BatchSize)} is {BatchSize}, less than one example for each of {Processes} processes");
        faults.If(ProcessTimeout <= TimeSpan.Zero, $"{nameof(ProcessTimeout)} is {ProcessTimeout}; it must be above 0")
            .Throw();
    }
}
