using System.Text.Json.Serialization;
using MLPipelines.Artifacts;

namespace MLPipelines.Recommendation;

/// <summary>
/// Writes recommenders: <c>model.json</c> with the algorithm, its columns and single numbers, the identifiers of users and items as
/// JSON, interactions and weights as plain little-endian arrays, and the weights of networks as safetensors. A recommender that is made of
/// others has each of them in a folder of its own.
/// </summary>
public sealed class RecommenderCodec : StageCodec<RecommenderTransformer>
{
    internal const string ConfigFile = "model.json";
    private const string UserFile = "users.json";
    private const string ItemFile = "items.json";
    private const string StartsPart = "interaction-starts";
    private const string ItemsPart = "interaction-items";
    private const string WeightsPart = "interaction-weights";
    private const int FormatVersion = 1;
    private const int DeepestNesting = 4;

    /// <summary>The closed list of algorithms.</summary>
    private static readonly Dictionary<string, Func<InteractionMatrix, ModelParts, RecommenderModel>> Algorithms = new(StringComparer.Ordinal)
    {
        [BiasedFactorModel.Name] = BiasedFactorModel.Read,
        [BprEstimator.Name] = PairwiseModel.Reader(BprEstimator.Name),
        [BlendModel.Name] = BlendModel.Read,
        [CrossSellModel.Name] = CrossSellModel.Read,
        [EaseModel.Name] = EaseModel.Read,
        [FallbackChainModel.Name] = FallbackChainModel.Read,
        [ImplicitAlsModel.Name] = ImplicitAlsModel.Read,
        [ItemKnnEstimator.Name] = NeighbourModel.Reader(ItemKnnEstimator.Name),
        [NeuralCfModel.Name] = NeuralCfModel.Read,
        [NextPurchaseModel.Name] = NextPurchaseModel.Read,
        [PopularityModel.Name] = PopularityModel.Read,
        [RP3BetaEstimator.Name] = NeighbourModel.Reader(RP3BetaEstimator.Name),
        [WarpEstimator.Name] = PairwiseModel.Reader(WarpEstimator.Name),
        [TrendingModel.Name] = TrendingModel.Read,
        [UpSellModel.Name] = UpSellModel.Read,
    };

    /// <inheritdoc/>
    public override string Kind => "recommender";

    /// <inheritdoc/>
    protected override void WriteStage(RecommenderTransformer transformer, StageWriter writer) => Write(transformer, writer, "", 0);

    private static void Write(RecommenderTransformer recommender, StageWriter writer, string folder, int depth)
    {
        if (depth > DeepestNesting)
            throw RecommendationErrors.NestedTooDeep(DeepestNesting);
        var data = recommender.Model.Data;
        var parts = new ModelParts();
        recommender.Model.Write(parts);
        parts.Add(StartsPart, data.Starts);
        parts.Add(ItemsPart, data.Others);
        parts.Add(WeightsPart, data.Weights);
        var columns = recommender.Columns;
        var config = new RecommenderConfig(FormatVersion, recommender.Algorithm, columns.User, columns.Item, columns.Score, parts.Numbers, parts.Texts.Count > 0 ? parts.Texts : null);
        writer.AddJson(folder + ConfigFile, "config", config, RecommenderJsonContext.Default.RecommenderConfig);
        writer.AddJson(folder + UserFile, "vocabulary", data.Users.Ids, RecommenderJsonContext.Default.StringArray);
        writer.AddJson(folder + ItemFile, "vocabulary", data.Items.Ids, RecommenderJsonContext.Default.StringArray);
        parts.WriteTo(writer, folder);
        foreach (var (name, model) in parts.Models)
            Write(model, writer, $"{folder}{name}/", depth + 1);
    }

    /// <inheritdoc/>
    protected override RecommenderTransformer ReadStage(StageReader reader) => Read(reader, "", 0);

    private static RecommenderTransformer Read(StageReader reader, string folder, int depth)
    {
        if (depth > DeepestNesting)
            throw reader.Invalid(folder + ConfigFile, "is nested too deep");
        var config = reader.ReadSettings(folder + ConfigFile, RecommenderJsonContext.Default.RecommenderConfig, FormatVersion);
        if (config is not { UserColumn.Length: > 0, ItemColumn.Length: > 0, ScoreColumn.Length: > 0, Algorithm.Length: > 0, Numbers: not null })
            throw reader.Invalid(folder + ConfigFile, "lacks columns or the algorithm");
        if (!Algorithms.TryGetValue(config.Algorithm, out var read))
            throw reader.Invalid(folder + ConfigFile, $"names the algorithm '{config.Algorithm}'; this library knows {string.Join(", ", Algorithms.Keys.Order(StringComparer.Ordinal))}");
        var parts = new ModelParts(reader, config.Numbers, config.Texts ?? new(StringComparer.Ordinal), folder, inner => Read(reader, inner, depth + 1));
        var users = ReadIds(reader, folder + UserFile);
        var items = ReadIds(reader, folder + ItemFile);
        var starts = parts.ReadStarts(StartsPart, users.Count, out int count);
        var others = parts.ReadIndices(ItemsPart, starts, items.Count);
        var weights = parts.Has<float>(WeightsPart) ? parts.Read<float>(WeightsPart, count) : null;
        var data = new InteractionMatrix(users, items, starts, others, weights, times: null);
        return new RecommenderTransformer(read(data, parts), new RecommenderColumns(config.UserColumn, config.ItemColumn, config.ScoreColumn));
    }

    private static IdTable ReadIds(StageReader reader, string file)
    {
        var ids = reader.ReadJson(file, RecommenderJsonContext.Default.StringArray);
        for (int i = 0; i < ids.Length; i++)
        {
            if (string.IsNullOrEmpty(ids[i]) || i > 0 && IdOrder.Instance.Compare(ids[i - 1], ids[i]) >= 0)
                throw reader.Invalid(file, "holds identifiers that are empty, repeated or out of order");
        }
        return ids.Length > 0 ? new IdTable(ids) : throw reader.Invalid(file, "holds no identifier");
    }
}

/// <summary>What <c>model.json</c> holds.</summary>
internal sealed record RecommenderConfig(int Format, string Algorithm, string UserColumn, string ItemColumn, string ScoreColumn, SortedDictionary<string, double> Numbers, SortedDictionary<string, string[]>? Texts = null) : IStageSettings;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 8)]
[JsonSerializable(typeof(RecommenderConfig))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class RecommenderJsonContext : JsonSerializerContext;
