namespace MLPipelines.Training;

/// <summary>
/// How Adafactor works (Shazeer and Stern, "Adafactor: Adaptive learning rates with sublinear memory cost", 2018, <see href="https://arxiv.org/abs/1804.04235"/>). The defaults are
/// the authors', with steps that need no learning rate; clip no gradients beside it to have exactly theirs (<see cref="TrainingOptions.MaximumGradientNorm"/>).
/// </summary>
/// <remarks>
/// A parameter of two dimensions or more keeps its mean squared gradients by row and by column of its last two dimensions; one of fewer keeps them whole. For t5-small's 60 million weights that is
/// 0.7 MB of state where AdamW keeps 484 MB.
/// </remarks>
public sealed class AdafactorOptions
{
    /// <summary>
    /// Whether the learning rate of step t is min(0.01, 1/√t), or as <see cref="WarmupInit"/> says, instead of <see cref="TrainingOptions.LearningRate"/> with its warm-up and schedule.
    /// The default value is <see langword="true"/>.
    /// </summary>
    public bool RelativeStep { get; set; } = true;

    /// <summary>With <see cref="RelativeStep"/>: whether the learning rate rises slowly, to min(t/1,000,000, 1/√t). The default value is <see langword="false"/>.</summary>
    public bool WarmupInit { get; set; }

    /// <summary>Whether the learning rate of a parameter is multiplied by the root mean square of its weights, or by <see cref="LeastScale"/> where that is more. The default value is <see langword="true"/>.</summary>
    public bool ScaleParameter { get; set; } = true;

    /// <summary>The least that <see cref="ScaleParameter"/> multiplies by (the authors' ε₂). Legal range: above 0, up to 1. The default value is 1e-3.</summary>
    public double LeastScale { get; set; } = 1e-3;

    /// <summary>What is added to squared gradients (the authors' ε₁). Legal range: 1e-37, below which float32 loses digits, to 1. The default value is 1e-30.</summary>
    public double Epsilon { get; set; } = 1e-30;

    /// <summary>An update whose root mean square, before the learning rate, is more than this is scaled down to it. Legal range: above 0. The default value is 1.</summary>
    public double ClipThreshold { get; set; } = 1;

    /// <summary>The means of step t keep 1 − t to the power of minus this of the last step's. Legal range: above 0, up to 1. The default value is 0.8.</summary>
    public double DecayRate { get; set; } = 0.8;

    /// <summary>The decay of a running mean of updates, which takes as much memory as the weights; <see langword="null"/> keeps none. Legal range: 0 to below 1. The default value is <see langword="null"/>.</summary>
    public double? Beta1 { get; set; }

    internal IEnumerable<(string Name, object? Value)> Values() =>
    [
        (nameof(RelativeStep), RelativeStep), (nameof(WarmupInit), WarmupInit), (nameof(ScaleParameter), ScaleParameter), (nameof(LeastScale), LeastScale), (nameof(Epsilon), Epsilon),
        (nameof(ClipThreshold), ClipThreshold), (nameof(DecayRate), DecayRate), (nameof(Beta1), Beta1),
    ];

    internal IEnumerable<string> Faults()
    {
        if (!(LeastScale is > 0 and <= 1))
            yield return FormattableString.Invariant($"{nameof(LeastScale)} is {LeastScale}; it must be above 0 and at most 1");
        if (!(Epsilon is >= 1e-37 and <= 1))
            yield return FormattableString.Invariant($"{nameof(Epsilon)} is {Epsilon}; it must be 1e-37 to 1");
        if (!(ClipThreshold > 0))
            yield return FormattableString.Invariant($"{nameof(ClipThreshold)} is {ClipThreshold}; it must be above 0");
        if (!(DecayRate is > 0 and <= 1))
            yield return FormattableString.Invariant($"{nameof(DecayRate)} is {DecayRate}; it must be above 0 and at most 1");
        if (!(Beta1 is null or >= 0 and < 1))
            yield return FormattableString.Invariant($"{nameof(Beta1)} is {Beta1}; it must be 0 or more and below 1, or null");
        if (WarmupInit && !RelativeStep)
            yield return $"{nameof(WarmupInit)} is set without {nameof(RelativeStep)}; set that too, or warm up by {nameof(TrainingOptions.WarmupSteps)}";
    }
}
