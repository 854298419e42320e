namespace MLPipelines.Imaging.Schedulers;

/// <summary>The solvers over sigmas, whose samples are image plus sigma times noise, ending at sigma 0.</summary>
internal abstract class SigmaScheduler : DiffusionScheduler
{
    protected SigmaScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps)
        : base(options, schedule, steps)
    {
        var spacing = options.TimestepSpacing ?? TimestepSpacing.Linspace;
        StepTimesteps = Spacing.Timesteps(options, steps, spacing, leaveOutLast: false, whole: false);
        double[] sigmas;
        if (options.UseKarrasSigmas)
        {
            sigmas = Spacing.Karras(schedule, steps);
            StepTimesteps = Array.ConvertAll(sigmas, sigma => Spacing.TimestepOf(schedule, sigma));
        }
        else
            sigmas = Array.ConvertAll(StepTimesteps, timestep => Spacing.Interpolate(schedule.Sigmas, timestep));
        StepSigmas = [.. sigmas, 0];
        double most = sigmas.Max();
        InitialNoiseScale = spacing == TimestepSpacing.Leading ? Math.Sqrt(most * most + 1) : most;
    }

    /// <summary>The timestep at the start of every step.</summary>
    protected double[] StepTimesteps { get; }

    /// <summary>The sigma at the start of every step, and 0.</summary>
    protected double[] StepSigmas { get; }

    public override IReadOnlyList<double> Timesteps => StepTimesteps;

    public override IReadOnlyList<double> Sigmas => StepSigmas;

    public override double InitialNoiseScale { get; }

    /// <summary>The sigma of the sample that the network is asked about at an index.</summary>
    protected virtual double SigmaAt(int index) => StepSigmas[index];

    private protected override (double Signal, double Deviation) Mixture(int index) => (1, SigmaAt(index));

    private protected override double InputScale(int index) => 1 / Math.Sqrt(SigmaAt(index) * SigmaAt(index) + 1);
}

/// <summary>Euler's method, with or without ancestral noise.</summary>
internal sealed class EulerScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps) : SigmaScheduler(options, schedule, steps)
{
    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        double sigma = StepSigmas[index], next = StepSigmas[index + 1];
        var (down, up) = Options.Kind == SchedulerKind.EulerAncestral ? Ancestral(sigma, next) : (next, 0);
        double share = down / sigma;
        Mix.Set(sample, share, sample, 1 - share, Original(output, sample, index));
        if (Options.Kind == SchedulerKind.EulerAncestral)
            Mix.Add(sample, up, Draw(noise, sample.Length));
    }

    /// <summary>How far a step goes down, and how much noise is put back, to arrive at <paramref name="to"/>.</summary>
    public static (double Down, double Up) Ancestral(double from, double to)
    {
        double up = Math.Sqrt(to * to * (from * from - to * to) / (from * from));
        return (Math.Sqrt(to * to - up * up), up);
    }
}

/// <summary>The linear multistep method.</summary>
internal sealed class LmsScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps) : SigmaScheduler(options, schedule, steps)
{
    private const int MostOrder = 4;
    private readonly SampleHistory _derivatives = new(MostOrder);

    private protected override void Forget() => _derivatives.Clear();

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        double sigma = StepSigmas[index];
        Mix.Set(_derivatives.Push(sample.Length), 1 / sigma, sample, -1 / sigma, Original(output, sample, index));
        int order = Math.Min(index + 1, MostOrder);
        for (int i = 0; i < Math.Min(order, _derivatives.Count); i++)
            Mix.Add(sample, Coefficient(order, index, i), _derivatives[i]);
    }

    /// <summary>The integral over a step of the Lagrange polynomial of one derivative; two points of Gauss are exact up to its degree of 3.</summary>
    private double Coefficient(int order, int index, int which)
    {
        double from = StepSigmas[index], to = StepSigmas[index + 1];
        double middle = (from + to) / 2, half = (to - from) / 2, root = half / Math.Sqrt(3);
        return half * (Lagrange(middle - root) + Lagrange(middle + root));

        double Lagrange(double at)
        {
            double product = 1;
            for (int k = 0; k < order; k++)
            {
                if (k != which)
                    product *= (at - StepSigmas[index - k]) / (StepSigmas[index - which] - StepSigmas[index - k]);
            }
            return product;
        }
    }
}

/// <summary>Heun's method and DPM-Solver-2: a step looks again at its end or middle, and then goes from its start.</summary>
internal sealed class SecondOrderScheduler : SigmaScheduler
{
    private readonly double[] _timesteps;
    private readonly double[] _second;
    private readonly double[] _end;
    private readonly double[] _up;
    private float[] _start = [];
    private float[] _derivative = [];

    public SecondOrderScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps)
        : base(options, schedule, steps)
    {
        (_second, _end, _up) = (new double[steps], new double[steps], new double[steps]);
        var timesteps = new List<double>();
        for (int i = 0; i < steps; i++)
        {
            double sigma = StepSigmas[i], next = StepSigmas[i + 1];
            (_end[i], _up[i]) = options.Kind == SchedulerKind.Kdpm2Ancestral ? EulerScheduler.Ancestral(sigma, next) : (next, 0);
            _second[i] = options.Kind == SchedulerKind.Heun ? next : Math.Sqrt(sigma * _end[i]);
            timesteps.Add(StepTimesteps[i]);
            if (i < steps - 1)
                timesteps.Add(options.Kind == SchedulerKind.Heun ? StepTimesteps[i + 1] : Spacing.TimestepOf(schedule, _second[i]));
        }
        _timesteps = [.. timesteps];
    }

    public override IReadOnlyList<double> Timesteps => _timesteps;

    private protected override int Order => 2;

    // The reference adds the noise of the step's end where the network looks at its middle.
    private protected override (double Signal, double Deviation) NoiseAt(int index) => (1, StepSigmas[(index + 1) / 2]);

    protected override double SigmaAt(int index) => index % 2 == 0 ? StepSigmas[index / 2] : _second[index / 2];

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        int step = index / 2;
        double sigma = StepSigmas[step], seen = SigmaAt(index);
        // The reference draws at both evaluations and uses the second: a seed gives the same pictures as there.
        var drawn = Options.Kind == SchedulerKind.Kdpm2Ancestral ? Draw(noise, sample.Length) : default;
        var original = Original(output, sample, index);
        var start = Buffer(ref _start, sample.Length);
        var derivative = Buffer(ref _derivative, sample.Length);
        if (index % 2 == 0)
        {
            sample.CopyTo(start);
            Mix.Set(derivative, 1 / sigma, sample, -1 / sigma, original);
            Mix.Add(sample, _second[step] - sigma, derivative);
            return;
        }
        if (Options.Kind == SchedulerKind.Heun)
            Mix.Set(derivative, 0.5, derivative, 0.5 / seen, sample, -0.5 / seen, original);
        else
            Mix.Set(derivative, 1 / seen, sample, -1 / seen, original);
        Mix.Set(sample, 1, start, _end[step] - sigma, derivative);
        if (Options.Kind == SchedulerKind.Kdpm2Ancestral)
            Mix.Add(sample, _up[step], drawn);
    }
}
