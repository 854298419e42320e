using System.Runtime.Intrinsics;

namespace MLPipelines.Text;

/// <summary>
/// The binary support vector machines of up to <see cref="MaximumLanes"/> classes against the rest, solved side by side:
/// the weights of a feature for all of them lie in one cache line, so that one pass over a text serves them all.
/// Dual coordinate descent for the squared hinge loss (Hsieh et al., "A dual coordinate descent method for large-scale
/// linear SVM", ICML 2008), with a regularised bias as one more feature of value 1. The result depends on the rows, the
/// costs solved for and the seed only.
/// </summary>
internal sealed unsafe class ClassBlock : IDisposable
{
    public const int MaximumLanes = 16;
    private const int CancellationInterval = 1024;
    // A row whose dual variables would all move by less than this stays as it is, and is passed over the next few times.
    private const float SmallestStep = 3e-3f;
    private const byte PassesToRest = 2;

    private readonly SparseRows _rows;
    private readonly int[] _labels;
    private readonly float[] _squaredNorms;
    private readonly int _firstClass;
    private readonly int _lanes;
    private readonly AlignedFloats _weights;
    private readonly AlignedFloats _alphas;

    /// <param name="rows">The training texts.</param>
    /// <param name="labels">The class of each row, from 0.</param>
    /// <param name="squaredNorms">The squared length of each row, bias included.</param>
    /// <param name="firstClass">The first class of the block.</param>
    /// <param name="classes">How many classes the block has, 1 to <see cref="MaximumLanes"/>.</param>
    public ClassBlock(SparseRows rows, int[] labels, float[] squaredNorms, int firstClass, int classes)
    {
        _rows = rows;
        _labels = labels;
        _squaredNorms = squaredNorms;
        _firstClass = firstClass;
        Classes = classes;
        _lanes = classes switch { 1 => 1, <= 4 => 4, <= 8 => 8, _ => MaximumLanes };
        _weights = new AlignedFloats((rows.FeatureCount + 1L) * _lanes);
        _alphas = new AlignedFloats((long)rows.RowCount * _lanes);
    }

    public int Classes { get; }

    public void Dispose()
    {
        _weights.Dispose();
        _alphas.Dispose();
    }

    /// <summary>Solves for one cost, starting from the solution for the last one; returns the number of passes made.</summary>
    public int Solve(float cost, float tolerance, int maximumPasses, int seed, CancellationToken cancellation)
    {
        float* targets = stackalloc float[MaximumLanes];
        float* signs = stackalloc float[MaximumLanes];
        for (int lane = 0; lane < _lanes; lane++)
        {
            // Unused lanes have neither sign nor target, and so stay at zero.
            targets[lane] = lane < Classes ? 1 : 0;
            signs[lane] = lane < Classes ? -1 : 0;
        }
        var order = new int[_rows.RowCount];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        var rest = new byte[order.Length];
        var random = new SeededShuffle(seed);
        float diagonal = 0.5f / cost;
        for (int pass = 1; pass <= maximumPasses; pass++)
        {
            random.Shuffle(order);
            float largest = 0;
            for (int i = 0; i < order.Length; i++)
            {
                if (i % CancellationInterval == 0)
                    cancellation.ThrowIfCancellationRequested();
                int row = order[i];
                if (rest[row] > 0)
                {
                    rest[row]--;
                    continue;
                }
                int own = _labels[row] - _firstClass;
                bool positive = (uint)own < (uint)Classes;
                if (positive)
                    signs[own] = 1;
                float step = _lanes == 1 ? UpdateOne(row, signs[0], diagonal) : Update(row, signs, targets, diagonal);
                if (step < SmallestStep && pass > 1)
                    rest[row] = PassesToRest;
                largest = Math.Max(largest, step * _squaredNorms[row]);
                if (positive)
                    signs[own] = -1;
            }
            if (largest < tolerance)
                return pass;
        }
        return maximumPasses;
    }

    /// <summary>Adds the scores of <paramref name="rows"/> into their place in a row-major matrix of <paramref name="stride"/> columns.</summary>
    public void Score(SparseRows rows, float[] scores, int stride, int[] targetRows, CancellationToken cancellation)
    {
        float* sums = stackalloc float[MaximumLanes];
        for (int row = 0; row < rows.RowCount; row++)
        {
            if (row % CancellationInterval == 0)
                cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<int> features = rows.Features(row, out ReadOnlySpan<float> values);
            if (_lanes == 1)
                sums[0] = DotOne(features, values);
            else
                Dot(features, values, sums);
            new ReadOnlySpan<float>(sums, Classes).CopyTo(scores.AsSpan(targetRows[row] * stride + _firstClass));
        }
    }

    /// <summary>Copies the weights into a feature-major matrix of <paramref name="stride"/> columns whose last row is the bias.</summary>
    public void CopyWeights(float[] weights, int stride)
    {
        for (long f = 0; f <= _rows.FeatureCount; f++)
            new ReadOnlySpan<float>(_weights.Pointer + f * _lanes, Classes).CopyTo(weights.AsSpan((int)(f * stride) + _firstClass));
    }

    private float UpdateOne(int row, float sign, float diagonal)
    {
        ReadOnlySpan<int> features = _rows.Features(row, out ReadOnlySpan<float> values);
        float* alpha = _alphas.Pointer + row;
        float gradient = sign * DotOne(features, values) - 1 + diagonal * *alpha;
        float next = Math.Max(0, *alpha - gradient / (_squaredNorms[row] + diagonal));
        float step = next - *alpha;
        if (Math.Abs(step) < SmallestStep)
            return 0;
        *alpha = next;
        float change = sign * step;
        float* weights = _weights.Pointer;
        for (int i = 0; i < features.Length; i++)
            weights[features[i]] += change * values[i];
        weights[_rows.FeatureCount] += change;
        return Math.Abs(step);
    }

    private float DotOne(ReadOnlySpan<int> features, ReadOnlySpan<float> values)
    {
        float* weights = _weights.Pointer;
        float a = weights[_rows.FeatureCount], b = 0, c = 0, d = 0;
        int i = 0;
        for (; i + 4 <= features.Length; i += 4)
        {
            a += values[i] * weights[features[i]];
            b += values[i + 1] * weights[features[i + 1]];
            c += values[i + 2] * weights[features[i + 2]];
            d += values[i + 3] * weights[features[i + 3]];
        }
        for (; i < features.Length; i++)
            a += values[i] * weights[features[i]];
        return a + b + (c + d);
    }

    private float Update(int row, float* signs, float* targets, float diagonal)
    {
        ReadOnlySpan<int> features = _rows.Features(row, out ReadOnlySpan<float> values);
        float* sums = stackalloc float[MaximumLanes];
        float* changes = stackalloc float[MaximumLanes];
        float* nexts = stackalloc float[MaximumLanes];
        Dot(features, values, sums);

        float* alphas = _alphas.Pointer + (long)row * _lanes;
        Vector128<float> slope = Vector128.Create(diagonal);
        Vector128<float> rate = Vector128.Create(1 / (_squaredNorms[row] + diagonal));
        Vector128<float> largest = Vector128<float>.Zero;
        for (int lane = 0; lane < _lanes; lane += 4)
        {
            Vector128<float> alpha = Vector128.Load(alphas + lane);
            Vector128<float> sign = Vector128.Load(signs + lane);
            Vector128<float> gradient = sign * Vector128.Load(sums + lane) - Vector128.Load(targets + lane) + slope * alpha;
            Vector128<float> next = Vector128.Max(Vector128<float>.Zero, alpha - gradient * rate);
            Vector128<float> step = next - alpha;
            next.Store(nexts + lane);
            (sign * step).Store(changes + lane);
            largest = Vector128.Max(largest, Vector128.Abs(step));
        }
        float size = Math.Max(Math.Max(largest[0], largest[1]), Math.Max(largest[2], largest[3]));
        if (size < SmallestStep)
            return size;
        new ReadOnlySpan<float>(nexts, _lanes).CopyTo(new Span<float>(alphas, _lanes));
        AddScaled(features, values, changes);
        return size;
    }

    private void Dot(ReadOnlySpan<int> features, ReadOnlySpan<float> values, float* sums)
    {
        float* weights = _weights.Pointer;
        long bias = (long)_rows.FeatureCount * _lanes;
        if (_lanes == 4)
        {
            Vector128<float> sum = Vector128.Load(weights + bias);
            for (int i = 0; i < features.Length; i++)
                sum = Vector128.FusedMultiplyAdd(Vector128.Create(values[i]), Vector128.Load(weights + (long)features[i] * 4), sum);
            sum.Store(sums);
        }
        else if (_lanes == 8)
        {
            Vector256<float> sum = Vector256.Load(weights + bias);
            for (int i = 0; i < features.Length; i++)
                sum = Vector256.FusedMultiplyAdd(Vector256.Create(values[i]), Vector256.Load(weights + (long)features[i] * 8), sum);
            sum.Store(sums);
        }
        else
        {
            Vector256<float> low = Vector256.Load(weights + bias), high = Vector256.Load(weights + bias + 8);
            for (int i = 0; i < features.Length; i++)
            {
                float* source = weights + (long)features[i] * 16;
                Vector256<float> value = Vector256.Create(values[i]);
                low = Vector256.FusedMultiplyAdd(value, Vector256.Load(source), low);
                high = Vector256.FusedMultiplyAdd(value, Vector256.Load(source + 8), high);
            }
            low.Store(sums);
            high.Store(sums + 8);
        }
    }

    private void AddScaled(ReadOnlySpan<int> features, ReadOnlySpan<float> values, float* changes)
    {
        float* weights = _weights.Pointer;
        float* bias = weights + (long)_rows.FeatureCount * _lanes;
        if (_lanes == 4)
        {
            Vector128<float> change = Vector128.Load(changes);
            for (int i = 0; i < features.Length; i++)
            {
                float* target = weights + (long)features[i] * 4;
                Vector128.FusedMultiplyAdd(Vector128.Create(values[i]), change, Vector128.Load(target)).Store(target);
            }
            (Vector128.Load(bias) + change).Store(bias);
        }
        else if (_lanes == 8)
        {
            Vector256<float> change = Vector256.Load(changes);
            for (int i = 0; i < features.Length; i++)
            {
                float* target = weights + (long)features[i] * 8;
                Vector256.FusedMultiplyAdd(Vector256.Create(values[i]), change, Vector256.Load(target)).Store(target);
            }
            (Vector256.Load(bias) + change).Store(bias);
        }
        else
        {
            Vector256<float> low = Vector256.Load(changes), high = Vector256.Load(changes + 8);
            for (int i = 0; i < features.Length; i++)
            {
                float* target = weights + (long)features[i] * 16;
                Vector256<float> value = Vector256.Create(values[i]);
                Vector256.FusedMultiplyAdd(value, low, Vector256.Load(target)).Store(target);
                Vector256.FusedMultiplyAdd(value, high, Vector256.Load(target + 8)).Store(target + 8);
            }
            (Vector256.Load(bias) + low).Store(bias);
            (Vector256.Load(bias + 8) + high).Store(bias + 8);
        }
    }
}
