using System.Text;
using System.Text.Json;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>Small artifacts for tests of the store and the reader.</summary>
internal static class SampleArtifacts
{
    public static ArtifactManifest Manifest(string name = "sample", string input = "Text", string option = "1", string data = "a", params string[] labels) => new()
    {
        Name = name,
        Version = "0.0.0",
        Task = "text-classification",
        CreatedUtc = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        License = "CC0-1.0",
        Engines = new() { ["Microsoft.ML"] = "5.0.0" },
        Signature = new ArtifactSignature { Inputs = [new(input, "String")], Outputs = [new("Score", "Vector<Single, 2>")] },
        Labels = labels.Length == 0 ? null : new ArtifactLabels { Names = labels },
        Training = new ArtifactTraining { Seed = 1, Options = new() { ["ngrams"] = JsonSerializer.SerializeToElement(option) } },
        Data = [new ArtifactDataset { Name = "train.csv", Split = "train", Rows = 3, Sha256 = data }],
        Metrics = [new ArtifactMetric { Name = "microAccuracy", Value = 0.1 + 0.2, Split = "test", Rows = 10, Interval95 = [0.2, 0.4], LinearBaseline = 0.3 }],
    };

    public static ArtifactBuilder Content(string text = "hello", int weights = 5000)
    {
        var builder = new ArtifactBuilder();
        builder.Add("stages/00-mlnet/model.bin", "weights", Enumerable.Range(0, weights).Select(i => (byte)(i * 7)).ToArray());
        builder.Add("stages/00-mlnet/config.json", "config", Encoding.UTF8.GetBytes($"{{\"text\":\"{text}\"}}"));
        return builder;
    }

    public static ArtifactBuilder With(string path, byte[] bytes)
    {
        var builder = Content();
        builder.Add(path, "notes", bytes);
        return builder;
    }

    /// <summary>The bytes with the last occurrence of some of them replaced, and likewise the first.</summary>
    public static byte[] Replace(this byte[] bytes, ReadOnlySpan<byte> old, ReadOnlySpan<byte> replacement)
    {
        var copy = (byte[])bytes.Clone();
        replacement.CopyTo(copy.AsSpan(bytes.AsSpan().IndexOf(old)));
        replacement.CopyTo(copy.AsSpan(bytes.AsSpan().LastIndexOf(old)));
        return copy;
    }

    public static byte[] Bytes(ArtifactManifest? manifest = null, ArtifactBuilder? content = null)
    {
        content ??= Content();
        using var stream = new MemoryStream();
        content.Write(stream, content.Complete((manifest ?? Manifest()) with { Version = "1.0.0" }));
        return stream.ToArray();
    }

    public static ArtifactReader Open(byte[] bytes, ArtifactTrustOptions? trust = null) =>
        ArtifactReader.Open(new MemoryStream(bytes), "sample.zip", trust);
}
