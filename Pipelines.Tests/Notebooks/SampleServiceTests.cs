using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Recommendation;
using MLPipelines.Tests.Architecture;
using MLPipelines.Text;

namespace MLPipelines.Tests.Notebooks;

/// <summary>The sample service answers, takes up new versions while it does, and tunes in the background.</summary>
[TestClass]
public sealed class SampleServiceTests
{
    private static readonly TemporaryFolder Folder = new();
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static SampleServiceProcess _service = null!;

    public TestContext TestContext { get; set; } = null!;

    private CancellationToken Token => TestContext.CancellationToken;

    private static ArtifactStore Store => new(Folder.File("Artifacts"));

    [ClassInitialize]
    public static async Task PublishModelsAndStart(TestContext context)
    {
        await PublishIntentAsync(wordNGrams: 1, context.CancellationToken);
        await Store.PromoteAsync("intent", "1.0.0", "production", cancellationToken: context.CancellationToken);
        var mlContext = new MLContext(1);
        var interactions = mlContext.Data.LoadInteractions(Path.Combine(FloorTests.Root, "Data", "shop", "interactions.csv"));
        var (content, manifest) = new ModelPackage(mlContext, new RecommenderCodec()).Pack(
            mlContext.Recommendation().Trainers.RP3Beta().Fit(interactions), Manifest("shop", "recommendation"), sample: interactions);
        await Store.PublishAsync(content, manifest, cancellationToken: context.CancellationToken);
        await Store.PromoteAsync("shop", "1.0.0", "production", cancellationToken: context.CancellationToken);
        _service = await SampleServiceProcess.StartAsync(Folder.Path, context.CancellationToken);
    }

    [ClassCleanup]
    public static async Task Stop()
    {
        await _service.DisposeAsync();
        Folder.Dispose();
    }

    [TestMethod]
    public async Task Texts_are_classified_in_their_order()
    {
        var (status, json) = await _service.PostAsync("/classify", new { texts = (string[])["Where is my parcel?", "Please close my account."] }, Token);
        Assert.AreEqual(200, status);
        Assert.StartsWith("intent@", json.GetProperty("model").GetString()!);
        CollectionAssert.AreEqual((string[])["tracking", "account"], json.GetProperty("texts").EnumerateArray().Select(text => text.GetProperty("label").GetString()).ToArray());
        Assert.IsTrue(json.GetProperty("texts").EnumerateArray().All(text => text.GetProperty("probability").GetDouble() is > 0.3 and <= 1));
    }

    [TestMethod]
    public async Task Products_are_recommended_for_a_customer_and_for_a_visitor()
    {
        var (status, known) = await _service.PostAsync("/recommend", new { user = "328", count = 3 }, Token);
        Assert.AreEqual((200, 3), (status, known.GetProperty("items").GetArrayLength()));
        Assert.AreEqual("rp3beta", known.GetProperty("items")[0].GetProperty("source").GetString());
        (status, var visitor) = await _service.PostAsync("/recommend", new { items = (string[])["101", "139"] }, Token);
        Assert.AreEqual((200, 10), (status, visitor.GetProperty("items").GetArrayLength()));
        Assert.IsFalse(visitor.GetProperty("items").EnumerateArray().Any(item => item.GetProperty("item").GetString() is "101" or "139"));
    }

    [TestMethod]
    [DataRow("/classify", """{"texts":[]}""", "texts")]
    [DataRow("/classify", "{}", "texts")]
    [DataRow("/classify", """{"texts":["good"," "]}""", "texts[1]")]
    [DataRow("/recommend", "{}", "user")]
    [DataRow("/recommend", """{"user":"328","items":["101"]}""", "user")]
    [DataRow("/recommend", """{"user":"328","count":0}""", "count")]
    [DataRow("/recommend", """{"items":["no such product"]}""", "items")]
    [DataRow("/sweeps", """{"trials":0}""", "trials")]
    public async Task What_is_wrong_is_said_by_field(string path, string body, string field)
    {
        using var response = await _service.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);
        Assert.AreEqual(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.AreEqual("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Token);
        Assert.AreEqual(field, problem.GetProperty("errors").EnumerateObject().Single().Name);
    }

    [TestMethod]
    [DataRow("POST", "/classify", "{", HttpStatusCode.BadRequest)]
    [DataRow("GET", "/sweeps/none", "", HttpStatusCode.NotFound)]
    [DataRow("DELETE", "/sweeps/none", "", HttpStatusCode.NotFound)]
    [DataRow("GET", "/classify", "", HttpStatusCode.MethodNotAllowed)]
    public async Task Every_other_fault_is_a_problem_too(string method, string path, string body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body.Length > 0 ? new StringContent(body, Encoding.UTF8, "application/json") : null };
        using var response = await _service.Client.SendAsync(request, Token);
        Assert.AreEqual(expected, response.StatusCode);
        Assert.AreEqual((int)expected, (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("status").GetInt32());
    }

    [TestMethod]
    public async Task A_version_goes_live_under_fifty_clients_without_a_failure()
    {
        string before = Store.Find("intent", "production").Version.ToString(), after = await PublishIntentAsync(wordNGrams: 2, Token);
        Assert.AreNotEqual(before, after);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience);
        int answered = 0;
        var clients = Enumerable.Range(0, 50).Select(async client =>
        {
            var versions = new List<string>();
            do
            {
                var (status, json) = await _service.PostAsync("/classify", new { texts = (string[])["Where is my parcel?"] }, deadline.Token);
                Assert.AreEqual((200, "tracking"), (status, json.GetProperty("texts")[0].GetProperty("label").GetString()));
                versions.Add(json.GetProperty("model").GetString()!);
                Interlocked.Increment(ref answered);
            }
            while (versions[^1] != $"intent@{after}");
            return versions;
        }).ToArray();
        while (Volatile.Read(ref answered) < 100)
            await Task.Delay(5, deadline.Token);
        await Store.PromoteAsync("intent", after, "production", cancellationToken: Token);
        var seen = await Task.WhenAll(clients);
        foreach (var versions in seen)
            CollectionAssert.AreEqual(versions.Order(StringComparer.Ordinal).ToArray(), versions, "A client went back to the version before.");
        CollectionAssert.AreEquivalent((string[])[$"intent@{before}", $"intent@{after}"], seen.SelectMany(versions => versions).Distinct().ToArray());
    }

    [TestMethod]
    public async Task A_sweep_goes_on_after_a_restart_publishes_what_it_found_and_can_be_stopped()
    {
        using var folder = new TemporaryFolder();
        JsonElement stopped, sweep;
        string location;
        await using (var first = await SampleServiceProcess.StartAsync(folder.Path, Token))
        {
            Assert.AreEqual(503, (await first.PostAsync("/classify", new { texts = (string[])["Where is my parcel?"] }, Token)).Status);
            using var response = await first.Client.PostAsJsonAsync("/sweeps", new { trials = 5, promote = true }, Token);
            Assert.AreEqual(HttpStatusCode.Accepted, response.StatusCode);
            location = response.Headers.Location!.ToString();
            stopped = await WaitAsync(first, location, status => status.GetProperty("ended").GetInt32() >= 1);
            Assert.AreEqual("Running", stopped.GetProperty("state").GetString());
            Assert.AreEqual(0, await first.StopAsync(Token), first.Said);
        }

        await using var second = await SampleServiceProcess.StartAsync(folder.Path, Token);
        sweep = await WaitAsync(second, location, status => status.GetProperty("state").GetString() != "Running");
        Assert.AreEqual(("Done", 5), (sweep.GetProperty("state").GetString(), sweep.GetProperty("ended").GetInt32()), sweep.ToString());
        Assert.IsGreaterThanOrEqualTo(stopped.GetProperty("best").GetProperty("accuracy").GetDouble(), sweep.GetProperty("best").GetProperty("accuracy").GetDouble());
        var manifest = new ArtifactStore(folder.File("Artifacts")).Show("intent", "production");
        Assert.AreEqual((location.Split('/')[^1], sweep.GetProperty("best").GetProperty("trial").GetInt32(), sweep.GetProperty("version").GetString()), (manifest.Lineage.Sweep, manifest.Lineage.Trial!.Value, manifest.Version));
        using (var again = await second.Client.DeleteAsync(location, Token))
            Assert.AreEqual(HttpStatusCode.Conflict, again.StatusCode);
        await WaitAsync(second, "", async () => (await second.PostAsync("/classify", new { texts = (string[])["Where is my parcel?"] }, Token)).Status == 200);

        var (_, other) = await second.PostAsync("/sweeps", new { trials = 200 }, Token);
        string others = "/sweeps/" + other.GetProperty("id").GetString();
        await WaitAsync(second, others, status => status.GetProperty("ended").GetInt32() >= 1);
        using (var cancelled = await second.Client.DeleteAsync(others, Token))
            Assert.AreEqual(HttpStatusCode.NoContent, cancelled.StatusCode);
        var left = await WaitAsync(second, others, status => status.GetProperty("state").GetString() == "Cancelled");
        Assert.IsGreaterThan(0.5, left.GetProperty("best").GetProperty("accuracy").GetDouble());
        Assert.IsLessThan(200, left.GetProperty("ended").GetInt32());
        Assert.AreEqual(0, await second.StopAsync(Token), second.Said);
    }

    private async Task<JsonElement> WaitAsync(SampleServiceProcess service, string location, Func<JsonElement, bool> reached)
    {
        JsonElement status = default;
        await WaitAsync(service, location, async () => reached(status = await service.Client.GetFromJsonAsync<JsonElement>(location, Token)));
        return status;
    }

    private async Task WaitAsync(SampleServiceProcess service, string what, Func<Task<bool>> reached)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience);
        while (!await reached())
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail($"{what} did not come that far within {Patience}:\n{service.Said}");
            await Task.Delay(50, Token);
        }
    }

    private static async Task<string> PublishIntentAsync(int wordNGrams, CancellationToken cancellationToken)
    {
        var context = new MLContext(1);
        var tickets = context.Data.LoadTextLabels(Path.Combine(FloorTests.Root, "Data", "tickets", "messages.csv"), "content", "intent");
        var model = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.MulticlassClassification.Trainers.LinearText(new() { WordNGramLength = wordNGrams }))
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(tickets);
        var (content, manifest) = new ModelPackage(context, new LinearTextClassificationCodec()).Pack(model, Manifest("intent", "text-classification"), sample: tickets);
        return (await Store.PublishAsync(content, manifest, cancellationToken: cancellationToken)).Version.ToString();
    }

    private static ArtifactManifest Manifest(string name, string task) => new() { Name = name, Version = "1.0.0", Task = task, CreatedUtc = DateTime.UtcNow };
}
