using System.Text.Json;

namespace MLPipelines.Tests.Generation.Training;

/// <summary>A reference T5 model: a folder with a checkpoint, and what transformers computed with it.</summary>
internal sealed class T5Fixture
{
    private T5Fixture(string folder)
    {
        Folder = folder;
        Expected = JsonElement.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
    }

    public string Folder { get; }

    public JsonElement Expected { get; }

    public JsonElement Outputs => Expected.GetProperty("outputs");

    public static IEnumerable<object[]> Names => ParityFixtures.Directories("models")
        .Where(folder => File.Exists(Path.Combine(folder, "expected.json")) && File.ReadAllText(Path.Combine(folder, "config.json")).Contains("T5ForConditionalGeneration", StringComparison.Ordinal))
        .Select(folder => new object[] { Path.GetFileName(folder) });

    public static T5Fixture Open(string name) => new(Path.Combine(ParityFixtures.Root, "models", name));

    public (long[] Values, int Rows, int Tokens) Input(string name)
    {
        var rows = Expected.GetProperty("input").GetProperty(name);
        return ([.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(value => value.GetInt64()))], rows.GetArrayLength(), rows[0].GetArrayLength());
    }

    public static float[] Floats(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number ? [element.GetSingle()] : [.. element.EnumerateArray().SelectMany(Floats)];

    public static void AssertClose(float[] expected, ReadOnlySpan<float> actual, double absolute = 1e-3, double relative = 1e-4)
    {
        Assert.HasCount(expected.Length, actual.ToArray());
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], actual[i], absolute + (relative * Math.Abs(expected[i])), $"element {i}");
    }
}
