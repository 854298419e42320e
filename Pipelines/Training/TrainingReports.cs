using TorchSharp;

namespace MLPipelines.Training;

/// <summary>What a training run reports after each step.</summary>
public sealed record TrainingProgress
{
    /// <summary>Optimiser steps done.</summary>
    public required long Step { get; init; }

    /// <summary>Optimiser steps that the run will have, if it does not stop early.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>Passes through the data done, with a fraction.</summary>
    public required double Epoch { get; init; }

    /// <summary>The mean loss of the step's batch, before the step.</summary>
    public required double Loss { get; init; }

    /// <summary>The loss, smoothed exponentially over about 50 steps.</summary>
    public required double SmoothedLoss { get; init; }

    /// <summary>The learning rate of the step, before scaling by layer.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The L2 norm of the gradient over all trained parameters, before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Real tokens (padding not counted) per second, over the last steps, of all processes together.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>The share of padding in the tokens computed since the run began, 0 to 1.</summary>
    public required double PaddingShare { get; init; }

    /// <summary>Into how many micro-batches the step was split in this process.</summary>
    public required int MicroBatches { get; init; }

    /// <summary>Time since this run, or this part of a resumed run, began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Time that the remaining steps will take at the recent pace, validation included.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>The validation made after this step, if one was.</summary>
    public ValidationResult? Validation { get; init; }

    /// <summary>Something out of the ordinary that happened in this step (memory ran out and the micro-batches were halved, say), or <see langword="null"/>.</summary>
    public string? Message { get; init; }
}

/// <summary>A validation and when it was made.</summary>
/// <param name="Step">Optimiser steps done by then.</param>
/// <param name="Result">The result.</param>
public sealed record TrainingValidation(long Step, ValidationResult Result);

/// <summary>What a training run came to. The module of the task holds the weights.</summary>
public sealed record TrainingResult
{
    /// <summary>Optimiser steps done, those before a resumption included.</summary>
    public required long Steps { get; init; }

    /// <summary>Passes through the data done, with a fraction.</summary>
    public required double Epochs { get; init; }

    /// <summary>The loss of each step's batch since this run, or this part of a resumed run, began.</summary>
    public required IReadOnlyList<float> Losses { get; init; }

    /// <summary>The smoothed loss after the last step.</summary>
    public required double FinalLoss { get; init; }

    /// <summary>All validations, in order.</summary>
    public required IReadOnlyList<TrainingValidation> Validations { get; init; }

    /// <summary>The validation whose weights the module now has; <see langword="null"/> where the weights are those of the last step.</summary>
    public required TrainingValidation? Best { get; init; }

    /// <summary>Whether the run ended before its last step because validation got no better.</summary>
    public required bool StoppedEarly { get; init; }

    /// <summary>The device used.</summary>
    public required torch.Device Device { get; init; }

    /// <summary>The precision used: float32 or bfloat16.</summary>
    public required torch.ScalarType Precision { get; init; }

    /// <summary>Time taken, from the first step to the last.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Real tokens (padding not counted) per second over the whole run, validation left out.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>The share of padding in all tokens computed, 0 to 1.</summary>
    public required double PaddingShare { get; init; }

    /// <summary>How often memory ran out and the micro-batches were halved.</summary>
    public required int OutOfMemoryCount { get; init; }
}
