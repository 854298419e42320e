using System.Numerics.Tensors;
using System.Runtime.Intrinsics.X86;

namespace MLPipelines.Recommendation;

/// <summary>
/// Improves each row's factors by a few steps of conjugate gradients, without its matrix: costs factors for each interaction and step, and
/// factors² for each row and step.
/// </summary>
internal sealed unsafe class ConjugateGradientSolver<TVector, TRegister> : LineSolver
    where TVector : struct
    where TRegister : struct, IRegister<TVector>
{
    // Below this share of the length of the right side, what is left is rounding.
    private const float Tolerance = 1e-5f;
    private const int CacheLine = 16;

    private readonly int _steps;
    private readonly int _chunk;
    private readonly FactorMatrix _vectors;
    private readonly FactorMatrix _products;
    private readonly nint[] _rows;
    private readonly nint[] _gramRows;

    public ConjugateGradientSolver(AlsProblem problem, int steps)
        : base(problem)
    {
        _steps = steps;
        _chunk = PanelRows(Stride);
        _vectors = new FactorMatrix(4, Stride);
        _products = new FactorMatrix(1, _chunk + 4);
        _rows = GC.AllocateArray<nint>(_chunk, pinned: true);
        _gramRows = GC.AllocateArray<nint>(Order, pinned: true);
        for (int i = 0; i < Order; i++)
            _gramRows[i] = (nint)problem.Gram.RowStart(i);
    }

    public override void Solve(ReadOnlySpan<int> others, ReadOnlySpan<float> weights, float* solution, bool isExact)
    {
        float* residual = _vectors.RowStart(0);
        var side = new Span<float>(_vectors.RowStart(3), Stride);
        float ridge = Problem.Ridge(weights, others.Length);
        // From nothing, so that the result depends on the interactions alone.
        if (isExact)
            new Span<float>(solution, Stride).Clear();
        // The first residual, b - A x, in one pass over the rows.
        new Span<float>(residual, Stride).Clear();
        for (int first = 0; first < others.Length; first += _chunk)
        {
            int count = Gather(others, first);
            float* products = _products.Start;
            fixed (nint* rows = _rows)
            {
                RowProducts<TVector, TRegister>.Dots((float**)rows, count, solution, Stride, products);
                for (int i = 0; i < count; i++)
                {
                    float weight = weights.IsEmpty ? 1 : weights[first + i];
                    products[i] = Problem.Numbers.Pull(weight) - Problem.Numbers.Weight(weight) * products[i];
                }
                RowProducts<TVector, TRegister>.AddSum((float**)rows, count, products, Stride, residual);
            }
        }
        // Off it goes what all pairs and the regularisation add.
        side.Clear();
        AddDense(solution, ridge, _vectors.RowStart(3));
        var r = new Span<float>(residual, Stride);
        TensorPrimitives.Subtract(r, side, r);
        Iterate(others, weights, ridge, solution, isExact ? ExactSteps : _steps);
    }

    public override void SolveFor(ReadOnlySpan<int> others, ReadOnlySpan<float> weights, float* side, float* solution)
    {
        new Span<float>(solution, Stride).Clear();
        new Span<float>(side, Stride).CopyTo(new Span<float>(_vectors.RowStart(0), Stride));
        Gather(others, 0);
        Iterate(others, weights, Problem.Ridge(weights, others.Length), solution, ExactSteps);
    }

    // Without rounding there would be as many steps as there are factors.
    private int ExactSteps => 2 * Order;

    private void Iterate(ReadOnlySpan<int> others, ReadOnlySpan<float> weights, float ridge, float* solution, int steps)
    {
        var x = new Span<float>(solution, Stride);
        var residual = new Span<float>(_vectors.RowStart(0), Stride);
        var direction = new Span<float>(_vectors.RowStart(1), Stride);
        var image = new Span<float>(_vectors.RowStart(2), Stride);
        residual.CopyTo(direction);
        float square = TensorPrimitives.SumOfSquares<float>(residual);
        float least = square * Tolerance * Tolerance;
        for (int step = 0; step < steps && square > least; step++)
        {
            image.Clear();
            AddDense(_vectors.RowStart(1), ridge, _vectors.RowStart(2));
            AddRows(others, weights, _vectors.RowStart(1), _vectors.RowStart(2));
            float curvature = TensorPrimitives.Dot<float>(direction, image);
            if (!(curvature > 0))
                return;
            float length = square / curvature;
            TensorPrimitives.MultiplyAdd(direction, length, x, x);
            TensorPrimitives.MultiplyAdd(image, -length, residual, residual);
            float next = TensorPrimitives.SumOfSquares<float>(residual);
            TensorPrimitives.MultiplyAdd(direction, next / square, residual, direction);
            square = next;
        }
    }

    /// <summary>target += (gram + ridge) * vector.</summary>
    private void AddDense(float* vector, float ridge, float* target)
    {
        fixed (nint* rows = _gramRows)
            RowProducts<TVector, TRegister>.AddSum((float**)rows, Order, vector, Stride, target);
        var ridges = TRegister.Broadcast(ridge);
        for (int j = 0; j < Stride; j += TRegister.Count)
            TRegister.Store(TRegister.MultiplyAdd(ridges, TRegister.Load(vector + j), TRegister.Load(target + j)), target + j);
    }

    /// <summary>target += the weighted sum of the rows, each times its product with the vector.</summary>
    private void AddRows(ReadOnlySpan<int> others, ReadOnlySpan<float> weights, float* vector, float* target)
    {
        float* products = _products.Start;
        for (int first = 0; first < others.Length; first += _chunk)
        {
            // One chunk's places are known from the pass before.
            int count = others.Length <= _chunk ? others.Length : Gather(others, first);
            fixed (nint* rows = _rows)
            {
                RowProducts<TVector, TRegister>.Dots((float**)rows, count, vector, Stride, products);
                for (int i = 0; i < count; i++)
                    products[i] *= Problem.Numbers.Weight(weights.IsEmpty ? 1 : weights[first + i]);
                RowProducts<TVector, TRegister>.AddSum((float**)rows, count, products, Stride, target);
            }
        }
    }

    private int Gather(ReadOnlySpan<int> others, int first)
    {
        int count = Math.Min(_chunk, others.Length - first);
        for (int i = 0; i < count; i++)
        {
            float* row = Problem.Others.RowStart(others[first + i]);
            _rows[i] = (nint)row;
            if (Sse.IsSupported)
            {
                for (int j = 0; j < Stride; j += CacheLine)
                    Sse.Prefetch0(row + j);
            }
        }
        return count;
    }
}
