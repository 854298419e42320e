using Microsoft.AspNetCore.Http.HttpResults;
using MLPipelines.Recommendation;

namespace MLPipelines.SampleService;

/// <summary>Texts to classify.</summary>
/// <param name="Texts">1 to 1,000 texts of 1 to 10,000 characters.</param>
public sealed record ClassifyRequest(string[]? Texts);

/// <summary>What a text was taken for.</summary>
public sealed record ClassifiedText(string Label, float Probability);

/// <summary>Classified texts, in the order in which they were given, and the version that did it.</summary>
public sealed record ClassifyResponse(string Model, IReadOnlyList<ClassifiedText> Texts);

/// <summary>For whom to recommend.</summary>
/// <param name="User">A customer; or else</param>
/// <param name="Items">what a visitor likes.</param>
/// <param name="Count">How many, 1 to 100; 10 where it is left out.</param>
public sealed record RecommendRequest(string? User, string[]? Items, int? Count);

/// <summary>A recommended product, and which algorithm says so.</summary>
public sealed record RecommendedProduct(string Item, float Score, string Source);

/// <summary>Recommended products, the best first, and the version that did it.</summary>
public sealed record RecommendResponse(string Model, IReadOnlyList<RecommendedProduct> Items);

/// <summary>Answers from the live models.</summary>
internal static class PredictionEndpoints
{
    private const int MostTexts = 1000, MostCharacters = 10_000, MostItems = 100, UsualCount = 10;

    public static Results<Ok<ClassifyResponse>, ValidationProblem, ProblemHttpResult> Classify(ClassifyRequest request, LiveModel<IntentEngines> live, CancellationToken cancellationToken)
    {
        if (request.Texts is not { Length: >= 1 and <= MostTexts } texts)
            return Invalid("texts", $"Give 1 to {MostTexts} texts.");
        int wrong = Array.FindIndex(texts, text => string.IsNullOrWhiteSpace(text) || text.Length > MostCharacters);
        if (wrong >= 0)
            return Invalid($"texts[{wrong}]", $"A text has 1 to {MostCharacters} characters, and not only blanks.");
        using var model = live.Take();
        if (model is null)
            return NotLive(live.Name);
        var predictions = model.Value.Predict(texts, cancellationToken);
        return TypedResults.Ok(new ClassifyResponse($"{live.Name}@{model.Number}", [.. predictions.Select(prediction => new ClassifiedText(prediction.PredictedLabel, prediction.Score.Max()))]));
    }

    public static Results<Ok<RecommendResponse>, ValidationProblem, ProblemHttpResult> Recommend(RecommendRequest request, LiveModel<RecommenderTransformer> live)
    {
        if (string.IsNullOrEmpty(request.User) == (request.Items is null or { Length: 0 }))
            return Invalid("user", "Give either a user or items that a visitor likes.");
        int count = request.Count ?? UsualCount;
        if (count is < 1 or > MostItems)
            return Invalid("count", $"It is {count}; it must be 1 to {MostItems}.");
        using var model = live.Take();
        if (model is null)
            return NotLive(live.Name);
        if (request.Items is { } items && !items.Any(model.Value.Items.Contains))
            return Invalid("items", $"None of {string.Join(", ", items.Take(10))} is in the catalogue.");
        var recommended = request.User is { } user ? model.Value.Recommend(user, count) : model.Value.Recommend(request.Items!.Select(item => new TasteItem(item)), count);
        return TypedResults.Ok(new RecommendResponse($"{live.Name}@{model.Number}", [.. recommended.Select(item => new RecommendedProduct(item.ItemId, item.Score, item.Source))]));
    }

    internal static ValidationProblem Invalid(string field, string why) => TypedResults.ValidationProblem(new Dictionary<string, string[]> { [field] = [why] });

    private static ProblemHttpResult NotLive(string name) => TypedResults.Problem($"No version of '{name}' is live yet: publish one, and promote it.", statusCode: StatusCodes.Status503ServiceUnavailable);
}
