using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Tests.Scoring;

/// <summary>Models of a few nodes.</summary>
internal static class SmallModels
{
    /// <summary>y = x · w + b for rows of 3 numbers; 2 outputs a row.</summary>
    public static OnnxFile Linear() => new OnnxFile()
        .Input("x", TensorElementType.Float, "batch", 3)
        .Output("y", TensorElementType.Float, "batch", 2)
        .Constant("w", [1, 2, 3, 4, 5, 6], 3, 2)
        .Constant("b", [10, 20], 2)
        .Node("MatMul", ["x", "w"], ["xw"])
        .Node("Add", ["xw", "b"], ["y"]);

    /// <summary>The same, its weights in the file "weights.bin" beside it.</summary>
    public static OnnxFile LinearOutside(string location = "weights.bin", long offset = 0, long length = 24) => new OnnxFile()
        .Input("x", TensorElementType.Float, "batch", 3)
        .Output("y", TensorElementType.Float, "batch", 2)
        .External("w", location, offset, length, 3, 2)
        .Node("MatMul", ["x", "w"], ["y"]);

    /// <summary>Multiplies a matrix with itself <paramref name="times"/> times, which takes long: something to cancel.</summary>
    public static OnnxFile Slow(long times) => new OnnxFile()
        .Input("x", TensorElementType.Float, "n", "n")
        .Output("y", TensorElementType.Float, "n", "n")
        .Integers("times", [times])
        .Integers("true", [1])
        .Node("Cast", ["true"], ["go"], "", ("to", 9L))
        .Node("Loop", ["times", "go", "x"], ["y"], "", ("body", new OnnxFile()
            .Input("i", TensorElementType.Int64)
            .Input("go_in", TensorElementType.Bool)
            .Input("m", TensorElementType.Float, "n", "n")
            .Output("go_out", TensorElementType.Bool)
            .Output("mm", TensorElementType.Float, "n", "n")
            .Node("Identity", ["go_in"], ["go_out"])
            .Node("MatMul", ["m", "x"], ["product"])
            .Node("Tanh", ["product"], ["mm"])
            .ToGraph()));

    /// <summary>
    /// Like an encoder: ids and mask [batch, sequence]; "tokens" is the embedding of each token, 3 numbers, [batch, sequence, 3], and "score" the mean of those that the mask shows, [batch, 3].
    /// </summary>
    public static OnnxFile Pooling() => new OnnxFile()
        .Input("ids", TensorElementType.Int64, "batch", "sequence")
        .Input("mask", TensorElementType.Int64, "batch", "sequence")
        .Output("score", TensorElementType.Float, "batch", 3)
        .Output("tokens", TensorElementType.Float, "batch", "sequence", 3)
        .Constant("table", [.. Enumerable.Range(0, 150).Select(i => MathF.Sin(i))], 50, 3)
        .Integers("one", [1], 1)
        .Integers("two", [2], 1)
        .Node("Gather", ["table", "ids"], ["tokens"])
        .Node("Cast", ["mask"], ["shown"], "", ("to", 1L))
        .Node("Unsqueeze", ["shown", "two"], ["column"])
        .Node("Mul", ["tokens", "column"], ["masked"])
        .Node("ReduceSum", ["masked", "one"], ["sum"], "", ("keepdims", 0L))
        .Node("ReduceSum", ["column", "one"], ["count"], "", ("keepdims", 0L))
        .Node("Div", ["sum", "count"], ["score"]);

    /// <summary>Adds 1 to every element, whatever their type.</summary>
    public static OnnxFile Next(TensorElementType type, params object[] shape) => new OnnxFile()
        .Input("x", type, shape)
        .Output("y", type, shape)
        .Integers("one64", [1])
        .Node("Cast", ["one64"], ["one"], "", ("to", (long)type))
        .Node("Add", ["x", "one"], ["y"]);
}
