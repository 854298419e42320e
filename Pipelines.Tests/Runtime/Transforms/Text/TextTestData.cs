using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Transforms.Text;

/// <summary>Rows of text and what the tests do with them.</summary>
internal static class TextTestData
{
    public sealed class Row
    {
        public string Text { get; set; } = "";
    }

    public sealed class TwoTexts
    {
        public string Title { get; set; } = "";

        public string Body { get; set; } = "";
    }

    public static IDataView Load(MLContext context, params IEnumerable<string> texts) =>
        context.Data.LoadFromEnumerable(texts.Select(text => new Row { Text = text }).ToArray());

    public static VBuffer<T>[] Vectors<T>(IDataView data, string column)
    {
        var rows = new List<VBuffer<T>>();
        using var cursor = data.GetRowCursor([data.Schema[column]]);
        var getter = cursor.GetGetter<VBuffer<T>>(data.Schema[column]);
        VBuffer<T> value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            VBuffer<T> copy = default;
            value.CopyTo(ref copy);
            rows.Add(copy);
        }
        return [.. rows];
    }

    public static string[] Words(IDataView data, string column, int row = 0) =>
        [.. Vectors<ReadOnlyMemory<char>>(data, column)[row].DenseValues().Select(word => word.ToString())];

    public static string[] SlotNames(IDataView data, string column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema[column].GetSlotNames(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    /// <summary>Saves, loads and transforms.</summary>
    public static IDataView ThroughFile(MLContext context, ITransformer transformer, IDataView data)
    {
        using var stream = new MemoryStream();
        context.Model.Save(transformer, data.Schema, stream);
        stream.Position = 0;
        return context.Model.Load(stream, out _).Transform(data);
    }

    /// <summary>Bit for bit: the same values at the same places, explicit or not.</summary>
    public static void AssertSame(VBuffer<float>[] expected, VBuffer<float>[] actual, string message = "")
    {
        Assert.HasCount(expected.Length, actual, message);
        for (int row = 0; row < expected.Length; row++)
        {
            Assert.AreEqual(expected[row].Length, actual[row].Length, message);
            Assert.AreEqual(expected[row].IsDense, actual[row].IsDense, $"{message}: row {row}");
            Assert.IsTrue(expected[row].GetIndices().SequenceEqual(actual[row].GetIndices()), $"{message}: indices of row {row}");
            Assert.IsTrue(expected[row].GetValues().SequenceEqual(actual[row].GetValues()), $"{message}: values of row {row}");
        }
    }

    /// <summary>Texts of few words and many kinds of characters, some empty, some of separators only.</summary>
    public static string[] RandomTexts(int count, int seed)
    {
        var random = new Random(seed);
        string[] words = ["the", "The", "cat", "CAT", "naïve", "Ärger", "a", "I", "42", "3.14", "don't", "it's", "x-ray", "…", "日本", "\u0301e\u0301", "tab\tbed", "\0", "über", "ёлка", "...", "and"];
        return [.. Enumerable.Range(0, count).Select(_ => string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => words[random.Next(words.Length)] + new string(' ', random.Next(3)))))];
    }

    /// <summary>The shape promised for a column fits the column.</summary>
    public static void AssertShape<TTransformer>(IEstimator<TTransformer> estimator, IDataView input, IDataView output, string name)
        where TTransformer : ITransformer
    {
        var shape = estimator.GetOutputSchema(SchemaShape.Create(input.Schema));
        Assert.IsTrue(shape.TryFindColumn(name, out var promised), name);
        Assert.IsTrue(SchemaShape.Create(output.Schema).TryFindColumn(name, out var actual), name);
        Assert.AreEqual(actual.GetTypeString(), promised.GetTypeString());
        CollectionAssert.AreEquivalent(actual.Annotations.Select(annotation => annotation.Name).ToArray(), promised.Annotations.Select(annotation => annotation.Name).ToArray());
    }
}
