using TorchSharp;

namespace MLPipelines.Training;

/// <summary>
/// What processes tell each other beside the gradients, in the elements that follow them in the one tensor that is summed over all processes:
/// which parameters have a gradient, the loss, its weight, the tokens, and whether to stop.
/// </summary>
internal static class DataParallelTail
{
    private const int Figures = 5;

    public static int Length(int parameters) => parameters + Figures;

    /// <summary>Sums a step's gradients and figures over all processes.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="flat">The gradients of this process, then room for the figures.</param>
    /// <param name="size">How many elements the gradients take.</param>
    /// <param name="present">Which parameters have a gradient; afterwards, in any process.</param>
    /// <param name="figures">This process's figures; afterwards, of all.</param>
    /// <param name="stop">Whether this process is to stop; afterwards, whether any is.</param>
    public static void Sum(ProcessGroup group, torch.Tensor flat, long size, bool[] present, ref StepFigures figures, ref bool stop)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var tail = new float[Length(present.Length)];
        for (int i = 0; i < present.Length; i++)
            tail[i] = present[i] ? 1 : 0;
        var mine = tail.AsSpan(present.Length);
        mine[0] = (float)figures.WeightedLoss;
        mine[1] = (float)figures.Weight;
        mine[2] = figures.RealTokens;
        mine[3] = figures.PaddedTokens;
        mine[4] = stop ? 1 : 0;
        var room = flat.narrow(0, size, tail.Length);
        room.copy_(torch.tensor(tail));
        group.Sum(flat);
        var sums = room.cpu().data<float>().ToArray();
        for (int i = 0; i < present.Length; i++)
            present[i] = sums[i] > 0;
        var all = sums.AsSpan(present.Length);
        figures = figures with { WeightedLoss = all[0], Weight = all[1], RealTokens = (long)all[2], PaddedTokens = (long)all[3] };
        stop = all[4] > 0;
    }
}
