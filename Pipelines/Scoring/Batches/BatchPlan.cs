using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <summary>How a size of a row's tensor is known: it is given, or that of an axis, which varies from row to row.</summary>
internal readonly record struct PlannedSize(long Size, int Axis)
{
    public bool Varies => Axis >= 0;
}

/// <summary>An input as it is made from rows.</summary>
/// <param name="Input">Where its values come from.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Sizes">The shape of one row.</param>
/// <param name="Column">Which of the columns it is; -1 for one that is made.</param>
internal sealed record PlannedInput(OnnxInput Input, TensorElementType Type, PlannedSize[] Sizes, int Column);

/// <summary>An output as rows get it.</summary>
/// <param name="Output">Its name and column.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Sizes">The shape of one row, an axis where it follows that of the inputs, -1 where it is not known.</param>
internal sealed record PlannedOutput(OnnxOutput Output, TensorElementType Type, PlannedSize[] Sizes);

/// <summary>
/// How rows become batches of a model. Dimensions of one name are one axis: they have one size in a row, and grow together when a batch is filled up.
/// </summary>
internal sealed class BatchPlan
{
    private readonly List<string> _axes = [];
    private readonly string _where;

    public BatchPlan(string where, IReadOnlyList<OnnxValueInfo> inputs, IReadOnlyList<OnnxValueInfo> outputs, OnnxBatchOptions options)
    {
        _where = where;
        var wanted = options.Inputs.Count > 0 ? options.Inputs : [.. inputs.Select(input => OnnxInput.Column(input.Name))];
        CheckNames(inputs, wanted);
        var infos = wanted.Select(input => (Input: input, Info: inputs.First(info => info.Name == input.Name))).ToArray();
        FixedRows = FixedRowsOf(infos.Select(pair => pair.Info));
        int columns = 0;
        // Columns first: what is made follows their axes.
        Inputs = [.. infos.OrderBy(pair => pair.Input.Kind != OnnxInputKind.Column).Select(pair => Plan(pair.Input, pair.Info, pair.Input.Kind == OnnxInputKind.Column ? columns++ : -1))];
        Outputs = [.. (options.Outputs.Count > 0 ? options.Outputs : [.. outputs.Select(output => new OnnxOutput(output.Name))]).Select(output => Plan(output, outputs))];
        Fillable = [.. _axes.Select((_, axis) => Inputs.Where(input => input.Column >= 0 && input.Sizes.Any(size => size.Axis == axis)).All(input => input.Input.PadValue.HasValue))];
    }

    public PlannedInput[] Inputs { get; }

    public PlannedOutput[] Outputs { get; }

    /// <summary>The number of rows that the model always takes; 0 where it takes any.</summary>
    public long FixedRows { get; }

    public int Axes => _axes.Count;

    /// <summary>Whether rows that are shorter along an axis may be filled up.</summary>
    public bool[] Fillable { get; }

    public IEnumerable<PlannedInput> Columns => Inputs.Where(input => input.Column >= 0);

    /// <summary>Measures a row.</summary>
    /// <exception cref="OnnxException">It has not as many values as the model's shape allows, or its inputs are of different lengths.</exception>
    public OnnxRow MakeRow(Array[] values, long position)
    {
        var sizes = new long[Axes];
        Array.Fill(sizes, -1);
        foreach (var input in Columns)
            Measure(input, values[input.Column].Length, sizes, position);
        return new OnnxRow(values, sizes);
    }

    private void Measure(PlannedInput input, int count, long[] sizes, long position)
    {
        long known = 1;
        int open = -1, varying = 0;
        foreach (var size in input.Sizes)
        {
            if (!size.Varies)
                known = checked(known * size.Size);
            else
                (open, varying) = (size.Axis, varying + 1);
        }
        if (varying == 0 ? count != known : known == 0 || count % known != 0)
            throw ScoringErrors.RowLength(_where, input, position, count, known);
        if (varying == 0)
            return;
        long own = count / known;
        if (sizes[open] >= 0 && sizes[open] != own)
            throw ScoringErrors.RowsDiffer(_where, input.Input.Name, position, own, sizes[open]);
        sizes[open] = own;
    }

    private PlannedInput Plan(OnnxInput input, OnnxValueInfo info, int column)
    {
        if (!info.IsTensor || ElementTypes.ColumnTypeOf(info.ElementType) is null || info.ElementType == TensorElementType.BFloat16)
            throw ScoringErrors.UnsupportedType(info.Name, info.ElementType);
        if (input.RowShape is { } shape && (shape.Count != info.Dimensions.Count - 1 || shape.Where((size, i) => info.Dimensions[i + 1] >= 0 && size != info.Dimensions[i + 1]).Any()))
            throw ScoringErrors.RowShape(_where, info, shape);
        var sizes = new PlannedSize[info.Dimensions.Count - 1];
        for (int i = 0; i < sizes.Length; i++)
        {
            long size = input.RowShape?[i] ?? info.Dimensions[i + 1];
            if (size >= 0)
            {
                sizes[i] = new(size, -1);
                continue;
            }
            string name = info.DimensionNames[i + 1].Length > 0 ? info.DimensionNames[i + 1] : $"{info.Name}[{i + 1}]";
            sizes[i] = new(-1, AxisOf(name, column >= 0) is var axis and >= 0 ? axis : throw ScoringErrors.UnknownAxis(_where, info, name, _axes));
        }
        if (column >= 0 && sizes.Count(size => size.Varies) > 1)
            throw ScoringErrors.SeveralAxes(_where, info);
        return new PlannedInput(input, info.ElementType, sizes, column);
    }

    private PlannedOutput Plan(OnnxOutput output, IReadOnlyList<OnnxValueInfo> outputs)
    {
        var info = outputs.FirstOrDefault(info => info.Name == output.Name) ?? throw ScoringErrors.UnknownValue(_where, "output", output.Name, outputs.Select(info => info.Name));
        if (!info.IsTensor || ElementTypes.ColumnTypeOf(info.ElementType) is null)
            throw ScoringErrors.UnsupportedType(info.Name, info.ElementType);
        if (info.Dimensions.Count == 0)
            throw ScoringErrors.NoBatch(_where, info);
        PlannedSize[] sizes = [.. info.Dimensions.Skip(1).Select((size, i) => size >= 0 ? new PlannedSize(size, -1) : new PlannedSize(-1, AxisOf(info.DimensionNames[i + 1], add: false)))];
        return new PlannedOutput(output, info.ElementType, sizes);
    }

    private int AxisOf(string name, bool add)
    {
        int axis = _axes.IndexOf(name);
        if (axis >= 0 || !add)
            return axis;
        _axes.Add(name);
        return _axes.Count - 1;
    }

    private long FixedRowsOf(IEnumerable<OnnxValueInfo> infos)
    {
        long rows = 0;
        foreach (var info in infos)
        {
            if (info.IsTensor && info.Dimensions.Count == 0 || info.IsTensor && info.Dimensions[0] == 0)
                throw ScoringErrors.NoBatch(_where, info);
            if (!info.IsTensor || info.Dimensions[0] < 0)
                continue;
            if (rows > 0 && rows != info.Dimensions[0])
                throw ScoringErrors.NoBatch(_where, info);
            rows = info.Dimensions[0];
        }
        return rows;
    }

    private void CheckNames(IReadOnlyList<OnnxValueInfo> inputs, IReadOnlyList<OnnxInput> wanted)
    {
        foreach (var input in wanted)
        {
            if (!inputs.Any(info => info.Name == input.Name))
                throw ScoringErrors.UnknownValue(_where, "input", input.Name, inputs.Select(info => info.Name));
        }
        string[] missing = [.. inputs.Select(info => info.Name).Where(name => !wanted.Any(input => input.Name == name))];
        if (missing.Length > 0)
            throw ScoringErrors.MissingInputs(_where, missing);
    }
}
