using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary>A way to recommend, as the command line knows it.</summary>
internal sealed class RecommenderAlgorithm
{
    private readonly Func<RecommenderOptions> _newOptions;
    private readonly Func<RecommendationCatalog.RecommendationTrainers, RecommenderOptions, IEstimator<RecommenderTransformer>> _create;

    private RecommenderAlgorithm(
        string name, string summary, Func<RecommenderOptions> newOptions, Func<RecommendationCatalog.RecommendationTrainers, RecommenderOptions, IEstimator<RecommenderTransformer>> create)
    {
        (Name, Summary, _newOptions, _create) = (name, summary, newOptions, create);
    }

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RecommenderAlgorithm> All { get; } =
    [
        Of<PopularityOptions>("popularity", "what most use", (trainers, options) => trainers.Popularity(options)),
        Of<ItemKnnOptions>("item-knn", "items that the same users have", (trainers, options) => trainers.ItemKnn(options)),
        Of<RP3BetaOptions>("rp3beta", "random walks, popular items held back", (trainers, options) => trainers.RP3Beta(options)),
        Of<EaseOptions>("ease", "a linear model of each item from the others", (trainers, options) => trainers.Ease(options)),
        Of<ImplicitAlsOptions>("implicit-als", "factors of users and items by alternating least squares", (trainers, options) => trainers.ImplicitAls(options)),
        Of<BprOptions>("bpr", "factors learnt from pairs of items", (trainers, options) => trainers.Bpr(options)),
        Of<WarpOptions>("warp", "factors learnt from pairs of items, the top of lists first", (trainers, options) => trainers.Warp(options)),
        Of<BiasedMatrixFactorizationOptions>("biased-matrix-factorization", "predicted ratings, which --weight-column names", (trainers, options) => trainers.BiasedMatrixFactorization(options)),
        Of<NeuralCfOptions>("neural-cf", "a factorisation and a network of layers, with LibTorch", (trainers, options) => trainers.NeuralCf(options)),
        Of<CrossSellOptions>("cross-sell", "what is bought together", (trainers, options) => trainers.CrossSell(options)),
        Of<UpSellOptions>("up-sell", "the same category, a step dearer (--items)", (trainers, options) => trainers.UpSell(options)),
        Of<TrendingOptions>("trending", "what most use of late (--items for categories)", (trainers, options) => trainers.Trending(options)),
        Of<NextPurchaseOptions>("next-purchase", "what follows what a user did last", (trainers, options) => trainers.NextPurchase(options)),
        Of<BlendOptions>("blend", "several added up, with weights learnt (--sources)", (trainers, options) => trainers.Blend(options)),
        Of<FallbackChainOptions>("fallback-chain", "several one after another (--sources)", (trainers, options) => trainers.FallbackChain(options)),
    ];

    public string Name { get; }

    public string Summary { get; }

    public static RecommenderAlgorithm Find(string name) => All.First(algorithm => algorithm.Name == name);

    public RecommenderOptions NewOptions() => _newOptions();

    public IEstimator<RecommenderTransformer> Create(MLContext context, RecommenderOptions options) => _create(context.Recommendation().Trainers, options);

    /// <summary>Sets an option of the algorithm from its text, such as <c>regularization=200</c>.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Set(RecommenderOptions options, string assignment)
    {
        int at = assignment.IndexOf('=', StringComparison.Ordinal);
        if (at < 1)
            return $"--option is '{assignment}'; expected is NAME=VALUE";
        string name = assignment[..at].Trim(), text = assignment[(at + 1)..].Trim();
        var own = Own(options).ToList();
        if (own.Find(property => string.Equals(property.Name, name.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is not { } found)
        {
            return own.Count == 0
                ? $"--option is '{assignment}', but {Name} has no options of its own"
                : $"--option is '{assignment}', but {Name} has no '{name}'; it has {string.Join(", ", own.Select(property => $"{Kebab(property.Name)} (by default {Text(property.GetValue(options))})"))}";
        }
        try
        {
            found.SetValue(options, Parse(text, found.PropertyType));
            return null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            return $"--option {name} is '{text}'; expected is {Expected(found.PropertyType)}";
        }
    }

    /// <summary>The options as a manifest states them.</summary>
    public IEnumerable<(string Name, JsonElement Value)> ToManifest(RecommenderOptions options) => Own(options)
        .Where(property => property.GetValue(options) is not null)
        .Select(property => (JsonNamingPolicy.CamelCase.ConvertName(property.Name), Json(property.GetValue(options)!)));

    private static RecommenderAlgorithm Of<TOptions>(
        string name, string summary, Func<RecommendationCatalog.RecommendationTrainers, TOptions, IEstimator<RecommenderTransformer>> create)
        where TOptions : RecommenderOptions, new() => new(name, summary, () => new TOptions(), (trainers, options) => create(trainers, (TOptions)options));

    /// <summary>The options that only this algorithm has and that a text can set.</summary>
    private static IEnumerable<PropertyInfo> Own(RecommenderOptions options) => options.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.DeclaringType != typeof(RecommenderOptions) && property.CanWrite && !property.Name.EndsWith("ColumnName", StringComparison.Ordinal) && IsSimple(Bare(property.PropertyType)));

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static bool IsSimple(Type type) => type.IsEnum || type.IsPrimitive || type == typeof(string) || type == typeof(TimeSpan) || type == typeof(IReadOnlyList<int>);

    private static object? Parse(string text, Type type)
    {
        if (Nullable.GetUnderlyingType(type) is not null && text is "none" or "")
            return null;
        type = Bare(type);
        if (type.IsEnum)
            return Enum.TryParse(type, text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value) && Enum.IsDefined(type, value) ? value : throw new FormatException();
        if (type == typeof(TimeSpan))
            return TimeSpan.FromDays(double.Parse(text, CultureInfo.InvariantCulture));
        if (type == typeof(IReadOnlyList<int>))
            return text.Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return Convert.ChangeType(text, type, CultureInfo.InvariantCulture);
    }

    private static string Expected(Type type)
    {
        type = Bare(type);
        return type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(Kebab))}"
            : type == typeof(bool) ? "true or false"
            : type == typeof(TimeSpan) ? "a number of days"
            : type == typeof(IReadOnlyList<int>) ? "whole numbers separated by commas"
            : type == typeof(string) ? "a text"
            : type == typeof(float) || type == typeof(double) ? "a number, with a decimal point" : "a whole number";
    }

    private static string Text(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "true" : "false",
        Enum choice => Kebab(choice.ToString()),
        TimeSpan time => time.TotalDays.ToString(CultureInfo.InvariantCulture),
        IReadOnlyList<int> numbers => string.Join(',', numbers),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static JsonElement Json(object value) => value switch
    {
        bool flag => JsonSerializer.SerializeToElement(flag, CliJson.Default.Boolean),
        float number => JsonSerializer.SerializeToElement(number, CliJson.Default.Single),
        double number => JsonSerializer.SerializeToElement(number, CliJson.Default.Double),
        int number => JsonSerializer.SerializeToElement(number, CliJson.Default.Int32),
        _ => JsonSerializer.SerializeToElement(Text(value), CliJson.Default.String),
    };

    private static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);
}
