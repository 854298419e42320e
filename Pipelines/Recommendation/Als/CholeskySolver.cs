using System.Runtime.Intrinsics.X86;

namespace MLPipelines.Recommendation;

/// <summary>Solves each row's system exactly: costs factors² for each interaction and factors³ / 3 for each row.</summary>
internal sealed unsafe class CholeskySolver<TVector, TRegister> : LineSolver
    where TVector : struct
    where TRegister : struct, IRegister<TVector>
{
    private const int RowsAhead = 8;
    private const int CacheLine = 16;

    private readonly FactorMatrix _matrix;
    private readonly FactorMatrix _panel;
    private readonly FactorMatrix _vectors;

    public CholeskySolver(AlsProblem problem)
        : base(problem)
    {
        _matrix = new FactorMatrix(Stride, Stride);
        _panel = new FactorMatrix(PanelRows(Stride), Stride);
        _vectors = new FactorMatrix(2, Stride);
    }

    private float* Inverses => _vectors.RowStart(0);

    private float* Side => _vectors.RowStart(1);

    public override void Solve(ReadOnlySpan<int> others, ReadOnlySpan<float> weights, float* solution, bool isExact)
    {
        Build(others, weights);
        CholeskySystem<TVector, TRegister>.Solve(_matrix.Start, Order, Stride, Inverses, Side, solution);
    }

    public override void SolveFor(ReadOnlySpan<int> others, ReadOnlySpan<float> weights, float* side, float* solution)
    {
        Build(others, weights);
        new Span<float>(side, Stride).CopyTo(new Span<float>(Side, Stride));
        CholeskySystem<TVector, TRegister>.Solve(_matrix.Start, Order, Stride, Inverses, Side, solution);
    }

    /// <summary>Sums up the system, and factors its matrix.</summary>
    private void Build(ReadOnlySpan<int> others, ReadOnlySpan<float> weights)
    {
        new Span<float>(Side, Stride).Clear();
        float* source = Problem.Gram.Start;
        for (int first = 0; first < others.Length; first += _panel.Rows)
        {
            int count = Math.Min(_panel.Rows, others.Length - first);
            Pack(others, first, count, weights);
            GramUpdate<TVector, TRegister>.Add(source, _matrix.Start, Order, Stride, _panel.Start, count);
            source = _matrix.Start;
        }
        if (others.IsEmpty)
            new Span<float>(source, Order * Stride).CopyTo(new Span<float>(_matrix.Start, Order * Stride));
        float ridge = Problem.Ridge(weights, others.Length);
        for (int i = 0; i < Order; i++)
            _matrix.RowStart(i)[i] += ridge;
        CholeskySystem<TVector, TRegister>.Factor(_matrix.Start, Order, Stride, Inverses);
    }

    /// <summary>Copies rows next to each other, times the roots of their weights, and sums up the right side.</summary>
    private void Pack(ReadOnlySpan<int> others, int first, int count, ReadOnlySpan<float> weights)
    {
        var numbers = Problem.Numbers;
        float* to = _panel.Start;
        for (int i = 0; i < count; i++, to += Stride)
        {
            if (Sse.IsSupported && first + i + RowsAhead < others.Length)
            {
                float* ahead = Problem.Others.RowStart(others[first + i + RowsAhead]);
                for (int j = 0; j < Stride; j += CacheLine)
                    Sse.Prefetch0(ahead + j);
            }
            float weight = weights.IsEmpty ? 1 : weights[first + i];
            float* from = Problem.Others.RowStart(others[first + i]);
            var root = TRegister.Broadcast(MathF.Sqrt(numbers.Weight(weight)));
            var pull = TRegister.Broadcast(numbers.Pull(weight));
            for (int j = 0; j < Stride; j += TRegister.Count)
            {
                var value = TRegister.Load(from + j);
                TRegister.Store(TRegister.Multiply(root, value), to + j);
                TRegister.Store(TRegister.MultiplyAdd(pull, value, TRegister.Load(Side + j)), Side + j);
            }
        }
    }
}
