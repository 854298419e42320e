using MLPipelines.Scoring.Writing;

namespace MLPipelines.Tests.Imaging;

/// <summary>Writes UNets of a few operators in place of the tiny pipeline's, with other inputs than that has.</summary>
internal static class MadeUpUnet
{
    /// <summary>A network whose output is a twentieth of its first four channels.</summary>
    public static void Write(
        string folder, OnnxElementType type = OnnxElementType.Float, OnnxElementType timestep = OnnxElementType.Float, int channels = 4, OnnxDimension? batch = null,
        bool distilled = false, string sampleName = "sample", long? side = null, Func<OnnxGraphBuilder, string, string>? slow = null)
    {
        var graph = new OnnxGraphBuilder("unet");
        OnnxDimension rows = batch ?? "batch", height = side is { } h ? h : "height", width = side is { } w ? w : "width";
        var sample = graph.Input(sampleName, type, rows, channels, height, width);
        graph.Input("timestep", timestep, 1);
        graph.Input("encoder_hidden_states", type, rows, "tokens", 32);
        if (distilled)
            graph.Input("timestep_cond", type, rows, 16);
        var latents = channels == 4 ? sample : graph.Node("Slice", [sample, graph.Integers(0), graph.Integers(4), graph.Integers(1)]);
        var share = type == OnnxElementType.Float16 ? graph.Add(OnnxTensor.Of("share", [(Half)0.05f])) : graph.Add(OnnxTensor.Of("share", [0.05f]));
        var output = graph.Node("Mul", [latents, share]);
        if (slow != null)
            output = graph.Node("Add", [output, slow(graph, sample)]);
        graph.Output(output, new OnnxValue("out_sample", type, rows, 4, height, width));
        using var stream = File.Create(Path.Combine(folder, "unet", "model.onnx"));
        OnnxModelWriter.Write(graph, stream);
    }

    /// <summary>A number near 0 that takes seconds to compute, in hundreds of operators.</summary>
    public static string Slow(OnnxGraphBuilder graph, string sample)
    {
        const int Size = 768, Products = 120;
        var weights = graph.Add(OnnxTensor.Of("weights", Enumerable.Repeat(1f / Size, Size * Size).ToArray(), Size, Size));
        var mean = graph.Node("ReduceMean", [sample], new OnnxAttribute("keepdims", 0L));
        var product = graph.Node("Add", [weights, graph.Node("Mul", [mean, graph.Number(1e-6f)])]);
        for (int i = 0; i < Products; i++)
            product = graph.Node("MatMul", [product, weights]);
        return graph.Node("Mul", [graph.Node("ReduceMean", [product], new OnnxAttribute("keepdims", 0L)), graph.Number(1e-6f)]);
    }
}
