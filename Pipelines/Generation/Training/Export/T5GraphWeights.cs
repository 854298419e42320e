using System.Runtime.InteropServices;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Generation.T5;

/// <summary>The products of a graph with weights.</summary>
internal sealed class T5GraphWeights(OnnxGraphBuilder graph, T5Weights weights, T5ExportOptions options)
{
    private readonly T5Config _config = weights.Config;
    private readonly T5ExportOptions _options = options;

    public float[] Read(string name) => weights.Read(name);

    /// <summary>Looks ids up: [batch, tokens, width].</summary>
    public string Embed(string ids) => graph.Node("Gather", [Matrix(T5ParameterNames.Embedding, _config.VocabularySize, _config.HiddenSize), ids], new OnnxAttribute("axis", 0L));

    /// <summary>A vector of weights, scaled.</summary>
    public string Vector(string name, float scale = 1)
    {
        string scaled = scale == 1 ? name : name + ".scaled";
        if (graph.Has(scaled))
            return scaled;
        float[] values = weights.Read(name);
        for (int i = 0; i < values.Length; i++)
            values[i] *= scale;
        return graph.Add(OnnxTensor.Of(scaled, values, values.Length));
    }

    /// <summary>The product with one or more linear layers side by side: [batch, tokens, sum of outputs].</summary>
    /// <param name="input">[batch, tokens, inputs].</param>
    /// <param name="prefix">What their names begin with.</param>
    /// <param name="parts">The last parts of their names; all have the same inputs.</param>
    public string Linear(string input, string prefix, params string[] parts)
    {
        string[] names = [.. parts.Select(part => $"{prefix}.{part}.weight")];
        var shapes = T5ParameterNames.Of(_config);
        long inputs = shapes[names[0]][1], outputs = names.Sum(name => shapes[name][0]);
        string name = $"{prefix}.{string.Join('_', parts)}.transposed";
        return graph.Node("MatMul", [input, graph.Add(new OnnxTensor(name, OnnxElementType.Float, [inputs, outputs], stream => stream.Write(MemoryMarshal.AsBytes(Transposed(names, inputs, outputs).AsSpan()))))]);
    }

    /// <summary>The logits of hidden states that are normalised and scaled.</summary>
    /// <param name="hidden">[batch, tokens, width].</param>
    /// <param name="ids">The ids of the step, whose shape the logits have besides.</param>
    public string Logits(string hidden, string ids)
    {
        // A product with the rows of the embedding itself: it is there once.
        string name = _config.TieWordEmbeddings ? T5ParameterNames.Embedding : T5ParameterNames.Head;
        string flat = graph.Node("Reshape", [hidden, graph.Integers(-1, _config.HiddenSize)]);
        string logits = graph.Node("Gemm", [flat, Matrix(name, _config.VocabularySize, _config.HiddenSize)], new OnnxAttribute("transB", 1L));
        string shape = graph.Node("Concat", [graph.Node("Shape", [ids]), graph.Integers(_config.VocabularySize)], new OnnxAttribute("axis", 0L));
        return graph.Node("Reshape", [logits, shape]);
    }

    private string Matrix(string name, long rows, long columns) => graph.Add(new OnnxTensor(name, OnnxElementType.Float, [rows, columns], stream =>
    {
        float[] values = weights.Read(name);
        const int Piece = 1 << 20;
        for (int start = 0; start < values.Length; start += Piece)
            stream.Write(MemoryMarshal.AsBytes(values.AsSpan(start, Math.Min(Piece, values.Length - start))));
    }));

    /// <summary>Linear weights [outputs, inputs] side by side as [inputs, outputs].</summary>
    private float[] Transposed(string[] names, long inputs, long outputs)
    {
        var target = new float[inputs * outputs];
        long start = 0;
        foreach (string name in names)
        {
            float[] source = weights.Read(name);
            long rows = source.Length / inputs;
            const int Tile = 32;
            for (long row = 0; row < rows; row += Tile)
            {
                for (long column = 0; column < inputs; column += Tile)
                {
                    for (long i = row; i < Math.Min(row + Tile, rows); i++)
                    {
                        for (long j = column; j < Math.Min(column + Tile, inputs); j++)
                            target[(j * outputs) + start + i] = source[(i * inputs) + j];
                    }
                }
            }
            start += rows;
        }
        return target;
    }
}
