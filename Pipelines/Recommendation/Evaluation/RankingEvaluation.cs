using Microsoft.ML;

namespace MLPipelines.Recommendation;

/// <summary>Ranks for every test user and averages what comes out.</summary>
internal sealed class RankingEvaluation
{
    private const int Metrics = 6;

    private readonly RecommenderModel _model;
    private readonly RankingEvaluationOptions _options;
    private readonly int[] _cutOffs;

    private RankingEvaluation(RecommenderModel model, RankingEvaluationOptions options)
    {
        (_model, _options) = (model, options);
        _cutOffs = [.. options.CutOffs.Distinct().Order()];
    }

    /// <summary>What one user's ranking gave: six metrics for each cut-off, and the items of the longest list.</summary>
    private sealed record UserResult(string Segment, double[] Values, double Auc, int[] Top);

    public static RankingReport Run(RecommenderTransformer transformer, IDataView test, RankingEvaluationOptions options)
    {
        options.Validate();
        var columns = transformer.Columns;
        var tests = ReadItems(test, columns, options.CancellationToken, out long rows);
        var histories = options.History is { } history ? ReadItems(history, columns, options.CancellationToken, out _) : null;
        var evaluation = new RankingEvaluation(transformer.Model, options);
        string[] users = [.. tests.Keys.Order(IdOrder.Instance)];
        var results = new UserResult?[users.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.NumberOfThreads ?? Environment.ProcessorCount, CancellationToken = options.CancellationToken };
        Parallel.For(0, users.Length, parallel, () => new float[transformer.Model.ItemCount], (i, _, scores) =>
        {
            var known = histories is null
                ? transformer.Model.Data.History(transformer.Model.Data.Users.Find(users[i]))
                : transformer.FoldIn(histories.GetValueOrDefault(users[i], []).Select(item => new TasteItem(item)));
            results[i] = evaluation.Rank(users[i], tests[users[i]], known, scores);
            return scores;
        }, _ => { });
        UserResult[] measured = [.. results.OfType<UserResult>()];
        if (measured.Length == 0)
            throw RecommendationErrors.NothingToEvaluate(rows);
        return new RankingReport
        {
            Users = measured.Length,
            SkippedUsers = users.Length - measured.Length,
            Rows = evaluation.Rows(measured),
            Auc = evaluation.Average([.. measured.Select(result => result.Auc)]),
            Segments = [.. new[] { "new", "light", "heavy" }
                .Select(name => (Name: name, Members: measured.Where(result => result.Segment == name).ToArray()))
                .Where(segment => segment.Members.Length > 0)
                .Select(segment => new RankingSegment(segment.Name, segment.Members.Length, evaluation.Rows(segment.Members)))],
        };
    }

    private static Dictionary<string, HashSet<string>> ReadItems(IDataView data, RecommenderColumns columns, CancellationToken cancellationToken, out long rows)
    {
        var user = IdColumns.Find(data.Schema, columns.User);
        var item = IdColumns.Find(data.Schema, columns.Item);
        var items = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        using var cursor = data.GetRowCursor([user, item]);
        var readUser = IdColumns.MakeReader(cursor, user);
        var readItem = IdColumns.MakeReader(cursor, item);
        for (rows = 0; cursor.MoveNext(); rows++)
        {
            if (rows % 4096 == 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (readUser() is not { } userId || readItem() is not { } itemId)
                continue;
            if (!items.TryGetValue(userId, out var set))
                items.Add(userId, set = new HashSet<string>(StringComparer.Ordinal));
            set.Add(itemId);
        }
        return items;
    }

    private UserResult? Rank(string user, HashSet<string> tests, UserHistory history, float[] scores)
    {
        bool isNew = history.Items.IsEmpty;
        if (isNew && !_options.IncludeNewUsers)
            return null;
        int[] positives = [.. tests.Select(_model.Data.Items.Find).Where(item => item >= 0 && history.Items.Span.BinarySearch(item) < 0).Order()];
        if (positives.Length == 0)
            return null;
        if (_model.Knows(history))
            _model.Score(history, scores);
        else
            _model.Popularity.CopyTo(scores, 0);
        foreach (int item in history.Items.Span)
            scores[item] = float.NegativeInfinity;
        string segment = isNew ? "new" : history.Items.Length <= _options.LightUserInteractions ? "light" : "heavy";
        if (_options.Negatives is null && _options.SampledNegatives is null)
        {
            var top = new TopItems(Math.Min(_cutOffs[^1], scores.Length));
            top.Select(scores);
            return new UserResult(segment, Measure([.. Places(top, positives)], positives.Length), Auc(scores, positives), top.Items.ToArray());
        }
        var negatives = Negatives(user, positives, history);
        if (negatives is null)
            return null;
        // Each test item on its own among the others; one that scores the same stands before it.
        var values = new double[_cutOffs.Length * Metrics];
        double auc = 0;
        foreach (int positive in positives)
        {
            int above = 0, equal = 0;
            foreach (int negative in negatives)
            {
                above += scores[negative] > scores[positive] ? 1 : 0;
                equal += scores[negative] == scores[positive] ? 1 : 0;
            }
            var one = Measure(above + equal < _cutOffs[^1] ? [above + equal] : [], 1);
            for (int i = 0; i < values.Length; i++)
                values[i] += one[i] / positives.Length;
            auc += (negatives.Length - above - 0.5 * equal) / Math.Max(1, negatives.Length) / positives.Length;
        }
        return new UserResult(segment, values, auc, []);
    }

    private int[]? Negatives(string user, int[] positives, UserHistory history)
    {
        if (_options.Negatives is { } listed)
            return listed.TryGetValue(user, out var ids) ? [.. ids.Select(_model.Data.Items.Find).Where(item => item >= 0)] : null;
        int free = _model.ItemCount - positives.Length - history.Items.Length;
        int wanted = Math.Min(_options.SampledNegatives!.Value, free);
        var random = new SplitMix64((ulong)_options.Seed * 0x9E3779B97F4A7C15 + StableHash(user));
        var drawn = new HashSet<int>();
        while (drawn.Count < wanted)
        {
            int item = random.Next(_model.ItemCount);
            if (Array.BinarySearch(positives, item) < 0 && history.Items.Span.BinarySearch(item) < 0)
                drawn.Add(item);
        }
        return [.. drawn];
    }

    private static ulong StableHash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in text)
            hash = (hash ^ c) * 1099511628211;
        return hash;
    }

    /// <summary>The 0-based places, in the list, of the items that are in the test data.</summary>
    private static List<int> Places(TopItems top, int[] positives)
    {
        var places = new List<int>();
        for (int i = 0; i < top.Items.Length; i++)
        {
            if (Array.BinarySearch(positives, top.Items[i]) >= 0)
                places.Add(i);
        }
        return places;
    }

    private double[] Measure(ReadOnlySpan<int> places, int positives)
    {
        var values = new double[_cutOffs.Length * Metrics];
        for (int c = 0; c < _cutOffs.Length; c++)
        {
            int k = _cutOffs[c], hits = 0;
            double gain = 0, ideal = 0, precisions = 0;
            foreach (int place in places)
            {
                if (place >= k)
                    break;
                hits++;
                gain += 1 / Math.Log2(place + 2);
                precisions += (double)hits / (place + 1);
            }
            for (int i = 0; i < Math.Min(k, positives); i++)
                ideal += 1 / Math.Log2(i + 2);
            var row = values.AsSpan(c * Metrics, Metrics);
            row[0] = (double)hits / k;
            row[1] = (double)hits / positives;
            row[2] = gain / ideal;
            row[3] = precisions / Math.Min(k, positives);
            row[4] = hits > 0 ? 1.0 / (places[0] + 1) : 0;
            row[5] = hits > 0 ? 1 : 0;
        }
        return values;
    }

    private static double Auc(ReadOnlySpan<float> scores, int[] positives)
    {
        var bars = new float[positives.Length];
        for (int i = 0; i < bars.Length; i++)
            bars[i] = scores[positives[i]];
        Array.Sort(bars);
        double below = 0;
        long others = 0;
        int next = 0;
        for (int item = 0; item < scores.Length; item++)
        {
            if (next < positives.Length && positives[next] == item)
            {
                next++;
                continue;
            }
            if (float.IsNegativeInfinity(scores[item]))
                continue;
            others++;
            int first = LowerBound(bars, scores[item]), last = first;
            while (last < bars.Length && bars[last] == scores[item])
                last++;
            below += bars.Length - last + 0.5 * (last - first);
        }
        return others == 0 ? 1 : below / others / bars.Length;
    }

    private static int LowerBound(float[] sorted, float value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (sorted[middle] < value)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private RankingRow[] Rows(UserResult[] results)
    {
        var rows = new RankingRow[_cutOffs.Length];
        for (int c = 0; c < rows.Length; c++)
        {
            RankingMetric Metric(int index) => Average([.. results.Select(result => result.Values[c * Metrics + index])]);
            var (coverage, novelty, gini) = Lists(results, _cutOffs[c]);
            rows[c] = new RankingRow
            {
                K = _cutOffs[c],
                Precision = Metric(0),
                Recall = Metric(1),
                Ndcg = Metric(2),
                Map = Metric(3),
                Mrr = Metric(4),
                HitRate = Metric(5),
                Coverage = coverage,
                Novelty = novelty,
                Gini = gini,
            };
        }
        return rows;
    }

    private (double Coverage, double Novelty, double Gini) Lists(UserResult[] results, int k)
    {
        var counts = new int[_model.ItemCount];
        double bits = 0;
        long shown = 0;
        foreach (var result in results)
        {
            foreach (int item in result.Top.Take(k))
            {
                counts[item]++;
                shown++;
                bits -= Math.Log2(Math.Max(_model.Popularity[item], 1.0 / (_model.Data.Users.Count + 1)));
            }
        }
        if (shown == 0)
            return (0, 0, 0);
        Array.Sort(counts);
        double weighted = 0;
        for (int i = 0; i < counts.Length; i++)
            weighted += (2.0 * (i + 1) - counts.Length - 1) * counts[i];
        return ((double)counts.Count(count => count > 0) / counts.Length, bits / shown, weighted / ((double)counts.Length * shown));
    }

    /// <summary>The mean and its interval: the 2.5 % and 97.5 % quantiles of the means of resamples of users.</summary>
    private RankingMetric Average(double[] values)
    {
        double mean = values.Average();
        if (_options.BootstrapSamples == 0 || values.Length < 2)
            return new RankingMetric(mean, mean, mean);
        var random = new SplitMix64((ulong)_options.Seed);
        var means = new double[_options.BootstrapSamples];
        for (int s = 0; s < means.Length; s++)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
                sum += values[random.Next(values.Length)];
            means[s] = sum / values.Length;
        }
        Array.Sort(means);
        return new RankingMetric(mean, Quantile(means, 0.025), Quantile(means, 0.975));
    }

    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + (at - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}
