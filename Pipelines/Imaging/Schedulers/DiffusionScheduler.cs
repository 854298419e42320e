namespace MLPipelines.Imaging.Schedulers;

/// <summary>Fills a sample with standard normal noise.</summary>
public delegate void NoiseSource(Span<float> destination);

/// <summary>
/// One run of a scheduler: which timesteps the network is asked for, and how a sample follows from the one before and the network's
/// output. Pure numbers: it knows neither images nor models.
/// </summary>
/// <remarks>
/// Samples are any number of values, one after the other; every operation is element by element, so that a batch is a longer sample.
/// Not thread-safe: solvers of higher order remember the last outputs. Make one for each run; that costs about 50 µs.
/// </remarks>
public abstract class DiffusionScheduler
{
    private float[] _original = [];
    private float[] _drawn = [];
    private int _next;

    private protected DiffusionScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps)
    {
        Options = options;
        Schedule = schedule;
        Steps = steps;
    }

    /// <summary>The options, which do not change any more.</summary>
    private protected SchedulerOptions Options { get; }

    private protected NoiseSchedule Schedule { get; }

    /// <summary>The number of steps that was asked for.</summary>
    public int Steps { get; }

    /// <summary>What the network is asked for, in order: timesteps of training, whole or fractions. Solvers of second order, and PNDM, have more of them than steps.</summary>
    public abstract IReadOnlyList<double> Timesteps { get; }

    /// <summary>The ratios of noise to signal, the last after the last step; empty for the solvers that count in timesteps alone.</summary>
    public virtual IReadOnlyList<double> Sigmas => [];

    /// <summary>The standard deviation of the noise that a run starts from.</summary>
    public virtual double InitialNoiseScale => 1;

    /// <summary>The place in <see cref="Timesteps"/> that a run starts at: 0, or a later one where it starts from an image.</summary>
    public int FirstIndex { get; private set; }

    /// <summary>How many timesteps a step has.</summary>
    private protected virtual int Order => 1;

    /// <summary>A scheduler for a run.</summary>
    /// <param name="options">The solver and its numbers.</param>
    /// <param name="steps">The number of steps. Legal range: 1 to the timesteps of training; for LCM, to the steps it was distilled from.</param>
    /// <param name="strength">How much of the run happens: 1 starts from noise, less from an image. Legal range: above 0, at most 1.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="steps"/> or <paramref name="strength"/> is out of range, or together they leave no step.</exception>
    public static DiffusionScheduler Create(SchedulerOptions options, int steps, double strength = 1)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        int most = options.Kind == SchedulerKind.Lcm ? options.OriginalInferenceSteps : options.TrainTimesteps;
        if (steps < 1 || steps > most)
            throw ImagingErrors.Steps(steps, most, options.Kind.ToString());
        if (!(strength is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(strength), strength, FormattableString.Invariant($"The strength is {strength}; it must be above 0 and at most 1."));
        var own = options.Copy();
        var schedule = new NoiseSchedule(own);
        DiffusionScheduler made = own.Kind switch
        {
            SchedulerKind.Ddim => new DdimScheduler(own, schedule, steps),
            SchedulerKind.Ddpm => new DdpmScheduler(own, schedule, steps),
            SchedulerKind.Pndm => new PndmScheduler(own, schedule, steps),
            SchedulerKind.Lms => new LmsScheduler(own, schedule, steps),
            SchedulerKind.Euler or SchedulerKind.EulerAncestral => new EulerScheduler(own, schedule, steps),
            SchedulerKind.Heun or SchedulerKind.Kdpm2 or SchedulerKind.Kdpm2Ancestral => new SecondOrderScheduler(own, schedule, steps),
            SchedulerKind.DpmSolver => new DpmSolverScheduler(own, schedule, steps),
            SchedulerKind.UniPc => new UniPcScheduler(own, schedule, steps),
            SchedulerKind.Deis => new DeisScheduler(own, schedule, steps),
            _ => new LcmScheduler(own, schedule, steps, strength),
        };
        if (own.Kind != SchedulerKind.Lcm)
        {
            int kept = Math.Min((int)(steps * strength), steps);
            if (kept < 1)
                throw new ArgumentOutOfRangeException(nameof(strength), strength, FormattableString.Invariant($"The strength {strength} of {steps} steps leaves no step; it must be at least {1.0 / steps}."));
            made.FirstIndex = Math.Min((steps - kept) * made.Order, made.Timesteps.Count - 1);
        }
        made.Restart();
        return made;
    }

    /// <summary>Forgets all outputs, to run again from <see cref="FirstIndex"/>.</summary>
    public void Restart()
    {
        _next = FirstIndex;
        Forget();
    }

    /// <summary>Writes what the network is to see of a sample.</summary>
    public void ScaleInput(ReadOnlySpan<float> sample, int index, Span<float> destination)
    {
        CheckIndex(index);
        CheckLength(nameof(destination), destination.Length, sample.Length);
        double scale = InputScale(index);
        if (scale == 1)
            sample.CopyTo(destination);
        else
            Mix.Set(destination, scale, sample);
    }

    /// <summary>Makes the next sample of this one.</summary>
    /// <param name="output">What the network gave for the scaled sample and <c>Timesteps[index]</c>.</param>
    /// <param name="index">The place in <see cref="Timesteps"/>: from <see cref="FirstIndex"/> on, one after the other.</param>
    /// <param name="sample">The sample, changed in place.</param>
    /// <param name="noise">Where a solver that adds noise draws it: standard normal.</param>
    /// <exception cref="InvalidOperationException">The steps are not taken in order.</exception>
    public void Step(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        CheckIndex(index);
        CheckLength(nameof(output), output.Length, sample.Length);
        if (index != _next)
            throw new InvalidOperationException($"Step {index} was taken where {_next} is due: steps come one after the other, from {FirstIndex} to {Timesteps.Count - 1}; call {nameof(Restart)} to run again.");
        Advance(output, index, sample, noise);
        _next++;
    }

    /// <summary>Writes an image with as much noise as a run has at an index.</summary>
    public void AddNoise(ReadOnlySpan<float> original, ReadOnlySpan<float> noise, int index, Span<float> destination)
    {
        CheckIndex(index);
        CheckLength(nameof(noise), noise.Length, original.Length);
        CheckLength(nameof(destination), destination.Length, original.Length);
        var (signal, deviation) = NoiseAt(index);
        Mix.Set(destination, signal, original, deviation, noise);
    }

    /// <summary>Writes the image without noise that the network's output means: a preview of the result.</summary>
    public void PredictOriginal(ReadOnlySpan<float> output, ReadOnlySpan<float> sample, int index, Span<float> destination)
    {
        CheckIndex(index);
        CheckLength(nameof(output), output.Length, sample.Length);
        CheckLength(nameof(destination), destination.Length, sample.Length);
        var (signal, deviation) = Mixture(index);
        var (ofSample, ofOutput) = ToOriginal(signal, deviation);
        Mix.Set(destination, ofSample, sample, ofOutput, output);
        Clip(destination);
    }

    /// <summary>What a sample at an index is made of: signal times image plus deviation times noise.</summary>
    private protected abstract (double Signal, double Deviation) Mixture(int index);

    /// <summary>What <see cref="AddNoise"/> makes at an index.</summary>
    private protected virtual (double Signal, double Deviation) NoiseAt(int index) => Mixture(index);

    private protected abstract void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise);

    private protected virtual double InputScale(int index) => 1;

    private protected virtual void Forget()
    {
    }

    private protected virtual void Clip(Span<float> original)
    {
    }

    /// <summary>The weights of sample and output in the image that they mean.</summary>
    private protected (double OfSample, double OfOutput) ToOriginal(double signal, double deviation)
    {
        switch (Options.PredictionType)
        {
            case PredictionType.Epsilon:
                return (1 / signal, -deviation / signal);
            case PredictionType.VPrediction:
                double square = signal * signal + deviation * deviation;
                return (signal / square, -deviation / Math.Sqrt(square));
            default:
                return (0, 1);
        }
    }

    /// <summary>The weights of sample and output in the noise that they mean, where signal² + deviation² is 1.</summary>
    private protected (double OfSample, double OfOutput) ToNoise(double signal, double deviation) => Options.PredictionType switch
    {
        PredictionType.Epsilon => (0, 1),
        PredictionType.VPrediction => (deviation, signal),
        _ => (1 / deviation, -signal / deviation),
    };

    /// <summary>The image that the output means, in a buffer that lasts until the next call.</summary>
    private protected Span<float> Original(ReadOnlySpan<float> output, ReadOnlySpan<float> sample, int index)
    {
        var original = Buffer(ref _original, sample.Length);
        PredictOriginal(output, sample, index, original);
        return original;
    }

    /// <summary>Fresh noise, in a buffer that lasts until the next call.</summary>
    private protected ReadOnlySpan<float> Draw(NoiseSource noise, int length)
    {
        var drawn = Buffer(ref _drawn, length);
        noise(drawn);
        return drawn;
    }

    private protected static Span<float> Buffer(ref float[] buffer, int length)
    {
        if (buffer.Length != length)
            buffer = new float[length];
        return buffer;
    }

    private void CheckIndex(int index)
    {
        if ((uint)index >= (uint)Timesteps.Count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"The index is {index}; this run has the timesteps 0 to {Timesteps.Count - 1}.");
    }

    private static void CheckLength(string name, int length, int expected)
    {
        if (length != expected)
            throw ImagingErrors.SampleLength(name, length, expected);
    }
}
