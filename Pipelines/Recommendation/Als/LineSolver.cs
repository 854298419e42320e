using System.Runtime.Intrinsics;

namespace MLPipelines.Recommendation;

/// <summary>Finds the factors of one user from his items, or of one item from its users. Not thread-safe: a thread has its own.</summary>
internal abstract unsafe class LineSolver
{
    // How many numbers of a panel stay in the first cache.
    private const int PanelLength = 8192;

    private protected LineSolver(AlsProblem problem)
    {
        Problem = problem;
        Order = problem.Others.Factors;
        Stride = problem.Others.Stride;
    }

    protected AlsProblem Problem { get; }

    protected int Order { get; }

    protected int Stride { get; }

    public static LineSolver Create(AlsProblem problem, AlsSolver solver, int steps) => (solver, problem.Width) switch
    {
        (AlsSolver.Cholesky, 16) => new CholeskySolver<Vector512<float>, Register512>(problem),
        (AlsSolver.Cholesky, 8) => new CholeskySolver<Vector256<float>, Register256>(problem),
        (AlsSolver.Cholesky, _) => new CholeskySolver<Vector128<float>, Register128>(problem),
        (_, 16) => new ConjugateGradientSolver<Vector512<float>, Register512>(problem, steps),
        (_, 8) => new ConjugateGradientSolver<Vector256<float>, Register256>(problem, steps),
        _ => new ConjugateGradientSolver<Vector128<float>, Register128>(problem, steps),
    };

    /// <summary>Finds the factors.</summary>
    /// <param name="others">The rows of the other side that it interacted with.</param>
    /// <param name="weights">How much each counts; empty where all weigh 1.</param>
    /// <param name="solution">The factors, padded with zeros: those to begin with, and then the ones found.</param>
    /// <param name="isExact">Whether to go on until the factors change no more, however many steps training takes.</param>
    public abstract void Solve(ReadOnlySpan<int> others, ReadOnlySpan<float> weights, float* solution, bool isExact);

    /// <summary>Solves the same system for another right side, exactly.</summary>
    public abstract void SolveFor(ReadOnlySpan<int> others, ReadOnlySpan<float> weights, float* side, float* solution);

    public static int PanelRows(int stride) => Math.Max(16, PanelLength / stride);

    public static void AddProducts(float* source, float* target, int order, int stride, float* panel, int rows, int width)
    {
        if (width == 16)
            GramUpdate<Vector512<float>, Register512>.Add(source, target, order, stride, panel, rows);
        else if (width == 8)
            GramUpdate<Vector256<float>, Register256>.Add(source, target, order, stride, panel, rows);
        else
            GramUpdate<Vector128<float>, Register128>.Add(source, target, order, stride, panel, rows);
    }
}
