namespace MLPipelines.Training;

/// <summary>The learning rate of each step: the formulas of the get_…_schedule_with_warmup functions of the Python library transformers.</summary>
/// <param name="schedule">The shape after warm-up.</param>
/// <param name="highest">The highest rate.</param>
/// <param name="warmupSteps">Steps over which the rate rises from 0.</param>
/// <param name="totalSteps">All steps.</param>
internal sealed class LearningRates(LearningRateSchedule schedule, double highest, long warmupSteps, long totalSteps)
{
    /// <summary>The rate of a step, from 0.</summary>
    public double At(long step)
    {
        if (step < warmupSteps)
            return highest * (step / (double)Math.Max(1, warmupSteps));
        double remaining = Math.Max(1, totalSteps - warmupSteps);
        return highest * (schedule switch
        {
            LearningRateSchedule.Linear => Math.Max(0, (totalSteps - step) / remaining),
            LearningRateSchedule.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * ((step - warmupSteps) / remaining)))),
            _ => 1,
        });
    }

    /// <summary>The schedule that options ask for.</summary>
    public static LearningRates Of(TrainingOptions options, long totalSteps) =>
        new(options.Schedule, options.LearningRate, options.WarmupSteps ?? (long)Math.Ceiling(totalSteps * options.WarmupShare), totalSteps);
}
