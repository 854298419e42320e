using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>Minimises a smooth function plus an L1 penalty: limited-memory BFGS within one orthant a step.</summary>
/// <remarks>G. Andrew and J. Gao, "Scalable Training of L1-Regularized Log-Linear Models" (ICML 2007).</remarks>
internal sealed class OrthantWiseMinimizer : LbfgsMinimizer
{
    private const float SufficientDecrease = 1e-4f;
    private const int MaximumTrials = 8;

    private readonly int _biasCount;
    private readonly float _penalty;
    private readonly float[] _descent;

    /// <param name="function">The smooth function.</param>
    /// <param name="initial">Where to start; the minimiser keeps and changes it.</param>
    /// <param name="memory">How many steps to remember.</param>
    /// <param name="nonNegative">Whether no penalised coordinate may be negative.</param>
    /// <param name="biasCount">The number of coordinates, at the beginning, without a penalty.</param>
    /// <param name="penalty">The weight of the L1 norm.</param>
    public OrthantWiseMinimizer(DifferentiableFunction function, float[] initial, int memory, bool nonNegative, int biasCount, float penalty)
        : base(function, initial, memory, nonNegative)
    {
        _biasCount = biasCount;
        _penalty = penalty;
        _descent = new float[initial.Length];
        if (nonNegative)
            ClampNegatives(initial);
    }

    private protected override float Evaluate(float[] x, float[] gradient)
    {
        float norm = NormOf(x.AsSpan(_biasCount));
        return _penalty * norm + base.Evaluate(x, gradient);
    }

    private protected override void UpdateDirection()
    {
        SetDescent();
        _descent.CopyTo(Direction, 0);
        MultiplyByInverseHessian();
        VectorOps.ForParts(Direction.Length, (start, count) =>
        {
            var descents = _descent.AsSpan(start, count);
            var directions = Direction.AsSpan(start, count);
            for (int i = 0; i < count; i++)
                directions[i] = descents[i] == 0 ? 0 : directions[i];
        });
    }

    /// <summary>A backtracking search within the orthant.</summary>
    private protected override bool SearchLine(bool force)
    {
        CheckDescent(-VectorMath.Dot(Direction, _descent));
        float step = FirstStep();
        GoTo(step);
        float descended = Descended();
        if (descended < 0)
        {
            for (int i = _biasCount; i < Direction.Length; i++)
            {
                if (_descent[i] * Direction[i] < 0)
                    Direction[i] = 0;
            }
            GoTo(step);
            descended = Descended();
        }
        for (int trial = 1; ; trial++)
        {
            Value = Evaluate(NewX, NewGradient);
            if (Value <= LastValue - SufficientDecrease * descended)
                return true;
            if (!force && trial == MaximumTrials)
                return false;
            step *= 0.25f;
            GoTo(step);
            descended = Descended();
        }
    }

    /// <summary>The steepest direction that the penalty allows.</summary>
    private void SetDescent() => VectorOps.ForParts(_descent.Length, (start, count) =>
    {
        for (int i = start; i < start + count; i++)
        {
            float x = X[i];
            float slope = Gradient[i];
            _descent[i] = i < _biasCount ? -slope : NonNegative ? FeasibleDescent(x, slope) : Descent(x, slope);
        }
    });

    private float Descent(float x, float slope)
    {
        if (x < 0)
            return -slope + _penalty;
        if (x > 0 || slope < -_penalty)
            return -slope - _penalty;
        return slope > _penalty ? -slope + _penalty : 0;
    }

    private float FeasibleDescent(float x, float slope) => x > 0 ? -slope - _penalty : -Math.Min(slope + _penalty, 0);

    private float Descended() => VectorMath.Dot(_descent, NewX) - VectorMath.Dot(_descent, X);

    /// <summary>Takes a step; coordinates that would leave the orthant become zero.</summary>
    private void GoTo(float step)
    {
        VectorOps.Combine(X, step, Direction, NewX);
        if (NonNegative)
        {
            ClampNegatives(NewX);
            return;
        }
        int penalized = NewX.Length - _biasCount;
        VectorOps.ForParts(penalized, (start, count) =>
        {
            var from = X.AsSpan(_biasCount + start, count);
            var to = NewX.AsSpan(_biasCount + start, count);
            int done = 0;
            if (count >= Vector<float>.Count)
            {
                var froms = MemoryMarshal.Cast<float, Vector<float>>(from);
                var tos = MemoryMarshal.Cast<float, Vector<float>>(to);
                for (int i = 0; i < tos.Length; i++)
                    tos[i] = Vector.ConditionalSelect(Vector.LessThan(froms[i] * tos[i], Vector<float>.Zero), Vector<float>.Zero, tos[i]);
                done = tos.Length * Vector<float>.Count;
            }
            for (int i = done; i < count; i++)
            {
                if (from[i] * to[i] < 0)
                    to[i] = 0;
            }
        });
    }

    private void ClampNegatives(float[] values)
    {
        foreach (ref float value in values.AsSpan(_biasCount))
        {
            if (value < 0)
                value = 0;
        }
    }

    /// <summary>The sum of the magnitudes, one after another; runs of zeros are skipped.</summary>
    private static float NormOf(ReadOnlySpan<float> values)
    {
        float sum = 0;
        for (int i = values.IndexOfAnyExcept(0); i < values.Length;)
        {
            if (i < 0)
                break;
            sum += Math.Abs(values[i++]);
            int next = values[i..].IndexOfAnyExcept(0);
            if (next < 0)
                break;
            i += next;
        }
        return sum;
    }
}
