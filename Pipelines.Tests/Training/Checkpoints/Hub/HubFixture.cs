using System.Text;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Training.Checkpoints.Hub;

/// <summary>A hub with a model, and an empty cache.</summary>
internal sealed class HubFixture : IAsyncDisposable
{
    public const string Reference = "hf:org/name";

    private readonly TemporaryFolder _folder = new();

    public HubFixture()
    {
        Server.Files["config.json"] = "{\"model_type\": \"bert\"}"u8.ToArray();
        Server.Files["tokenizer.json"] = "{}"u8.ToArray();
        Server.Files["vocab.txt"] = "[PAD]\n"u8.ToArray();
        Server.Files["1_Pooling/config.json"] = "{\"pooling_mode_mean_tokens\": true}"u8.ToArray();
        Server.Files["README.md"] = "# A model"u8.ToArray();
        Server.Files["tf_model.h5"] = "not needed"u8.ToArray();
        Server.Files["pytorch_model.bin"] = "not needed"u8.ToArray();
        Server.Files["model.safetensors"] = Weights;
        Options = new HubOptions { Endpoint = Server.Address, CacheFolder = _folder.Path, FirstDelay = TimeSpan.FromMilliseconds(1), Timeout = TimeSpan.FromSeconds(20), Token = "" };
    }

    public HubServer Server { get; } = new();

    public HubOptions Options { get; }

    public string Cache => _folder.Path;

    public string Model => Path.Combine(Cache, "models--org--name");

    /// <summary>3 MB that are a safetensors file.</summary>
    public static byte[] Weights { get; } = SampleTensors.Write(SampleTensors.Floats("weight", [750_000], [.. Enumerable.Range(0, 750_000).Select(i => (float)i)]));

    public static bool IsWeights(HubRequest request) => request.Method == "GET" && request.Path.EndsWith("/model.safetensors", StringComparison.Ordinal);

    public Task<string> ResolveAsync(string reference = Reference, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default) =>
        ModelHub.ResolveAsync(reference, Options, _ => null, progress, cancellationToken);

    /// <summary>The message with which a fetch fails.</summary>
    public async Task<string> RefusalAsync(string reference = Reference) => (await Assert.ThrowsExactlyAsync<CheckpointException>(() => ResolveAsync(reference))).Message;

    public void AssertWhole(string folder)
    {
        Assert.AreEqual(Path.Combine(Model, "snapshots", HubServer.Commit), folder);
        foreach (var name in new[] { "config.json", "tokenizer.json", "vocab.txt", "1_Pooling/config.json", "model.safetensors" })
            Assert.IsTrue(File.ReadAllBytes(Path.Combine(folder, name)).AsSpan().SequenceEqual(Server.Files[name]), name);
        Assert.IsEmpty(Directory.EnumerateFiles(Path.Combine(Model, "blobs"), "*.incomplete"));
        using var checkpoint = Checkpoint.Open(folder);
        Assert.HasCount(1, checkpoint.Tensors);
    }

    /// <summary>Nothing of the weights is in the cache.</summary>
    public void AssertNoWeights()
    {
        Assert.IsFalse(File.Exists(Path.Combine(Model, "snapshots", HubServer.Commit, "model.safetensors")));
        Assert.IsFalse(File.Exists(Path.Combine(Model, "blobs", HubServer.Sha256(Weights))));
        Assert.IsFalse(File.Exists(Path.Combine(Model, "refs", "main")));
    }

    /// <summary>Forgets all that was fetched.</summary>
    public void ForgetAll() => Directory.Delete(Model, recursive: true);

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
