using System.Diagnostics;
using MLPipelines.Recommendation;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>How long the top 10 of 100,000 items with 64 factors take, for one user and for many.</summary>
internal static class RecommenderLatency
{
    private const int Users = 5_000;
    private const int Items = 100_000;
    private const int Factors = 64;
    private const int HistoryLength = 50;
    private const int Calls = 3_000;

    public static int Run()
    {
        var model = new RecommenderTransformer(Make(), new RecommenderColumns("UserId", "ItemId", "Score"));
        string[] users = [.. model.Users];
        Console.WriteLine(FormattableString.Invariant($"top 10 of {Items} items, {Factors} factors, {HistoryLength} items known of each user"));
        Print("one known user, one thread", i => model.Recommend(users[i % Users], 10));
        TasteItem[][] strangers = [.. users.Take(500).Select(user => model.Model.Data.Of(model.Model.Data.Users.Find(user)).ToArray().Select(item => new TasteItem(model.Items[item])).ToArray())];
        Print("one user folded in, one thread", i => model.Recommend(strangers[i % strangers.Length], 10));
        for (int threads = 1; threads <= Environment.ProcessorCount; threads++)
        {
            var options = new RecommendOptions { NumberOfThreads = threads };
            double seconds = Measure.Median(5, () => model.RecommendBatch(users, 10, options));
            Measure.Print(FormattableString.Invariant($"a batch of {Users} users, {threads} threads"), FormattableString.Invariant($"{Users / seconds:F0} users/s"), "at least 1,000");
        }
        return 0;
    }

    private static void Print(string what, Func<int, object> recommend)
    {
        for (int i = 0; i < 300; i++)
            recommend(i);
        var milliseconds = new double[Calls];
        for (int i = 0; i < Calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            recommend(i);
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(milliseconds);
        Measure.Print(what, FormattableString.Invariant($"p50 {milliseconds[Calls / 2]:F2} ms, p99 {milliseconds[Calls * 99 / 100]:F2} ms"), "p99 at most 2 ms");
    }

    private static ImplicitAlsModel Make()
    {
        var random = new SplitMix64(1);
        FactorMatrix users = new(Users, Factors), items = new(Items, Factors);
        foreach (var matrix in new[] { users, items })
        {
            for (int row = 0; row < matrix.Rows; row++)
            {
                foreach (ref float value in matrix[row])
                    value = random.NextNormal();
            }
        }
        var starts = new int[Users + 1];
        var others = new int[Users * HistoryLength];
        for (int user = 0; user < Users; user++)
        {
            var chosen = new SortedSet<int>();
            while (chosen.Count < HistoryLength)
                chosen.Add(random.Next(Items));
            chosen.CopyTo(others, user * HistoryLength);
            starts[user + 1] = (user + 1) * HistoryLength;
        }
        var data = new InteractionMatrix(Ids(Users), Ids(Items), starts, others, null, null);
        return new ImplicitAlsModel(data, users, items, new ImplicitAlsOptions().NumbersFor(data), AlsSolver.Cholesky);
    }

    private static IdTable Ids(int count) => new([.. Enumerable.Range(0, count).Select(id => id.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
}
