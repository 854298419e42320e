using Microsoft.ML;
using MLPipelines.Text;

namespace MLPipelines.Tests.LinearText;

/// <summary>Short questions in a few classes, made from parts, so that a linear model tells them apart.</summary>
internal static class SampleTexts
{
    internal sealed class Row
    {
        public string Text { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private static readonly (string Label, string[] Parts)[] s_classes =
    [
        ("delivery", ["where is my parcel", "when will the delivery come", "my order has not arrived", "track the shipment please"]),
        ("refund", ["i want my money back", "refund the payment", "return this item for a refund", "you charged me twice"]),
        ("password", ["i forgot my password", "cannot log in to my account", "reset the login", "locked out of my account"]),
        ("praise", ["great service, thank you", "lovely product", "your staff were wonderful", "best shop ever"]),
        ("hours", ["when do you open", "are you open on sunday", "closing time today", "opening hours of the store"]),
    ];

    private static readonly string[] s_openings = ["", "hello, ", "hi there! ", "excuse me: ", "one question - "];
    private static readonly string[] s_endings = ["", "?", " today", " please", "!!", " :(", " asap"];

    /// <summary>The first classes' texts, class by class.</summary>
    public static List<Row> Rows(int classes = 5) =>
    [
        .. from c in s_classes.Take(classes)
           from part in c.Parts
           from opening in s_openings
           from ending in s_endings
           select new Row { Text = opening + part + ending, Label = c.Label },
    ];

    public static IDataView View(MLContext context, IEnumerable<Row> rows) => context.Data.LoadFromEnumerable(rows);

    /// <summary>A model trained without a data view.</summary>
    public static LinearTextModel Train(LinearTextClassificationOptions? options = null, int classes = 5)
    {
        var rows = Rows(classes);
        string[] names = [.. rows.Select(row => row.Label).Distinct()];
        return LinearTextTrainer.Train([.. rows.Select(row => row.Text)], [.. rows.Select(row => Array.IndexOf(names, row.Label))], names, options ?? new()).Model;
    }

    public static void AssertSameBits(LinearTextModelParts expected, LinearTextModelParts actual)
    {
        CollectionAssert.AreEqual(expected.Labels, actual.Labels);
        Assert.AreEqual(expected.Shape, actual.Shape);
        CollectionAssert.AreEqual(expected.Hashes, actual.Hashes);
        Bits([expected.CharacterWeight, expected.UnknownWeight], [actual.CharacterWeight, actual.UnknownWeight]);
        Bits(expected.TermWeights, actual.TermWeights);
        Bits(expected.Weights, actual.Weights);
        Bits(expected.Biases, actual.Biases);
    }

    public static void Bits(float[] expected, float[] actual) =>
        CollectionAssert.AreEqual(Array.ConvertAll(expected, BitConverter.SingleToInt32Bits), Array.ConvertAll(actual, BitConverter.SingleToInt32Bits));
}
