using System.Globalization;
using System.Runtime.InteropServices;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Benchmarks.Imaging;

/// <summary>A graph of the parts that the networks of Stable Diffusion are made of, with random weights.</summary>
internal abstract class DiffusionGraph(string name)
{
    private const int Groups = 32;
    private int _weights;

    protected OnnxGraphBuilder Graph { get; } = new(name);

    protected string Double(string x) => Graph.Node("Resize", [x, "", Graph.Add(OnnxTensor.Of("scales", [1f, 1f, 2f, 2f], 4))],
        new OnnxAttribute("mode", "nearest"), new OnnxAttribute("coordinate_transformation_mode", "asymmetric"), new OnnxAttribute("nearest_mode", "floor"));

    protected string GroupNorm(string x, int width, float epsilon)
    {
        var ones = Graph.Add(OnnxTensor.Of("ones", Enumerable.Repeat(1f, Groups).ToArray(), Groups));
        var zeros = Graph.Add(OnnxTensor.Of("zeros", new float[Groups], Groups));
        var grouped = Graph.Node("InstanceNormalization", [Graph.Node("Reshape", [x, Graph.Integers(0, Groups, -1)]), ones, zeros], new OnnxAttribute("epsilon", epsilon));
        var back = Graph.Node("Reshape", [grouped, Graph.Node("Shape", [x])]);
        return Graph.Node("Add", [Graph.Node("Mul", [back, Constant(1, width, 1, 1)]), Constant(0, width, 1, 1)]);
    }

    protected string LayerNorm(string x, int width) =>
        Graph.Node("LayerNormalization", [x, Constant(1, width), Constant(0, width)], new OnnxAttribute("axis", -1L), new OnnxAttribute("epsilon", 1e-5f));

    protected string Silu(string x) => Graph.Node("Mul", [x, Graph.Node("Sigmoid", [x])]);

    protected string Gelu(string x)
    {
        var erf = Graph.Node("Erf", [Graph.Node("Mul", [x, Graph.Number(1 / MathF.Sqrt(2))])]);
        return Graph.Node("Mul", [Graph.Node("Mul", [x, Graph.Node("Add", [erf, Graph.Number(1)])]), Graph.Number(0.5f)]);
    }

    protected string Conv(string x, int from, int to, int kernel, int stride = 1)
    {
        long padding = kernel / 2;
        return Graph.Node("Conv", [x, Random(from * kernel * kernel, to, from, kernel, kernel), Constant(0, to)],
            new OnnxAttribute("kernel_shape", new long[] { kernel, kernel }), new OnnxAttribute("pads", new[] { padding, padding, padding, padding }), new OnnxAttribute("strides", new long[] { stride, stride }));
    }

    protected string Linear(string x, int from, int to) => Graph.Node("Add", [MatMul(x, from, to), Constant(0, to)]);

    protected string MatMul(string x, int from, int to) => Graph.Node("MatMul", [x, Random(from, from, to)]);

    protected string Constant(float value, params long[] shape) => Graph.Add(OnnxTensor.Of(Name(), Enumerable.Repeat(value, (int)shape[0]).ToArray(), shape));

    /// <summary>Weights of mean 0 and a variance that keeps that of the input.</summary>
    protected string Random(int inputs, params long[] shape)
    {
        ulong state = (ulong)(_weights + 1) * 0x9E3779B97F4A7C15;
        float scale = MathF.Sqrt(3f / inputs);
        long count = shape.Aggregate(1L, (product, length) => product * length);
        return Graph.Add(new OnnxTensor(Name(), OnnxElementType.Float, shape, stream =>
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
