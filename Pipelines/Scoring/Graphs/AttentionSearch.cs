namespace MLPipelines.Scoring;

/// <summary>Finds the attention of a graph.</summary>
internal sealed class AttentionSearch
{
    // Scale, mask and casts on either side are five; graphs are no trees, and what is longer is no attention.
    private const int MostSteps = 8;

    private static readonly string[] Numeric = ["Cast", "Identity", "Sqrt", "Reciprocal", "Div", "Mul", "Pow", "Squeeze", "Unsqueeze"];

    private readonly byte[] _model;
    private readonly GraphIndex _index;
    private readonly HashSet<string> _outputs;
    private readonly Dictionary<string, int> _producers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> _readers = new(StringComparer.Ordinal);
    private readonly List<AttentionPattern> _patterns = [];
    private readonly List<string> _refused = [];

    public AttentionSearch(byte[] model, GraphIndex index, OnnxGraph graph)
    {
        (_model, _index, _outputs) = (model, index, graph.Outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal));
        for (int node = 0; node < index.Nodes.Count; node++)
        {
            foreach (string output in index.Nodes[node].Outputs)
                _producers[output] = node;
            foreach (string input in index.Nodes[node].Inputs)
            {
                if (!_readers.TryGetValue(input, out var readers))
                    _readers.Add(input, readers = []);
                readers.Add(node);
            }
        }
        for (int node = 0; node < index.Nodes.Count; node++)
        {
            if (index.Nodes[node].Is("Softmax"))
                Match(node);
        }
    }

    /// <summary>What was found, in the order of the graph.</summary>
    public IReadOnlyList<AttentionPattern> Patterns => _patterns;

    /// <summary>What looks like attention but is written otherwise, in words.</summary>
    public IReadOnlyList<string> Refused => _refused;

    /// <summary>What produces a value; null for inputs and constants of the graph.</summary>
    public GraphNode? Producer(string value) => _producers.TryGetValue(value, out int node) ? _index.Nodes[node] : null;

    /// <summary>How many dimensions a value has, where the graph shows it; else 0.</summary>
    public int RankOf(string value) => RankOf(value, 0);

    private int RankOf(string value, int depth)
    {
        if (ConstantOf(value) is { } constant)
            return constant.Shape.Length;
        if (depth > MostSteps || Producer(value) is not { } node)
            return 0;
        if (node.Is("Transpose"))
            return node.Permutation.Count;
        if (node.Is("Mul") || node.Is("Div") || node.Is("Cast") || node.Is("Identity"))
            return node.Inputs.Max(input => RankOf(input, depth + 1));
        if (!node.Is("Reshape"))
            return 0;
        if (ConstantOf(node.Inputs[1]) is { Shape: [var length] })
            return (int)length;
        return Producer(node.Inputs[1]) is { } sizes && sizes.Is("Concat") && sizes.Inputs.All(IsOneSize) ? sizes.Inputs.Count : 0;

        bool IsOneSize(string size) => Producer(size) is { } maker && maker.Is("Unsqueeze") || ConstantOf(size) is { Shape: [1] };
    }

    private void Match(int softmax)
    {
        var node = _index.Nodes[softmax];
        var after = new List<AttentionStep>();
        string value = node.Outputs[0];
        while (Reader(value) is { } next && (_index.Nodes[next].Is("Cast") || _index.Nodes[next].Is("Identity") || _index.Nodes[next].Is("Dropout")) && after.Count < MostSteps)
        {
            after.Add(new AttentionStep(next, 0, AttentionOperand.None));
            value = _index.Nodes[next].Outputs[0];
        }
        if (Reader(value) is not { } mix || !_index.Nodes[mix].Is("MatMul") || _index.Nodes[mix].Inputs[0] != value)
            return;
        var before = new List<AttentionStep>();
        int? scores = FindScores(node.Inputs[0], before, 0);
        string? fault = scores is null ? "what it takes is no product of queries and keys, or is used elsewhere too" : FaultOf(scores.Value, before, node);
        if (fault is null)
            _patterns.Add(new AttentionPattern(scores!.Value, [.. before, new AttentionStep(softmax, 0, AttentionOperand.None), .. after], mix));
        else
            _refused.Add($"the Softmax '{(node.Name.Length > 0 ? node.Name : node.Outputs[0])}': {fault}");
    }

    // Goes up from what the softmax takes to the product, past scale and mask, which are added to the steps from the product on.
    private int? FindScores(string value, List<AttentionStep> steps, int depth)
    {
        if (depth > MostSteps || Reader(value) is null || !_producers.TryGetValue(value, out int number))
            return null;
        var node = _index.Nodes[number];
        if (node.Is("MatMul"))
            return number;
        int slots = node.Is("Cast") || node.Is("Identity") || node.Is("Div") ? 1 : node.Is("Mul") || node.Is("Add") ? 2 : 0;
        for (int slot = 0; slot < slots; slot++)
        {
            if (FindScores(node.Inputs[slot], steps, depth + 1) is not { } scores)
                continue;
            steps.Add(new AttentionStep(number, slot, node.Inputs.Count == 1 ? AttentionOperand.None : OperandOf(node.Inputs[1 - slot], node.Is("Add"))));
            return scores;
        }
        return null;
    }

    private string? FaultOf(int scores, List<AttentionStep> steps, GraphNode softmax)
    {
        foreach (var step in steps)
        {
            if (step.Other is AttentionOperand.Mask or AttentionOperand.Zeros && !_index.Nodes[step.Node].Is("Add"))
                return $"its scores are scaled by '{_index.Nodes[step.Node].Inputs[1 - step.Slot]}', which is not known to be one number";
        }
        var product = _index.Nodes[scores];
        if (softmax.Axis is { } axis and not -1 && axis != Math.Max(RankOf(product.Inputs[0]), RankOf(product.Inputs[1])) - 1)
            return FormattableString.Invariant($"its axis is {axis}, which is not known to be the last");
        return null;
    }

    private AttentionOperand OperandOf(string value, bool isAdded)
    {
        if (IsNumber(value, 0))
            return AttentionOperand.Number;
        if (isAdded && IsZeros(value, 0))
            return AttentionOperand.Zeros;
        return isAdded && ConstantOf(value) is { Shape: { Length: < 2 } or [.., 1, _] } ? AttentionOperand.Row : AttentionOperand.Mask;
    }

    private bool IsNumber(string value, int depth)
    {
        if (ConstantOf(value) is { } constant)
            return constant.Shape.All(size => size == 1);
        if (depth > MostSteps || Producer(value) is not { } node)
            return false;
        if (node.Is("Gather"))
            return Producer(node.Inputs[0]) is { } shape && shape.Is("Shape") && IsNumber(node.Inputs[1], depth + 1);
        return Numeric.Any(node.Is) && IsNumber(node.Inputs[0], depth + 1) && (node.Inputs.Count == 1 || node.Is("Squeeze") || node.Is("Unsqueeze") || IsNumber(node.Inputs[1], depth + 1));
    }

    // What torch writes for torch.baddbmm, whose first argument counts for nothing there.
    private bool IsZeros(string value, int depth)
    {
        if (depth > MostSteps || Producer(value) is not { } node)
            return false;
        if (node.Is("ConstantOfShape"))
            return node.Value is not { } filling || filling.Length > 0 && _model.AsSpan((int)filling.Offset, (int)filling.Length).IndexOfAnyExcept((byte)0) < 0;
        return node.Is("Mul") ? node.Inputs.Any(input => IsZeros(input, depth + 1)) : (node.Is("Cast") || node.Is("Identity")) && IsZeros(node.Inputs[0], depth + 1);
    }

    private GraphConstant? ConstantOf(string value) =>
        _index.Constants.TryGetValue(value, out var constant) ? constant : Producer(value) is { } node && node.Is("Constant") ? node.Value : null;

    // What reads a value that one operator reads, and no one outside the graph.
    private int? Reader(string value) => !_outputs.Contains(value) && _readers.TryGetValue(value, out var readers) && readers is [var reader] ? reader : null;
}
