using System.Numerics;

namespace MLPipelines.Training;

public sealed partial class TrainingOptions
{
    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        AtLeast(Epochs, 1, nameof(Epochs));
        AtLeast(MaximumSteps, 1, nameof(MaximumSteps));
        AtLeast(BatchSize, 1, nameof(BatchSize));
        AtLeast(MaximumTokensPerMicroBatch, 1, nameof(MaximumTokensPerMicroBatch));
        AtLeast(AccumulationSteps, 1, nameof(AccumulationSteps));
        Check(Enum.IsDefined(Optimiser), nameof(Optimiser), Optimiser, "one of " + string.Join(", ", Enum.GetNames<TrainingOptimiser>()));
        if (Adafactor is null)
            faults.Add($"{nameof(Adafactor)} is missing; give an {nameof(AdafactorOptions)}");
        else
            faults.AddRange(Adafactor.Faults().Select(fault => $"{nameof(Adafactor)}.{fault}"));
        Check(LearningRate is > 0 and <= 10, nameof(LearningRate), LearningRate, "above 0 and at most 10");
        Check(WeightDecay is >= 0 and <= 1, nameof(WeightDecay), WeightDecay, "0 to 1");
        Check(Beta1 is >= 0 and < 1, nameof(Beta1), Beta1, "0 or more and below 1");
        Check(Beta2 is >= 0 and < 1, nameof(Beta2), Beta2, "0 or more and below 1");
        Check(Epsilon is > 0 and <= 1, nameof(Epsilon), Epsilon, "above 0 and at most 1");
        Check(Enum.IsDefined(Schedule), nameof(Schedule), Schedule, "one of " + string.Join(", ", Enum.GetNames<LearningRateSchedule>()));
        AtLeast(WarmupSteps, 0, nameof(WarmupSteps));
        Check(WarmupShare is >= 0 and <= 1, nameof(WarmupShare), WarmupShare, "0 to 1");
        Check(MaximumGradientNorm is null or > 0, nameof(MaximumGradientNorm), MaximumGradientNorm, "above 0, or null");
        Check(Enum.IsDefined(Precision), nameof(Precision), Precision, "one of " + string.Join(", ", Enum.GetNames<TrainingPrecision>()));
        Check(DeviceChoice.IsWellFormed(Device), nameof(Device), $"'{Device}'", "auto, cpu, cuda or cuda: and a number");
        AtLeast(FreezeLayers, 0, nameof(FreezeLayers));
        Check(LayerwiseDecay is > 0 and <= 1, nameof(LayerwiseDecay), LayerwiseDecay, "above 0 and at most 1");
        AtLeast(ValidateEvery, 1, nameof(ValidateEvery));
        AtLeast(EarlyStoppingPatience, 1, nameof(EarlyStoppingPatience));
        Check(MinimumDelta is >= 0 and < double.PositiveInfinity, nameof(MinimumDelta), MinimumDelta, "0 or more");
        AtLeast(CheckpointEvery, 1, nameof(CheckpointEvery));
        if (CheckpointFolder is { } folder && string.IsNullOrWhiteSpace(folder))
            faults.Add($"{nameof(CheckpointFolder)} is empty; give a folder, or null");
        if (Resume && CheckpointFolder is null)
            faults.Add($"{nameof(Resume)} is set without a {nameof(CheckpointFolder)} to resume from");
        AtLeast(LengthBuckets, 1, nameof(LengthBuckets));
        Check(PadToMultipleOf is null or >= 1 and <= 1024, nameof(PadToMultipleOf), PadToMultipleOf, "1 to 1024, or null");
        Check(Enum.IsDefined(Curriculum), nameof(Curriculum), Curriculum, "one of " + string.Join(", ", Enum.GetNames<TrainingCurriculum>()));
        AtLeast(CurriculumEpochs, 1, nameof(CurriculumEpochs));
        Check(Threads is null or >= 1 and <= 1024, nameof(Threads), Threads, "1 to 1024, or null");
        Check(Processes is >= 1 and <= 1024, nameof(Processes), Processes, "1 to 1024");
        if (Processes is >= 1 and <= 1024)
        {
            Check(Rank >= 0 && Rank < Processes, nameof(Rank), Rank, FormattableString.Invariant($"0 to {Processes - 1} with {Processes} {nameof(Processes)}"));
            if (Processes > 1 && string.IsNullOrWhiteSpace(Rendezvous))
                faults.Add(FormattableString.Invariant($"{nameof(Rendezvous)} is missing; {Processes} processes need a place to meet (tcp://127.0.0.1:29500, or a file that does not exist yet)"));
            if (Processes > BatchSize && BatchSize >= 1)
                faults.Add(FormattableString.Invariant($"{nameof(BatchSize)} is {BatchSize}, less than one example for each of {Processes} processes"));
        }
        Check(ProcessTimeout > TimeSpan.Zero, nameof(ProcessTimeout), ProcessTimeout, "above 0");
        if (faults.Count > 0)
            throw TrainingErrors.BadOptions(nameof(TrainingOptions), faults);

        void AtLeast<T>(T? value, T least, string option) where T : struct, INumber<T>
        {
            if (value is { } number && number < least)
                faults.Add(FormattableString.Invariant($"{option} is {number}; it must be {least} or more"));
        }

        void Check(bool legal, string option, object? value, string range)
        {
            if (!legal)
                faults.Add(FormattableString.Invariant($"{option} is {value}; it must be {range}"));
        }
    }
}
