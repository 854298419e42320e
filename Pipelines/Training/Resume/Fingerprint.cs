using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;

namespace MLPipelines.Training;

/// <summary>What must be the same for a run to be resumed, by name; options that change no weight (folders, progress, the frequency of checkpoints) are left out.</summary>
internal static class Fingerprint
{
    public static Dictionary<string, string> Of(TrainingTask task, TrainingOptions options, BatchPlan plan, FlatParameters parameters)
    {
        var print = OfAnyOptimiser(task, options, plan, parameters);
        // A checkpoint without a name of one is AdamW's.
        if (options.Optimiser == TrainingOptimiser.Adafactor)
        {
            print[nameof(options.Optimiser)] = Text(options.Optimiser);
            foreach (var (name, value) in options.Adafactor.Values())
                print[$"{nameof(options.Adafactor)}.{name}"] = Text(value);
        }
        return print;
    }

    private static Dictionary<string, string> OfAnyOptimiser(TrainingTask task, TrainingOptions options, BatchPlan plan, FlatParameters parameters) => new()
    {
        [nameof(options.Epochs)] = Text(options.Epochs),
        [nameof(options.MaximumSteps)] = Text(options.MaximumSteps),
        [nameof(options.BatchSize)] = Text(options.BatchSize),
        [nameof(options.MaximumTokensPerMicroBatch)] = Text(options.MaximumTokensPerMicroBatch),
        [nameof(options.AccumulationSteps)] = Text(options.AccumulationSteps),
        [nameof(options.LearningRate)] = Text(options.LearningRate),
        [nameof(options.WeightDecay)] = Text(options.WeightDecay),
        [nameof(options.Beta1)] = Text(options.Beta1),
        [nameof(options.Beta2)] = Text(options.Beta2),
        [nameof(options.Epsilon)] = Text(options.Epsilon),
        [nameof(options.Schedule)] = Text(options.Schedule),
        [nameof(options.WarmupSteps)] = Text(options.WarmupSteps),
        [nameof(options.WarmupShare)] = Text(options.WarmupShare),
        [nameof(options.MaximumGradientNorm)] = Text(options.MaximumGradientNorm),
        [nameof(options.Precision)] = parameters.Precision.ToString(),
        [nameof(options.Device)] = parameters.Device.type.ToString(),
        [nameof(options.GradientCheckpointing)] = Text(options.GradientCheckpointing),
        [nameof(options.FreezeLayers)] = Text(options.FreezeLayers),
        [nameof(options.LayerwiseDecay)] = Text(options.LayerwiseDecay),
        [nameof(options.ValidateEvery)] = Text(options.ValidateEvery),
        [nameof(options.EarlyStoppingPatience)] = Text(options.EarlyStoppingPatience),
        [nameof(options.MinimumDelta)] = Text(options.MinimumDelta),
        [nameof(options.KeepBest)] = Text(options.KeepBest),
        [nameof(options.Seed)] = Text(options.Seed),
        [nameof(options.Shuffle)] = Text(options.Shuffle),
        [nameof(options.LengthBuckets)] = Text(options.LengthBuckets),
        [nameof(options.PadToMultipleOf)] = Text(options.PadToMultipleOf),
        [nameof(options.Curriculum)] = Text(options.Curriculum),
        [nameof(options.CurriculumEpochs)] = Text(options.CurriculumEpochs),
        [nameof(options.Processes)] = Text(options.Processes),
        ["parameters"] = Hash(string.Join('\n', parameters.Slots.Select(slot => $"{slot.Name} {string.Join('x', slot.Shape)} {slot.Decays} {Text(slot.RateScale)}"))),
        ["examples"] = Text(task.ExampleCount),
        ["lengths of the examples"] = Hash(System.Runtime.InteropServices.MemoryMarshal.AsBytes(plan.Lengths)),
        ["data"] = task.DataFingerprint,
    };

    /// <summary>What differs, ready to be shown.</summary>
    public static List<string> Differences(Dictionary<string, string> then, Dictionary<string, string> now)
    {
        var differences = new List<string>();
        foreach (string name in now.Keys.Union(then.Keys))
        {
            string before = then.GetValueOrDefault(name, "missing"), after = now.GetValueOrDefault(name, "missing");
            if (before != after)
                differences.Add($"{name} was {Shown(before)} and is {Shown(after)}");
        }
        return differences;
    }

    private static string Shown(string value) => value.Length == 0 ? "none" : value;

    private static string Text<T>(T value) => value is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{value}");

    private static string Hash(string text) => Hash(Encoding.UTF8.GetBytes(text));

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8));
}
