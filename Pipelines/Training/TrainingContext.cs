using TorchSharp;

namespace MLPipelines.Training;

/// <summary>Where and how a task is to compute.</summary>
public sealed class TrainingContext
{
    internal TrainingContext(torch.Device device, torch.ScalarType precision, int padToMultipleOf)
    {
        Device = device;
        Precision = precision;
        PadToMultipleOf = padToMultipleOf;
        Random = new Random(0);
    }

    /// <summary>The device that the module is on.</summary>
    public torch.Device Device { get; }

    /// <summary>The type of the module's weights: float32 or bfloat16. Losses are to be float32 either way.</summary>
    public torch.ScalarType Precision { get; }

    /// <summary>What runs the layers of the module, if they are to forget their activations; the trainer gives it to every <see cref="IGradientCheckpointing"/> in the module.</summary>
    public GradientCheckpoints? GradientCheckpoints { get; internal set; }

    /// <summary>Padded lengths are multiples of this.</summary>
    public int PadToMultipleOf { get; }

    /// <summary>The optimiser step under way, from 0.</summary>
    public long Step { get; internal set; }

    /// <summary>The pass through the data under way, from 0.</summary>
    public int Epoch { get; internal set; }

    /// <summary>
    /// A seed for this micro-batch alone, which depends on the seed of the run, the step and the micro-batch, and on nothing else.
    /// LibTorch's default generators have been seeded with it.
    /// </summary>
    public long Seed { get; internal set; }

    /// <summary>Random numbers for this micro-batch alone, seeded like <see cref="Seed"/>: for augmentation, masking and the like.</summary>
    public Random Random { get; internal set; }

    /// <summary>To what length a batch is padded whose longest example has this many tokens.</summary>
    public int PaddedLength(int longest) => Math.Max(1, (longest + PadToMultipleOf - 1) / PadToMultipleOf) * PadToMultipleOf;
}
