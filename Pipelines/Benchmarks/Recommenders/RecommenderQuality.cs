using System.Diagnostics;
using Microsoft.ML;
using MLPipelines.Recommendation;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>How good the lists of each algorithm are on the five tables, beside the best implementation of others; and the search that chose the settings.</summary>
internal static class RecommenderQuality
{
    private const double ValidationShare = 0.1;

    public static int Run(string data, RecommenderAlgorithm[] algorithms)
    {
        Console.WriteLine("NDCG@10 with its 95 % interval over users; settings were chosen on validation rows of the training data; \"default\" is what users get without choosing.");
        var context = new MLContext(1);
        for (int t = 0; t < RecommenderTable.All.Length; t++)
        {
            var table = RecommenderTable.All[t];
            Console.WriteLine($"\n{table.Name}");
            var train = table.Train(context, data);
            var test = table.Test(context, data);
            foreach (var algorithm in algorithms)
            {
                string reference = algorithm.Figures.Length > t ? $"{algorithm.Peer}: {algorithm.Figures[t]}" : "";
                Row(context, algorithm, Settings.Parse(""), "default", train, test, reference);
                if (algorithm.Chosen.Length > t && algorithm.Chosen[t].Length > 0)
                    Row(context, algorithm, Settings.Parse(algorithm.Chosen[t]), algorithm.Chosen[t], train, test, reference);
            }
        }
        Console.WriteLine("\nmovielens_100k, one positive among 100 negatives (settings of the first table): HR@10, NDCG@10");
        var (leftOut, negatives) = LeaveOneOutTable.Read(context, data);
        foreach (var algorithm in algorithms)
        {
            string settings = algorithm.Chosen.Length > 0 ? algorithm.Chosen[0] : "";
            var model = algorithm.Create(context.Recommendation().Trainers, Settings.Parse(settings)).Fit(RecommenderTable.All[0].Train(context, data));
            var row = context.Recommendation().EvaluateRanking(model, leftOut, new RankingEvaluationOptions { CutOffs = [10], Negatives = negatives }).At(10);
            Console.WriteLine($"{algorithm.Name,-16} {row.HitRate}   {row.Ndcg}");
        }
        return 0;
    }

    private static void Row(MLContext context, RecommenderAlgorithm algorithm, Settings settings, string name, IDataView train, IDataView test, string reference)
    {
        var clock = Stopwatch.StartNew();
        var model = algorithm.Create(context.Recommendation().Trainers, settings).Fit(train);
        double seconds = clock.Elapsed.TotalSeconds;
        var row = context.Recommendation().EvaluateRanking(model, test, new RankingEvaluationOptions { CutOffs = [10] }).At(10);
        Console.WriteLine(FormattableString.Invariant($"{algorithm.Name,-16} {row.Ndcg}  {seconds,6:F2} s   {name,-66} {reference}"));
    }

    /// <summary>Draws settings at random, or takes those that are given, and prints those that did best on validation rows of each table, and those that did best over all tables, for defaults.</summary>
    public static int Search(string data, RecommenderAlgorithm algorithm, int trials, double minutes, int seed, string[] tried)
    {
        var context = new MLContext(1);
        var splits = RecommenderTable.All.Select(table => InteractionSplits.Random(table.Train(context, data), ValidationShare, seed: 1)).ToArray();
        var results = new List<(Settings Settings, double[] Ndcg)>();
        var random = new Random(seed);
        var clock = Stopwatch.StartNew();
        while (results.Count < (tried.Length > 0 ? tried.Length : trials) && clock.Elapsed.TotalMinutes < minutes)
        {
            var settings = new Settings();
            foreach (var range in algorithm.Space)
                settings[range.Name] = range.Draw(random);
            if (tried.Length > 0)
                settings = Settings.Parse(tried[results.Count]);
            double[] ndcg = [.. splits.Select(split => Measure(split, settings))];
            results.Add((settings, ndcg));
            Console.WriteLine(FormattableString.Invariant($"{string.Join("  ", ndcg.Select(value => value.ToString("F4", System.Globalization.CultureInfo.InvariantCulture)))}   {(settings.IsEmpty ? "default" : settings.ToString())}"));
        }
        double[] best = [.. splits.Select((_, t) => results.Max(result => result.Ndcg[t]))];
        for (int t = 0; t < best.Length; t++)
        {
            Console.WriteLine($"\n{RecommenderTable.All[t].Name}:");
            foreach (var (settings, ndcg) in results.OrderByDescending(result => result.Ndcg[t]).Take(5))
                Console.WriteLine(FormattableString.Invariant($"{ndcg[t]:F4}   {settings}"));
        }
        Console.WriteLine("\nover all tables (mean share of the best of each; the least):");
        foreach (var (settings, ndcg) in results.OrderByDescending(Mean).Take(8))
            Console.WriteLine(FormattableString.Invariant($"{Mean((settings, ndcg)):F4} {ndcg.Select((value, t) => value / best[t]).Min():F4}   {settings}"));
        return 0;

        double Mean((Settings Settings, double[] Ndcg) result) => result.Ndcg.Select((value, t) => value / best[t]).Average();

        double Measure(InteractionSplit split, Settings settings)
        {
            var model = algorithm.Create(context.Recommendation().Trainers, settings).Fit(split.Train);
            return context.Recommendation().EvaluateRanking(model, split.Test, new RankingEvaluationOptions { CutOffs = [10], BootstrapSamples = 0 }).At(10).Ndcg.Value;
        }
    }
}
