using System.Globalization;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace MLPipelines.Scoring;

/// <content>Errors of batches.</content>
internal static partial class ScoringErrors
{
    public static OnnxException UnsupportedType(string name, TensorElementType type) =>
        new($"'{name}' is no tensor of a type that a column can have, but {type}; numbers, truth values and texts can be columns. Leave it out of the outputs, or export the model without it.");

    public static OnnxException TooLarge(string column, long row, string value, string type, Exception inner) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has {value} in column '{column}', which the model's type {type} does not hold."), inner);

    public static OnnxException RowLength(string where, PlannedInput input, long row, int count, long known) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has {count} values in column '{input.Input.ColumnName}', but the model '{where}' takes {(Array.Exists(input.Sizes, size => size.Varies) ? $"a multiple of {known}" : $"{known}")} for a row of its input '{input.Input.Name}'."));

    public static OnnxException RowsDiffer(string where, string input, long row, long own, long other) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has the length {own} for the input '{input}' of the model '{where}', but {other} for another input whose dimension has the same name; the two must be of one length."));

    public static OnnxException RowShape(string where, OnnxValueInfo input, IReadOnlyList<long> shape) =>
        new($"{nameof(OnnxInput.RowShape)} of the input '{input.Name}' is [{string.Join(", ", shape)}], which does not fit {input} of the model '{where}': give the sizes without the batch.");

    public static OnnxException UnknownAxis(string where, OnnxValueInfo input, string axis, IEnumerable<string> known) =>
        new($"The input {input} of the model '{where}' cannot be made: none of the inputs that are columns has the dimension '{axis}'; theirs are {string.Join(", ", known.Select(name => $"'{name}'"))}. Take it from a column.");

    public static OnnxException SeveralAxes(string where, OnnxValueInfo input) =>
        new($"The input {input} of the model '{where}' has several sizes that vary from row to row, which the number of values does not tell. Give {nameof(OnnxInput.RowShape)}, with at most one -1.");

    public static OnnxException NoBatch(string where, OnnxValueInfo value) =>
        new($"{value} of the model '{where}' has no first dimension for the rows of a batch, or another one than the other inputs. Export the model with a batch dimension, or run it with {nameof(OnnxModel)}.");

    public static OnnxException OutputShape(string where, string output, long[] shape, long rows) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The model '{where}' gave its output '{output}' as [{string.Join(", ", shape)}] for {rows} rows; its first dimension must be the rows. Leave it out of the outputs."));
}
