namespace MLPipelines.Scoring;

/// <summary>Where the values of an input of a model come from.</summary>
internal enum OnnxInputKind
{
    Column,
    Mask,
    Constant,
}

/// <summary>An input of a model, and where its values come from.</summary>
/// <remarks>Immutable.</remarks>
public sealed class OnnxInput
{
    private OnnxInput(string name, OnnxInputKind kind) => (Name, Kind) = (name, kind);

    /// <summary>The name of the model's input.</summary>
    public string Name { get; }

    /// <summary>The column that its values are in; <see langword="null"/> for one that is made.</summary>
    public string? ColumnName { get; private init; }

    /// <summary>
    /// What shorter rows are filled up with, so that they share a batch with longer ones; <see langword="null"/> where only rows of one length go together.
    /// For a constant, its value.
    /// </summary>
    public double? PadValue { get; private init; }

    /// <summary>
    /// The shape of one row, -1 for a size that follows from the number of values; <see langword="null"/> where the model says enough.
    /// </summary>
    public IReadOnlyList<long>? RowShape { get; private init; }

    internal OnnxInputKind Kind { get; }

    /// <summary>Values of a column.</summary>
    /// <param name="name">The name of the model's input.</param>
    /// <param name="columnName">The column; null for the one of the same name.</param>
    /// <param name="padValue">What shorter rows are filled up with; null where only rows of one length go together, as must be for a model that does not ignore what is filled up.</param>
    /// <param name="rowShape">The shape of one row, without the batch, where the model leaves more than one size open; at most one may be -1.</param>
    public static OnnxInput Column(string name, string? columnName = null, double? padValue = null, IReadOnlyList<long>? rowShape = null) =>
        new(name, OnnxInputKind.Column) { ColumnName = columnName ?? name, PadValue = padValue, RowShape = rowShape };

    /// <summary>1 where a row has values, and 0 where it was filled up: such as an encoder's attention mask.</summary>
    /// <param name="name">The name of the model's input; its dimensions must have the names of those of columns.</param>
    public static OnnxInput Mask(string name) => new(name, OnnxInputKind.Mask);

    /// <summary>One value everywhere, such as 0 for an encoder's token types.</summary>
    /// <param name="name">The name of the model's input; its dimensions must have sizes, or the names of those of columns.</param>
    /// <param name="value">The value.</param>
    public static OnnxInput Constant(string name, double value) => new(name, OnnxInputKind.Constant) { PadValue = value };
}

/// <summary>An output of a model and the column that it becomes.</summary>
/// <param name="Name">The name of the model's output.</param>
/// <param name="ColumnName">The column; null for one of the same name.</param>
public sealed record OnnxOutput(string Name, string? ColumnName = null)
{
    internal string Column => ColumnName ?? Name;
}
