using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>A function to minimise: gives its value at <paramref name="x"/> and writes its gradient there.</summary>
internal delegate float DifferentiableFunction(float[] x, float[] gradient);

/// <summary>Minimises a smooth function by limited-memory BFGS with a line search for the strong Wolfe conditions.</summary>
/// <remarks>J. Nocedal and S. Wright, "Numerical Optimization", 2nd edition, algorithms 7.5, 3.5 and 3.6.</remarks>
internal class LbfgsMinimizer
{
    private const float SufficientDecrease = 1e-4f;
    private const float SufficientFlatness = 0.9f;
    private const float SmallestShare = 0.01f;
    private const int MaximumZoomSteps = 10;

    private readonly DifferentiableFunction _function;
    private readonly CurvatureHistory _history;

    /// <param name="function">The function.</param>
    /// <param name="initial">Where to start; the minimiser keeps and changes it.</param>
    /// <param name="memory">How many steps to remember.</param>
    /// <param name="nonNegative">Whether no coordinate may be negative.</param>
    public LbfgsMinimizer(DifferentiableFunction function, float[] initial, int memory, bool nonNegative)
    {
        _function = function;
        _history = new CurvatureHistory(memory);
        NonNegative = nonNegative;
        X = initial;
        Gradient = new float[initial.Length];
        NewX = new float[initial.Length];
        NewGradient = new float[initial.Length];
        Direction = new float[initial.Length];
    }

    /// <summary>The last point reached.</summary>
    public float[] Point => NewX;

    /// <summary>The value of the function there.</summary>
    public float Value { get; private protected set; }

    private protected bool NonNegative { get; }

    private protected float[] X { get; private set; }

    private protected float[] Gradient { get; private set; }

    private protected float[] NewX { get; private set; }

    private protected float[] NewGradient { get; private set; }

    private protected float[] Direction { get; }

    private protected float LastValue { get; private set; }

    private protected int Iteration { get; private set; } = 1;

    /// <summary>Runs until the criterion is met.</summary>
    /// <exception cref="PrematureConvergenceException">Numbers are too coarse to go on; <see cref="Point"/> is the best there is.</exception>
    public void Minimize(IStoppingCriterion criterion)
    {
        Value = LastValue = Evaluate(X, Gradient);
        if (!float.IsFinite(LastValue))
            throw Contracts.Except($"Optimizer unable to proceed with loss function yielding {LastValue}");
        UpdateDirection();
        while (true)
        {
            if (!SearchLine(force: false))
            {
                // The gradients of earlier steps may be too inexact: start over with the steepest descent.
                _history.Clear();
                UpdateDirection();
                SearchLine(force: true);
            }
            if (criterion.IsMet(Value, LastValue, Iteration))
                return;
            Shift();
            UpdateDirection();
        }
    }

    private protected virtual float Evaluate(float[] x, float[] gradient) => _function(x, gradient);

    private protected virtual void UpdateDirection()
    {
        if (!NonNegative)
        {
            VectorOps.Negate(Gradient, Direction);
            _history.MultiplyByInverseHessian(Direction);
            return;
        }
        SetFeasibleDescent();
        _history.MultiplyByInverseHessian(Direction);
        for (int i = 0; i < Direction.Length; i++)
        {
            if (FeasibleDescent(i) == 0)
                Direction[i] = 0;
        }
    }

    private protected void MultiplyByInverseHessian() => _history.MultiplyByInverseHessian(Direction);

    private void SetFeasibleDescent()
    {
        for (int i = 0; i < Direction.Length; i++)
            Direction[i] = FeasibleDescent(i);
    }

    private float FeasibleDescent(int i) => X[i] > 0 ? -Gradient[i] : -Math.Min(Gradient[i], 0);

    /// <summary>Goes to the new point and remembers the step.</summary>
    private void Shift()
    {
        if (!_history.Add(X, NewX, Gradient, NewGradient))
            throw new PrematureConvergenceException("ro equals zero. Is your function linear?");
        (LastValue, Value) = (Value, LastValue);
        (X, NewX) = (NewX, X);
        (Gradient, NewGradient) = (NewGradient, Gradient);
        Iteration++;
    }

    /// <summary>The first step: of length 1 where nothing is known of the curvature.</summary>
    private protected float FirstStep() => Iteration == 1 ? 1 / VectorOps.Norm(Direction) : 1;

    private protected static void CheckDescent(float slope)
    {
        if (slope == 0)
            throw new PrematureConvergenceException("Directional derivative is zero. You may be sitting on the optimum.");
        Contracts.Check(slope < 0, "L-BFGS chose a non-descent direction.");
    }

    /// <summary>Looks for a better point along the direction.</summary>
    /// <param name="force">Whether to go on where it takes long.</param>
    /// <returns>Whether there is one.</returns>
    private protected virtual bool SearchLine(bool force)
    {
        float slope = VectorMath.Dot(Direction, Gradient);
        CheckDescent(slope);
        float decrease = SufficientDecrease * slope;
        float flatness = -(SufficientFlatness * slope);
        float step = FirstStep();
        var last = new LinePoint(0, LastValue, slope);
        LinePoint low, high;
        while (true)
        {
            var current = Try(step);
            if (float.IsPositiveInfinity(current.Value))
            {
                step /= 2;
                continue;
            }
            CheckFinite();
            if (current.Value > LastValue + decrease * step || (last.Step > 0 && current.Value >= last.Value))
            {
                (low, high) = (last, current);
                break;
            }
            if (Math.Abs(current.Slope) <= flatness)
                return true;
            if (current.Slope >= 0)
            {
                (low, high) = (current, last);
                break;
            }
            last = current;
            step = step == 0 ? float.Epsilon : step * 2;
        }
        return Zoom(low, high, decrease, flatness, force);
    }

    /// <summary>Narrows an interval that holds a good step.</summary>
    private bool Zoom(LinePoint low, LinePoint high, float decrease, float flatness, bool force)
    {
        for (int i = 0; force || i < MaximumZoomSteps; i++)
        {
            var current = Try(Between(low, high));
            CheckFinite();
            if (current.Value > LastValue + decrease * current.Step || current.Value >= low.Value)
            {
                if (high.Step == current.Step)
                    return NoProgress(force);
                high = current;
                continue;
            }
            if (Math.Abs(current.Slope) <= flatness)
                return true;
            if (current.Slope * (high.Step - low.Step) >= 0)
                high = low;
            if (low.Step == current.Step)
                return NoProgress(force);
            low = current;
        }
        return false;
    }

    private static bool NoProgress(bool force) =>
        force ? throw new PrematureConvergenceException("Step size interval numerically zero.") : false;

    private LinePoint Try(float step)
    {
        VectorOps.Combine(X, step, Direction, NewX);
        if (NonNegative)
        {
            foreach (ref float item in NewX.AsSpan())
            {
                if (item < 0)
                    item = 0;
            }
        }
        Value = Evaluate(NewX, NewGradient);
        return new LinePoint(step, Value, float.IsFinite(Value) ? VectorMath.Dot(Direction, NewGradient) : 0);
    }

    private void CheckFinite()
    {
        if (!float.IsFinite(Value))
            throw Contracts.Except($"Optimizer unable to proceed with loss function yielding {Value}");
    }

    /// <summary>A step between two, where the cubic through them is lowest, and not too near to either.</summary>
    private static float Between(LinePoint low, LinePoint high)
    {
        var (left, right) = low.Step < high.Step ? (low, high) : (high, low);
        float step;
        if (left.Slope > 0 && right.Slope < 0)
        {
            step = low.Value < high.Value ? low.Step : high.Step;
        }
        else
        {
            step = CubicMinimum(low, high);
            if (!float.IsFinite(step))
                step = (low.Step + high.Step) / 2;
        }
        float upper = SmallestShare * left.Step + (1 - SmallestShare) * right.Step;
        if (step > upper)
            step = upper;
        float lower = SmallestShare * right.Step + (1 - SmallestShare) * left.Step;
        return step < lower ? lower : step;
    }

    private static float CubicMinimum(LinePoint first, LinePoint second)
    {
        double d1 = first.Slope + second.Slope - 3 * (first.Value - second.Value) / (first.Step - second.Step);
        double d2 = Math.Sign(second.Step - first.Step) * Math.Sqrt(d1 * d1 - first.Slope * second.Slope);
        double numerator = second.Slope + d2 - d1;
        double denominator = second.Slope - first.Slope + 2 * d2;
        return (float)(second.Step - (second.Step - first.Step) * numerator / denominator);
    }

    /// <summary>The function and its derivative along the direction, after a step.</summary>
    private readonly record struct LinePoint(float Step, float Value, float Slope);
}

/// <summary>A minimisation cannot go on for the precision of its numbers, though its criterion is not met.</summary>
internal sealed class PrematureConvergenceException(string message) : Exception(message);
