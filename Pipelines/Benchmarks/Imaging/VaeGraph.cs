using MLPipelines.Scoring.Writing;

namespace MLPipelines.Benchmarks.Imaging;

/// <summary>A graph of the shape of Stable Diffusion 1.5's VAE decoder (49 million weights; Rombach et al. 2022), with random weights, for pictures of any size.</summary>
internal sealed class VaeGraph() : DiffusionGraph("vae_decoder")
{
    private static readonly int[] Widths = [512, 512, 256, 128];

    public OnnxGraphBuilder Build()
    {
        var latents = Graph.Input("latent_sample", OnnxElementType.Float, "batch", 4, "height", "width");
        int width = Widths[0];
        var x = Conv(Conv(latents, 4, 4, 1), 4, width, 3);
        x = Resnet(Attention(Resnet(x, width, width), width), width, width);
        for (int block = 0; block < Widths.Length; block++)
        {
            for (int layer = 0; layer < 3; layer++)
                x = Resnet(x, width, width = Widths[block]);
            if (block < Widths.Length - 1)
                x = Conv(Double(x), width, width, 3);
        }
        x = Conv(Silu(GroupNorm(x, width, 1e-6f)), width, 3, 3);
        Graph.Output(x, new OnnxValue("sample", OnnxElementType.Float, "batch", 3, "pixel_height", "pixel_width"));
        return Graph;
    }

    private string Resnet(string x, int from, int to)
    {
        var hidden = Conv(Silu(GroupNorm(x, from, 1e-6f)), from, to, 3);
        hidden = Conv(Silu(GroupNorm(hidden, to, 1e-6f)), to, to, 3);
        return Graph.Node("Add", [from == to ? x : Conv(x, from, to, 1), hidden]);
    }

    private string Attention(string x, int width)
    {
        var hidden = Graph.Node("Reshape", [GroupNorm(x, width, 1e-6f), Graph.Integers(0, width, -1)]);
        hidden = Graph.Node("Transpose", [hidden], new OnnxAttribute("perm", new long[] { 0, 2, 1 }));
        var keys = Graph.Node("Transpose", [Linear(hidden, width, width)], new OnnxAttribute("perm", new long[] { 0, 2, 1 }));
        var scores = Graph.Node("Mul", [Graph.Node("MatMul", [Linear(hidden, width, width), keys]), Graph.Number(1 / MathF.Sqrt(width))]);
        var mixed = Graph.Node("MatMul", [Graph.Node("Softmax", [scores], new OnnxAttribute("axis", -1L)), Linear(hidden, width, width)]);
        var back = Graph.Node("Transpose", [Linear(mixed, width, width)], new OnnxAttribute("perm", new long[] { 0, 2, 1 }));
        return Graph.Node("Add", [x, Graph.Node("Reshape", [back, Graph.Node("Shape", [x])])]);
    }
}
