using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLPipelines.Recommendation;

/// <summary>
/// Computes the network for one user and many items on the processor. What the first layer makes of items is computed once. The same additions are made in
/// the same order however many items are scored, so that an item alone scores as among others.
/// </summary>
internal sealed class NeuralCfScorer
{
    private const int Lanes = 16;
    private const int RowsTogether = 6;
    private const int BlockItems = 10 * RowsTogether;

    private readonly int _dimension;
    private readonly int _itemCount;
    private readonly float[]? _itemGmf;
    private readonly float[]? _itemFirst;
    private readonly float[] _userFirst = [];
    private readonly Packed[] _layers = [];
    private readonly float[] _output = [];
    private readonly float _bias;
    private readonly int _firstWidth;
    private readonly int _widest;

    /// <summary>A layer as [inputs, outputs], outputs filled up with zeros to a multiple of <see cref="Lanes"/>.</summary>
    private sealed record Packed(int Inputs, int Width, float[] Weight, float[] Bias);

    public NeuralCfScorer(NeuralCfWeights weights)
    {
        int d = _dimension = weights.Dimension;
        _itemCount = (weights.ItemGmf ?? weights.ItemMlp)!.Length / d;
        _bias = weights.Output.Bias[0];
        if (weights.ItemGmf is { } itemGmf)
        {
            _itemGmf = new float[itemGmf.Length];
            for (int i = 0; i < itemGmf.Length; i += d)
                TensorPrimitives.Multiply(itemGmf.AsSpan(i, d), weights.Output.Weight.AsSpan(0, d), _itemGmf.AsSpan(i, d));
        }
        if (weights.ItemMlp is not { } itemMlp)
            return;
        var first = Pack(weights.Hidden[0]);
        _firstWidth = first.Width;
        _userFirst = first.Weight[..(d * _firstWidth)];
        _itemFirst = new float[checked(_itemCount * _firstWidth)];
        Forward(itemMlp, d, _itemCount, new Packed(d, _firstWidth, first.Weight[(d * _firstWidth)..], first.Bias), _itemFirst, rectify: false);
        _layers = [.. weights.Hidden.Skip(1).Select(Pack)];
        _widest = Math.Max(_firstWidth, _layers.Length == 0 ? 0 : _layers.Max(layer => layer.Width));
        int last = weights.Hidden[^1].Outputs;
        _output = new float[_layers.Length == 0 ? _firstWidth : _layers[^1].Width];
        weights.Output.Weight.AsSpan(weights.Output.Weight.Length - last).CopyTo(_output);
    }

    /// <summary>The log odds of some items.</summary>
    /// <param name="userGmf">The user's embedding for the factorisation; empty where there is none.</param>
    /// <param name="userMlp">And for the perceptron.</param>
    /// <param name="first">The first item.</param>
    /// <param name="scores">One for each item from there on.</param>
    public void Score(ReadOnlySpan<float> userGmf, ReadOnlySpan<float> userMlp, int first, Span<float> scores)
    {
        for (int i = 0; i < scores.Length; i++)
            scores[i] = _itemGmf is null ? _bias : _bias + TensorPrimitives.Dot(userGmf, _itemGmf.AsSpan((first + i) * _dimension, _dimension));
        if (_itemFirst is null)
            return;
        var user = ArrayPool<float>.Shared.Rent(_firstWidth);
        var buffers = ArrayPool<float>.Shared.Rent(2 * BlockItems * _widest);
        try
        {
            Forward(userMlp, _dimension, 1, new Packed(_dimension, _firstWidth, _userFirst, new float[_firstWidth]), user, rectify: false);
            for (int start = 0; start < scores.Length; start += BlockItems)
                AddPerceptron(user.AsSpan(0, _firstWidth), first + start, scores.Slice(start, Math.Min(BlockItems, scores.Length - start)), buffers);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(user);
            ArrayPool<float>.Shared.Return(buffers);
        }
    }

    private void AddPerceptron(ReadOnlySpan<float> user, int first, Span<float> scores, float[] buffers)
    {
        Span<float> input = buffers.AsSpan(0, BlockItems * _widest), output = buffers.AsSpan(BlockItems * _widest, BlockItems * _widest);
        for (int i = 0; i < scores.Length; i++)
        {
            var x = input.Slice(i * _firstWidth, _firstWidth);
            TensorPrimitives.Add(_itemFirst.AsSpan((first + i) * _firstWidth, _firstWidth), user, x);
            TensorPrimitives.Max(x, 0, x);
        }
        int width = _firstWidth;
        foreach (var layer in _layers)
        {
            Forward(input, width, scores.Length, layer, output, rectify: true);
            width = layer.Width;
            var swap = input;
            input = output;
            output = swap;
        }
        for (int i = 0; i < scores.Length; i++)
            scores[i] += TensorPrimitives.Dot(input.Slice(i * width, width), _output);
    }

    private static Packed Pack(DenseLayer layer)
    {
        int width = (layer.Outputs + Lanes - 1) / Lanes * Lanes;
        var weight = new float[layer.Inputs * width];
        for (int o = 0; o < layer.Outputs; o++)
        {
            for (int i = 0; i < layer.Inputs; i++)
                weight[i * width + o] = layer.Weight[o * layer.Inputs + i];
        }
        var bias = new float[width];
        layer.Bias.CopyTo(bias, 0);
        return new Packed(layer.Inputs, width, weight, bias);
    }

    /// <summary>Rows of inputs, <paramref name="stride"/> apart, through a layer.</summary>
    private static void Forward(ReadOnlySpan<float> input, int stride, int rows, Packed layer, Span<float> output, bool rectify)
    {
        // The kernel below does without checks of bounds.
        if (rows > 0 && (input.Length < (rows - 1L) * stride + layer.Inputs || output.Length < (long)rows * layer.Width))
            throw new ArgumentException("The buffers are too short.", nameof(input));
        int row = 0;
        for (; row + RowsTogether <= rows; row += RowsTogether)
        {
            for (int column = 0; column < layer.Width; column += Lanes)
                Six(ref At(input, row * stride), stride, layer, column, ref At(output, row * layer.Width), rectify);
        }
        for (; row < rows; row++)
        {
            for (int column = 0; column < layer.Width; column += Lanes)
                One(ref At(input, row * stride), layer, column, ref At(output, row * layer.Width), rectify);
        }
    }

    private static ref float At(ReadOnlySpan<float> span, int offset) => ref Unsafe.Add(ref MemoryMarshal.GetReference(span), offset);

    private static void One(ref float x, Packed layer, int column, ref float y, bool rectify)
    {
        ref float w = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(layer.Weight), column);
        var sum = Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(layer.Bias), (nuint)column);
        for (int i = 0; i < layer.Inputs; i++)
            sum = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x, i)), Vector512.LoadUnsafe(ref w, (nuint)(i * layer.Width)), sum);
        Store(sum, ref y, column, rectify);
    }

    private static void Six(ref float x, int stride, Packed layer, int column, ref float y, bool rectify)
    {
        ref float w = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(layer.Weight), column);
        ref float x1 = ref Unsafe.Add(ref x, stride), x2 = ref Unsafe.Add(ref x, 2 * stride), x3 = ref Unsafe.Add(ref x, 3 * stride), x4 = ref Unsafe.Add(ref x, 4 * stride), x5 = ref Unsafe.Add(ref x, 5 * stride);
        var sum0 = Vector512.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(layer.Bias), (nuint)column);
        Vector512<float> sum1 = sum0, sum2 = sum0, sum3 = sum0, sum4 = sum0, sum5 = sum0;
        int inputs = layer.Inputs, width = layer.Width;
        for (int i = 0; i < inputs; i++)
        {
            var weight = Vector512.LoadUnsafe(ref w, (nuint)(i * width));
            sum0 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x, i)), weight, sum0);
            sum1 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x1, i)), weight, sum1);
            sum2 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x2, i)), weight, sum2);
            sum3 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x3, i)), weight, sum3);
            sum4 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x4, i)), weight, sum4);
            sum5 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref x5, i)), weight, sum5);
        }
        Store(sum0, ref y, column, rectify);
        Store(sum1, ref y, width + column, rectify);
        Store(sum2, ref y, 2 * width + column, rectify);
        Store(sum3, ref y, 3 * width + column, rectify);
        Store(sum4, ref y, 4 * width + column, rectify);
        Store(sum5, ref y, 5 * width + column, rectify);
    }

    private static void Store(Vector512<float> sum, ref float y, int offset, bool rectify) =>
        (rectify ? Vector512.Max(sum, Vector512<float>.Zero) : sum).StoreUnsafe(ref y, (nuint)offset);
}
