using MLPipelines.Scoring.Writing;

namespace MLPipelines.Generation.T5;

/// <summary>Builds the graphs of a T5 model. Makes one graph.</summary>
internal sealed class T5GraphBuilder
{
    private const string Batch = "batch_size";
    private const string EncoderLength = "encoder_sequence_length";
    private const string DecoderLength = "decoder_sequence_length";
    private const string PastLength = "past_decoder_sequence_length";

    private readonly T5Config _config;
    private readonly T5GraphWeights _weights;
    private readonly T5Weights _all;
    private readonly T5ExportOptions _options;
    private readonly string _outputPrefix;
    private readonly OnnxGraphBuilder _graph;

    public T5GraphBuilder(T5Weights weights, T5ExportOptions options)
        : this(weights, options, new OnnxGraphBuilder("t5"))
    {
    }

    private T5GraphBuilder(T5Weights weights, T5ExportOptions options, OnnxGraphBuilder graph, string outputPrefix = "")
    {
        (_all, _options, _graph, _outputPrefix) = (weights, options, graph, outputPrefix);
        _config = weights.Config;
        _weights = new T5GraphWeights(_graph, weights, options);
    }

    /// <summary>input_ids and attention_mask, int64 [batch, tokens], to last_hidden_state [batch, tokens, width].</summary>
    public OnnxGraphBuilder Encoder()
    {
        string ids = _graph.Input("input_ids", OnnxElementType.Int64, Batch, EncoderLength);
        string mask = _graph.Input("attention_mask", OnnxElementType.Int64, Batch, EncoderLength);
        string length = Length(ids, 1);
        // A key at the greatest distance before the query has index 0.
        long most = _config.RelativeMaximumDistance;
        string relative = Relative(Range(_graph.Integer(0), length), Range(_graph.Integer(most), Add(length, _graph.Integer(most))), 2 * most);
        string bias = Bias(isDecoder: false, [.. Enumerable.Range(-(int)most, (2 * (int)most) + 1)], relative);
        string masked = Masked(mask);
        var stream = new Residual(_weights.Embed(ids));
        for (int i = 0; i < _config.EncoderLayers; i++)
        {
            string self = T5ParameterNames.Block(isDecoder: false, i, 0), feedForward = T5ParameterNames.Block(isDecoder: false, i, 1);
            stream = Normalise(stream, $"{self}.layer_norm.weight");
            stream = stream with { Added = AttendSelf(stream.Normalised, $"{self}.SelfAttention", bias, masked).Output };
            stream = Normalise(stream, $"{feedForward}.layer_norm.weight");
            stream = stream with { Added = FeedForward(stream.Normalised, feedForward) };
        }
        stream = Normalise(stream, T5ParameterNames.FinalNorm(isDecoder: false));
        _graph.Output(stream.Normalised, new OnnxValue("last_hidden_state", OnnxElementType.Float, Batch, EncoderLength, (long)_config.HiddenSize));
        return _graph;
    }

    /// <summary>
    /// One step over any number of tokens. With past: keys and values of earlier steps and of the encoder come in, and those of the decoder go out, longer by the tokens.
    /// Without: encoder_hidden_states come in, and keys and values of both go out.
    /// </summary>
    public OnnxGraphBuilder Decoder(bool withPast)
    {
        string mask = _graph.Input("encoder_attention_mask", OnnxElementType.Int64, Batch, EncoderLength);
        string ids = _graph.Input("input_ids", OnnxElementType.Int64, Batch, DecoderLength);
        string encoded = withPast ? "" : _graph.Input("encoder_hidden_states", OnnxElementType.Float, Batch, EncoderLength, (long)_config.HiddenSize);
        string encoderOut = withPast ? "encoder_sequence_length_out" : EncoderLength;
        if (withPast)
        {
            for (int i = 0; i < _config.DecoderLayers; i++)
            {
                foreach (string part in (string[])["key", "value"])
                    _graph.Input(Past(i, "decoder", part), OnnxElementType.Float, Batch, (long)_config.Heads, PastLength, (long)_config.HeadSize);
                foreach (string part in (string[])["key", "value"])
                    _graph.Input(Past(i, "encoder", part), OnnxElementType.Float, Batch, (long)_config.Heads, encoderOut, (long)_config.HeadSize);
            }
        }
        string bias = DecoderBias(ids, withPast);
        string masked = Masked(mask);
        var stream = new Residual(_weights.Embed(ids));
        var presents = new List<(string Name, string Value)>();
        for (int i = 0; i < _config.DecoderLayers; i++)
        {
            string self = T5ParameterNames.Block(isDecoder: true, i, 0), cross = T5ParameterNames.Block(isDecoder: true, i, 1), feedForward = T5ParameterNames.Block(isDecoder: true, i, 2);
            stream = Normalise(stream, $"{self}.layer_norm.weight");
            string[] past = withPast ? [Past(i, "decoder", "key"), Past(i, "decoder", "value")] : [];
            (string attended, string key, string value) = AttendSelf(stream.Normalised, $"{self}.SelfAttention", bias, "", past, isKept: true);
            stream = stream with { Added = attended };
            presents.Add((Present(i, "decoder", "key"), key));
            presents.Add((Present(i, "decoder", "value"), value));

            stream = Normalise(stream, $"{cross}.layer_norm.weight");
            string crossKey = Past(i, "encoder", "key"), crossValue = Past(i, "encoder", "value");
            if (!withPast)
            {
                string[] both = Heads(_weights.Linear(encoded, $"{cross}.EncDecAttention", "k", "v"), 2);
                (crossKey, crossValue) = (both[0], both[1]);
                presents.Add((Present(i, "encoder", "key"), crossKey));
                presents.Add((Present(i, "encoder", "value"), crossValue));
            }
            stream = stream with { Added = AttendCross(stream.Normalised, crossKey, crossValue, masked, $"{cross}.EncDecAttention") };
            stream = Normalise(stream, $"{feedForward}.layer_norm.weight");
            stream = stream with { Added = FeedForward(stream.Normalised, feedForward) };
        }
        float scale = _config.TieWordEmbeddings ? (float)(1 / Math.Sqrt(_config.HiddenSize)) : 1;
        stream = Normalise(stream, T5ParameterNames.FinalNorm(isDecoder: true), scale);
        string logits = _weights.Logits(stream.Normalised, ids);
        _graph.Output(logits, new OnnxValue(_outputPrefix + "logits", OnnxElementType.Float, Batch, DecoderLength, (long)_config.VocabularySize));
        foreach (var (name, value) in presents)
        {
            string length = name.Contains("encoder", StringComparison.Ordinal) ? EncoderLength : withPast ? $"{PastLength} + 1" : DecoderLength;
            _graph.Output(value, new OnnxValue(_outputPrefix + name, OnnxElementType.Float, Batch, (long)_config.Heads, length, (long)_config.HeadSize));
        }
        return _graph;
    }

    /// <summary>
    /// Both decoders, between which <c>use_cache_branch</c>, bool [1], chooses. All inputs are always there; keys and values over the prompt come out of the first step only, and are
    /// [0, heads, 1, head size] after it.
    /// </summary>
    public OnnxGraphBuilder MergedDecoder()
    {
        var first = new T5GraphBuilder(_all, _options, new OnnxGraphBuilder("first_step", _graph), "first_step.").Decoder(withPast: false);
        var later = new T5GraphBuilder(_all, _options, new OnnxGraphBuilder("later_step", _graph), "later_step.").Decoder(withPast: true);
        foreach (var input in first.Inputs.Concat(later.Inputs).DistinctBy(input => input.Name))
            _graph.Inputs.Add(input);
        string choice = _graph.Input("use_cache_branch", OnnxElementType.Bool, 1L);
        first.Inputs.Clear();
        later.Inputs.Clear();
        var outputs = first.Outputs.Select(output => output with { Name = output.Name["first_step.".Length..] }).ToList();
        var ordered = new List<OnnxValue>();
        foreach (var output in outputs)
        {
            string name = "later_step." + output.Name;
            if (later.Outputs.FirstOrDefault(each => each.Name == name) is { } kept)
            {
                ordered.Add(kept);
                continue;
            }
            var none = new OnnxValue(name, OnnxElementType.Float, 0L, (long)_config.Heads, 1L, (long)_config.HeadSize);
            later.Output(later.Node("ConstantOfShape", [later.Integers(0, _config.Heads, 1, _config.HeadSize)]), none);
            ordered.Add(none);
        }
        later.Outputs.Clear();
        foreach (var output in ordered)
            later.Outputs.Add(output);
        string[] chosen = _graph.Node("If", "", [choice], outputs.Count, new OnnxAttribute("then_branch", later), new OnnxAttribute("else_branch", first));
        for (int i = 0; i < outputs.Count; i++)
        {
            // How many tokens come out depends on the branch.
            bool isLogits = outputs[i].Name == "logits";
            _graph.Output(chosen[i], isLogits ? outputs[i] : outputs[i] with { Dimensions = [Batch + "_out", outputs[i].Dimensions[1], outputs[i].Name.Contains("encoder", StringComparison.Ordinal) ? "encoder_sequence_length_out" : "past_decoder_sequence_length_out", outputs[i].Dimensions[3]] });
        }
        return _graph;
    }

    internal static string Past(int layer, string side, string part) => FormattableString.Invariant($"past_key_values.{layer}.{side}.{part}");

    internal static string Present(int layer, string side, string part) => FormattableString.Invariant($"present.{layer}.{side}.{part}");

    private string DecoderBias(string ids, bool withPast)
    {
        string tokens = Length(ids, 1);
        string past = withPast ? Length(Past(0, "decoder", "key"), 2) : _graph.Integer(0);
        string total = withPast ? Add(past, tokens) : tokens;
        // Index 0 is for keys after the query, which it may not see; then come distances from the largest to 0.
        int most = _config.RelativeMaximumDistance;
        string queries = Range(past, total);
        string keys = Range(_graph.Integer(0), total);
        string distance = _graph.Node("Sub", [_graph.Node("Unsqueeze", [queries, _graph.Integers(1)]), _graph.Node("Unsqueeze", [keys, _graph.Integers(0)])]);
        string index = _graph.Node("Clip", [Add(distance, _graph.Integer(1)), _graph.Integer(0), _graph.Integer(most + 1)]);
        return Bias(isDecoder: true, [int.MaxValue, .. Enumerable.Range(0, most + 1).Select(far => -far)], index);
    }

    /// <summary>The bias of attention [1, heads, queries, keys] at indices into relative positions.</summary>
    private string Bias(bool isDecoder, int[] relatives, string indices)
    {
        float[] table = _weights.Read(T5ParameterNames.RelativeBias(isDecoder));
        var columns = new float[_config.Heads * relatives.Length];
        for (int j = 0; j < relatives.Length; j++)
        {
            bool isHidden = relatives[j] == int.MaxValue;
            int bucket = isHidden ? 0 : RelativePositions.Bucket(relatives[j], !isDecoder, _config.RelativeBuckets, _config.RelativeMaximumDistance);
            for (int h = 0; h < _config.Heads; h++)
                columns[(h * relatives.Length) + j] = isHidden ? float.MinValue : table[(bucket * _config.Heads) + h];
        }
        string name = _graph.Add(OnnxTensor.Of(T5ParameterNames.RelativeBias(isDecoder) + ".by_distance", columns, _config.Heads, relatives.Length));
        return _graph.Node("Unsqueeze", [_graph.Node("Gather", [name, indices], new OnnxAttribute("axis", 1L)), _graph.Integers(0)]);
    }

    private string Relative(string queries, string keys, long most)
    {
        string difference = _graph.Node("Sub", [_graph.Node("Unsqueeze", [keys, _graph.Integers(0)]), _graph.Node("Unsqueeze", [queries, _graph.Integers(1)])]);
        return _graph.Node("Clip", [difference, _graph.Integer(0), _graph.Integer(most)]);
    }

    /// <summary>
    /// A mask as attention takes it: 0 where there is a token and the lowest number where there is padding, [batch, 1, 1, tokens]; for ONNX Runtime's own operator int32 [batch, tokens], as it is.
    /// </summary>
    private string Masked(string mask)
    {
        if (!_options.Portable)
            return _graph.Node("Cast", [mask], new OnnxAttribute("to", (long)OnnxElementType.Int32));
        string wide = _graph.Node("Cast", [_graph.Node("Unsqueeze", [mask, _graph.Integers(1, 2)])], new OnnxAttribute("to", (long)OnnxElementType.Float));
        return _graph.Node("Mul", [_graph.Node("Sub", [_graph.Number(1), wide]), _graph.Number(float.MinValue)]);
    }

    private string FeedForward(string input, string prefix)
    {
        string dense = $"{prefix}.DenseReluDense";
        string wide;
        if (_config.IsGated)
        {
            string[] both = _graph.Node("Split", "", [_weights.Linear(input, dense, "wi_0", "wi_1")], 2, new OnnxAttribute("axis", -1L));
            wide = _graph.Node("Mul", [Activate(both[0]), both[1]]);
        }
        else
        {
            wide = Activate(_weights.Linear(input, dense, "wi"));
        }
        return _weights.Linear(wide, dense, "wo");
    }

    private string Activate(string input)
    {
        switch (_config.Activation)
        {
            case T5Activation.Relu:
                return _graph.Node("Relu", [input]);
            case T5Activation.Silu:
                return _graph.Node("Mul", [input, _graph.Node("Sigmoid", [input])]);
            case T5Activation.Gelu:
                string erf = _graph.Node("Erf", [_graph.Node("Div", [input, _graph.Number((float)Math.Sqrt(2))])]);
                return _graph.Node("Mul", [_graph.Node("Mul", [input, Add(erf, _graph.Number(1))]), _graph.Number(0.5f)]);
            default:
                string cubed = _graph.Node("Mul", [_graph.Node("Mul", [input, input]), input]);
                string inner = Add(input, _graph.Node("Mul", [cubed, _graph.Number(0.044715f)]));
                string tanh = _graph.Node("Tanh", [_graph.Node("Mul", [inner, _graph.Number((float)Math.Sqrt(2 / Math.PI))])]);
                return _graph.Node("Mul", [_graph.Node("Mul", [input, _graph.Number(0.5f)]), Add(tanh, _graph.Number(1))]);
        }
    }

    /// <summary>Sums up the residual stream and normalises it.</summary>
    private Residual Normalise(Residual stream, string weight, float scale = 1)
    {
        if (stream.Added is { } added && !_options.Portable)
        {
            string[] outputs = _graph.Node(
                "SkipSimplifiedLayerNormalization", OnnxGraphBuilder.MicrosoftDomain, [stream.Sum, added, _weights.Vector(weight, scale)], 4, new OnnxAttribute("epsilon", (float)_config.LayerNormEpsilon));
            return new Residual(outputs[3], Normalised: outputs[0]);
        }
        string sum = stream.Added is null ? stream.Sum : Add(stream.Sum, stream.Added);
        string mean = _graph.Node("ReduceMean", [_graph.Node("Pow", [sum, _graph.Number(2)])], new OnnxAttribute("axes", new long[] { -1 }), new OnnxAttribute("keepdims", 1L));
        string root = _graph.Node("Sqrt", [Add(mean, _graph.Number((float)_config.LayerNormEpsilon))]);
        return new Residual(sum, Normalised: _graph.Node("Mul", [_weights.Vector(weight, scale), _graph.Node("Div", [sum, root])]));
    }

    /// <summary>Parts [batch, tokens, parts · heads · head size] into as many of [batch, heads, tokens, head size].</summary>
    private string[] Heads(string flat, int parts)
    {
        string split = _graph.Node("Reshape", [flat, _graph.Integers(0, 0, parts * _config.Heads, _config.HeadSize)]);
        string byHead = _graph.Node("Transpose", [split], new OnnxAttribute("perm", new long[] { 0, 2, 1, 3 }));
        return parts == 1 ? [byHead] : _graph.Node("Split", "", [byHead], parts, new OnnxAttribute("axis", 1L));
    }

    /// <summary>Attention of tokens among themselves and to past ones.</summary>
    /// <param name="input">[batch, tokens, width].</param>
    /// <param name="prefix">What the names of its weights begin with.</param>
    /// <param name="bias">[1, heads, tokens, all tokens].</param>
    /// <param name="masked">Of <see cref="Masked"/>; empty for none.</param>
    /// <param name="past">Keys and values of past tokens, [batch, heads, tokens, head size]; none where there is no past.</param>
    /// <param name="isKept">Whether keys and values of all tokens are wanted.</param>
    private (string Output, string Key, string Value) AttendSelf(string input, string prefix, string bias, string masked, string[]? past = null, bool isKept = false)
    {
        string flat = _weights.Linear(input, prefix, "q", "k", "v");
        past ??= [];
        if (!_options.Portable)
        {
            string[] parts = _graph.Node("Split", "", [flat], 3, new OnnxAttribute("axis", -1L));
            string[] fused = Fused([.. parts, "", masked, bias, .. past], isKept ? 3 : 1);
            return (_weights.Linear(fused[0], prefix, "o"), isKept ? fused[1] : "", isKept ? fused[2] : "");
        }
        string[] heads = Heads(flat, 3);
        if (past is [var pastKey, var pastValue])
            (heads[1], heads[2]) = (Joined(pastKey, heads[1]), Joined(pastValue, heads[2]));
        return (Attend(heads[0], heads[1], heads[2], masked.Length > 0 ? Add(bias, masked) : bias, prefix), heads[1], heads[2]);
    }

    /// <summary>Attention of tokens to those of the encoder, whose keys and values are [batch, heads, tokens, head size].</summary>
    private string AttendCross(string input, string key, string value, string masked, string prefix)
    {
        string query = _weights.Linear(input, prefix, "q");
        return _options.Portable ? Attend(Heads(query, 1)[0], key, value, masked, prefix) : _weights.Linear(Fused([query, key, value, "", masked], 1)[0], prefix, "o");
    }

    private string[] Fused(string[] inputs, int outputs) => _graph.Node(
        "MultiHeadAttention", OnnxGraphBuilder.MicrosoftDomain, inputs, outputs,
        new OnnxAttribute("num_heads", (long)_config.Heads), new OnnxAttribute("scale", 1f), new OnnxAttribute("mask_filter_value", float.MinValue));

    private string Attend(string query, string key, string value, string bias, string prefix)
    {
        string scores = Add(_graph.Node("MatMul", [query, _graph.Node("Transpose", [key], new OnnxAttribute("perm", new long[] { 0, 1, 3, 2 }))]), bias);
        string shares = _graph.Node("Softmax", [scores], new OnnxAttribute("axis", -1L));
        string context = _graph.Node("Transpose", [_graph.Node("MatMul", [shares, value])], new OnnxAttribute("perm", new long[] { 0, 2, 1, 3 }));
        return _weights.Linear(_graph.Node("Reshape", [context, _graph.Integers(0, 0, _config.InnerSize)]), prefix, "o");
    }

    private string Joined(string past, string now) => _graph.Node("Concat", [past, now], new OnnxAttribute("axis", 2L));

    private string Add(string a, string b) => _graph.Node("Add", [a, b]);

    private string Range(string start, string end) => _graph.Node("Range", [start, end, _graph.Integer(1)]);

    private string Length(string value, int axis) => _graph.Node("Gather", [_graph.Node("Shape", [value]), _graph.Integer(axis)], new OnnxAttribute("axis", 0L));

    /// <summary>The residual stream: the sum so far, what a layer adds to it, and, once there is nothing to add, the sum normalised.</summary>
    private sealed record Residual(string Sum, string? Added = null, string Normalised = "");
}
