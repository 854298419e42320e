using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Recommendation;

/// <summary>A row of interactions as it stands, before several of a user with an item become one.</summary>
/// <param name="User">The place of the user.</param>
/// <param name="Item">The place of the item.</param>
/// <param name="Weight">The weight of the row times that of its type.</param>
/// <param name="Time">When, in seconds; NaN where times are not read.</param>
/// <param name="Type">What was done; null where types are not read.</param>
internal readonly record struct InteractionEvent(int User, int Item, float Weight, double Time, string? Type);

/// <summary>Reads rows of interactions in the order of users and, where there are times, of time; of equal times the earlier row comes first.</summary>
internal static class InteractionEvents
{
    private const int RowsBetweenChecks = 4096;

    /// <param name="data">The rows.</param>
    /// <param name="options">Which columns they have, and what they weigh.</param>
    /// <param name="matrix">The users and items that count; rows of others are passed over.</param>
    /// <param name="needsTimes">Who needs times; null where they do not matter.</param>
    /// <exception cref="InvalidOperationException">A row has no time, where times are needed.</exception>
    public static List<InteractionEvent> Read(IDataView data, RecommenderOptions options, InteractionMatrix matrix, string? needsTimes)
    {
        var schema = data.Schema;
        var user = IdColumns.Find(schema, options.UserColumnName);
        var item = IdColumns.Find(schema, options.ItemColumnName);
        DataViewSchema.Column? weight = options.WeightColumnName is { } weightName ? NumberColumns.Find(schema, weightName) : null;
        DataViewSchema.Column? time = options.TimeColumnName is { } timeName ? TimeColumns.Find(schema, timeName) : null;
        DataViewSchema.Column? type = options.TypeColumnName is { } typeName ? schema.FindInput(typeName, candidate => candidate is TextDataViewType, "String") : null;
        if (needsTimes is not null && time is null)
            throw RecommendationErrors.NeedsTimes(needsTimes);
        DataViewSchema.Column?[] columns = [user, item, weight, time, type];
        using var cursor = data.GetRowCursor(columns.OfType<DataViewSchema.Column>().DistinctBy(column => column.Index));
        var readUser = IdColumns.MakeReader(cursor, user);
        var readItem = IdColumns.MakeReader(cursor, item);
        var readWeight = weight is { } w ? NumberColumns.MakeReader(cursor, w) : () => 1f;
        var readTime = time is { } t ? TimeColumns.MakeReader(cursor, t) : () => double.NaN;
        var readType = type is { } kind ? IdColumns.MakeReader(cursor, kind) : () => null;
        var events = new List<InteractionEvent>();
        for (long row = 0; cursor.MoveNext(); row++)
        {
            if (row % RowsBetweenChecks == 0)
                options.CancellationToken.ThrowIfCancellationRequested();
            int userPlace = matrix.Users.Find(readUser()), itemPlace = matrix.Items.Find(readItem());
            float value = readWeight();
            string? typeOfRow = readType();
            if (typeOfRow is not null)
                value *= options.TypeWeights.GetValueOrDefault(typeOfRow);
            if (userPlace < 0 || itemPlace < 0 || value <= 0)
                continue;
            double seconds = readTime();
            if (needsTimes is not null && double.IsNaN(seconds))
                throw RecommendationErrors.NeedsTimes(needsTimes);
            events.Add(new InteractionEvent(userPlace, itemPlace, value, seconds, typeOfRow));
        }
        // The sort is stable.
        return [.. time is null ? events.OrderBy(one => one.User) : events.OrderBy(one => one.User).ThenBy(one => one.Time)];
    }

    /// <summary>Splits events, ordered by user, into the events of each.</summary>
    public static IEnumerable<List<InteractionEvent>> ByUser(List<InteractionEvent> events)
    {
        for (int start = 0, end; start < events.Count; start = end)
        {
            for (end = start + 1; end < events.Count && events[end].User == events[start].User; end++)
            {
            }
            yield return events.GetRange(start, end - start);
        }
    }
}
