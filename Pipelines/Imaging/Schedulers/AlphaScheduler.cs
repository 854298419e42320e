using System.Numerics.Tensors;

namespace MLPipelines.Imaging.Schedulers;

/// <summary>The solvers that count in whole timesteps and cumulative alphas.</summary>
internal abstract class AlphaScheduler : DiffusionScheduler
{
    private readonly bool _clips;
    private float[] _noise = [];

    protected AlphaScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps, bool clips)
        : base(options, schedule, steps)
    {
        _clips = options.ClipSample ?? clips;
        Stride = options.TrainTimesteps / steps;
    }

    /// <summary>How many timesteps of training a step crosses.</summary>
    protected int Stride { get; }

    protected int Timestep(int index) => (int)Timesteps[index];

    protected double Alpha(int timestep) => Schedule.AlphasCumulative[timestep];

    /// <summary>The cumulative alpha of a timestep that may lie before the first.</summary>
    protected double AlphaOrFinal(int timestep, bool setToOne) => timestep >= 0 ? Alpha(timestep) : setToOne ? 1 : Alpha(0);

    private protected override (double Signal, double Deviation) Mixture(int index)
    {
        double alpha = Alpha(Timestep(index));
        return (Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
    }

    private protected override void Clip(Span<float> original)
    {
        if (_clips)
            TensorPrimitives.Clamp(original, -(float)Options.ClipSampleRange, (float)Options.ClipSampleRange, original);
    }

    /// <summary>The noise that the output means, in a buffer that lasts until the next call.</summary>
    protected ReadOnlySpan<float> Noise(ReadOnlySpan<float> output, ReadOnlySpan<float> sample, int index)
    {
        var noise = Buffer(ref _noise, sample.Length);
        var (signal, deviation) = Mixture(index);
        var (ofSample, ofOutput) = ToNoise(signal, deviation);
        Mix.Set(noise, ofSample, sample, ofOutput, output);
        return noise;
    }
}

/// <summary>DDIM; see <see cref="SchedulerKind.Ddim"/>.</summary>
internal sealed class DdimScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps) : AlphaScheduler(options, schedule, steps, clips: true)
{
    public override IReadOnlyList<double> Timesteps { get; } =
        Spacing.Timesteps(options, steps, options.TimestepSpacing ?? TimestepSpacing.Leading, leaveOutLast: false, whole: true);

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        int timestep = Timestep(index);
        double alpha = Alpha(timestep), before = AlphaOrFinal(timestep - Stride, Options.SetAlphaToOne ?? true);
        double variance = (1 - before) / (1 - alpha) * (1 - alpha / before);
        double deviation = Options.Eta * Math.Sqrt(Math.Max(variance, 0));
        var predicted = Noise(output, sample, index);
        Mix.Set(sample, Math.Sqrt(before), Original(output, sample, index), Math.Sqrt(Math.Max(1 - before - deviation * deviation, 0)), predicted);
        if (Options.Eta > 0)
            Mix.Add(sample, deviation, Draw(noise, sample.Length));
    }
}

/// <summary>DDPM; see <see cref="SchedulerKind.Ddpm"/>.</summary>
internal sealed class DdpmScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps) : AlphaScheduler(options, schedule, steps, clips: true)
{
    public override IReadOnlyList<double> Timesteps { get; } =
        Spacing.Timesteps(options, steps, options.TimestepSpacing ?? TimestepSpacing.Leading, leaveOutLast: false, whole: true);

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        int timestep = Timestep(index);
        double cumulative = Alpha(timestep), before = AlphaOrFinal(timestep - Stride, setToOne: true);
        double alpha = cumulative / before, beta = 1 - alpha;
        Mix.Set(sample, Math.Sqrt(before) * beta / (1 - cumulative), Original(output, sample, index), Math.Sqrt(alpha) * (1 - before) / (1 - cumulative), sample);
        if (timestep == 0)
            return;
        double variance = Options.LargeVariance ? beta : Math.Max((1 - before) / (1 - cumulative) * beta, 1e-20);
        Mix.Add(sample, Math.Sqrt(variance), Draw(noise, sample.Length));
    }
}

/// <summary>LCM; see <see cref="SchedulerKind.Lcm"/>.</summary>
internal sealed class LcmScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps, double strength) : AlphaScheduler(options, schedule, steps, clips: false)
{
    private const double SigmaOfData = 0.5;

    public override IReadOnlyList<double> Timesteps { get; } = SomeOfDistillation(options, steps, strength);

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        double scaled = Timesteps[index] * Options.TimestepScaling, root = Math.Sqrt(scaled * scaled + SigmaOfData * SigmaOfData);
        double skip = SigmaOfData * SigmaOfData / (root * root);
        Mix.Set(sample, scaled / root, Original(output, sample, index), skip, sample);
        if (index == Timesteps.Count - 1)
            return;
        double before = AlphaOrFinal(Timestep(index + 1), Options.SetAlphaToOne ?? true);
        Mix.Set(sample, Math.Sqrt(before), sample, Math.Sqrt(1 - before), Draw(noise, sample.Length));
    }

    /// <summary>Evenly chosen among the timesteps that the model was distilled at, the last one first.</summary>
    private static double[] SomeOfDistillation(SchedulerOptions options, int steps, double strength)
    {
        int distilled = (int)(options.OriginalInferenceSteps * strength), gap = options.TrainTimesteps / options.OriginalInferenceSteps;
        if (steps > distilled)
            throw new ArgumentOutOfRangeException(nameof(steps), steps, FormattableString.Invariant($"{steps} steps at strength {strength}; an LCM that was distilled from {options.OriginalInferenceSteps} steps takes at most {distilled} there."));
        return [.. Enumerable.Range(0, steps).Select(i => (double)((distilled - (int)((long)i * distilled / steps)) * gap - 1))];
    }
}
