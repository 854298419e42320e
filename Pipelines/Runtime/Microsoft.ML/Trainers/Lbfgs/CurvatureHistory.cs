using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>The last steps of a minimisation and the changes of the gradient along them: what L-BFGS knows of the curvature.</summary>
internal sealed class CurvatureHistory(int capacity)
{
    private readonly List<Pair> _pairs = [];

    public void Clear() => _pairs.Clear();

    /// <summary>Remembers the step from <paramref name="x"/> to <paramref name="newX"/>, and forgets the oldest one where there are too many.</summary>
    /// <returns>False where the gradient does not change along the step: nothing is remembered.</returns>
    public bool Add(float[] x, float[] newX, float[] gradient, float[] newGradient)
    {
        Pair recycled = null;
        if (_pairs.Count == capacity)
        {
            recycled = _pairs[0];
            _pairs.RemoveAt(0);
        }
        var step = recycled?.Step ?? new float[x.Length];
        var change = recycled?.Change ?? new float[x.Length];
        VectorOps.Combine(newX, -1, x, step);
        VectorOps.Combine(newGradient, -1, gradient, change);
        float curvature = VectorMath.Dot(step, change);
        if (curvature == 0)
            return false;
        _pairs.Add(new Pair(step, change, curvature));
        return true;
    }

    /// <summary>Multiplies a direction by the estimated inverse of the Hessian.</summary>
    /// <remarks>The two-loop recursion: J. Nocedal and S. Wright, "Numerical Optimization", 2nd edition, algorithm 7.4.</remarks>
    public void MultiplyByInverseHessian(float[] direction)
    {
        int last = _pairs.FindLastIndex(pair => pair.Curvature > 0);
        if (last < 0)
            return;
        var alphas = new float[last + 1];
        for (int i = last; i >= 0; i--)
        {
            var (step, change, curvature) = _pairs[i];
            if (!(curvature > 0))
                continue;
            alphas[i] = -VectorMath.Dot(step, direction) / curvature;
            VectorOps.Add(alphas[i], change, direction);
        }
        var newest = _pairs[last];
        VectorOps.Scale(newest.Curvature / VectorMath.Dot(newest.Change, newest.Change), direction);
        for (int i = 0; i <= last; i++)
        {
            var (step, change, curvature) = _pairs[i];
            if (!(curvature > 0))
                continue;
            float beta = VectorMath.Dot(change, direction) / curvature;
            VectorOps.Add(-alphas[i] - beta, step, direction);
        }
    }

    private sealed record Pair(float[] Step, float[] Change, float Curvature);
}
