using System.Globalization;
using System.Text.Json;
using MLPipelines.Text.Encoders;
using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Reads reference inputs and outputs, and compares tensors with them.</summary>
internal static class Reference
{
    public const double Tolerance = 1e-4;

    public static Device TestDevice { get; } = device(ParityFixtures.Device);

    /// <summary>The folders under one of the fixtures that hold an encoder of a family that can be built.</summary>
    public static IEnumerable<string> EncoderFolders(string sub) => ParityFixtures.Directories(sub).Where(folder =>
    {
        string file = Path.Combine(folder, "config.json");
        if (!File.Exists(file))
            return false;
        using var config = JsonDocument.Parse(File.ReadAllBytes(file));
        return EncoderConfigKeys.Of(config.RootElement.GetProperty("model_type").GetString()) is not null;
    });

    public static JsonDocument Read(string folder, string name = "expected.json") => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, name)));

    public static EncoderInput Input(JsonElement input) => new(
        Longs(input.GetProperty("input_ids")),
        Longs(input.GetProperty("attention_mask")),
        input.TryGetProperty("token_type_ids", out var types) ? Longs(types) : null);

    public static Tensor Longs(JsonElement element)
    {
        var (values, shape) = Flatten(element);
        return tensor(Array.ConvertAll(values, value => (long)value), shape).to(TestDevice);
    }

    public static Tensor Floats(JsonElement element)
    {
        var (values, shape) = Flatten(element);
        return tensor(Array.ConvertAll(values, value => (float)value), shape).to(TestDevice);
    }

    /// <summary>Asserts that two tensors are of one shape and differ by no more than a tolerance anywhere, or where a mask of the first dimensions is not 0.</summary>
    public static void AssertClose(JsonElement expected, Tensor actual, string what, double tolerance = Tolerance, Tensor? where = null) =>
        AssertClose(Floats(expected), actual, what, tolerance, where);

    public static void AssertClose(Tensor expected, Tensor actual, string what, double tolerance = Tolerance, Tensor? where = null)
    {
        CollectionAssert.AreEqual(expected.shape, actual.shape, $"{what}: [{string.Join(", ", expected.shape)}] expected, not [{string.Join(", ", actual.shape)}]");
        var difference = (expected.to(ScalarType.Float64) - actual.detach().to(ScalarType.Float64)).abs();
        if (where is not null)
            difference = difference * where.to(ScalarType.Float64).view([.. where.shape, .. Enumerable.Repeat(1L, (int)(actual.ndim - where.ndim))]);
        double worst = difference.max().item<double>();
        Assert.IsLessThanOrEqualTo(tolerance, worst, what);
    }

    /// <summary>Asserts that two tensors are the same bit for bit.</summary>
    public static void AssertSame(Tensor expected, Tensor actual, string what)
    {
        CollectionAssert.AreEqual(expected.shape, actual.shape, what);
        Assert.AreEqual(expected.dtype, actual.dtype, what);
        Assert.IsTrue(expected.detach().cpu().contiguous().bytes.SequenceEqual(actual.detach().cpu().contiguous().bytes), what);
    }

    public static double Number(JsonElement element) => element.ValueKind == JsonValueKind.String
        ? element.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => double.Parse(text!, CultureInfo.InvariantCulture),
        }
        : element.GetDouble();

    private static (double[] Values, long[] Shape) Flatten(JsonElement element)
    {
        var shape = new List<long>();
        for (var level = element; level.ValueKind == JsonValueKind.Array; level = level[0])
            shape.Add(level.GetArrayLength());
        var values = new List<double>();
        Add(element);
        return ([.. values], [.. shape]);

        void Add(JsonElement part)
        {
            if (part.ValueKind != JsonValueKind.Array)
            {
                values.Add(Number(part));
                return;
            }
            foreach (var item in part.EnumerateArray())
                Add(item);
        }
    }
}
