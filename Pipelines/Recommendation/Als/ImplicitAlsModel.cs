using System.Collections.Concurrent;
using System.Numerics.Tensors;

namespace MLPipelines.Recommendation;

/// <summary>Factors of users and items; those of users who were not trained on are solved for when they come.</summary>
internal sealed unsafe class ImplicitAlsModel(InteractionMatrix data, FactorMatrix users, FactorMatrix items, AlsObjectiveNumbers numbers, AlsSolver solver) : RecommenderModel(data)
{
    public const string Name = "implicit-als";

    private readonly Lazy<AlsProblem> _problem = new(() => new AlsProblem(items, numbers, new ParallelOptions(), Registers.Width));
    private readonly Lazy<float[]> _itemNorms = new(items.Norms);
    private readonly Lazy<float[]> _userNorms = new(users.Norms);
    private readonly ConcurrentBag<LineSolver> _solvers = [];

    public override string Algorithm => Name;

    public override void Score(UserHistory history, Span<float> scores)
    {
        if (history.User >= 0)
        {
            FactorScores.Score(items, users.RowStart(history.User), 1, scores);
            GC.KeepAlive(users);
            return;
        }
        var factors = new FactorMatrix(1, items.Factors);
        FoldIn(history, factors.Start);
        FactorScores.Score(items, factors.Start, 1, scores);
        GC.KeepAlive(factors);
    }

    public override void Score(ReadOnlySpan<UserHistory> histories, Span<float> scores)
    {
        var factors = new FactorMatrix(histories.Length, items.Factors);
        for (int i = 0; i < histories.Length; i++)
        {
            if (histories[i].User >= 0)
                users[histories[i].User].CopyTo(factors[i]);
            else
                FoldIn(histories[i], factors.RowStart(i));
        }
        FactorScores.Score(items, factors.Start, histories.Length, scores);
        GC.KeepAlive(factors);
    }

    public override float Score(UserHistory history, int item)
    {
        var factors = new FactorMatrix(1, items.Factors);
        if (history.User >= 0)
            users[history.User].CopyTo(factors[0]);
        else
            FoldIn(history, factors.Start);
        float score = FactorScores.Score(items.RowStart(item), factors.Start, items.Stride);
        GC.KeepAlive(factors);
        return score;
    }

    public override float Similarity(int first, int second) => TensorPrimitives.CosineSimilarity<float>(items[first], items[second]) is var cosine && float.IsFinite(cosine) ? cosine : 0;

    public override void SimilarItems(int item, Span<float> scores) => Cosines(items, item, _itemNorms.Value, scores);

    public override void SimilarUsers(int user, Span<float> scores) => Cosines(users, user, _userNorms.Value, scores);

    /// <summary>
    /// A score is a sum over the items of the history (Hu, Koren and Volinsky 2008, section 5): with A the matrix of the user's system, item i adds
    /// (factors of the scored item)' A⁻¹ (factors of i), times how much i counts.
    /// </summary>
    public override void Contributions(UserHistory history, int item, Span<float> shares)
    {
        var vectors = new FactorMatrix(2, items.Factors);
        items[item].CopyTo(vectors[0]);
        Use(one => one.SolveFor(history.Items.Span, history.Weights.Span, vectors.RowStart(0), vectors.RowStart(1)));
        for (int i = 0; i < shares.Length; i++)
            shares[i] = numbers.Pull(history.Weight(i)) * TensorPrimitives.Dot<float>(vectors[1], items[history.Items.Span[i]]);
    }

    public override void Write(ModelParts parts)
    {
        parts.Numbers.Add("factors", items.Factors);
        parts.Numbers.Add("solver", (int)solver);
        numbers.Write(parts);
        users.Write(parts, "user-factors");
        items.Write(parts, "item-factors");
    }

    public static ImplicitAlsModel Read(InteractionMatrix data, ModelParts parts)
    {
        int factors = (int)parts.Number("factors", 1, ImplicitAlsOptions.MostFactors);
        return new ImplicitAlsModel(
            data,
            FactorMatrix.Read(parts, "user-factors", data.Users.Count, factors),
            FactorMatrix.Read(parts, "item-factors", data.Items.Count, factors),
            AlsObjectiveNumbers.Read(parts),
            (AlsSolver)(int)parts.Number("solver", 0, 1));
    }

    private void FoldIn(UserHistory history, float* factors) => Use(one => one.Solve(history.Items.Span, history.Weights.Span, factors, isExact: true));

    private void Use(Action<LineSolver> work)
    {
        if (!_solvers.TryTake(out var one))
            one = LineSolver.Create(_problem.Value, solver, steps: 1);
        work(one);
        _solvers.Add(one);
    }

    private static void Cosines(FactorMatrix rows, int row, float[] norms, Span<float> scores)
    {
        FactorScores.Score(rows, rows.RowStart(row), 1, scores);
        for (int i = 0; i < scores.Length; i++)
        {
            float norm = norms[row] * norms[i];
            scores[i] = norm > 0 ? scores[i] / norm : 0;
        }
        GC.KeepAlive(rows);
    }
}
