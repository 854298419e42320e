using System.Globalization;

namespace MLPipelines.Recommendation;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw RecommendationErrors.X(…)</c>.</summary>
internal static class RecommendationErrors
{
    public static InvalidOperationException NoInteractions(long rows) =>
        new(rows == 0
            ? "The data has no rows; give at least one interaction of a user with an item."
            : string.Create(CultureInfo.InvariantCulture, $"None of the {rows} rows is an interaction: each lacks its user or item, or weighs 0."));

    public static InvalidOperationException BadWeight(string column, long row, float weight) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has the weight {weight} in column '{column}'; weights must be finite and not negative. Leave out what users dislike, or map it to a small weight."));

    public static InvalidOperationException BadFeature(string column, long row, float value) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has the value {value} in the feature column '{column}'; numbers must be finite, or NaN where one is missing in a column of single numbers."));

    public static InvalidOperationException UnknownType(string column, long row, string type, IEnumerable<string> known) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has the interaction type '{type}' in column '{column}', which TypeWeights does not weigh; it weighs {string.Join(", ", known.Order(StringComparer.Ordinal))}."));

    public static InvalidOperationException NeedsTimes(string why) => new($"{why} needs times: name the column in TimeColumnName, and give every interaction a time.");

    public static InvalidOperationException TooMany(string what, long count, long most, string advice) =>
        new(string.Create(CultureInfo.InvariantCulture, $"There are {count} {what}; this algorithm takes at most {most}. {advice}"));

    public static InvalidOperationException NestedTooDeep(int most) => new($"Recommenders are made of recommenders more than {most} deep; give the inner ones as sources of one blend or chain.");

    public static InvalidOperationException NoItems(string algorithm, string column) => new($"{algorithm} finds no item of the interactions with a '{column}' in Items; give the catalogue that the interactions are about.");

    public static InvalidOperationException NotOf(string wanted, string algorithm) => new($"This is a recommender by {algorithm}; only one by {wanted} can say this.");

    public static InvalidOperationException NoBaskets(string types) => new($"There is no basket to learn from: no interaction is of the types {types}. Name the types that make a purchase in PurchaseTypes.");

    public static KeyNotFoundException UnknownItem(string item) => new($"The item '{item}' is not in the catalogue that the recommender was trained on.");

    public static KeyNotFoundException UnknownUser(string user) => new($"The user '{user}' is not among those that the recommender was trained on; pass his interactions instead.");

    public static InvalidOperationException Diverged(string algorithm, string advice) => new($"The training of {algorithm} diverged: its numbers grew beyond all bounds. {advice}");

    public static InvalidOperationException NothingToEvaluate(long rows) =>
        new(string.Create(CultureInfo.InvariantCulture, $"None of the {rows} test rows can be ranked: each user lacks interactions in training, or each item is unknown or already seen."));
}
