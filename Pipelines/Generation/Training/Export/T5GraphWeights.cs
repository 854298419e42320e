using MLPipelines.Scoring.Writing;

namespace MLPipelines.Generation.T5;

/// <summary>The products of a graph with weights.</summary>
internal sealed class T5GraphWeights(OnnxGraphBuilder graph, T5Weights weights, T5ExportOptions options)
{
    private readonly T5Config _config = weights.Config;

    public float[] Read(string name) => weights.Read(name);

    /// <summary>Looks ids up: [batch, tokens, width].</summary>
    public string Embed(string ids) => Matrix(T5ParameterNames.Embedding).Lookup(graph, ids);

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
        return new OnnxMatrix($"{prefix}.{string.Join('_', parts)}", outputs, inputs, () => [.. names.SelectMany(weights.Read)], options.WeightType).Multiply(graph, input);
    }

    /// <summary>The logits of hidden states that are normalised and scaled.</summary>
    /// <param name="hidden">[batch, tokens, width].</param>
    /// <param name="ids">The ids of the step, whose shape the logits have besides.</param>
    public string Logits(string hidden, string ids)
    {
        // A product with the rows of the embedding itself: it is there once.
        var matrix = Matrix(_config.TieWordEmbeddings ? T5ParameterNames.Embedding : T5ParameterNames.Head);
        string logits = matrix.MultiplyRows(graph, graph.Node("Reshape", [hidden, graph.Integers(-1, _config.HiddenSize)]));
        string shape = graph.Node("Concat", [graph.Node("Shape", [ids]), graph.Integers(_config.VocabularySize)], new OnnxAttribute("axis", 0L));
        return graph.Node("Reshape", [logits, shape]);
    }

    private OnnxMatrix Matrix(string name) => new(name, _config.VocabularySize, _config.HiddenSize, () => weights.Read(name), options.WeightType);
}
