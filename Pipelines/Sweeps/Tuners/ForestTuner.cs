using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// Models the loss by a forest of regression trees and tries where it expects the most improvement, in the manner of SMAC (Hutter, Hoos and Leyton-Brown 2011). For
/// spaces of many choices and conditions.
/// </summary>
public sealed class ForestTuner(SearchSpace space, int seed = 1, IReadOnlyList<Condition>? conditions = null) : Tuner(space, seed, conditions)
{
    private const int Trees = 24;
    private const int LeastInLeaf = 2;

    private protected override double[] Next()
    {
        var trials = Trials.Where(trial => trial.Succeeded).ToArray();
        if (Trials.Count + Pending.Count == 0)
            return Cube.Default;
        if (trials.Length < StartTrials || Trials.Count % 5 == 4)
            return Start.Next();
        var trees = new RegressionTree[Trees];
        var sample = new int[trials.Length];
        double[][] points = Array.ConvertAll(trials, trial => trial.Point);
        double least = trials.Min(trial => trial.Loss), spread = Math.Max(1e-12, trials.OrderBy(trial => trial.Loss).ElementAt(trials.Length / 2).Loss - least);
        double[] losses = Array.ConvertAll(trials, trial => Math.Log(1e-3 + (trial.Loss - least) / spread));
        for (int t = 0; t < Trees; t++)
        {
            for (int i = 0; i < sample.Length; i++)
                sample[i] = Random.Next(sample.Length);
            trees[t] = new RegressionTree(points, losses, [.. sample], Cube.Choices, Random, LeastInLeaf);
        }
        double best = losses.Min();
        var centres = trials.OrderBy(trial => trial.Loss).Take(5).Select(trial => trial.Point);
        var next = ExpectedImprovement.Maximize(Cube, Random, centres, point =>
        {
            double sum = 0, squares = 0;
            foreach (var tree in trees)
            {
                double value = tree.Predict(point);
                sum += value;
                squares += value * value;
            }
            double mean = sum / Trees;
            return ExpectedImprovement.Log(best, mean, Math.Sqrt(Math.Max(1e-6, squares / Trees - mean * mean)));
        });
        return Pending.Any(point => point.AsSpan().SequenceEqual(next)) ? Cube.Random(Random) : next;
    }
}
