using System.Globalization;

namespace MLPipelines.Scoring.Writing;

/// <summary>An input or an output of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The type of its elements.</param>
/// <param name="Dimensions">Its dimensions: a number each, or a name where the size varies.</param>
public sealed record OnnxValue(string Name, OnnxElementType ElementType, params IReadOnlyList<OnnxDimension> Dimensions);

/// <summary>A dimension: a size, or the name of a size that varies. Converts from either.</summary>
/// <param name="Size">The size, or <see langword="null"/> where it varies.</param>
/// <param name="Name">The name of a size that varies.</param>
public readonly record struct OnnxDimension(long? Size, string? Name)
{
    /// <summary>A fixed size.</summary>
    public static implicit operator OnnxDimension(long size) => new(size, null);

    /// <summary>A size that varies.</summary>
    public static implicit operator OnnxDimension(string name) => new(null, name);
}

/// <summary>An attribute of an operator.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">A <see cref="long"/>, a <see cref="float"/>, a <see cref="string"/>, a <see cref="long"/> array or an <see cref="OnnxGraphBuilder"/>.</param>
public sealed record OnnxAttribute(string Name, object Value);

/// <summary>An operator with its inputs and outputs; an empty input name leaves an optional input out.</summary>
/// <param name="Operator">The operator, such as "MatMul".</param>
/// <param name="Inputs">The names of its inputs.</param>
/// <param name="Outputs">The names of its outputs.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="Domain">Whose operator it is; empty for ONNX's own.</param>
public sealed record OnnxNode(string Operator, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<OnnxAttribute> Attributes, string Domain = "");

/// <summary>A graph under construction: operators in the order in which they are computed, constants, inputs and outputs.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="name">What it is called.</param>
public sealed class OnnxGraphBuilder(string name)
{
    /// <summary>The domain of the operators that ONNX Runtime has besides ONNX's own.</summary>
    public const string MicrosoftDomain = "com.microsoft";

    private readonly List<OnnxNode> _nodes = [];
    private readonly Dictionary<string, OnnxTensor> _tensors = new(StringComparer.Ordinal);
    private readonly bool _isInner;

    /// <summary>A graph that will be a branch or body inside another one: it may use all values of that, and its constants go there.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="outer">The graph around it.</param>
    public OnnxGraphBuilder(string name, OnnxGraphBuilder outer)
        : this(name)
    {
        ArgumentNullException.ThrowIfNull(outer);
        (_tensors, _isInner) = (outer._tensors, true);
    }

    /// <summary>What it is called.</summary>
    public string Name { get; } = name;

    /// <summary>The inputs.</summary>
    public IList<OnnxValue> Inputs { get; } = [];

    /// <summary>The outputs.</summary>
    public IList<OnnxValue> Outputs { get; } = [];

    /// <summary>The operators.</summary>
    public IReadOnlyList<OnnxNode> Nodes => _nodes;

    /// <summary>The constants; none of an inner graph.</summary>
    public IReadOnlyCollection<OnnxTensor> Tensors => _isInner ? [] : _tensors.Values;

    /// <summary>Adds an input.</summary>
    /// <returns>Its name.</returns>
    public string Input(string name, OnnxElementType type, params OnnxDimension[] dimensions)
    {
        Inputs.Add(new OnnxValue(name, type, dimensions));
        return name;
    }

    /// <summary>Adds an operator with one output.</summary>
    /// <returns>The name of the output.</returns>
    public string Node(string op, IReadOnlyList<string> inputs, params OnnxAttribute[] attributes) => Nodes1(op, "", inputs, attributes);

    /// <summary>Adds an operator of ONNX Runtime with one output.</summary>
    /// <returns>The name of the output.</returns>
    public string MicrosoftNode(string op, IReadOnlyList<string> inputs, params OnnxAttribute[] attributes) => Nodes1(op, MicrosoftDomain, inputs, attributes);

    /// <summary>Adds an operator whose outputs get names of their own.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="domain">Whose operator it is; empty for ONNX's own.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="outputs">How many outputs it has.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>The names of the outputs.</returns>
    public string[] Node(string op, string domain, IReadOnlyList<string> inputs, int outputs, params OnnxAttribute[] attributes)
    {
        string stem = string.Create(CultureInfo.InvariantCulture, $"{op}_{_nodes.Count}");
        string[] names = outputs == 1 ? [stem] : [.. Enumerable.Range(0, outputs).Select(i => string.Create(CultureInfo.InvariantCulture, $"{stem}_{i}"))];
        _nodes.Add(new OnnxNode(op, [.. inputs], [.. names], [.. attributes], domain));
        return names;
    }

    /// <summary>Makes a value an output under a name of its own: what last produced it is renamed.</summary>
    /// <param name="value">What an operator of this graph gives.</param>
    /// <param name="output">The output.</param>
    public void Output(string value, OnnxValue output)
    {
        ArgumentNullException.ThrowIfNull(output);
        for (int i = 0; i < _nodes.Count; i++)
        {
            var node = _nodes[i];
            if (node.Inputs.Contains(value) || node.Outputs.Contains(value))
                _nodes[i] = node with { Inputs = Renamed(node.Inputs), Outputs = Renamed(node.Outputs) };
        }
        Outputs.Add(output);

        string[] Renamed(IReadOnlyList<string> names) => [.. names.Select(name => name == value ? output.Name : name)];
    }

    /// <summary>Adds a constant, unless one of that name is there.</summary>
    /// <returns>Its name.</returns>
    public string Add(OnnxTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        _tensors.TryAdd(tensor.Name, tensor);
        return tensor.Name;
    }

    /// <summary>Whether there is a constant of that name.</summary>
    public bool Has(string name) => _tensors.ContainsKey(name);

    /// <summary>A list of whole numbers, as shapes and axes are given.</summary>
    /// <returns>The name of the constant.</returns>
    public string Integers(params long[] values) => Add(OnnxTensor.Of($"integers_{string.Join('_', values.Select(Digits))}", values, values.Length));

    /// <summary>A whole number.</summary>
    /// <returns>The name of the constant.</returns>
    public string Integer(long value) => Add(OnnxTensor.Of($"integer_{Digits(value)}", [value]));

    /// <summary>A number.</summary>
    /// <returns>The name of the constant.</returns>
    public string Number(float value) => Add(OnnxTensor.Of(string.Create(CultureInfo.InvariantCulture, $"number_{BitConverter.SingleToUInt32Bits(value):x8}"), [value]));

    private static string Digits(long value) => value < 0 ? string.Create(CultureInfo.InvariantCulture, $"m{-(decimal)value}") : value.ToString(CultureInfo.InvariantCulture);

    private string Nodes1(string op, string domain, IReadOnlyList<string> inputs, OnnxAttribute[] attributes) => Node(op, domain, inputs, 1, attributes)[0];
}
