using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>What a run of SDCA is made with, nothing left open.</summary>
internal readonly record struct SdcaSettings(
    float L2,
    float L1Threshold,
    float BiasLearningRate,
    float ConvergenceTolerance,
    int Threads,
    int CheckFrequency,
    int MaximumIterations,
    bool Shuffle,
    float PositiveInstanceWeight = 1);

/// <summary>
/// Stochastic dual coordinate ascent: each visit to an example updates its dual variables in closed form and the weights with
/// them. Keeps the weights of the lowest primal loss that a check of convergence saw.
/// </summary>
/// <remarks>
/// With one thread the result is determined by the seeds. With several, as many passes as there are iterations between two
/// checks run at once without locks (C.-J. Hsieh et al., "PASSCoDe", 2015).
/// </remarks>
internal abstract class SdcaSolver
{
    private const int RowsBetweenStopChecks = 1024;

    private readonly IHostEnvironment _env;
    private readonly int[] _seeds;
    private float[] _keptBias;
    private double _lowestLoss = double.PositiveInfinity;

    protected SdcaSolver(IHostEnvironment env, TrainingSet examples, ISupportSdcaLoss loss, in SdcaSettings settings, int[] seeds, int functionCount)
    {
        _env = env;
        _seeds = seeds;
        Examples = examples;
        Loss = loss;
        Settings = settings;
        FunctionCount = functionCount;
        Functions = LinearFunctions.Create(functionCount, examples.FeatureCount, settings.L1Threshold, examples.IsAllSparse);
        RegularisedBias = new float[functionCount];
        UnregularisedBias = new float[functionCount];
        ThresholdFreeBias = new float[functionCount];
        long dualCount = (long)examples.RowCount * functionCount;
        Contracts.Check(dualCount <= Array.MaxLength, $"{examples.RowCount} examples of {functionCount} classes are more dual variables than fit into an array.");
        Duals = new float[dualCount];
        Invariants = new float[examples.RowCount];
        InverseLambdaN = 1 / (settings.L2 * (long)examples.Count);
        BiasRate = settings.BiasLearningRate * settings.L2;
    }

    protected TrainingSet Examples { get; }

    protected ISupportSdcaLoss Loss { get; }

    protected SdcaSettings Settings { get; }

    protected int FunctionCount { get; }

    protected LinearFunctions Functions { get; }

    protected float[] RegularisedBias { get; }

    protected float[] UnregularisedBias { get; }

    /// <summary>The regularised bias before the L1 threshold is applied.</summary>
    protected float[] ThresholdFreeBias { get; }

    /// <summary>The dual variables: one for each row and function.</summary>
    protected float[] Duals { get; }

    /// <summary>By row, what its dual updates have in common.</summary>
    protected float[] Invariants { get; }

    /// <summary>1 / (L2 constant · number of examples)</summary>
    protected float InverseLambdaN { get; }

    /// <summary>How fast the unregularised bias takes over from the regularised one.</summary>
    protected float BiasRate { get; }

    protected bool HasThreshold => Settings.L1Threshold != 0;

    /// <summary>How often an update is tried where another thread may have been first.</summary>
    protected int MaximumTrials => 2 * Settings.Threads;

    /// <summary>The iteration whose weights were kept; 0 for the last.</summary>
    public int BestIteration { get; private set; }

    /// <summary>Trains until converged or out of iterations; the bias of each function.</summary>
    public float[] Run()
    {
        Prepare();
        if (Settings.Threads == 1)
            RunOneThread();
        else
            RunThreads();
        if (BestIteration > 0)
        {
            Functions.Restore();
            return _keptBias;
        }
        return CurrentBias();
    }

    public void CopyWeights(int function, Span<float> weights) => Functions.CopyTo(function, weights);

    /// <summary>Computes the invariants.</summary>
    private void Prepare()
    {
        int coefficient = FunctionCount == 1 ? 1 : 2;
        foreach (int row in Examples.Order())
        {
            float normSquared = Examples.Features(row).NormSquared();
            if (Settings.BiasLearningRate == 0)
                normSquared += 1;
            KeepNorm(row, normSquared);
            Invariants[row] = Loss.ComputeDualUpdateInvariant(coefficient * normSquared * InverseLambdaN * WeightOf(row));
        }
    }

    private void RunOneThread()
    {
        for (int i = 0; i < Settings.MaximumIterations; i++)
        {
            Pass(i);
            if ((i + 1) % Settings.CheckFrequency == 0 && CheckConvergence(i + 1))
                return;
        }
    }

    private void RunThreads()
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Settings.Threads };
        bool wasChecked = false;
        for (int done = 0; done < Settings.MaximumIterations;)
        {
            if (done > 0)
            {
                wasChecked = true;
                if (CheckConvergence(done))
                    return;
            }
            int start = done;
            done += Math.Min(Settings.CheckFrequency, Settings.MaximumIterations - done);
            Parallel.For(start, done, options, Pass);
        }
        if (wasChecked)
            CheckConvergence(Settings.MaximumIterations);
    }

    private void Pass(int iteration)
    {
        var order = Settings.Shuffle ? Examples.Order(RandomUtils.Create(_seeds[iteration])) : Examples.Order();
        var visitor = MakeVisitor();
        for (int i = 0; i < order.Length; i++)
        {
            if (i % RowsBetweenStopChecks == 0)
                _env.CheckAlive();
            visitor(order[i]);
        }
    }

    private bool CheckConvergence(int iteration)
    {
        _env.CheckAlive();
        var (loss, dualLoss) = Evaluate();
        if (loss < _lowestLoss)
        {
            _lowestLoss = loss;
            Functions.Keep();
            _keptBias = CurrentBias();
            BestIteration = iteration;
        }
        return (loss - dualLoss) / loss < Settings.ConvergenceTolerance;
    }

    private float[] CurrentBias()
    {
        var bias = new float[FunctionCount];
        for (int i = 0; i < bias.Length; i++)
            bias[i] = RegularisedBias[i] + UnregularisedBias[i];
        return bias;
    }

    /// <summary>Adds to the regularised bias of a function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="update">What to add.</param>
    /// <param name="alwaysShrinks">Whether the threshold applies even where the bias has a learning rate.</param>
    protected void AddToRegularisedBias(int function, float update, bool alwaysShrinks = false)
    {
        if (!HasThreshold)
        {
            RegularisedBias[function] += update;
            return;
        }
        float bias = ThresholdFreeBias[function] += update;
        if (!alwaysShrinks && Settings.BiasLearningRate != 0)
            return;
        float threshold = Settings.L1Threshold;
        RegularisedBias[function] = Math.Abs(bias) - threshold > 0 ? bias - Math.Sign(bias) * threshold : 0;
    }

    /// <summary>What is taken off a dual update so that the duals sum to zero and the bias stays unregularised.</summary>
    /// <remarks>T. Zhang, "On the Dual Formulation of Regularized Linear Systems with Convex Risks" (2002), pp. 16-17.</remarks>
    protected float Adjustment(int function) => BiasRate * (HasThreshold ? ThresholdFreeBias[function] : RegularisedBias[function]);

    /// <summary>Changes a dual variable from the value on which the update rests; fails where another thread was first.</summary>
    protected bool TryUpdateDual(int index, float current, float update) =>
        Settings.Threads == 1
            ? AssignDual(index, current, current + update)
            : Interlocked.CompareExchange(ref Duals[index], current + update, current) == current;

    private bool AssignDual(int index, float current, float updated)
    {
        Duals[index] = updated;
        return !float.IsNaN(current);
    }

    /// <summary>The weight of an example in the loss.</summary>
    protected virtual float WeightOf(int row) => Examples.Weight(row);

    /// <summary>Keeps the squared norm of the features of a row, where it will be needed.</summary>
    protected virtual void KeepNorm(int row, float normSquared)
    {
    }

    /// <summary>A function, for one thread, that updates duals and weights for one row.</summary>
    protected abstract Action<int> MakeVisitor();

    /// <summary>The regularised loss and its dual over all examples.</summary>
    protected abstract (double Loss, double DualLoss) Evaluate();
}

/// <summary>A sum that carries the round-off of each step over to the next.</summary>
internal struct CompensatedSum
{
    private double _error;

    public double Value { get; private set; }

    public void Add(double summand)
    {
        double compensated = summand - _error;
        double sum = Value + compensated;
        _error = double.IsFinite(sum) ? sum - Value - compensated : 0;
        Value = sum;
    }
}
