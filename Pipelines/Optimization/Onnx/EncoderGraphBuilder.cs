using MLPipelines.Scoring.Writing;
using MLPipelines.Text.Encoders;
using TorchSharp;

namespace MLPipelines.Optimization.Onnx;

/// <summary>Builds the graph of an encoder with a classifier. Makes one graph.</summary>
internal sealed class EncoderGraphBuilder(EncoderModel model, OnnxExportOptions options)
{
    private const string Batch = "batch_size";
    private const string Length = "sequence_length";

    private readonly EncoderConfig _config = model.Config;
    private readonly OnnxGraphBuilder _graph = new(model.Config.ModelType);
    private readonly LayerNames _names = LayerNames.Of(model.Config.Architecture);

    /// <summary>input_ids, attention_mask and, with segments, token_type_ids, int64 [batch, tokens], to logits [batch, labels] or [batch, tokens, labels].</summary>
    public OnnxGraphBuilder Build()
    {
        string ids = _graph.Input("input_ids", OnnxElementType.Int64, Batch, Length);
        string mask = _graph.Input("attention_mask", OnnxElementType.Int64, Batch, Length);
        string? types = _config.Architecture == EncoderArchitecture.Bert && _config.TypeVocabularySize > 0 ? _graph.Input("token_type_ids", OnnxElementType.Int64, Batch, Length) : null;
        string hidden = Embed(ids, types);
        string bias = Masked(mask);
        for (int i = 0; i < _config.Layers; i++)
            hidden = Layer(hidden, bias, $"{model.Encoder.Prefix}{model.Encoder.Layers[i].Prefix}");
        bool isOfTokens = model is TokenClassifier;
        long labels = _config.Labels.Count;
        _graph.Output(Head(hidden, isOfTokens), isOfTokens
            ? new OnnxValue("logits", OnnxElementType.Float, Batch, Length, labels)
            : new OnnxValue("logits", OnnxElementType.Float, Batch, labels));
        return _graph;
    }

    private string Embed(string ids, string? types)
    {
        string prefix = $"{model.Encoder.Prefix}embeddings.";
        string sum = Matrix($"{prefix}word_embeddings").Lookup(_graph, ids);
        if (types is not null)
            sum = Add(sum, _graph.Node("Gather", [Whole($"{prefix}token_type_embeddings.weight"), types]));
        else if (_config.TypeVocabularySize > 0)
            sum = Add(sum, _graph.Node("Gather", [Whole($"{prefix}token_type_embeddings.weight"), _graph.Integer(0)]));
        sum = Add(sum, _graph.Node("Gather", [Whole($"{prefix}position_embeddings.weight"), Positions(ids)]));
        return Norm(sum, $"{prefix}LayerNorm");
    }

    private string Positions(string ids)
    {
        if (_config.Architecture != EncoderArchitecture.Roberta)
        {
            string length = _graph.Node("Gather", [_graph.Node("Shape", [ids]), _graph.Integer(1)]);
            return _graph.Node("Range", [_graph.Integer(0), length, _graph.Integer(1)]);
        }
        // Counted over what is no padding, from the padding id on.
        string isToken = _graph.Node("Cast", [_graph.Node("Not", [_graph.Node("Equal", [ids, _graph.Integer(_config.PadId)])])], new OnnxAttribute("to", (long)OnnxElementType.Int64));
        string counted = _graph.Node("Mul", [_graph.Node("CumSum", [isToken, _graph.Integer(1)]), isToken]);
        return Add(counted, _graph.Integer(_config.PadId));
    }

    private string Layer(string hidden, string bias, string prefix)
    {
        string[] products = [prefix + _names.Query, prefix + _names.Key, prefix + _names.Value];
        // Queries are scaled by their weights, which saves an operator.
        string flat = Linear(hidden, prefix + "attention.all", products, i => i == 0 ? (float)(1 / Math.Sqrt(_config.HeadSize)) : 1);
        string split = _graph.Node("Reshape", [flat, _graph.Integers(0, 0, 3 * _config.Heads, _config.HeadSize)]);
        string[] heads = _graph.Node("Split", "", [_graph.Node("Transpose", [split], new OnnxAttribute("perm", new long[] { 0, 2, 1, 3 }))], 3, new OnnxAttribute("axis", 1L));
        string scores = Add(_graph.Node("MatMul", [heads[0], _graph.Node("Transpose", [heads[1]], new OnnxAttribute("perm", new long[] { 0, 1, 3, 2 }))]), bias);
        string context = _graph.Node("MatMul", [_graph.Node("Softmax", [scores], new OnnxAttribute("axis", -1L)), heads[2]]);
        string joined = _graph.Node("Reshape", [_graph.Node("Transpose", [context], new OnnxAttribute("perm", new long[] { 0, 2, 1, 3 })), _graph.Integers(0, 0, _config.HiddenSize)]);
        string attended = Norm(Add(Linear(joined, prefix + _names.Projection), hidden), prefix + _names.AttentionNorm);
        string wide = Activate(Linear(attended, prefix + _names.Intermediate));
        return Norm(Add(Linear(wide, prefix + _names.Output), attended), prefix + _names.OutputNorm);
    }

    private string Head(string hidden, bool isOfTokens)
    {
        if (isOfTokens)
            return Linear(hidden, "classifier");
        string first = _graph.Node("Gather", [hidden, _graph.Integer(0)], new OnnxAttribute("axis", 1L));
        return _config.Architecture switch
        {
            EncoderArchitecture.DistilBert => Linear(_graph.Node("Relu", [Linear(first, "pre_classifier")]), "classifier"),
            EncoderArchitecture.Roberta => Linear(_graph.Node("Tanh", [Linear(first, "classifier.dense")]), "classifier.out_proj"),
            _ => Linear(_graph.Node("Tanh", [Linear(first, $"{model.Encoder.Prefix}pooler.dense")]), "classifier"),
        };
    }

    /// <summary>0 where there is a token and the lowest number where there is padding, [batch, 1, 1, tokens].</summary>
    private string Masked(string mask)
    {
        string wide = _graph.Node("Cast", [_graph.Node("Unsqueeze", [mask, _graph.Integers(1, 2)])], new OnnxAttribute("to", (long)OnnxElementType.Float));
        return _graph.Node("Mul", [_graph.Node("Sub", [_graph.Number(1), wide]), _graph.Number(float.MinValue)]);
    }

    private string Activate(string input)
    {
        switch (_config.Activation)
        {
            case "gelu" or "gelu_python":
                string erf = _graph.Node("Erf", [_graph.Node("Div", [input, _graph.Number((float)Math.Sqrt(2))])]);
                return _graph.Node("Mul", [_graph.Node("Mul", [input, Add(erf, _graph.Number(1))]), _graph.Number(0.5f)]);
            case "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh":
                string cubed = _graph.Node("Mul", [_graph.Node("Mul", [input, input]), input]);
                string inner = Add(input, _graph.Node("Mul", [cubed, _graph.Number(0.044715f)]));
                string tanh = _graph.Node("Tanh", [_graph.Node("Mul", [inner, _graph.Number((float)Math.Sqrt(2 / Math.PI))])]);
                return _graph.Node("Mul", [_graph.Node("Mul", [input, _graph.Number(0.5f)]), Add(tanh, _graph.Number(1))]);
            case "relu":
                return _graph.Node("Relu", [input]);
            case "silu" or "swish":
                return _graph.Node("Mul", [input, _graph.Node("Sigmoid", [input])]);
            case "tanh":
                return _graph.Node("Tanh", [input]);
            default:
                throw OptimizationErrors.UnknownActivation(_config.Activation);
        }
    }

    private string Norm(string input, string name) => _graph.Node(
        "LayerNormalization", [input, Whole($"{name}.weight"), Whole($"{name}.bias")], new OnnxAttribute("axis", -1L), new OnnxAttribute("epsilon", (float)_config.LayerNormEpsilon));

    private string Linear(string input, string name) => Linear(input, name, [name], _ => 1);

    private string Linear(string input, string name, string[] layers, Func<int, float> scale)
    {
        long[] shape = model.get_parameter($"{layers[0]}.weight").shape;
        var matrix = new OnnxMatrix(name, layers.Length * shape[0], shape[1], () => Scaled("weight"), options.WeightType);
        string product = matrix.Multiply(_graph, input);
        float[] bias = Scaled("bias");
        return Add(product, _graph.Add(OnnxTensor.Of($"{name}.bias", bias, bias.Length)));

        float[] Scaled(string part) => [.. layers.SelectMany((layer, i) => Read($"{layer}.{part}").Select(value => value * scale(i)))];
    }

    private OnnxMatrix Matrix(string name)
    {
        long[] shape = model.get_parameter($"{name}.weight").shape;
        return new OnnxMatrix(name, shape[0], shape[1], () => Read($"{name}.weight"), options.WeightType);
    }

    private string Whole(string name)
    {
        if (_graph.Has(name))
            return name;
        return _graph.Add(OnnxTensor.Of(name, Read(name), model.get_parameter(name).shape));
    }

    private float[] Read(string name)
    {
        using var guard = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return model.get_parameter(name).detach().to(torch.ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }

    private string Add(string a, string b) => _graph.Node("Add", [a, b]);

    /// <summary>What the parts of a layer are called.</summary>
    private sealed record LayerNames(string Query, string Key, string Value, string Projection, string AttentionNorm, string Intermediate, string Output, string OutputNorm)
    {
        public static LayerNames Of(EncoderArchitecture architecture) => architecture == EncoderArchitecture.DistilBert
            ? new("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm")
            : new("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm");
    }
}
