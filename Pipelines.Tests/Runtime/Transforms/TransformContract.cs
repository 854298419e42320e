using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLPipelines.Tests.Runtime.Transforms;

/// <summary>
/// What holds for every transform: the shape it promises is what comes, fitting leaves the input alone, a saved model gives
/// the same bits, and rows are the same however they are read.
/// </summary>
internal static class TransformContract
{
    /// <summary>Fits an estimator, checks all of that, and returns the transformed data.</summary>
    public static IDataView Check(MLContext context, IEstimator<ITransformer> estimator, IDataView data)
    {
        var before = Rows(data);
        var promised = estimator.GetOutputSchema(SchemaShape.Create(data.Schema));
        var model = estimator.Fit(data);
        CollectionAssert.AreEqual(before, Rows(data), "fitting changed its input");

        var view = model.Transform(data);
        CheckShape(promised, view.Schema);
        Assert.AreEqual(Describe(model.GetOutputSchema(data.Schema)), Describe(view.Schema), "the output schema is not that of the transformed data");
        var rows = Rows(view);
        CollectionAssert.AreEqual(rows, Rows(view), "a second pass gave other rows");

        CheckLoaded(context, model, data, view, rows);
        CheckColumnsAlone(view, rows);
        CheckRowMapper(model, data, rows);
        CheckParallelReading(context, model, data, rows);
        return view;
    }

    /// <summary>Asserts that a type of exception with a message that has the parts is thrown when the estimator is fitted and its output read.</summary>
    public static void CheckRefuses<TException>(IEstimator<ITransformer> estimator, IDataView data, params string[] messageParts) where TException : Exception
    {
        var fitted = Assert.ThrowsExactly<TException>(() => Rows(estimator.Fit(data).Transform(data)));
        var shaped = Assert.ThrowsExactly<TException>(() => estimator.GetOutputSchema(SchemaShape.Create(data.Schema)));
        foreach (var part in messageParts)
        {
            Assert.Contains(part, fitted.Message);
            Assert.Contains(part, shaped.Message);
        }
    }

    /// <summary>The rows as text, every bit of every value and its density included.</summary>
    public static List<string> Rows(IDataView view)
    {
        using var cursor = view.GetRowCursor(view.Schema);
        var readers = view.Schema.Select(column => Reader(cursor, column)).ToArray();
        var rows = new List<string>();
        while (cursor.MoveNext())
            rows.Add(string.Join(" | ", readers.Select(read => read())));
        return rows;
    }

    /// <summary>Names, types and annotations with their values.</summary>
    public static string Describe(DataViewSchema schema)
    {
        var text = new StringBuilder();
        foreach (var column in schema)
            text.AppendLine(CultureInfo.InvariantCulture, $"{column.Name}:{column.Type}{(column.IsHidden ? " hidden" : "")} [{Describe(column.Annotations)}]");
        return text.ToString();
    }

    private static string Describe(DataViewSchema.Annotations annotations) => string.Join("; ", annotations.Schema.Select(kind =>
        $"{kind.Name}:{kind.Type}={GenericDispatch.Invoke<DataViewSchema.Annotations, DataViewSchema.Column, string>(kind.Type.RawType, AnnotationText<int>, annotations, kind)}"));

    private static string AnnotationText<T>(DataViewSchema.Annotations annotations, DataViewSchema.Column kind)
    {
        T value = default!;
        annotations.GetGetter<T>(kind)(ref value);
        return Text(value);
    }

    private static void CheckShape(SchemaShape promised, DataViewSchema delivered)
    {
        var actual = SchemaShape.Create(delivered);
        CollectionAssert.AreEquivalent(promised.Select(column => column.Name).ToArray(), actual.Select(column => column.Name).Distinct().ToArray(), "other columns than promised");
        foreach (var column in promised)
        {
            var last = actual.Last(candidate => candidate.Name == column.Name);
            Assert.AreEqual($"{column.GetTypeString()}", last.GetTypeString(), $"type of column '{column.Name}'");
            Assert.IsTrue(column.IsCompatibleWith(last),
                $"column '{column.Name}' promises the annotations {string.Join(", ", column.Annotations.Select(annotation => $"{annotation.Name}:{annotation.GetTypeString()}"))}, "
                + $"and has {string.Join(", ", last.Annotations.Select(annotation => $"{annotation.Name}:{annotation.GetTypeString()}"))}");
        }
    }

    private static void CheckLoaded(MLContext context, ITransformer model, IDataView data, IDataView view, List<string> rows)
    {
        using var stream = new MemoryStream();
        context.Model.Save(model, data.Schema, stream);
        stream.Position = 0;
        var loaded = new MLContext(1).Model.Load(stream, out _);
        var loadedView = loaded.Transform(data);
        Assert.AreEqual(Describe(view.Schema), Describe(loadedView.Schema), "the loaded model gives another schema");
        CollectionAssert.AreEqual(rows, Rows(loadedView), "the loaded model gives other rows");
        using var again = new MemoryStream();
        context.Model.Save(loaded, data.Schema, again);
        Assert.IsTrue(again.ToArray().AsSpan().SequenceEqual(stream.ToArray()), "the loaded model is saved with other bytes");
    }

    private static void CheckColumnsAlone(IDataView view, List<string> rows)
    {
        var whole = rows.Select(row => row.Split(" | ")).ToArray();
        foreach (var column in view.Schema)
        {
            using var cursor = view.GetRowCursor([column]);
            var read = Reader(cursor, column);
            for (int i = 0; i < whole.Length; i++)
            {
                Assert.IsTrue(cursor.MoveNext());
                Assert.AreEqual(whole[i][column.Index], read(), $"column '{column.Name}' read alone, row {i}");
            }
        }
    }

    private static void CheckRowMapper(ITransformer model, IDataView data, List<string> rows)
    {
        if (!model.IsRowToRowMapper)
            return;
        var mapper = model.GetRowToRowMapper(data.Schema);
        using var cursor = data.GetRowCursor(mapper.GetDependencies(mapper.OutputSchema));
        using var row = mapper.GetRow(cursor, mapper.OutputSchema);
        var readers = mapper.OutputSchema.Select(column => Reader(row, column)).ToArray();
        for (int i = 0; cursor.MoveNext(); i++)
            Assert.AreEqual(rows[i], string.Join(" | ", readers.Select(read => read())), $"row {i} through the row mapper");
    }

    private static void CheckParallelReading(MLContext context, ITransformer model, IDataView data, List<string> rows)
    {
        var view = model.Transform(context.Data.Cache(data));
        var cursors = view.GetRowCursorSet(view.Schema, 3);
        var parts = new List<(long Batch, string Row)>();
        foreach (var cursor in cursors)
        {
            using (cursor)
            {
                var readers = view.Schema.Select(column => Reader(cursor, column)).ToArray();
                while (cursor.MoveNext())
                    parts.Add((cursor.Batch, string.Join(" | ", readers.Select(read => read()))));
            }
        }
        CollectionAssert.AreEqual(rows, parts.OrderBy(part => part.Batch).Select(part => part.Row).ToList(), "rows of a set of cursors");
    }

    private static Func<string> Reader(DataViewRow row, DataViewSchema.Column column) =>
        GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Func<string>>(column.Type.RawType, TypedReader<int>, row, column);

    private static Func<string> TypedReader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return Text(value);
        };
    }

    private static string Text(object? value) => value switch
    {
        float number => $"{BitConverter.SingleToUInt32Bits(number):x8}",
        double number => $"{BitConverter.DoubleToUInt64Bits(number):x16}",
        VBuffer<float> vector => Text(vector),
        VBuffer<double> vector => Text(vector),
        System.Collections.IEnumerable and not string => GenericDispatch.Invoke<object, string>(value.GetType().GetGenericArguments()[0], BoxedText<int>, value),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => $"{value}".Replace(" | ", " ¦ "),
    };

    private static string BoxedText<T>(object vector) => Text((VBuffer<T>)vector);

    private static string Text<T>(in VBuffer<T> vector) =>
        $"{(vector.IsDense ? "dense" : "sparse")} {vector.Length}: {string.Join(" ", vector.Items().Select(item => $"{item.Key}={Text(item.Value)}"))}";
}
