using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Transforms;

/// <summary>Fisher's iris data in single and double precision.</summary>
internal sealed class Iris
{
    public int Label { get; set; }

    public float Single { get; set; }

    [VectorType(4)]
    public float[] Singles { get; set; } = [];

    public double Double { get; set; }

    [VectorType(4)]
    public double[] Doubles { get; set; } = [];

    public static Iris[] Read()
    {
        var lines = File.ReadAllLines(FixturePath("iris.txt")).Skip(1);
        return [.. lines.Select(line =>
        {
            var fields = line.Split('\t');
            double[] doubles = [.. fields.Skip(1).Select(field => double.Parse(field, CultureInfo.InvariantCulture))];
            float[] singles = [.. fields.Skip(1).Select(field => float.Parse(field, CultureInfo.InvariantCulture))];
            return new Iris { Label = int.Parse(fields[0], CultureInfo.InvariantCulture), Single = singles[0], Singles = singles, Double = doubles[0], Doubles = doubles };
        })];
    }

    public static string FixturePath(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);
}
