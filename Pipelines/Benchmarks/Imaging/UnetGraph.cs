using System.Globalization;
using System.Runtime.InteropServices;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Benchmarks.Imaging;

/// <summary>
/// A graph of the shape of Stable Diffusion 1.5's UNet (860 million weights; Rombach et al. 2022), with random weights, for pictures of one size.
/// </summary>
/// <param name="side">The side of the latents: 64 for pictures of 512 pixels.</param>
/// <param name="fused">Whether attention is ONNX Runtime's own operator, which never holds all its scores at once, and not MatMul, Softmax, MatMul as exporters write it.</param>
internal sealed class UnetGraph(int side, bool fused)
{
    private const int Heads = 8, Groups = 32, TextWidth = 768, TimeWidth = 1280;
    private static readonly int[] Widths = [320, 640, 1280, 1280];
    private readonly OnnxGraphBuilder _graph = new("unet");
    private string _time = "";
    private string _text = "";
    private int _weights;

    public OnnxGraphBuilder Build()
    {
        var sample = _graph.Input("sample", OnnxElementType.Float, "batch", 4, side, side);
        var timestep = _graph.Input("timestep", OnnxElementType.Float, 1);
        _text = _graph.Input("encoder_hidden_states", OnnxElementType.Float, "batch", "tokens", TextWidth);
        _time = Silu(TimeEmbedding(timestep));

        int size = side;
        var x = Conv(sample, 4, Widths[0], 3);
        var skips = new Stack<(string Value, int Width)>([(x, Widths[0])]);
        int width = Widths[0];
        for (int block = 0; block < Widths.Length; block++)
        {
            for (int layer = 0; layer < 2; layer++)
            {
                x = Resnet(x, width, width = Widths[block], size);
                if (block < 3)
                    x = Transformer(x, width, size);
                skips.Push((x, width));
            }
            if (block < 3)
            {
                x = Conv(x, width, width, 3, stride: 2);
                size /= 2;
                skips.Push((x, width));
            }
        }
        x = Resnet(x, width, width, size);
        x = Transformer(x, width, size);
        x = Resnet(x, width, width, size);
        for (int block = Widths.Length - 1; block >= 0; block--)
        {
            for (int layer = 0; layer < 3; layer++)
            {
                var skip = skips.Pop();
                x = _graph.Node("Concat", [x, skip.Value], new OnnxAttribute("axis", 1L));
                x = Resnet(x, width + skip.Width, width = Widths[block], size);
                if (block < 3)
                    x = Transformer(x, width, size);
            }
            if (block > 0)
            {
                var scales = _graph.Add(OnnxTensor.Of("scales", [1f, 1f, 2f, 2f], 4));
                x = _graph.Node("Resize", [x, "", scales], new OnnxAttribute("mode", "nearest"), new OnnxAttribute("coordinate_transformation_mode", "asymmetric"), new OnnxAttribute("nearest_mode", "floor"));
                x = Conv(x, width, width, 3);
                size *= 2;
            }
        }
        x = Conv(Silu(GroupNorm(x, width, size, 1e-5f)), width, 4, 3);
        _graph.Output(x, new OnnxValue("out_sample", OnnxElementType.Float, "batch", 4, side, side));
        return _graph;
    }

    private string TimeEmbedding(string timestep)
    {
        int half = Widths[0] / 2;
        var frequencies = _graph.Add(OnnxTensor.Of("frequencies", Enumerable.Range(0, half).Select(i => (float)Math.Exp(-Math.Log(10_000) * i / half)).ToArray(), 1, half));
        var angles = _graph.Node("Mul", [_graph.Node("Unsqueeze", [timestep, _graph.Integers(1)]), frequencies]);
        var embedding = _graph.Node("Concat", [_graph.Node("Cos", [angles]), _graph.Node("Sin", [angles])], new OnnxAttribute("axis", 1L));
        return Linear(Silu(Linear(embedding, Widths[0], TimeWidth)), TimeWidth, TimeWidth);
    }

    private string Resnet(string x, int from, int to, int size)
    {
        var hidden = Conv(Silu(GroupNorm(x, from, size, 1e-5f)), from, to, 3);
        var time = _graph.Node("Unsqueeze", [Linear(_time, TimeWidth, to), _graph.Integers(2, 3)]);
        hidden = _graph.Node("Add", [hidden, time]);
        hidden = Conv(Silu(GroupNorm(hidden, to, size, 1e-5f)), to, to, 3);
        return _graph.Node("Add", [from == to ? x : Conv(x, from, to, 1), hidden]);
    }

    private string Transformer(string x, int width, int size)
    {
        var hidden = Conv(GroupNorm(x, width, size, 1e-6f), width, width, 1);
        hidden = _graph.Node("Transpose", [_graph.Node("Reshape", [hidden, _graph.Integers(0, width, -1)])], new OnnxAttribute("perm", new long[] { 0, 2, 1 }));
        var normed = LayerNorm(hidden, width);
        hidden = _graph.Node("Add", [hidden, Attention(normed, normed, width, width)]);
        hidden = _graph.Node("Add", [hidden, Attention(LayerNorm(hidden, width), _text, width, TextWidth)]);
        var both = Linear(LayerNorm(hidden, width), width, 8 * width);
        var parts = _graph.Node("Split", "", [both, _graph.Integers(4 * width, 4 * width)], 2, new OnnxAttribute("axis", -1L));
        hidden = _graph.Node("Add", [hidden, Linear(_graph.Node("Mul", [parts[0], Gelu(parts[1])]), 4 * width, width)]);
        hidden = _graph.Node("Reshape", [_graph.Node("Transpose", [hidden], new OnnxAttribute("perm", new long[] { 0, 2, 1 })), _graph.Integers(0, width, size, size)]);
        return _graph.Node("Add", [x, Conv(hidden, width, width, 1)]);
    }

    private string Attention(string x, string context, int width, int contextWidth)
    {
        int head = width / Heads;
        var query = MatMul(x, width, width);
        var key = MatMul(context, contextWidth, width);
        var value = MatMul(context, contextWidth, width);
        if (fused)
            return Linear(_graph.MicrosoftNode("MultiHeadAttention", [query, key, value], new OnnxAttribute("num_heads", (long)Heads)), width, width);
        var scores = _graph.Node("MatMul", [Split(query, 0, 2, 1, 3), Split(key, 0, 2, 3, 1)]);
        var shares = _graph.Node("Softmax", [_graph.Node("Mul", [scores, _graph.Number(1 / MathF.Sqrt(head))])], new OnnxAttribute("axis", -1L));
        var joined = _graph.Node("Transpose", [_graph.Node("MatMul", [shares, Split(value, 0, 2, 1, 3)])], new OnnxAttribute("perm", new long[] { 0, 2, 1, 3 }));
        return Linear(_graph.Node("Reshape", [joined, _graph.Integers(0, 0, width)]), width, width);

        string Split(string values, params long[] order) =>
            _graph.Node("Transpose", [_graph.Node("Reshape", [values, _graph.Integers(0, 0, Heads, head)])], new OnnxAttribute("perm", order));
    }

    private string GroupNorm(string x, int width, int size, float epsilon)
    {
        var ones = _graph.Add(OnnxTensor.Of("ones", Enumerable.Repeat(1f, Groups).ToArray(), Groups));
        var zeros = _graph.Add(OnnxTensor.Of("zeros", new float[Groups], Groups));
        var grouped = _graph.Node("InstanceNormalization", [_graph.Node("Reshape", [x, _graph.Integers(0, Groups, -1)]), ones, zeros], new OnnxAttribute("epsilon", epsilon));
        var back = _graph.Node("Reshape", [grouped, _graph.Integers(0, width, size, size)]);
        return _graph.Node("Add", [_graph.Node("Mul", [back, Constant(1, width, 1, 1)]), Constant(0, width, 1, 1)]);
    }

    private string LayerNorm(string x, int width) =>
        _graph.Node("LayerNormalization", [x, Constant(1, width), Constant(0, width)], new OnnxAttribute("axis", -1L), new OnnxAttribute("epsilon", 1e-5f));

    private string Silu(string x) => _graph.Node("Mul", [x, _graph.Node("Sigmoid", [x])]);

    private string Gelu(string x)
    {
        var erf = _graph.Node("Erf", [_graph.Node("Mul", [x, _graph.Number(1 / MathF.Sqrt(2))])]);
        return _graph.Node("Mul", [_graph.Node("Mul", [x, _graph.Node("Add", [erf, _graph.Number(1)])]), _graph.Number(0.5f)]);
    }

    private string Conv(string x, int from, int to, int kernel, int stride = 1)
    {
        long padding = kernel / 2;
        return _graph.Node("Conv", [x, Random(from * kernel * kernel, to, from, kernel, kernel), Constant(0, to)],
            new OnnxAttribute("kernel_shape", new long[] { kernel, kernel }), new OnnxAttribute("pads", new[] { padding, padding, padding, padding }), new OnnxAttribute("strides", new long[] { stride, stride }));
    }

    private string Linear(string x, int from, int to) => _graph.Node("Add", [MatMul(x, from, to), Constant(0, to)]);

    private string MatMul(string x, int from, int to) => _graph.Node("MatMul", [x, Random(from, from, to)]);

    private string Constant(float value, params long[] shape) => _graph.Add(OnnxTensor.Of(Name(), Enumerable.Repeat(value, (int)shape[0]).ToArray(), shape));

    /// <summary>Weights of mean 0 and a variance that keeps that of the input.</summary>
    private string Random(int inputs, params long[] shape)
    {
        ulong state = (ulong)(_weights + 1) * 0x9E3779B97F4A7C15;
        float scale = MathF.Sqrt(3f / inputs);
        long count = shape.Aggregate(1L, (product, length) => product * length);
        return _graph.Add(new OnnxTensor(Name(), OnnxElementType.Float, shape, stream =>
        {
            var piece = new float[1 << 16];
            for (long at = 0; at < count; at += piece.Length)
            {
                var values = piece.AsSpan(0, (int)Math.Min(piece.Length, count - at));
                foreach (ref float value in values)
                {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    value = ((int)(state >> 40) / (float)(1 << 23) - 1) * scale;
                }
                stream.Write(MemoryMarshal.AsBytes(values));
            }
        }));
    }

    private string Name() => string.Create(CultureInfo.InvariantCulture, $"weights_{_weights++}");
}
