using Microsoft.ML;

namespace MLPipelines.Tests.Recommendation;

/// <summary>Interactions made for tests.</summary>
internal static class Shop
{
    public static IDataView Load(MLContext context, params IEnumerable<Row> rows) => context.Data.LoadFromEnumerable(rows);

    public static Row Did(string user, string item, float weight = 1, int day = 1, string type = "view") =>
        new() { UserId = user, ItemId = item, Weight = weight, Timestamp = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(day), Type = type };

    /// <summary>Users of two tastes: items 0 to 19 are of the one, 20 to 39 of the other; each user knows some of his own, and rarely one of the others.</summary>
    public static IEnumerable<Row> TwoTastes(int users = 80, int seed = 1)
    {
        var random = new Random(seed);
        for (int user = 0; user < users; user++)
        {
            var items = new HashSet<int>();
            while (items.Count < 8)
                items.Add(random.Next(20) + (user % 2 == 0 ^ random.NextDouble() < 0.05 ? 0 : 20));
            int day = 0;
            foreach (int item in items)
                yield return Did($"{user}", $"{item}", 1, ++day);
        }
    }

    public sealed class Row
    {
        public string UserId { get; set; } = "";
        public string ItemId { get; set; } = "";
        public float Weight { get; set; } = 1;
        public DateTime Timestamp { get; set; }
        public string Type { get; set; } = "";
    }
}
