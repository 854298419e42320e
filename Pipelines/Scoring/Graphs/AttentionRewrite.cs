using MLPipelines.Scoring.Writing;

namespace MLPipelines.Scoring;

/// <summary>
/// Rewrites a graph so that the scores of its attention, which grow with the square of the number of queries, are never all in memory: in slices of the queries, one after the other, or by
/// ONNX Runtime's own operator, which goes over keys in blocks.
/// </summary>
internal sealed class AttentionRewrite
{
    // From here on Softmax is over one axis, and small constants can be written as lists.
    private const int LeastOperatorSet = 13;

    private static readonly string[] FusedOperators = ["MultiHeadAttention", "Attention", "PackedMultiHeadAttention", "GroupQueryAttention"];

    private readonly byte[] _model;
    private readonly GraphIndex _index;
    private readonly AttentionSearch _search;
    private readonly int _slices;
    private readonly NodeWriter _nodes;
    private readonly HashSet<int> _replaced;
    private readonly Dictionary<int, AttentionPattern> _ends;

    private AttentionRewrite(byte[] model, GraphIndex index, AttentionSearch search, int slices)
    {
        (_model, _index, _search, _slices) = (model, index, search, slices);
        _ends = search.Patterns.ToDictionary(pattern => pattern.Mix);
        _replaced = [.. search.Patterns.SelectMany(pattern => pattern.Nodes)];
        _nodes = new NodeWriter(model, index);
    }

    /// <summary>Rewrites a model as the options say.</summary>
    /// <param name="model">The model; its large constants may be elsewhere.</param>
    /// <param name="where">Its name, for messages.</param>
    /// <param name="graph">What was read of it.</param>
    /// <param name="options">Whether and how to rewrite.</param>
    /// <returns>The model itself where they ask for nothing.</returns>
    /// <exception cref="OnnxException">There is no attention, or some that is written in another way.</exception>
    public static byte[] Apply(byte[] model, string where, OnnxGraph graph, OnnxSessionOptions options)
    {
        if (!options.RewritesAttention)
            return model;
        var index = GraphIndex.Of(model, where);
        var search = new AttentionSearch(model, index, graph);
        var refused = search.Refused.ToList();
        if (options.FusedAttention)
            refused.AddRange(search.Patterns.Where(HasMask).Select(pattern => $"the attention that ends in '{index.Nodes[pattern.Mix].Outputs[0]}': it has a mask, with which ONNX Runtime's operator holds all scores"));
        var fused = index.Nodes.Where(node => FusedOperators.Contains(node.Operator)).GroupBy(node => node.Operator).Select(group => FormattableString.Invariant($"{group.Count()} × {group.Key}")).ToList();
        if (options.FusedAttention && fused.Count > 0 && search.Patterns.Count == 0 && refused.Count == 0)
            return model;
        string wish = options.FusedAttention ? nameof(OnnxSessionOptions.FusedAttention) : nameof(OnnxSessionOptions.AttentionSlices);
        long set = OperatorSetOf(graph);
        if (set < LeastOperatorSet)
            throw ScoringErrors.OldAttention(where, wish, set, LeastOperatorSet);
        if (search.Patterns.Count == 0 || refused.Count > 0)
            throw ScoringErrors.NoAttention(where, wish, index.Nodes.Count, search.Patterns.Count, refused, fused);
        return new AttentionRewrite(model, index, search, options.FusedAttention ? 0 : options.AttentionSlices).Write(where, graph);
    }

    /// <summary>Whether a model has attention, all of which can be made ONNX Runtime's own.</summary>
    public static bool CanFuse(byte[] model, string where, OnnxGraph graph)
    {
        var search = new AttentionSearch(model, GraphIndex.Of(model, where), graph);
        return OperatorSetOf(graph) >= LeastOperatorSet && search.Patterns.Count > 0 && search.Refused.Count == 0 && !search.Patterns.Any(HasMask);
    }

    private static long OperatorSetOf(OnnxGraph graph) => graph.OperatorSets.TryGetValue("", out long version) || graph.OperatorSets.TryGetValue("ai.onnx", out version) ? version : 0;

    private static bool HasMask(AttentionPattern pattern) => pattern.Steps.Any(step => step.Other is AttentionOperand.Row or AttentionOperand.Mask);

    private byte[] Write(string where, OnnxGraph graph)
    {
        var needed = Needed(graph);
        using var target = new MemoryStream();
        var reader = new ProtobufReader(_model, where);
        while (reader.Next())
        {
            if (reader.Is(7, ProtobufReader.LengthDelimited))
                WriteGraph(reader.ReadMessage(), needed, target);
            else
                target.Write(reader.SkipWhole());
        }
        if (_slices == 0 && !graph.OperatorSets.ContainsKey(OnnxGraphBuilder.MicrosoftDomain))
        {
            target.Write(OnnxMessages.Message(output => OnnxMessages.Bytes(output, 8, OnnxMessages.Message(set =>
            {
                OnnxMessages.Text(set, 1, OnnxGraphBuilder.MicrosoftDomain);
                OnnxMessages.Integer(set, 2, 1);
            }))));
        }
        return target.ToArray();
    }

    private void WriteGraph(ProtobufReader graph, HashSet<int> needed, MemoryStream target)
    {
        using var body = new MemoryStream();
        for (int node = 0; graph.Next();)
        {
            var field = graph.Field;
            var whole = graph.SkipWhole();
            // Types of inner values are left out: ONNX Runtime finds them itself.
            if (field == 13)
                continue;
            int number = field == 1 ? node++ : -1;
            if (number < 0 || needed.Contains(number) && !_replaced.Contains(number))
            {
                body.Write(whole);
            }
            else if (needed.Contains(number) && _ends.TryGetValue(number, out var pattern))
            {
                if (_slices == 0)
                    Fuse(pattern);
                else
                    Slice(pattern);
                body.Write(_nodes.Take());
            }
        }
        target.Write(OnnxMessages.Message(output => OnnxMessages.Bytes(output, 7, body.ToArray())));
    }

    // As GraphIndex.NeededBy, for the graph as it will be: what only made zeros to be added is not needed.
    private HashSet<int> Needed(OnnxGraph graph)
    {
        var nodes = new HashSet<int>();
        var names = graph.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        for (int node = _index.Nodes.Count - 1; node >= 0; node--)
        {
            if (_replaced.Contains(node) && !_ends.ContainsKey(node) || !_index.Nodes[node].Outputs.Any(names.Contains))
                continue;
            nodes.Add(node);
            if (_ends.TryGetValue(node, out var pattern))
                names.UnionWith(_index.Nodes[pattern.Scores].Inputs.Append(_index.Nodes[node].Inputs[1]).Concat(Kept(pattern).Where(step => step.Other != AttentionOperand.None).Select(Other)));
            else
                names.UnionWith(_index.Nodes[node].Inputs);
        }
        return nodes;
    }

    private static IEnumerable<AttentionStep> Kept(AttentionPattern pattern) => pattern.Steps.Where(step => step.Other != AttentionOperand.Zeros);

    private string Other(AttentionStep step) => _index.Nodes[step.Node].Inputs[1 - step.Slot];

    private void Slice(AttentionPattern pattern)
    {
        var (product, mix) = (_index.Nodes[pattern.Scores], _index.Nodes[pattern.Mix]);
        var (query, keys) = (product.Inputs[0], product.Inputs[1]);
        // (queries + i) / slices, rounded down, adds up to the queries: sizes differ by at most one, and are 0 where there are more slices than queries.
        string sizes = _nodes.Node("Div", [_nodes.Node("Add", [Sizes(query, -2, -1), _nodes.Integers([.. Enumerable.Range(0, _slices).Select(i => (long)i)])]), _nodes.Integers(_slices)]);
        string[] queries = _nodes.Split(query, sizes, _slices);
        var masks = Kept(pattern).Where(step => step.Other == AttentionOperand.Mask).ToDictionary(step => step, step => MaskRows(Other(step), sizes));
        var parts = new string[_slices];
        for (int i = 0; i < _slices; i++)
        {
            string value = _nodes.Copy(product, [queries[i], keys]);
            foreach (var step in Kept(pattern))
            {
                string[] inputs = [.. _index.Nodes[step.Node].Inputs];
                inputs[step.Slot] = value;
                if (masks.TryGetValue(step, out var rows))
                    inputs[1 - step.Slot] = _nodes.Node("Slice", [Other(step), Item(rows.Starts, i), Item(rows.Ends, i), _nodes.Integers(-2)]);
                value = _nodes.Copy(_index.Nodes[step.Node], inputs);
            }
            parts[i] = _nodes.Copy(mix, [value, mix.Inputs[1]]);
        }
        _nodes.Node("Concat", parts, mix.Outputs[0], new OnnxAttribute("axis", -2L));

        string Item(string list, int i) => _nodes.Node("Slice", [list, _nodes.Integers(i), _nodes.Integers(i + 1), _nodes.Integers(0)]);
    }

    // Which rows of a mask go with each slice; the one row of a mask for all queries goes with every slice.
    private (string Starts, string Ends) MaskRows(string mask, string sizes)
    {
        string isOneRow = _nodes.Node("Equal", [Sizes(mask, -2, -1), _nodes.Integers(1)]);
        string ends = _nodes.Node("CumSum", [sizes, _nodes.Integers(0)]);
        return (_nodes.Node("Where", [isOneRow, _nodes.Integers(0), _nodes.Node("Sub", [ends, sizes])]), _nodes.Node("Where", [isOneRow, _nodes.Integers(1), ends]));
    }

    // One head and as many batches as there were heads, so that nothing needs to be known of how they were made.
    private void Fuse(AttentionPattern pattern)
    {
        var (product, mix) = (_index.Nodes[pattern.Scores], _index.Nodes[pattern.Mix]);
        string query = product.Inputs[0], keys = product.Inputs[1], values = mix.Inputs[1];
        int rank = _search.RankOf(query);
        string scaled = query;
        foreach (var step in Kept(pattern))
        {
            var node = _index.Nodes[step.Node];
            if (node.Is("Div") || node.Is("Mul"))
                scaled = _nodes.Node(node.Operator, [scaled, Other(step)]);
        }
        var attributes = new[] { new OnnxAttribute("num_heads", 1L), new OnnxAttribute("scale", 1f) };
        string[] inputs = [Flat(scaled, rank), Rows(keys), Flat(values, _search.RankOf(values))];
        if (rank == 3)
        {
            _nodes.Node("MultiHeadAttention", inputs, mix.Outputs[0], OnnxGraphBuilder.MicrosoftDomain, attributes);
            return;
        }
        string mixed = _nodes.Node("MultiHeadAttention", inputs, null, OnnxGraphBuilder.MicrosoftDomain, attributes);
        string shape = _nodes.Node("Concat", [Sizes(query, 0, -1), Sizes(values, -1, long.MaxValue)], null, new OnnxAttribute("axis", 0L));
        _nodes.Node("Reshape", [mixed, shape], mix.Outputs[0]);
    }

    private string Flat(string value, int rank) => rank == 3
        ? value
        : _nodes.Node("Reshape", [value, _nodes.Node("Concat", [_nodes.Integers(-1), Sizes(value, -2, long.MaxValue)], null, new OnnxAttribute("axis", 0L))]);

    // A row for each key, where the graph has a column.
    private string Rows(string keys)
    {
        if (_search.Producer(keys) is not { } maker || !maker.Is("Transpose") || maker.Permutation.Count < 2)
            return _nodes.Node("Transpose", [Flat(keys, _search.RankOf(keys))], null, new OnnxAttribute("perm", new long[] { 0, 2, 1 }));
        long[] order = [.. maker.Permutation];
        (order[^1], order[^2]) = (order[^2], order[^1]);
        bool isSame = order.Index().All(axis => axis.Item == axis.Index);
        return Flat(isSame ? maker.Inputs[0] : _nodes.Node("Transpose", [maker.Inputs[0]], null, new OnnxAttribute("perm", order)), order.Length);
    }

    private string Sizes(string value, long start, long end) => _nodes.Node("Slice", [_nodes.Node("Shape", [value]), _nodes.Integers(start), _nodes.Integers(end), _nodes.Integers(0)]);
}
