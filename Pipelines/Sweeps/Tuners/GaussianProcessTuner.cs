using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>
/// Models the loss by a Gaussian process and tries where it expects the most improvement (Snoek, Larochelle and Adams 2012). The
/// default: best where trials are few and dear.
/// </summary>
/// <remarks>Begins with points that fill the space evenly. The cost of a proposal grows with the cube of the trials, so that beyond some hundred only the best and the latest are modelled.</remarks>
public sealed class GaussianProcessTuner(SearchSpace space, int seed = 1, IReadOnlyList<Condition>? conditions = null) : Tuner(space, seed, conditions)
{
    private const int MostTrials = 300;
    private const int MostCentres = 4;

    private double[]? _logs;
    private int _searchedAt;

    private protected override double[] Next()
    {
        var trials = Modelled();
        int succeeded = trials.Count(trial => trial.Succeeded);
        if (Trials.Count + Pending.Count < Math.Max(StartTrials / 2, Math.Min(StartTrials, Cube.Dimensions + 2)) || succeeded < 2)
            return Trials.Count + Pending.Count == 0 ? Cube.Default : Start.Next();
        var values = Warp(trials);
        var points = trials.Select(trial => trial.Point).ToArray();
        bool[] isChoice = Array.ConvertAll(Cube.Choices, count => count > 0);
        bool search = _logs is null || Trials.Count - _searchedAt >= Math.Max(1, Trials.Count / 25);
        var process = GaussianProcess.Fit(points, values, isChoice, _logs, search);
        if (search)
            (_logs, _searchedAt) = (process.Logs, Trials.Count);
        double best = points.Min(point => process.Predict(point).Mean);
        if (Pending.Count > 0)
        {
            // Trials that run are believed to end as expected, which keeps others away.
            values = [.. values, .. Pending.Select(point => process.Predict(point).Mean)];
            points = [.. points, .. Pending];
            process = GaussianProcess.Fit(points, values, isChoice, _logs, search: false);
        }
        var centres = Enumerable.Range(0, trials.Count).OrderBy(i => values[i]).Take(MostCentres).Select(i => points[i]);
        var next = ExpectedImprovement.Maximize(Cube, Random, centres, point =>
        {
            var (mean, deviation) = process.Predict(point);
            return ExpectedImprovement.Log(best, mean, deviation);
        });
        return points.Any(point => point.AsSpan().SequenceEqual(next)) ? Cube.Random(Random) : next;
    }

    private List<Trial> Modelled()
    {
        if (Trials.Count <= MostTrials)
            return [.. Trials];
        var latest = Trials.Skip(Trials.Count - MostTrials / 2);
        return [.. Trials.Take(Trials.Count - MostTrials / 2).OrderBy(trial => trial.Loss).Take(MostTrials - MostTrials / 2), .. latest];
    }

    /// <summary>Losses about their median in units of their spread, those far away drawn near; a failure counts as the worst.</summary>
    private static double[] Warp(List<Trial> trials)
    {
        var sorted = trials.Where(trial => trial.Succeeded).Select(trial => trial.Loss).Order().ToArray();
        double median = sorted[sorted.Length / 2], spread = sorted[sorted.Length * 3 / 4] - sorted[sorted.Length / 4];
        if (!(spread > 0))
            spread = Math.Max(1e-12, sorted[^1] - sorted[0]);
        return [.. trials.Select(trial =>
        {
            double z = ((trial.Succeeded ? trial.Loss : sorted[^1]) - median) / spread;
            return Math.Sign(z) * Math.Log(1 + Math.Abs(z));
        })];
    }
}
