using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Trainers;

/// <summary>The data of the published samples of trainers, whose printed figures are known, and what tests ask of models.</summary>
internal static class PublishedSamples
{
    /// <summary>Two classes of 50 features; those of negative examples are <paramref name="shift"/> larger.</summary>
    public static IDataView Binary(MLContext context, int count, int seed, float shift = 0.1f)
    {
        var random = new Random(seed);
        var rows = new List<BinaryExample>(count);
        for (int i = 0; i < count; i++)
        {
            bool label = Next() > 0.5f;
            rows.Add(new BinaryExample { Label = label, Features = Draw(50, () => label ? Next() : Next() + shift) });
        }
        return context.Data.LoadFromEnumerable(rows);

        float Next() => (float)random.NextDouble();
    }

    /// <summary>Classes 1 to 3 of 20 features, centred on a fifth of the class.</summary>
    public static IDataView Multiclass(MLContext context, int count, int seed)
    {
        var random = new Random(seed);
        var rows = new List<MulticlassExample>(count);
        for (int i = 0; i < count; i++)
        {
            int label = random.Next(1, 4);
            rows.Add(new MulticlassExample { Label = (uint)label, Features = Draw(20, () => (float)(random.NextDouble() - 0.5) + label * 0.2f) });
        }
        return context.Data.LoadFromEnumerable(rows);
    }

    /// <summary>A number and 50 features that are it with noise.</summary>
    public static IDataView Regression(MLContext context, int count, int seed)
    {
        var random = new Random(seed);
        var rows = new List<RegressionExample>(count);
        for (int i = 0; i < count; i++)
        {
            float label = (float)random.NextDouble();
            rows.Add(new RegressionExample { Label = label, Features = Draw(50, () => label + (float)random.NextDouble()) });
        }
        return context.Data.LoadFromEnumerable(rows);
    }

    /// <summary>All values of a column.</summary>
    public static T[] Values<T>(this IDataView data, string name) => [.. data.GetColumn<T>(data.Schema[name])];

    /// <summary>All vectors of a column.</summary>
    public static float[][] Vectors(this IDataView data, string name) =>
        [.. data.GetColumn<VBuffer<float>>(data.Schema[name]).Select(vector => vector.DenseValues().ToArray())];

    /// <summary>The model as another process would see it.</summary>
    public static ITransformer Reload(this MLContext context, ITransformer model)
    {
        using var stream = new MemoryStream();
        context.Model.Save(model, null, stream);
        stream.Position = 0;
        return new MLContext().Model.Load(stream, out _);
    }

    public static string Join(params IEnumerable<double> figures) =>
        string.Join(' ', figures.Select(figure => figure.ToString("F2", CultureInfo.InvariantCulture)));

    public static string Join3(IEnumerable<float> figures) =>
        string.Join(' ', figures.Select(figure => figure.ToString("F3", CultureInfo.InvariantCulture)));

    private static float[] Draw(int count, Func<float> next)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = next();
        return values;
    }

    public sealed class BinaryExample
    {
        public bool Label { get; set; }

        [VectorType(50)]
        public float[] Features { get; set; } = [];
    }

    public sealed class MulticlassExample
    {
        public uint Label { get; set; }

        [VectorType(20)]
        public float[] Features { get; set; } = [];
    }

    public sealed class RegressionExample
    {
        public float Label { get; set; }

        [VectorType(50)]
        public float[] Features { get; set; } = [];
    }
}
