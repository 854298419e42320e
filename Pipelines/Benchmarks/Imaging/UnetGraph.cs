using MLPipelines.Scoring.Writing;

namespace MLPipelines.Benchmarks.Imaging;

/// <summary>
/// A graph of the shape of Stable Diffusion 1.5's UNet (860 million weights; Rombach et al. 2022), with random weights.
/// </summary>
/// <param name="side">The side of the latents: 64 for pictures of 512 pixels; null for pictures of any size, as exporters write it.</param>
/// <param name="fused">Whether attention is ONNX Runtime's own operator, which never holds all its scores at once, and not MatMul, Softmax, MatMul as exporters write it.</param>
internal sealed class UnetGraph(int? side, bool fused) : DiffusionGraph("unet")
{
    private const int Heads = 8, TextWidth = 768, TimeWidth = 1280;
    private static readonly int[] Widths = [320, 640, 1280, 1280];
    private string _time = "";
    private string _text = "";

    public OnnxGraphBuilder Build()
    {
        OnnxDimension latentHeight = side is { } height ? height : "height", latentWidth = side is { } across ? across : "width";
        var sample = Graph.Input("sample", OnnxElementType.Float, "batch", 4, latentHeight, latentWidth);
        var timestep = Graph.Input("timestep", OnnxElementType.Float, 1);
        _text = Graph.Input("encoder_hidden_states", OnnxElementType.Float, "batch", "tokens", TextWidth);
        _time = Silu(TimeEmbedding(timestep));

        int? size = side;
        var x = Conv(sample, 4, Widths[0], 3);
        var skips = new Stack<(string Value, int Width)>([(x, Widths[0])]);
        int width = Widths[0];
        for (int block = 0; block < Widths.Length; block++)
        {
            for (int layer = 0; layer < 2; layer++)
            {
                x = Resnet(x, width, width = Widths[block]);
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
        x = Resnet(x, width, width);
        x = Transformer(x, width, size);
        x = Resnet(x, width, width);
        for (int block = Widths.Length - 1; block >= 0; block--)
        {
            for (int layer = 0; layer < 3; layer++)
            {
                var skip = skips.Pop();
                x = Graph.Node("Concat", [x, skip.Value], new OnnxAttribute("axis", 1L));
                x = Resnet(x, width + skip.Width, width = Widths[block]);
                if (block < 3)
                    x = Transformer(x, width, size);
            }
            if (block > 0)
            {
                x = Double(x);
                x = Conv(x, width, width, 3);
                size *= 2;
            }
        }
        x = Conv(Silu(GroupNorm(x, width, 1e-5f)), width, 4, 3);
        Graph.Output(x, new OnnxValue("out_sample", OnnxElementType.Float, "batch", 4, latentHeight, latentWidth));
        return Graph;
    }

    private string TimeEmbedding(string timestep)
    {
        int half = Widths[0] / 2;
        var frequencies = Graph.Add(OnnxTensor.Of("frequencies", Enumerable.Range(0, half).Select(i => (float)Math.Exp(-Math.Log(10_000) * i / half)).ToArray(), 1, half));
        var angles = Graph.Node("Mul", [Graph.Node("Unsqueeze", [timestep, Graph.Integers(1)]), frequencies]);
        var embedding = Graph.Node("Concat", [Graph.Node("Cos", [angles]), Graph.Node("Sin", [angles])], new OnnxAttribute("axis", 1L));
        return Linear(Silu(Linear(embedding, Widths[0], TimeWidth)), TimeWidth, TimeWidth);
    }

    private string Resnet(string x, int from, int to)
    {
        var hidden = Conv(Silu(GroupNorm(x, from, 1e-5f)), from, to, 3);
        var time = Graph.Node("Unsqueeze", [Linear(_time, TimeWidth, to), Graph.Integers(2, 3)]);
        hidden = Graph.Node("Add", [hidden, time]);
        hidden = Conv(Silu(GroupNorm(hidden, to, 1e-5f)), to, to, 3);
        return Graph.Node("Add", [from == to ? x : Conv(x, from, to, 1), hidden]);
    }

    private string Transformer(string x, int width, int? size)
    {
        var hidden = Conv(GroupNorm(x, width, 1e-6f), width, width, 1);
        hidden = Graph.Node("Transpose", [Graph.Node("Reshape", [hidden, Graph.Integers(0, width, -1)])], new OnnxAttribute("perm", new long[] { 0, 2, 1 }));
        var normed = LayerNorm(hidden, width);
        hidden = Graph.Node("Add", [hidden, Attention(normed, normed, width, width)]);
        hidden = Graph.Node("Add", [hidden, Attention(LayerNorm(hidden, width), _text, width, TextWidth)]);
        var both = Linear(LayerNorm(hidden, width), width, 8 * width);
        var parts = Graph.Node("Split", "", [both, Graph.Integers(4 * width, 4 * width)], 2, new OnnxAttribute("axis", -1L));
        hidden = Graph.Node("Add", [hidden, Linear(Graph.Node("Mul", [parts[0], Gelu(parts[1])]), 4 * width, width)]);
        hidden = Graph.Node("Reshape", [Graph.Node("Transpose", [hidden], new OnnxAttribute("perm", new long[] { 0, 2, 1 })), size is { } length ? Graph.Integers(0, width, length, length) : Graph.Node("Shape", [x])]);
        return Graph.Node("Add", [x, Conv(hidden, width, width, 1)]);
    }

    private string Attention(string x, string context, int width, int contextWidth)
    {
        int head = width / Heads;
        var query = MatMul(x, width, width);
        var key = MatMul(context, contextWidth, width);
        var value = MatMul(context, contextWidth, width);
        if (fused)
            return Linear(Graph.MicrosoftNode("MultiHeadAttention", [query, key, value], new OnnxAttribute("num_heads", (long)Heads)), width, width);
        var scores = Graph.Node("MatMul", [Split(query, 0, 2, 1, 3), Split(key, 0, 2, 3, 1)]);
        var shares = Graph.Node("Softmax", [Graph.Node("Mul", [scores, Graph.Number(1 / MathF.Sqrt(head))])], new OnnxAttribute("axis", -1L));
        var joined = Graph.Node("Transpose", [Graph.Node("MatMul", [shares, Split(value, 0, 2, 1, 3)])], new OnnxAttribute("perm", new long[] { 0, 2, 1, 3 }));
        return Linear(Graph.Node("Reshape", [joined, Graph.Integers(0, 0, width)]), width, width);

        string Split(string values, params long[] order) =>
            Graph.Node("Transpose", [Graph.Node("Reshape", [values, Graph.Integers(0, 0, Heads, head)])], new OnnxAttribute("perm", order));
    }
}
