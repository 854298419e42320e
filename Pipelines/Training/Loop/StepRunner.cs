using TorchSharp;

namespace MLPipelines.Training;

/// <summary>Computes the gradients of a step: forward and backward over micro-batches, with smaller ones when memory runs out.</summary>
internal sealed class StepRunner(TrainingTask task, TrainingOptions options, TrainingContext context, BatchPlan plan, FlatParameters parameters, Optimiser optimiser, ProcessGroup? group)
{
    private readonly IGradientCheckpointing[] _checkpointing = options.GradientCheckpointing ? Checkpointing(task.Module) : [];

    /// <summary>Tokens that a micro-batch may have; halved when memory runs out.</summary>
    public int TokenBudget { get; set; } = options.MaximumTokensPerMicroBatch;

    /// <summary>How often memory ran out.</summary>
    public int OutOfMemoryCount { get; set; }

    /// <summary>What happened in the last step that is worth telling, or <see langword="null"/>.</summary>
    public string? Message { get; private set; }

    /// <summary>Whether a process is to stop: this one, before the step, and any of them, after it.</summary>
    public bool Stop { get; set; }

    /// <summary>Computes and clips the gradients of a step, and updates the parameters.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="learningRate">The learning rate, before scaling by layer.</param>
    /// <returns>The figures of the batch, and the norm of its gradient before clipping.</returns>
    /// <exception cref="TrainingException">The loss or the gradient is not finite, or one example does not fit the memory.</exception>
    public (StepFigures Figures, double Norm) Run(long step, double learningRate)
    {
        Message = null;
        var (epoch, batch) = Math.DivRem(step, plan.BatchesPerEpoch);
        context.Step = step;
        context.Epoch = (int)epoch;
        int[] examples = Share(plan.Batch((int)epoch, batch));
        try
        {
            var (figures, norm, scale) = Gradients(step, examples);
            if (figures.Weight == 0)
            {
                Message = "No example of the batch has anything to learn; the step changed nothing.";
                return (figures, 0);
            }
            double clip = options.MaximumGradientNorm is { } most ? Math.Min(1, most / (norm + 1e-6)) : 1;
            optimiser.Update(learningRate, clip * scale);
            return (figures, norm);
        }
        finally
        {
            optimiser.End();
            GiveCheckpoints(null);
        }
    }

    private (StepFigures Figures, double Norm, double Scale) Gradients(long step, int[] examples)
    {
        while (true)
        {
            var parts = plan.Split(examples, TokenBudget, options.AccumulationSteps, context);
            var losses = new List<torch.Tensor>(parts.Count);
            try
            {
                return Attempt(step, parts, losses);
            }
            catch (Exception exception) when (IsOutOfMemory(exception))
            {
                Halve(step, parts[Math.Min(losses.Count, parts.Count - 1)], exception);
            }
            finally
            {
                foreach (var loss in losses)
                    loss.Dispose();
            }
        }
    }

    private (StepFigures Figures, double Norm, double Scale) Attempt(long step, List<int[]> parts, List<torch.Tensor> losses)
    {
        bool isOnly = parts.Count == 1 && group is null;
        var figures = new StepFigures { MicroBatches = parts.Count };
        var weights = new double[parts.Count];
        optimiser.Begin();
        for (int i = 0; i < parts.Count; i++)
        {
            using var scope = torch.NewDisposeScope();
            Seed(step, i);
            var (loss, weight) = task.Loss(parts[i], context);
            if (loss.numel() != 1 || !(weight >= 0 && double.IsFinite(weight)))
                throw TrainingErrors.BadLoss(loss.shape, weight);
            weights[i] = weight;
            figures = Count(figures, parts[i]);
            var kept = loss.detach().DetachFromDisposeScope();
            try
            {
                if (weight > 0)
                {
                    task.Backward(isOnly ? loss : loss * weight, context);
                    optimiser.Collect(isOnly);
                }
            }
            catch
            {
                kept.Dispose();
                throw;
            }
            losses.Add(kept);
        }
        for (int i = 0; i < parts.Count; i++)
        {
            if (weights[i] > 0)
                figures = figures with { WeightedLoss = figures.WeightedLoss + weights[i] * losses[i].ToDouble(), Weight = figures.Weight + weights[i] };
        }
        bool isFinite = double.IsFinite(figures.WeightedLoss);
        if (group != null)
        {
            bool stop = Stop;
            DataParallelTail.Sum(group, optimiser.FlatGradient, parameters.Size, optimiser.Present, ref figures, ref stop);
            Stop = stop;
            if (isFinite && !double.IsFinite(figures.WeightedLoss))
                throw TrainingErrors.NotFiniteElsewhere(step);
        }
        if (!isFinite)
            throw NotFinite(step, parts, losses, figures.Loss);
        if (figures.Weight == 0)
            return (figures, 0, 0);
        double scale = isOnly ? 1 : 1 / figures.Weight;
        double norm = optimiser.Norm() * scale;
        if (!double.IsFinite(norm))
            throw TrainingErrors.GradientNotFinite(step, context.Epoch, figures.Loss, norm, [.. parts.SelectMany(part => part)]);
        return (figures, norm, scale);
    }

    private StepFigures Count(StepFigures figures, int[] examples)
    {
        int longest = 0;
        long real = 0;
        foreach (int example in examples)
        {
            longest = Math.Max(longest, plan.Lengths[example]);
            real += plan.Lengths[example];
        }
        return figures with
        {
            RealTokens = figures.RealTokens + real,
            PaddedTokens = figures.PaddedTokens + (long)context.PaddedLength(longest) * examples.Length,
        };
    }

    private TrainingException NotFinite(long step, List<int[]> parts, List<torch.Tensor> losses, double loss)
    {
        int bad = losses.FindIndex(part => !double.IsFinite(part.ToDouble()));
        return TrainingErrors.LossNotFinite(step, context.Epoch, bad < 0 ? loss : losses[bad].ToDouble(), bad < 0 ? [.. parts.SelectMany(part => part)] : parts[bad]);
    }

    // Every micro-batch has random numbers of its own, so that a resumed or repeated step draws the same ones.
    private void Seed(long step, int microBatch)
    {
        var random = new SeededRandom(options.Seed, step, (long)microBatch * options.Processes + options.Rank);
        context.Seed = (long)(random.Next() >> 1);
        context.Random = new Random((int)(random.Next() >> 33));
        GiveCheckpoints(_checkpointing.Length == 0 ? null : new GradientCheckpoints(context.Seed));
        torch.manual_seed(context.Seed);
    }

    private void GiveCheckpoints(GradientCheckpoints? checkpoints)
    {
        context.GradientCheckpoints = checkpoints;
        foreach (var module in _checkpointing)
            module.GradientCheckpoints = checkpoints;
    }

    private static IGradientCheckpointing[] Checkpointing(torch.nn.Module module)
    {
        IGradientCheckpointing[] found = [.. module.modules().Prepend(module).OfType<IGradientCheckpointing>().Distinct()];
        return found.Length > 0 ? found : throw TrainingErrors.NoGradientCheckpointing(module.GetName());
    }

    // Each process takes every so-manieth example, by length, so that all have about as much to do.
    private int[] Share(ReadOnlySpan<int> examples)
    {
        if (group is null)
            return examples.ToArray();
        int[] sorted = examples.ToArray();
        if (options.Shuffle)
        {
            var keys = new (int, int)[sorted.Length];
            for (int i = 0; i < keys.Length; i++)
                keys[i] = (plan.Lengths[sorted[i]], i);
            Array.Sort(keys, sorted);
        }
        return [.. sorted.Where((_, i) => i % options.Processes == options.Rank)];
    }

    private void Halve(long step, int[] part, Exception exception)
    {
        int longest = 0;
        foreach (int example in part)
            longest = Math.Max(longest, plan.Lengths[example]);
        if (part.Length == 1)
            throw TrainingErrors.OutOfMemory(step, part[0], longest, exception);
        long tokens = (long)context.PaddedLength(longest) * part.Length;
        TokenBudget = (int)Math.Max(1, tokens / 2);
        OutOfMemoryCount++;
        Message = FormattableString.Invariant($"Out of memory with {part.Length} examples of up to {longest} tokens in step {step}; from here on a micro-batch has at most {TokenBudget} tokens.");
        optimiser.End();
        // Tensors that nobody disposed are released too.
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    // LibTorch's allocators say so in words only.
    private static bool IsOutOfMemory(Exception exception) =>
        exception is OutOfMemoryException
        || exception.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
        || exception.Message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase)
        || exception.Message.Contains("not enough memory", StringComparison.OrdinalIgnoreCase);
}
