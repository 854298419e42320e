using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Transforms;

/// <summary>A saved chain of many transforms with bytes changed or cut off: it loads, or is refused with a clear error.</summary>
[TestClass]
public sealed class DamagedTransformTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void DamageIsRefusedOrHarmless()
    {
        var entries = Save();
        var random = new Random(11);
        int refused = 0;
        for (int round = 0; round < 600; round++)
        {
            var damaged = entries.ToDictionary(entry => entry.Key, entry => (byte[])entry.Value.Clone());
            string name = damaged.Keys.ElementAt(random.Next(damaged.Count));
            var bytes = damaged[name];
            if (round % 3 == 0)
                damaged[name] = bytes[..random.Next(bytes.Length)];
            else
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Load(damaged);
            }
            catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException or NotSupportedException)
            {
                refused++;
            }
        }
        Assert.IsGreaterThan(200, refused);
    }

    private void Load(Dictionary<string, byte[]> entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in entries)
            {
                using var entry = zip.CreateEntry(name).Open();
                entry.Write(bytes);
            }
        }
        stream.Position = 0;
        _context.Model.Load(stream, out _);
    }

    private Dictionary<string, byte[]> Save()
    {
        var data = _context.Data.LoadFromEnumerable(
        [
            new Row { Text = "a", Number = 1, Features = [1, 2, float.NaN] },
            new Row { Text = "b", Number = 2, Features = [0, 3, 4] },
            new Row { Text = "a", Number = 0.5f, Features = [5, 0, 0] },
        ]);
        var transforms = _context.Transforms;
        var chain = transforms.Conversion.MapValueToKey("Key", "Text")
            .Append(transforms.Conversion.MapKeyToVector("KeyVector", "Key"))
            .Append(transforms.Conversion.MapKeyToBinaryVector("KeyBits", "Key"))
            .Append(transforms.Conversion.MapKeyToValue("Value", "Key"))
            .Append(transforms.Conversion.MapValue("Mapped", new Dictionary<string, float[]> { ["a"] = [1, 2], ["b"] = [3, 4] }, "Text"))
            .Append(transforms.Conversion.MapValue("MappedKey", new Dictionary<string, string> { ["a"] = "x", ["b"] = "y" }, "Text", treatValuesAsKeyType: true))
            .Append(transforms.Conversion.Hash("Hashed", "Text", numberOfBits: 4, maximumNumberOfInverts: -1))
            .Append(transforms.Conversion.ConvertType("Converted", "Number", DataKind.Double))
            .Append(transforms.ReplaceMissingValues("Whole", "Features", MissingValueReplacingEstimator.ReplacementMode.Mean))
            .Append(transforms.IndicateMissingValues("IsMissing", "Features"))
            .Append(transforms.NormalizeMinMax("MinMax", "Whole", fixZero: false))
            .Append(transforms.NormalizeLogMeanVariance("Log", "Whole"))
            .Append(transforms.NormalizeBinning("Bins", "Whole", maximumBinCount: 2))
            .Append(transforms.FeatureSelection.SelectFeaturesBasedOnCount("Selected", "Whole", count: 3))
            .Append(transforms.Concatenate("All", "Whole", "MinMax"))
            .Append(transforms.DropColumns("Bins"));
        using var stream = new MemoryStream();
        _context.Model.Save(chain.Fit(data), data.Schema, stream);
        stream.Position = 0;
        using var zip = new ZipArchive(stream);
        return zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var content = entry.Open();
            using var copy = new MemoryStream();
            content.CopyTo(copy);
            return copy.ToArray();
        });
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public float Number { get; set; }

        [VectorType(3)]
        public float[] Features { get; set; } = [];
    }
}
