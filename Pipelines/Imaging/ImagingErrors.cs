using System.Globalization;
using MLPipelines.Imaging.Schedulers;

namespace MLPipelines.Imaging;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw ImagingErrors.X(…)</c>.</summary>
internal static partial class ImagingErrors
{
    public static ImagingException SchedulerConfig(string where, string reason, Exception? inner = null) =>
        new($"The scheduler configuration {where} {reason}.", inner);

    public static ArgumentOutOfRangeException Steps(int steps, int most, string kind) =>
        new(nameof(steps), steps, string.Create(CultureInfo.InvariantCulture, $"{steps} steps; the scheduler {kind} takes 1 to {most} (what it was trained with)."));

    public static ArgumentOutOfRangeException BeyondTraining(int steps, SchedulerOptions options, double timestep) =>
        new(nameof(steps), steps, string.Create(CultureInfo.InvariantCulture, $"{steps} steps with {nameof(SchedulerOptions.StepsOffset)} {options.StepsOffset} begin at timestep {timestep}, after the last of training, {options.TrainTimesteps - 1}; take fewer, or the {nameof(TimestepSpacing)} {nameof(TimestepSpacing.Trailing)}."));

    public static ArgumentException SampleLength(string name, int length, int expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} values and the sample {expected}; they must be equally many."), name);
}

/// <summary>A model folder, a configuration or an image cannot be used; the message says which, where and why.</summary>
public sealed class ImagingException : Exception
{
    /// <summary>An exception with a message.</summary>
    public ImagingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
