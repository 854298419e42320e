using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLPipelines.Recommendation;

/// <summary>The numbers of users or of items in training: the factors of features, and the sums of the squares of how they were moved.</summary>
internal sealed class PairwiseSide(FactorMatrix factors, FactorMatrix squares, FeatureMatrix? features)
{
    public FactorMatrix Factors => factors;

    public FactorMatrix Squares => squares;

    public FeatureMatrix? Features => features;
}

/// <summary>Room for the numbers of one step, of one thread.</summary>
internal sealed class PairwiseRoom(int factors)
{
    public FactorMatrix Rows { get; } = new(8, factors);
}

/// <summary>Steps of pairwise learning. The last factor of an item is its bias, that of a user is 1 and stays so.</summary>
/// <typeparam name="TVector">A register.</typeparam>
/// <typeparam name="TRegister">What is done with it.</typeparam>
internal static unsafe class PairwiseKernel<TVector, TRegister>
    where TVector : struct
    where TRegister : struct, IRegister<TVector>
{
    private const float MostWeight = 10;
    private const int MostTries = 64;
    private const int Ahead = 6;
    private const int LineLength = 16;

    /// <summary>Takes the steps of some interactions, in the order given; gives the sum of losses.</summary>
    public static double Train(PairwiseSide users, PairwiseDraw draw, PairwiseSide items, InteractionMatrix data, int[] userOf, ReadOnlySpan<int> order, float weightScale, PairwiseRoom room, ref SplitMix64 random)
    {
        int stride = items.Factors.Stride, last = items.Factors.Factors - 1;
        var steps = draw.Steps;
        float* userRoom = room.Rows.RowStart(0), positiveRoom = room.Rows.RowStart(1), negativeRoom = room.Rows.RowStart(2);
        float* ofUser = room.Rows.RowStart(3), ofPositive = room.Rows.RowStart(4), ofNegative = room.Rows.RowStart(5);
        double loss = 0;
        for (int k = 0; k < order.Length; k++)
        {
            if (users.Features is null && k + Ahead < order.Length)
                Prefetch(users, userOf[order[k + Ahead]], stride);
            int at = order[k], user = userOf[at], positive = data.Others[at];
            float* u = Row(users.Factors, users.Features, user, userRoom);
            u[last] = 1;
            float* p = Row(items.Factors, items.Features, positive, positiveRoom);
            int negative = FindNegative(draw, u, Dot(u, p, stride), data.Of(user), data.Weight(at) * weightScale, negativeRoom, ref random, out float* n, out float push, ref loss);
            if (negative < 0)
                continue;
            Gradients(u, p, n, push, ofUser, ofPositive, ofNegative, stride);
            ofUser[last] = 0;
            Move(users, user, ofUser, steps, stride);
            Move(items, positive, ofPositive, steps, stride);
            Move(items, negative, ofNegative, steps, stride);
        }
        return loss;
    }

    /// <summary>Learns the factors of one user from his items, whose factors stay.</summary>
    public static void FoldIn(PairwiseDraw draw, UserHistory history, float* user, PairwiseRoom room, ref SplitMix64 random)
    {
        var items = draw.Items;
        int stride = items.Stride, last = items.Factors - 1;
        float* squares = room.Rows.RowStart(0), ofUser = room.Rows.RowStart(3), unused = room.Rows.RowStart(4);
        new Span<float>(squares, stride).Fill(1);
        var seen = history.Items.Span;
        float weights = 0;
        for (int i = 0; i < seen.Length; i++)
            weights += history.Weight(i);
        double loss = 0;
        for (int step = 0; step < (long)draw.Steps.Iterations * seen.Length; step++)
        {
            int i = random.Next(seen.Length);
            float* p = items.RowStart(seen[i]);
            if (FindNegative(draw, user, Dot(user, p, stride), seen, history.Weight(i) * seen.Length / weights, unused, ref random, out float* n, out float push, ref loss) < 0)
                continue;
            Gradients(user, p, n, push, ofUser, unused, unused, stride);
            ofUser[last] = 0;
            Move(user, squares, ofUser, 1, draw.Steps, stride);
            user[last] = 1;
        }
    }

    /// <summary>The factors of a user or an item: the sum of those of its features.</summary>
    public static float* Row(FactorMatrix factors, FeatureMatrix? features, int row, float* room)
    {
        if (features is null)
            return factors.RowStart(row);
        int stride = factors.Stride;
        for (int f = 0; f < stride; f += TRegister.Count)
        {
            TVector sum = default;
            for (int at = features.Starts[row]; at < features.Starts[row + 1]; at++)
                sum = TRegister.MultiplyAdd(TRegister.Broadcast(features.Weights[at]), TRegister.Load(factors.RowStart(features.Features[at]) + f), sum);
            TRegister.Store(sum, room + f);
        }
        return room;
    }

    /// <summary>Draws an item that the user does not have; gives how far to push both, or -1 where there is nothing to learn.</summary>
    private static int FindNegative(
        PairwiseDraw draw, float* user, float score, ReadOnlySpan<int> seen, float weight, float* room, ref SplitMix64 random, out float* row, out float push, ref double loss)
    {
        row = null;
        push = 0;
        int stride = draw.Items.Stride;
        if (!draw.Steps.IsWarp)
        {
            for (int i = 0; i < MostTries; i++)
            {
                int item = draw.Next(ref random);
                if (seen.BinarySearch(item) >= 0)
                    continue;
                row = Row(draw.Items, draw.Features, item, room);
                float wrong = 1 / (1 + MathF.Exp(score - Dot(user, row, stride)));
                push = weight * wrong;
                loss -= weight * MathF.Log(Math.Max(1 - wrong, 1e-7f));
                return item;
            }
            return -1;
        }
        for (int sampled = 1; sampled <= draw.Steps.MaxSampled; sampled++)
        {
            int item = draw.Next(ref random);
            row = Row(draw.Items, draw.Features, item, room);
            float excess = Dot(user, row, stride) - score + 1;
            if (!(excess > 0) || seen.BinarySearch(item) >= 0)
                continue;
            // About as many items score too high as the number of draws says.
            push = Math.Min(MostWeight, weight * MathF.Log(1 + Math.Max(1, (draw.KnownItems - 1) / sampled)));
            loss += push * excess;
            return item;
        }
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* first, float* second, int stride)
    {
        TVector sum = default;
        for (int f = 0; f < stride; f += TRegister.Count)
            sum = TRegister.MultiplyAdd(TRegister.Load(first + f), TRegister.Load(second + f), sum);
        return TRegister.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gradients(float* u, float* p, float* n, float push, float* ofUser, float* ofPositive, float* ofNegative, int stride)
    {
        TVector up = TRegister.Broadcast(push), down = TRegister.Broadcast(-push);
        for (int f = 0; f < stride; f += TRegister.Count)
        {
            var user = TRegister.Load(u + f);
            TRegister.Store(TRegister.MultiplyAdd(up, TRegister.Load(n + f), TRegister.Multiply(down, TRegister.Load(p + f))), ofUser + f);
            TRegister.Store(TRegister.Multiply(down, user), ofPositive + f);
            TRegister.Store(TRegister.Multiply(up, user), ofNegative + f);
        }
    }

    private static void Move(PairwiseSide side, int row, float* gradient, PairwiseSteps steps, int stride)
    {
        if (side.Features is not { } features)
        {
            Move(side.Factors.RowStart(row), side.Squares.RowStart(row), gradient, 1, steps, stride);
            return;
        }
        for (int at = features.Starts[row]; at < features.Starts[row + 1]; at++)
            Move(side.Factors.RowStart(features.Features[at]), side.Squares.RowStart(features.Features[at]), gradient, features.Weights[at], steps, stride);
    }

    /// <summary>A step of AdaGrad (Duchi et al. 2011).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(float* row, float* squares, float* gradient, float weight, PairwiseSteps steps, int stride)
    {
        TVector rate = TRegister.Broadcast(-steps.LearningRate), regularization = TRegister.Broadcast(steps.Regularization), share = TRegister.Broadcast(weight);
        for (int f = 0; f < stride; f += TRegister.Count)
        {
            var value = TRegister.Load(row + f);
            var square = TRegister.Load(squares + f);
            var slope = TRegister.MultiplyAdd(share, TRegister.Load(gradient + f), TRegister.Multiply(regularization, value));
            TRegister.Store(TRegister.MultiplyAdd(rate, TRegister.DivideByRoot(slope, square), value), row + f);
            TRegister.Store(TRegister.MultiplyAdd(slope, slope, square), squares + f);
        }
    }

    private static void Prefetch(PairwiseSide side, int row, int stride)
    {
        if (!Sse.IsSupported)
            return;
        float* factors = side.Factors.RowStart(row), squares = side.Squares.RowStart(row);
        for (int f = 0; f < stride; f += LineLength)
        {
            Sse.Prefetch0(factors + f);
            Sse.Prefetch0(squares + f);
        }
    }
}
