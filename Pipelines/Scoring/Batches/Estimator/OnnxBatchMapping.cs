using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Scoring;

/// <summary>Maps the columns that a model reads to those that it gives, many rows at once.</summary>
internal sealed class OnnxBatchMapping(DataViewSchema inputSchema, BatchRunner runner, OnnxBatchOptions options) : BatchMapping<OnnxRow, Array[]>(
    inputSchema, ColumnsOf(inputSchema, runner.Plan), runner.Plan.Outputs.Select(output => new DataViewSchema.DetachedColumn(output.Output.Column, TypeOf(output))))
{
    private static readonly MethodInfo MakeVectorMethod = typeof(OnnxBatchMapping).GetMethod(nameof(MakeVector), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo MakeScalarMethod = typeof(OnnxBatchMapping).GetMethod(nameof(MakeScalar), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static DataViewType TypeOf(PlannedOutput output)
    {
        var item = ElementTypes.ColumnTypeOf(output.Type)!;
        if (output.Sizes.Length == 0)
            return item;
        return output.Sizes.All(size => !size.Varies && size.Size > 0) ? new VectorDataViewType(item, output.Sizes.Select(size => checked((int)size.Size)).ToArray()) : new VectorDataViewType(item);
    }

    public static string Expected(PlannedInput input) =>
        $"{ElementTypes.ColumnTypeOf(input.Type)} {(input.Sizes.Length == 0 ? "or a vector of one" : "or a vector of it")}, or a narrower type";

    protected override int WindowRows => options.WindowRows;

    protected override Func<OnnxRow> MakeReader(DataViewRow input)
    {
        Func<Array>[] readers = [.. runner.Plan.Columns.Select(column => RowReaders.Make(input, InputSchema[column.Input.ColumnName!], column.Type))];
        return () => runner.Plan.MakeRow(Array.ConvertAll(readers, read => read()), input.Position);
    }

    protected override Array[][] Compute(IReadOnlyList<OnnxRow> items) => runner.Run(items, options.CancellationToken);

    protected override bool IsSame(OnnxRow first, OnnxRow second) => first.HasSameValues(second);

    protected override Delegate MakeGetter(int output, Func<Array[]> current)
    {
        var planned = runner.Plan.Outputs[output];
        var make = planned.Sizes.Length == 0 ? MakeScalarMethod : MakeVectorMethod;
        return (Delegate)make.MakeGenericMethod(ElementTypes.ColumnTypeOf(planned.Type)!.RawType).Invoke(null, [output, current])!;
    }

    private static ValueGetter<T> MakeScalar<T>(int output, Func<Array[]> current) => (ref T value) => value = ((T[])current()[output])[0];

    private static ValueGetter<VBuffer<T>> MakeVector<T>(int output, Func<Array[]> current) => (ref VBuffer<T> value) =>
    {
        var values = (T[])current()[output];
        var editor = VBufferEditor.Create(ref value, values.Length);
        values.CopyTo(editor.Values);
        value = editor.Commit();
    };

    private static IEnumerable<DataViewSchema.Column> ColumnsOf(DataViewSchema schema, BatchPlan plan) =>
        [.. plan.Columns.Select(input => schema.FindInput(input.Input.ColumnName!, type => Fits(type, input), Expected(input)))];

    private static bool Fits(DataViewType type, PlannedInput input) =>
        type is VectorDataViewType vector ? ElementTypes.Fits(vector.ItemType, input.Type) : ElementTypes.Fits(type, input.Type);
}
