using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>How much of the metric's variation over a space is due to an option, or to two options together beyond each alone.</summary>
/// <param name="Options">One option, or two.</param>
/// <param name="Share">The share of the variance, from 0 to 1: the mean over the trees of a forest.</param>
/// <param name="Deviation">How far the trees differ: the standard deviation of their shares.</param>
public sealed record ParameterImportance(IReadOnlyList<string> Options, double Share, double Deviation)
{
    /// <summary>The fewest completed trials of which importance is told.</summary>
    public const int LeastTrials = 8;

    private const int Trees = 48;
    private const int LeastInLeaf = 2;

    /// <summary>How many options are looked at in pairs.</summary>
    private const int Paired = 6;

    /// <summary>Beyond the upper quartile by as many interquartile ranges a loss counts as if it were there.</summary>
    private const double FenceRanges = 1.5;

    /// <summary>
    /// Functional ANOVA (Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter importance", ICML 2014): a random forest is fitted to the trials, and the
    /// variance of each tree over the whole space is divided among options and pairs.
    /// </summary>
    /// <remarks>
    /// Only trials that were completed count. An option that counts only under a condition splits a tree only where it counts, so that it has no share where it does nothing. A few losses far
    /// beyond the others, as of a diverged training, are brought to a fence (the upper quartile and one and a half interquartile ranges), so that they do not drown the rest. Thread-safe.
    /// </remarks>
    /// <param name="definition">What was searched.</param>
    /// <param name="trials">What was tried.</param>
    /// <param name="maximize">Whether more is better.</param>
    /// <param name="seed">Seed of the forest.</param>
    /// <returns>Options and pairs by falling share; none where fewer than <see cref="LeastTrials"/> trials were completed, or all with the same metric.</returns>
    public static IReadOnlyList<ParameterImportance> Of(SpaceDefinition definition, IEnumerable<TrialRecord> trials, bool maximize = true, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(trials);
        var completed = trials.Where(trial => trial is { State: TrialState.Completed, Metric: not null }).ToArray();
        if (completed.Length < LeastTrials)
            return [];
        var coordinates = new Coordinates(definition);
        double[] losses = Fenced(Array.ConvertAll(completed, trial => maximize ? -trial.Metric!.Value : trial.Metric!.Value));
        if (losses.Max() - losses.Min() <= 1e-12 * Math.Max(1e-12, Math.Abs(losses[0])))
            return [];
        double[][] points = Array.ConvertAll(completed, trial => coordinates.Cube.ToPoint(trial.Parameter));
        var random = new Random(seed);
        var forest = new List<TreeVariance>();
        for (int t = 0; t < Trees; t++)
        {
            int[] sample = [.. Enumerable.Range(0, points.Length).Select(_ => random.Next(points.Length))];
            var tree = new RegressionTree(points, losses, sample, coordinates.Cube.Choices, random, LeastInLeaf, coordinates.MaySplit);
            var variance = new TreeVariance([.. tree.Leaves()], coordinates.Cube.Choices);
            if (variance.Total > 0)
                forest.Add(variance);
        }
        int[] all = [.. Enumerable.Range(0, coordinates.Cube.Dimensions)];
        var shares = all.Select(d => Summarise([coordinates.NameOf(d)], forest, tree => tree.Of(d))).ToList();
        int[] top = [.. all.OrderByDescending(d => shares[d].Share).Take(Paired)];
        for (int i = 0; i < top.Length; i++)
        {
            for (int j = i + 1; j < top.Length; j++)
            {
                int first = top[i], second = top[j];
                shares.Add(Summarise([coordinates.NameOf(first), coordinates.NameOf(second)], forest, tree => Math.Max(0, tree.Of(first, second) - tree.Of(first) - tree.Of(second))));
            }
        }
        return [.. shares.OrderByDescending(entry => entry.Share)];
    }

    private static ParameterImportance Summarise(string[] options, List<TreeVariance> forest, Func<TreeVariance, double> variance)
    {
        double[] shares = [.. forest.Select(tree => variance(tree) / tree.Total)];
        double mean = shares.Length == 0 ? 0 : shares.Average();
        return new ParameterImportance(options, mean, shares.Length == 0 ? 0 : Math.Sqrt(shares.Average(share => (share - mean) * (share - mean))));
    }

    private static double[] Fenced(double[] losses)
    {
        double[] sorted = [.. losses.Order()];
        double lower = sorted[sorted.Length / 4], upper = sorted[sorted.Length * 3 / 4];
        double fence = upper + FenceRanges * (upper - lower);
        return upper > lower ? Array.ConvertAll(losses, loss => Math.Min(loss, fence)) : losses;
    }

    /// <summary>Which coordinates of the cube are which option's, and where each counts.</summary>
    private sealed class Coordinates
    {
        private readonly string[] _options;
        private readonly string[] _names;
        private readonly SpaceDefinition _definition;

        public Coordinates(SpaceDefinition definition)
        {
            _definition = definition;
            Cube = new UnitCube(definition.Space, definition.Conditions);
            _options = [.. definition.Space.SelectMany(entry => Enumerable.Repeat(entry.Key, entry.Value.FeatureSpaceDim))];
            _names = [.. definition.Space.SelectMany(entry => NamesOf(entry.Key, entry.Value))];
        }

        public UnitCube Cube { get; }

        public string NameOf(int coordinate) => _names[coordinate];

        /// <summary>Whether a coordinate counts in all of a box.</summary>
        public bool MaySplit(int coordinate, TreeBox box) => CountsInAllOf(_options[coordinate], box);

        private static IEnumerable<string> NamesOf(string name, OptionBase option) => option is SearchSpace nested
            ? nested.SelectMany(entry => NamesOf($"{name}.{entry.Key}", entry.Value))
            : Enumerable.Repeat(name, option.FeatureSpaceDim);

        private bool CountsInAllOf(string option, TreeBox box)
        {
            foreach (var condition in _definition.Conditions.Where(condition => condition.Option == option))
            {
                if (!CountsInAllOf(condition.Parent, box) || !_definition.Space.TryGetValue(condition.Parent, out var parent))
                    return false;
                int at = Array.IndexOf(_options, condition.Parent);
                // A parent with one value has no coordinate; it is what the condition asks for, or the option would not be in the space.
                if (at >= 0 && !IsWithin(parent, condition.Values, box, at))
                    return false;
            }
            return true;
        }

        private static bool IsWithin(OptionBase parent, IReadOnlyList<Parameter> values, TreeBox box, int at)
        {
            if (box.Choices[at] is { } choices && parent is ChoiceOption choice)
                return Enumerable.Range(0, choices.Length).All(i => !choices[i] || values.Contains(choice.Choices[i]));
            // Of a number the ends of the box stand for all between them.
            var low = parent.SampleFromFeatureSpace([box.Low[at]]);
            return low.Equals(parent.SampleFromFeatureSpace([box.High[at]])) && values.Contains(low);
        }
    }
}
