namespace MLPipelines.Training;

/// <summary>The learning rate of each step: the formulas of the get_…_schedule_with_warmup functions of the Python library transformers.</summary>
/// <param name="schedule">The shape after warm-up.</param>
/// <param name="highest">The highest rate.</param>
/// <param name="warmupSteps">Steps over which the rate rises from 0.</param>
/// <param name="totalSteps">All steps.</param>
internal class LearningRates(LearningRateSchedule schedule, double highest, long warmupSteps, long totalSteps)
{
    /// <summary>The rate of a step, from 0.</summary>
    public virtual double At(long step)
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
    public static LearningRates Of(TrainingOptions options, long totalSteps) => options is { Optimiser: TrainingOptimiser.Adafactor, Adafactor.RelativeStep: true }
        ? new RelativeRates(options.Adafactor.WarmupInit)
        : new LearningRates(options.Schedule, options.LearningRate, options.WarmupSteps ?? (long)Math.Ceiling(totalSteps * options.WarmupShare), totalSteps);

    /// <summary>Rates that follow from the step alone, as Adafactor's authors set them.</summary>
    private sealed class RelativeRates(bool warmUp) : LearningRates(LearningRateSchedule.Constant, 0, 0, 0)
    {
        public override double At(long step) => Math.Min(warmUp ? 1e-6 * (step + 1) : 1e-2, 1 / Math.Sqrt(step + 1));
    }
}
