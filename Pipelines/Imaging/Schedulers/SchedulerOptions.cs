namespace MLPipelines.Imaging.Schedulers;

/// <summary>The solvers of the reverse diffusion, each with the paper that it follows.</summary>
public enum SchedulerKind
{
    /// <summary>Denoising diffusion implicit models, Song et al. 2021; deterministic unless <see cref="SchedulerOptions.Eta"/> is above 0.</summary>
    Ddim,

    /// <summary>Denoising diffusion probabilistic models, Ho et al. 2020; noise at every step.</summary>
    Ddpm,

    /// <summary>Pseudo numerical methods, Liu et al. 2022; one evaluation more than there are steps.</summary>
    Pndm,

    /// <summary>Linear multistep over the sigmas, Karras et al. 2022 and k-diffusion.</summary>
    Lms,

    /// <summary>Euler's method, algorithm 2 of Karras et al. 2022 without churn.</summary>
    Euler,

    /// <summary>Euler's method with ancestral noise.</summary>
    EulerAncestral,

    /// <summary>Heun's method, of second order: two evaluations a step.</summary>
    Heun,

    /// <summary>DPM-Solver-2 as in k-diffusion: two evaluations a step.</summary>
    Kdpm2,

    /// <summary>DPM-Solver-2 with ancestral noise.</summary>
    Kdpm2Ancestral,

    /// <summary>DPM-Solver and DPM-Solver++, Lu et al. 2022, multistep, of order 1 to 3, as an ODE or an SDE (DPM++ 2M and 2M SDE).</summary>
    DpmSolver,

    /// <summary>UniPC, Zhao et al. 2023: a predictor and a corrector over the same evaluations.</summary>
    UniPc,

    /// <summary>Diffusion exponential integrator, Zhang and Chen 2023.</summary>
    Deis,

    /// <summary>Latent consistency models, Luo et al. 2023: 1 to 8 steps with a model that was distilled for it.</summary>
    Lcm,
}

/// <summary>How the noise of training grows.</summary>
public enum BetaSchedule
{
    /// <summary>The betas are evenly spaced.</summary>
    Linear,

    /// <summary>The square roots of the betas are evenly spaced, as in Stable Diffusion.</summary>
    ScaledLinear,

    /// <summary>The squared cosine of Nichol and Dhariwal 2021, capped at 0.999.</summary>
    SquaredCosine,
}

/// <summary>What the network's output means.</summary>
public enum PredictionType
{
    /// <summary>The noise.</summary>
    Epsilon,

    /// <summary>The velocity of Salimans and Ho 2022, as in Stable Diffusion 2 at 768 pixels.</summary>
    VPrediction,

    /// <summary>The image without noise.</summary>
    Sample,
}

/// <summary>Which of the timesteps of training the steps visit; table 2 of Lin et al. 2023.</summary>
public enum TimestepSpacing
{
    /// <summary>Evenly from the last to the first.</summary>
    Linspace,

    /// <summary>Multiples of a whole number, from 0 (plus <see cref="SchedulerOptions.StepsOffset"/>).</summary>
    Leading,

    /// <summary>Evenly, the last timestep of training included.</summary>
    Trailing,
}

/// <summary>What noise is left after the last step of DPM-Solver and UniPC.</summary>
public enum FinalSigma
{
    /// <summary>None: what diffusers does since its version 0.26.</summary>
    Zero,

    /// <summary>That of the first timestep of training: what diffusers did until its version 0.25.</summary>
    SigmaMin,
}

/// <summary>Which equation DPM-Solver solves, and in which of its two forms.</summary>
public enum DpmAlgorithm
{
    /// <summary>The ODE in the predicted image: DPM-Solver++.</summary>
    DpmSolverPlusPlus,

    /// <summary>The ODE in the predicted noise: DPM-Solver.</summary>
    DpmSolver,

    /// <summary>The SDE in the predicted image: SDE-DPM-Solver++.</summary>
    SdeDpmSolverPlusPlus,

    /// <summary>The SDE in the predicted noise.</summary>
    SdeDpmSolver,
}

/// <summary>How a second-order step of a multistep solver approximates its integral.</summary>
public enum SolverType
{
    /// <summary>By the midpoint rule (DPM-Solver).</summary>
    Midpoint,

    /// <summary>By Heun's rule (DPM-Solver).</summary>
    Heun,

    /// <summary>B(h) = h (UniPC).</summary>
    Bh1,

    /// <summary>B(h) = exp(h) - 1 (UniPC).</summary>
    Bh2,
}

/// <summary>
/// A scheduler and its numbers. <see cref="Read(string)"/> takes them from a <c>scheduler_config.json</c>; the defaults here are those of
/// Stable Diffusion 1. What is <see langword="null"/> is as the kind has it by itself.
/// </summary>
public sealed class SchedulerOptions
{
    /// <summary>The solver. The default value is <see cref="SchedulerKind.Pndm"/>.</summary>
    public SchedulerKind Kind { get; set; } = SchedulerKind.Pndm;

    /// <summary>The number of timesteps in training. Legal range: 1 to 1,000,000. The default value is 1000.</summary>
    public int TrainTimesteps { get; set; } = 1000;

    /// <summary>The first beta (variance of the noise added in a timestep). Legal range: above 0, below 1. The default value is 0.00085.</summary>
    public double BetaStart { get; set; } = 0.00085;

    /// <summary>The last beta. Legal range: above 0, below 1. The default value is 0.012.</summary>
    public double BetaEnd { get; set; } = 0.012;

    /// <summary>How the betas grow from first to last. The default value is <see cref="Schedulers.BetaSchedule.ScaledLinear"/>.</summary>
    public BetaSchedule BetaSchedule { get; set; } = BetaSchedule.ScaledLinear;

    /// <summary>The betas themselves, <see cref="TrainTimesteps"/> of them, in place of the three above. The default value is <see langword="null"/>.</summary>
    public IReadOnlyList<double>? TrainedBetas { get; set; }

    /// <summary>Whether the betas are rescaled so that no signal is left at the last timestep (Lin et al. 2023). The default value is <see langword="false"/>.</summary>
    public bool RescaleBetasToZeroSnr { get; set; }

    /// <summary>What the network predicts. The default value is <see cref="PredictionType.Epsilon"/>.</summary>
    public PredictionType PredictionType { get; set; }

    /// <summary>Which timesteps the steps visit. The default value is <see langword="null"/>: leading for DDIM, DDPM, PNDM and LCM, linspace for the others.</summary>
    public TimestepSpacing? TimestepSpacing { get; set; }

    /// <summary>What is added to the timesteps of leading spacing. Legal range: 0 to 999. The default value is 0; Stable Diffusion has 1.</summary>
    public int StepsOffset { get; set; }

    /// <summary>Whether a last step of DDIM, PNDM or LCM ends without noise, and not with that of the first timestep. The default value is <see langword="null"/>: <see langword="true"/> for DDIM and LCM.</summary>
    public bool? SetAlphaToOne { get; set; }

    /// <summary>Whether the predicted image is cut to the range of <see cref="ClipSampleRange"/> (DDIM, DDPM, LCM). The default value is <see langword="null"/>: <see langword="true"/> for DDIM and DDPM; models of latents have <see langword="false"/>.</summary>
    public bool? ClipSample { get; set; }

    /// <summary>The largest absolute value of a predicted image where it is cut. Legal range: above 0. The default value is 1.</summary>
    public double ClipSampleRange { get; set; } = 1;

    /// <summary>The share of DDPM's noise that DDIM adds. Legal range: 0 to 1. The default value is 0: none.</summary>
    public double Eta { get; set; }

    /// <summary>The variance of DDPM's noise: the smaller of the two bounds of the paper, or (<see langword="true"/>) the larger. The default value is <see langword="false"/>.</summary>
    public bool LargeVariance { get; set; }

    /// <summary>Whether PNDM starts without Runge-Kutta steps. The default value is <see langword="true"/>, as in Stable Diffusion.</summary>
    public bool SkipRungeKutta { get; set; } = true;

    /// <summary>Whether the sigmas are spaced as in Karras et al. 2022 with rho = 7; DDIM, DDPM, PNDM and LCM, which have no sigmas, take no notice. The default value is <see langword="false"/>.</summary>
    public bool UseKarrasSigmas { get; set; }

    /// <summary>Whether the kind has sigmas that <see cref="UseKarrasSigmas"/> can space.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool HasSigmas => Kind is not (SchedulerKind.Ddim or SchedulerKind.Ddpm or SchedulerKind.Pndm or SchedulerKind.Lcm);

    /// <summary>The order of DPM-Solver, UniPC and DEIS. Legal range: 1 to 3. The default value is 2.</summary>
    public int SolverOrder { get; set; } = 2;

    /// <summary>The equation of DPM-Solver. The default value is <see cref="DpmAlgorithm.DpmSolverPlusPlus"/>.</summary>
    public DpmAlgorithm Algorithm { get; set; }

    /// <summary>The rule of second-order steps. The default value is <see langword="null"/>: midpoint for DPM-Solver, B(h) = exp(h) - 1 for UniPC.</summary>
    public SolverType? SolverType { get; set; }

    /// <summary>Whether the last steps of a multistep solver are of lower order. The default value is <see langword="true"/>.</summary>
    public bool LowerOrderFinal { get; set; } = true;

    /// <summary>Whether the last step of DPM-Solver is of first order, however many there are. The default value is <see langword="false"/>.</summary>
    public bool EulerAtFinal { get; set; }

    /// <summary>Whether UniPC predicts the image, and not the noise. The default value is <see langword="true"/>.</summary>
    public bool PredictX0 { get; set; } = true;

    /// <summary>The steps after which UniPC does not correct. The default value is none.</summary>
    public IReadOnlyList<int> DisableCorrector { get; set; } = [];

    /// <summary>What noise is left at the end (DPM-Solver, UniPC). The default value is <see cref="FinalSigma.Zero"/>, as in diffusers since 0.26.</summary>
    public FinalSigma FinalSigma { get; set; }

    /// <summary>LCM: the number of steps that the model was distilled from. Legal range: 1 to <see cref="TrainTimesteps"/>. The default value is 50.</summary>
    public int OriginalInferenceSteps { get; set; } = 50;

    /// <summary>LCM: what timesteps are multiplied by in the boundary condition. Legal range: above 0. The default value is 10.</summary>
    public double TimestepScaling { get; set; } = 10;

    /// <summary>The options of a <c>scheduler_config.json</c>, or of the folder that holds one.</summary>
    /// <exception cref="ImagingException">There is no such file, or it does not describe one of the schedulers here.</exception>
    public static SchedulerOptions Read(string path) => SchedulerConfigFile.Read(path);

    /// <summary>The options of the text of a <c>scheduler_config.json</c>.</summary>
    /// <exception cref="ImagingException">It does not describe one of the schedulers here.</exception>
    public static SchedulerOptions Parse(string json) => SchedulerConfigFile.Parse(json, "given as text");

    /// <summary>The same options with another solver, as one changes the scheduler of a loaded pipeline; where this one does not clip what it predicts, neither does that.</summary>
    public SchedulerOptions With(SchedulerKind kind)
    {
        var copy = (SchedulerOptions)MemberwiseClone();
        copy.Kind = kind;
        if (Kind is not (SchedulerKind.Ddim or SchedulerKind.Ddpm))
            copy.ClipSample ??= false;
        if (copy.SolverType is { } type && (type is Schedulers.SolverType.Midpoint or Schedulers.SolverType.Heun) != (kind == SchedulerKind.DpmSolver))
            copy.SolverType = null;
        return copy;
    }

    /// <summary>The kind, with "SDE" and "Karras" where it is so.</summary>
    public override string ToString()
    {
        bool isStochastic = Kind == SchedulerKind.DpmSolver && Algorithm is DpmAlgorithm.SdeDpmSolver or DpmAlgorithm.SdeDpmSolverPlusPlus;
        return $"{Kind}{(isStochastic ? " SDE" : "")}{(UseKarrasSigmas && HasSigmas ? " Karras" : "")}";
    }

    internal SchedulerOptions Copy() => (SchedulerOptions)MemberwiseClone();

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        bool starts = TrainedBetas == null;
        new OptionFaults(nameof(SchedulerOptions))
            .OneOf(Kind, nameof(Kind))
            .Range(TrainTimesteps, 1, 1_000_000, nameof(TrainTimesteps))
            .If(starts && !(BetaStart is > 0 and < 1), FormattableString.Invariant($"{nameof(BetaStart)} is {BetaStart}; it must be above 0 and below 1"))
            .If(starts && !(BetaEnd is > 0 and < 1), FormattableString.Invariant($"{nameof(BetaEnd)} is {BetaEnd}; it must be above 0 and below 1"))
            .If(!starts && TrainedBetas!.Count != TrainTimesteps, $"{nameof(TrainedBetas)} has {TrainedBetas?.Count} values; it must have {nameof(TrainTimesteps)} ({TrainTimesteps})")
            .If(!starts && TrainedBetas!.Any(beta => !(beta is > 0 and <= 1)), $"{nameof(TrainedBetas)} holds a value outside 0 to 1")
            .Range(StepsOffset, 0, 999, nameof(StepsOffset))
            .Above(ClipSampleRange, 0, double.MaxValue, nameof(ClipSampleRange))
            .Range(Eta, 0, 1, nameof(Eta))
            .Range(SolverOrder, 1, 3, nameof(SolverOrder))
            .If(Kind == SchedulerKind.DpmSolver && FinalSigma == FinalSigma.Zero && Algorithm is DpmAlgorithm.DpmSolver or DpmAlgorithm.SdeDpmSolver,
                $"{nameof(FinalSigma)} is Zero, which {Algorithm} cannot reach; choose {nameof(FinalSigma.SigmaMin)}, or the algorithm {DpmAlgorithm.DpmSolverPlusPlus}")
            .If(Kind == SchedulerKind.DpmSolver && SolverOrder == 3 && Algorithm is DpmAlgorithm.SdeDpmSolver or DpmAlgorithm.SdeDpmSolverPlusPlus,
                $"{nameof(SolverOrder)} is 3; {Algorithm} has 1 and 2")
            .If(SolverType is Schedulers.SolverType.Bh1 or Schedulers.SolverType.Bh2 && Kind == SchedulerKind.DpmSolver, $"{nameof(SolverType)} is {SolverType}; DPM-Solver has Midpoint and Heun")
            .If(SolverType is Schedulers.SolverType.Midpoint or Schedulers.SolverType.Heun && Kind == SchedulerKind.UniPc, $"{nameof(SolverType)} is {SolverType}; UniPC has Bh1 and Bh2")
            .Range(OriginalInferenceSteps, 1, Math.Max(1, TrainTimesteps), nameof(OriginalInferenceSteps))
            .Above(TimestepScaling, 0, double.MaxValue, nameof(TimestepScaling))
            .Throw();
    }
}
