using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Trainers;

/// <summary>The generated data of the published trainer samples, whose printed figures the tests expect.</summary>
internal static class SampleData
{
    /// <summary>Labels by a coin; 50 uniform features, a little higher for negative examples.</summary>
    public static IEnumerable<Binary> Binaries(int count, int seed = 0, float shift = 0.03f, float negatives = 0.5f)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            bool label = Uniform(random) > negatives;
            yield return new Binary { Label = label, Features = Fill(50, () => label ? Uniform(random) : Uniform(random) + shift) };
        }
    }

    /// <summary>Labels 1 to 3; 20 features about a fifth of the label.</summary>
    public static IEnumerable<Multiclass> Multiclasses(int count, int seed = 0)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            int label = random.Next(1, 4);
            yield return new Multiclass { Label = (uint)label, Features = Fill(20, () => (float)(random.NextDouble() - 0.5) + label * 0.2f) };
        }
    }

    /// <summary>A uniform label; 50 features that are the label and noise.</summary>
    public static IEnumerable<Regression> Regressions(int count, int seed = 0)
    {
        var random = new Random(seed);
        for (int i = 0; i < count; i++)
        {
            float label = Uniform(random);
            yield return new Regression { Label = label, Features = Fill(50, () => label + Uniform(random)) };
        }
    }

    private static float Uniform(Random random) => (float)random.NextDouble();

    private static float[] Fill(int count, Func<float> next)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = next();
        return values;
    }

    public sealed class Binary
    {
        public bool Label { get; set; }

        [VectorType(50)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Multiclass
    {
        public uint Label { get; set; }

        [VectorType(20)]
        public float[] Features { get; set; } = [];
    }

    public sealed class Regression
    {
        public float Label { get; set; }

        [VectorType(50)]
        public float[] Features { get; set; } = [];
    }
}
