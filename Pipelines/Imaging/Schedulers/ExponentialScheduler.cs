namespace MLPipelines.Imaging.Schedulers;

/// <summary>The solvers that integrate over lambda, the logarithm of signal over noise, where alpha² + sigma² is 1.</summary>
internal abstract class ExponentialScheduler : DiffusionScheduler
{
    private readonly double[] _ratios;

    protected ExponentialScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps, FinalSigma final)
        : base(options, schedule, steps)
    {
        var spacing = options.TimestepSpacing ?? TimestepSpacing.Linspace;
        double[] timesteps, ratios;
        if (options.UseKarrasSigmas)
        {
            ratios = Spacing.Karras(schedule, steps);
            timesteps = Array.ConvertAll(ratios, sigma => Math.Round(Spacing.TimestepOf(schedule, sigma)));
        }
        else
        {
            // As many steps as timesteps of training round two of them to one, between which there is nothing to solve.
            timesteps = [.. Spacing.Timesteps(options, steps, spacing, leaveOutLast: true, whole: true).Distinct()];
            ratios = Array.ConvertAll(timesteps, timestep => schedule.Sigmas[(int)timestep]);
        }
        Timesteps = timesteps;
        _ratios = [.. ratios, final == FinalSigma.Zero ? 0 : schedule.Sigmas[0]];
        History = new SampleHistory(options.SolverOrder);
    }

    public override IReadOnlyList<double> Timesteps { get; }

    public override IReadOnlyList<double> Sigmas => _ratios;

    /// <summary>The converted outputs of the steps before, and of this one.</summary>
    protected SampleHistory History { get; }

    /// <summary>How many steps were taken, up to the order.</summary>
    protected int Taken { get; set; }

    protected double Alpha(int index) => 1 / Math.Sqrt(_ratios[index] * _ratios[index] + 1);

    protected double Sigma(int index) => _ratios[index] * Alpha(index);

    protected double Lambda(int index) => -Math.Log(_ratios[index]);

    private protected override (double Signal, double Deviation) Mixture(int index) => (Alpha(index), Sigma(index));

    private protected override void Forget()
    {
        History.Clear();
        Taken = 0;
    }

    /// <summary>The noise that the output means.</summary>
    protected void PredictNoise(ReadOnlySpan<float> output, ReadOnlySpan<float> sample, int index, Span<float> destination)
    {
        var (ofSample, ofOutput) = ToNoise(Alpha(index), Sigma(index));
        Mix.Set(destination, ofSample, sample, ofOutput, output);
    }
}

/// <summary>DPM-Solver and DPM-Solver++, multistep; see <see cref="SchedulerKind.DpmSolver"/>.</summary>
internal sealed class DpmSolverScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps)
    : ExponentialScheduler(options, schedule, steps, options.FinalSigma)
{
    /// <summary>Runs of fewer steps end with steps of lower order.</summary>
    private const int FewSteps = 15;

    private bool PredictsImage => Options.Algorithm is DpmAlgorithm.DpmSolverPlusPlus or DpmAlgorithm.SdeDpmSolverPlusPlus;

    private bool IsStochastic => Options.Algorithm is DpmAlgorithm.SdeDpmSolver or DpmAlgorithm.SdeDpmSolverPlusPlus;

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        var converted = History.Push(sample.Length);
        if (PredictsImage)
            PredictOriginal(output, sample, index, converted);
        else
            PredictNoise(output, sample, index, converted);
        int order = OrderAt(index);
        Taken = Math.Min(Taken + 1, Options.SolverOrder);

        double alpha = Alpha(index + 1), sigma = Sigma(index + 1);
        double h = Lambda(index + 1) - Lambda(index);
        var (ofSample, first, deviation) = FirstOrder(index, alpha, sigma, h);
        if (order == 1)
            Mix.Set(sample, ofSample, sample, first, History[0]);
        else if (order == 2)
        {
            double r = (Lambda(index) - Lambda(index - 1)) / h, second = Second(alpha, sigma, h, first) / r;
            Mix.Set(sample, ofSample, sample, first + second, History[0], -second, History[1]);
        }
        else
            ThirdOrder(index, sample, ofSample, first, alpha, sigma, h);
        if (IsStochastic)
            Mix.Add(sample, deviation, Draw(noise, sample.Length));
    }

    private int OrderAt(int index)
    {
        int left = Timesteps.Count - index;
        bool lowers = Options.LowerOrderFinal && Timesteps.Count < FewSteps;
        if (left == 1 && (Options.EulerAtFinal || lowers || Options.FinalSigma == FinalSigma.Zero))
            return 1;
        int most = left == 2 && lowers ? Math.Min(2, Options.SolverOrder) : Options.SolverOrder;
        return Math.Min(most, Taken + 1);
    }

    /// <summary>The weights of the sample and of the newest output, and the deviation of the noise, in a step of first order.</summary>
    private (double OfSample, double First, double Deviation) FirstOrder(int index, double alpha, double sigma, double h) => Options.Algorithm switch
    {
        DpmAlgorithm.DpmSolverPlusPlus => (sigma / Sigma(index), -alpha * Expm1(-h), 0),
        DpmAlgorithm.DpmSolver => (alpha / Alpha(index), -sigma * Expm1(h), 0),
        DpmAlgorithm.SdeDpmSolverPlusPlus => (sigma / Sigma(index) * Math.Exp(-h), -alpha * Expm1(-2 * h), sigma * Math.Sqrt(-Expm1(-2 * h))),
        _ => (alpha / Alpha(index), -2 * sigma * Expm1(h), sigma * Math.Sqrt(Expm1(2 * h))),
    };

    /// <summary>The weight of the first divided difference in a step of second order.</summary>
    private double Second(double alpha, double sigma, double h, double first)
    {
        if (Options.SolverType != SolverType.Heun)
            return 0.5 * first;
        return Options.Algorithm switch
        {
            DpmAlgorithm.DpmSolverPlusPlus => alpha * (Expm1(-h) / h + 1),
            DpmAlgorithm.DpmSolver => -sigma * (Expm1(h) / h - 1),
            DpmAlgorithm.SdeDpmSolverPlusPlus => alpha * (Expm1(-2 * h) / (2 * h) + 1),
            _ => -2 * sigma * (Expm1(h) / h - 1),
        };
    }

    private void ThirdOrder(int index, Span<float> sample, double ofSample, double first, double alpha, double sigma, double h)
    {
        double h0 = Lambda(index) - Lambda(index - 1), h1 = Lambda(index - 1) - Lambda(index - 2);
        double r0 = h0 / h, r1 = h1 / h;
        double second = PredictsImage ? alpha * (Expm1(-h) / h + 1) : -sigma * (Expm1(h) / h - 1);
        double third = PredictsImage ? -alpha * ((Expm1(-h) + h) / (h * h) - 0.5) : -sigma * ((Expm1(h) - h) / (h * h) - 0.5);
        // The divided differences of the outputs m0, m1, m2: a = (m0 - m1) / r0, b = (m1 - m2) / r1,
        // first a + r0 / (r0 + r1) (a - b), second (a - b) / (r0 + r1).
        double ofA = second * (1 + r0 / (r0 + r1)) + third / (r0 + r1), ofB = -second * r0 / (r0 + r1) - third / (r0 + r1);
        Mix.Set(sample, ofSample, sample, first + ofA / r0, History[0], -ofA / r0 + ofB / r1, History[1]);
        Mix.Add(sample, -ofB / r1, History[2]);
    }

    /// <summary>exp(x) - 1, exact also near 0.</summary>
    internal static double Expm1(double x) => Math.Abs(x) < 1e-5 ? x + x * x / 2 + x * x * x / 6 : Math.Exp(x) - 1;
}

/// <summary>DEIS in log rho; see <see cref="SchedulerKind.Deis"/>.</summary>
internal sealed class DeisScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps)
    : ExponentialScheduler(options, schedule, steps, FinalSigma.SigmaMin)
{
    private const int FewSteps = 15;

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        PredictNoise(output, sample, index, History.Push(sample.Length));
        int left = Timesteps.Count - index;
        bool lowers = Options.LowerOrderFinal && Timesteps.Count < FewSteps;
        int order = Math.Min(lowers ? Math.Min(left, Options.SolverOrder) : Options.SolverOrder, Taken + 1);
        Taken = Math.Min(Taken + 1, Options.SolverOrder);

        double alpha = Alpha(index + 1), to = Sigmas[index + 1], from = Sigmas[index];
        double ofSample = alpha / Alpha(index);
        if (order == 1)
            Mix.Set(sample, ofSample, sample, alpha * (to - from), History[0]);
        else if (order == 2)
        {
            double before = Sigmas[index - 1];
            Mix.Set(sample, ofSample, sample, alpha * Integral(from, before), History[0], alpha * Integral(before, from), History[1]);
        }
        else
        {
            double before = Sigmas[index - 1], earlier = Sigmas[index - 2];
            Mix.Set(sample, ofSample, sample, alpha * SecondIntegral(from, before, earlier), History[0], alpha * SecondIntegral(before, earlier, from), History[1]);
            Mix.Add(sample, alpha * SecondIntegral(earlier, from, before), History[2]);
        }

        // Integrals over rho from `from` to `to` of the Lagrange polynomials in log rho.
        double Integral(double b, double c)
        {
            return At(to) - At(from);
            double At(double t) => t * (Math.Log(t) - Math.Log(c) - 1) / (Math.Log(b) - Math.Log(c));
        }

        double SecondIntegral(double b, double c, double d)
        {
            return At(to) - At(from);
            double At(double t)
            {
                double log = Math.Log(t), logC = Math.Log(c), logD = Math.Log(d);
                return t * (logC * (logD - log + 1) - logD * log + logD + log * log - 2 * log + 2) / ((Math.Log(b) - logC) * (Math.Log(b) - logD));
            }
        }
    }
}
