// %% [markdown]
// # What will this customer like?
//
// A shop knows who looked at what, who put what into the cart and who bought it (`Data/shop`, invented, CC0). We split these
// interactions, compare algorithms by how well each ranks what was put aside, look into the best one, and publish it.
//
// Run it from the root of the repository:
//
// ```
// dotnet run Pipelines/Notebooks/recommendation.cs
// ```

// %%
#:project ../Recommendation/MLPipelines.Recommendation.csproj

using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Recommendation;

var mlContext = new MLContext(seed: 1);
var catalog = mlContext.Recommendation();

// %% [markdown]
// ## The data
//
// A fifth of what each customer did is put aside for measuring. A product that was viewed, put into the cart and bought by one
// customer is one thing to predict, not three.

// %%
var interactions = mlContext.Data.LoadInteractions("Data/shop/interactions.csv");
var split = InteractionSplits.Random(interactions, testShare: 0.2);
var products = new ProductsReader().Read("Data/shop/products.csv").ToDictionary(product => product.ProductId);
Console.WriteLine($"{products.Count} products, {mlContext.Data.CreateEnumerable<Row>(interactions, reuseRowObject: true).CountBy(row => row.UserId).Count()} customers");
foreach (var (type, count) in mlContext.Data.CreateEnumerable<Row>(interactions, reuseRowObject: true).CountBy(row => row.Type).OrderByDescending(type => type.Value))
    Console.WriteLine($"  {count,6} x {type}");

// %% [markdown]
// ## Algorithms compared
//
// Popularity gives everybody the same list: what does not beat it has learnt nothing about anybody. NDCG@10 is 1 where the ten
// products shown begin with those that were put aside, in any order, and 0 where none of them is shown. Intervals are bootstrap
// percentiles over customers.

// %%
var trainers = catalog.Trainers;
var candidates = new (string Name, IEstimator<RecommenderTransformer> Estimator)[]
{
    ("popularity", trainers.Popularity()),
    ("item k-nn", trainers.ItemKnn()),
    ("RP3beta", trainers.RP3Beta()),
    ("EASE", trainers.Ease()),
    ("implicit ALS", trainers.ImplicitAls(new() { TypeColumnName = "Type" })),
};

Console.WriteLine($"{"",-12}  {"NDCG@10",7}   {"95 % interval",-13}  {"recall@10",9}  {"coverage",8}");
var compared = candidates.Select(candidate =>
{
    var model = candidate.Estimator.Fit(split.Train);
    var row = catalog.EvaluateRanking(model, split.Test).At(10);
    Console.WriteLine($"{candidate.Name,-12}  {row.Ndcg.Value,7:0.000}   {row.Ndcg.Low:0.000} – {row.Ndcg.High:0.000}  {row.Recall.Value,9:0.000}  {row.Coverage,8:0.00}");
    return (candidate.Name, candidate.Estimator, Model: model, Row: row);
}).ToArray();
var best = compared.MaxBy(candidate => candidate.Row.Ndcg.Value);
Console.WriteLine($"best: {best.Name}");

// %% [markdown]
// ## What it has learnt
//
// Which products does it take to be alike? It has seen no name and no category, only who did what.

// %%
foreach (string id in (string[])["101", "139"])
{
    Console.WriteLine($"like {Named(id)}:");
    foreach (var item in best.Model.SimilarItems(id, k: 3))
        Console.WriteLine($"  {item.Score,6:0.000}  {Named(item.ItemId)}");
}

string Named(string id) => $"{products[id].Name} ({products[id].Category})";

// %% [markdown]
// ## Recommendations
//
// For a customer it knows, with the reason: the product of hers that speaks for it the most.

// %%
foreach (var item in best.Model.Recommend("328", k: 3))
    Console.WriteLine($"{item.Score,6:0.000}  {Named(item.ItemId)}, because of {Named(best.Model.Explain("328", item.ItemId).Because[0].ItemId)}");

// %% [markdown]
// For a visitor whom nobody has seen before, from what is in the cart; and only what costs less than 50.

// %%
TasteItem[] cart = [new("101"), new("139")];
string[] affordable = [.. products.Values.Where(product => product.Price < 50).Select(product => product.ProductId)];
foreach (var item in best.Model.Recommend(cart, k: 3, new RecommendOptions { Allow = affordable }))
    Console.WriteLine($"{item.Score,6:0.000}  {Named(item.ItemId)}, {products[item.ItemId].Price:0.00}");

// %% [markdown]
// ## Trained on everything, and published
//
// What was put aside has done its work: the model that goes live learns from it too. Its metric in the manifest is still the one
// that was measured above.

// %%
var final = best.Estimator.Fit(interactions);
var store = new ArtifactStore("Artifacts");
var package = new ModelPackage(mlContext, new RecommenderCodec());
var (content, manifest) = package.Pack(final, new ArtifactManifest
{
    Name = "notebook-shop",
    Version = "1.0.0",
    Task = "recommendation",
    CreatedUtc = DateTime.UtcNow,
    License = "CC0-1.0",
    Metrics = [new ArtifactMetric { Name = "ndcg@10", Value = best.Row.Ndcg.Value, Split = "test", Interval95 = [best.Row.Ndcg.Low, best.Row.Ndcg.High] }],
}, sample: interactions);
var published = await store.PublishAsync(content, manifest);
await store.PromoteAsync("notebook-shop", published.Version.ToString(), "production");

using var loaded = package.Load(store, "notebook-shop", "production");
var recommender = (RecommenderTransformer)loaded.Model;
Console.WriteLine($"loaded: {recommender.Algorithm}, {recommender.Items.Count} products, {recommender.Users.Count} customers");
Console.WriteLine($"first for 328: {Named(recommender.Recommend("328", k: 1)[0].ItemId)}");

// %% [markdown]
// The columns of an interaction that were counted above:

// %%
internal sealed class Row
{
    public string UserId { get; set; } = "";

    public string Type { get; set; } = "";
}
