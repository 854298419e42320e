using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>Stochastic gradient descent over the examples in their order, to find where a minimisation starts.</summary>
internal static class StochasticInitialization
{
    private const int ExamplesBetweenChecks = 1000;

    /// <summary>Runs until the parameters move by less than <paramref name="tolerance"/> over a thousand examples.</summary>
    public static float[] Run(LbfgsObjective objective, TrainingSet examples, float tolerance)
    {
        var x = new float[objective.ParameterCount];
        var previous = new float[x.Length];
        var checkedAt = new float[x.Length];
        var gradient = new float[x.Length];
        var rows = examples.Order();
        for (int i = 0; ; i++)
        {
            objective.EvaluateOne(rows[i % rows.Length], x, gradient);
            (x, previous) = (previous, x);
            float step = 1 / (1 + (float)Math.Sqrt(i));
            VectorMath.AddMult(-step, gradient, previous, x);
            if (!x.AsSpan().ContainsOnlyFinite() || (i > 0 && x.AsSpan().SequenceEqual(previous)))
                return x;
            if ((i + 1) % ExamplesBetweenChecks != 0)
                continue;
            VectorOps.Add(-1, x, checkedAt);
            if (VectorOps.Norm(checkedAt) < tolerance)
                return x;
            x.CopyTo(checkedAt, 0);
        }
    }

    private static bool ContainsOnlyFinite(this Span<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }
        return true;
    }
}
