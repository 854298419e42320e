using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Recommendation;

/// <summary>The parts of a split of interactions.</summary>
/// <param name="Train">What to train on.</param>
/// <param name="Test">What to predict.</param>
/// <param name="History">What is known of the users of <paramref name="Test"/> who are not in <paramref name="Train"/>; null where they are.</param>
public sealed record InteractionSplit(IDataView Train, IDataView Test, IDataView? History = null);

/// <summary>Splits interactions as recommenders are used. The columns are those of <see cref="RecommenderOptions"/>.</summary>
/// <remarks>
/// The data is read once to split it, and must give its rows in the same order each time. Rows without a user or an item are in no part. Several rows of a
/// user with the same item stay together, but for splits by time: an item that was looked at, put into the cart and bought is one thing to predict.
/// </remarks>
public static class InteractionSplits
{
    /// <summary>Each user's latest item is tested, the others are trained on; a user with one item is trained on only. Of equal times the later row is the latest.</summary>
    /// <exception cref="InvalidOperationException">A row has no time.</exception>
    public static InteractionSplit LeaveLastOut(IDataView data, string userColumnName = "UserId", string itemColumnName = "ItemId", string timeColumnName = "Timestamp")
    {
        var rows = Rows.Read(data, userColumnName, itemColumnName, timeColumnName);
        var test = new bool[rows.Count];
        foreach (var mine in rows.ByUser())
        {
            if (mine.Count < 2)
                continue;
            foreach (int row in mine.MaxBy(item => item.Max(row => (rows.Time(row), row)))!)
                test[row] = true;
        }
        return rows.Split(test);
    }

    /// <summary>Interactions before a time are trained on, those at and after it are tested: nothing of the future is known in training.</summary>
    /// <exception cref="InvalidOperationException">A row has no time.</exception>
    public static InteractionSplit ByTime(IDataView data, DateTime from, string userColumnName = "UserId", string itemColumnName = "ItemId", string timeColumnName = "Timestamp")
    {
        var rows = Rows.Read(data, userColumnName, itemColumnName, timeColumnName);
        double bar = rows.HasDates ? (double)from.Ticks / TimeSpan.TicksPerSecond : (from.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
        return rows.Split([.. Enumerable.Range(0, rows.Count).Select(row => rows.IsGood(row) && rows.Time(row) >= bar)]);
    }

    /// <summary>The latest share of all interactions is tested, the others are trained on; rows of the same time stay together.</summary>
    /// <param name="data">The interactions.</param>
    /// <param name="testShare">How much to test. Legal range: above 0, below 1.</param>
    /// <param name="userColumnName">The column of users.</param>
    /// <param name="itemColumnName">The column of items.</param>
    /// <param name="timeColumnName">The column of times.</param>
    /// <exception cref="InvalidOperationException">A row has no time.</exception>
    public static InteractionSplit ByTime(IDataView data, double testShare = 0.1, string userColumnName = "UserId", string itemColumnName = "ItemId", string timeColumnName = "Timestamp")
    {
        CheckShare(testShare, nameof(testShare));
        var rows = Rows.Read(data, userColumnName, itemColumnName, timeColumnName);
        double[] times = [.. Enumerable.Range(0, rows.Count).Where(rows.IsGood).Select(rows.Time).Order()];
        double bar = times.Length == 0 ? 0 : times[Math.Clamp((int)Math.Round(times.Length * (1 - testShare)), 0, times.Length - 1)];
        return rows.Split([.. Enumerable.Range(0, rows.Count).Select(row => rows.IsGood(row) && rows.Time(row) >= bar)]);
    }

    /// <summary>A share of each user's items, drawn at random, is tested: at least one where he has two or more, never all.</summary>
    /// <param name="data">The interactions.</param>
    /// <param name="testShare">How much to test. Legal range: above 0, below 1.</param>
    /// <param name="seed">The seed of the draw.</param>
    /// <param name="userColumnName">The column of users.</param>
    /// <param name="itemColumnName">The column of items.</param>
    public static InteractionSplit Random(IDataView data, double testShare = 0.1, int seed = 1, string userColumnName = "UserId", string itemColumnName = "ItemId")
    {
        CheckShare(testShare, nameof(testShare));
        var rows = Rows.Read(data, userColumnName, itemColumnName, null);
        var test = new bool[rows.Count];
        var random = new SplitMix64((ulong)seed);
        foreach (var mine in rows.ByUser())
            Draw(mine, testShare, ref random, test);
        return rows.Split(test);
    }

    /// <summary>
    /// A share of the users is held out: nothing of them is trained on. A share of their items is tested, the others are the history from
    /// which they are folded in (<see cref="RankingEvaluationOptions.History"/>).
    /// </summary>
    /// <param name="data">The interactions.</param>
    /// <param name="userShare">How many users to hold out. Legal range: above 0, below 1.</param>
    /// <param name="testShare">How many of their items to test. Legal range: above 0, below 1.</param>
    /// <param name="seed">The seed of the draw.</param>
    /// <param name="userColumnName">The column of users.</param>
    /// <param name="itemColumnName">The column of items.</param>
    public static InteractionSplit HeldOutUsers(IDataView data, double userShare = 0.1, double testShare = 0.2, int seed = 1, string userColumnName = "UserId", string itemColumnName = "ItemId")
    {
        CheckShare(userShare, nameof(userShare));
        CheckShare(testShare, nameof(testShare));
        var rows = Rows.Read(data, userColumnName, itemColumnName, null);
        bool[] test = new bool[rows.Count], history = new bool[rows.Count];
        var random = new SplitMix64((ulong)seed);
        foreach (var mine in rows.ByUser())
        {
            if (random.NextDouble() >= userShare)
                continue;
            Draw(mine, testShare, ref random, test);
            foreach (int row in mine.SelectMany(item => item))
                history[row] = !test[row];
        }
        return rows.Split(test, history);
    }

    private static void Draw(List<List<int>> mine, double share, ref SplitMix64 random, bool[] test)
    {
        int wanted = mine.Count < 2 ? 0 : Math.Clamp((int)Math.Round(mine.Count * share), 1, mine.Count - 1);
        var pool = mine.ToArray();
        for (int i = 0; i < wanted; i++)
        {
            int other = i + random.Next(pool.Length - i);
            (pool[i], pool[other]) = (pool[other], pool[i]);
            foreach (int row in pool[i])
                test[row] = true;
        }
    }

    private static void CheckShare(double share, string name)
    {
        if (!(share is > 0 and < 1))
            throw new ArgumentOutOfRangeException(name, share, "The share must be above 0 and below 1.");
    }

    /// <summary>The users and times of all rows.</summary>
    private sealed class Rows
    {
        private readonly IDataView _data;
        private readonly List<string?> _users = [];
        private readonly List<int> _items = [];
        private readonly List<double> _times = [];

        private Rows(IDataView data)
        {
            _data = data;
        }

        public bool HasDates { get; private init; }

        public int Count => _users.Count;

        public bool IsGood(int row) => _users[row] is not null;

        public double Time(int row) => _times[row];

        public static Rows Read(IDataView data, string userColumnName, string itemColumnName, string? timeColumnName)
        {
            ArgumentNullException.ThrowIfNull(data);
            var user = IdColumns.Find(data.Schema, userColumnName);
            var item = IdColumns.Find(data.Schema, itemColumnName);
            DataViewSchema.Column? time = timeColumnName is null ? null : TimeColumns.Find(data.Schema, timeColumnName);
            var rows = new Rows(data) { HasDates = time?.Type is DateTimeDataViewType or DateTimeOffsetDataViewType };
            using var cursor = data.GetRowCursor(time is { } timeColumn ? [user, item, timeColumn] : [user, item]);
            var readUser = IdColumns.MakeReader(cursor, user);
            var readItem = IdColumns.MakeReader(cursor, item);
            var readTime = time is { } column ? TimeColumns.MakeReader(cursor, column) : null;
            var items = new Dictionary<string, int>(StringComparer.Ordinal);
            while (cursor.MoveNext())
            {
                string? id = readUser();
                string? itemId = readItem();
                id = itemId is null ? null : id;
                rows._users.Add(id);
                if (itemId is not null)
                    items.TryAdd(itemId, items.Count);
                rows._items.Add(itemId is null ? -1 : items[itemId]);
                if (readTime is null)
                    continue;
                double seconds = readTime();
                rows._times.Add(seconds);
                if (id is not null && double.IsNaN(seconds))
                    throw RecommendationErrors.NeedsTimes("A split by time");
            }
            return rows;
        }

        /// <summary>The rows of each item of each user, users in the order of their identifiers, items as they come.</summary>
        public IEnumerable<List<List<int>>> ByUser()
        {
            var byUser = new Dictionary<string, List<int>>(StringComparer.Ordinal);
            for (int row = 0; row < Count; row++)
            {
                if (_users[row] is not { } user)
                    continue;
                if (!byUser.TryGetValue(user, out var mine))
                    byUser.Add(user, mine = []);
                mine.Add(row);
            }
            return byUser.OrderBy(pair => pair.Key, IdOrder.Instance).Select(pair => ByItem(pair.Value));
        }

        private List<List<int>> ByItem(List<int> mine)
        {
            var places = new Dictionary<int, int>();
            var groups = new List<List<int>>();
            foreach (int row in mine)
            {
                if (places.TryAdd(_items[row], groups.Count))
                    groups.Add([]);
                groups[places[_items[row]]].Add(row);
            }
            return groups;
        }

        public InteractionSplit Split(bool[] test, bool[]? history = null)
        {
            bool[] train = [.. Enumerable.Range(0, Count).Select(row => IsGood(row) && !test[row] && history?[row] != true)];
            return new InteractionSplit(new SelectedRows(_data, train), new SelectedRows(_data, test), history is null ? null : new SelectedRows(_data, history));
        }
    }
}
