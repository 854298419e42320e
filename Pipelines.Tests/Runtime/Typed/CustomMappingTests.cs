using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLPipelines.Tests.Runtime.Typed;

[TestClass]
public sealed class CustomMappingTests
{
    private const string Contract = "Tests.Lengths";
    private const string StatefulContract = "Tests.RunningTotal";

    private readonly MLContext _context = new(1);

    [TestMethod]
    public void MappingAddsColumns()
    {
        var data = Data("one", "three", "");
        var mapped = _context.Transforms.CustomMapping<Input, Lengths>(Lengths.Fill, null).Fit(data).Transform(data);
        Assert.AreEqual("Text Length Letters", string.Join(" ", mapped.Schema.Select(column => column.Name)));
        CollectionAssert.AreEqual(new[] { 3, 5, 0 }, mapped.GetColumn<int>("Length").ToArray());
        var rows = _context.Data.CreateEnumerable<Both>(mapped, reuseRowObject: false).ToArray();
        CollectionAssert.AreEqual(new[] { "o", "n", "e" }, rows[0].Letters);
        Assert.AreEqual(5, rows[1].Length);
        Assert.AreEqual("three", rows[1].Text);
        Assert.AreEqual(3, mapped.GetRowCount());
    }

    [TestMethod]
    public void FunctionRunsOnceARowAndNotForOtherColumns()
    {
        int calls = 0;
        var data = Data("a", "b");
        var mapped = _context.Transforms.CustomMapping<Input, Lengths>((input, output) =>
        {
            calls++;
            Lengths.Fill(input, output);
        }, null).Fit(data).Transform(data);
        Assert.HasCount(2, mapped.Preview().RowView);
        Assert.AreEqual(2, calls);
        Assert.AreEqual(2, mapped.GetColumn<string>("Text").Count());
        Assert.AreEqual(2, calls);
    }

    [TestMethod]
    public void EstimatorChecksTheShapeOfItsInput()
    {
        var estimator = _context.Transforms.CustomMapping<Input, Lengths>(Lengths.Fill, null);
        var shape = estimator.GetOutputSchema(SchemaShape.Create(Data("a").Schema));
        Assert.AreEqual("Text Length Letters", string.Join(" ", shape.Select(column => column.Name)));
        var other = _context.Data.LoadFromEnumerable(new[] { new Lengths() });
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(SchemaShape.Create(other.Schema)));
        Assert.Contains("Could not find input column 'Text'", e.Message);
        var wrong = _context.Data.LoadFromEnumerable(new[] { new WrongInput() });
        e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.GetOutputSchema(SchemaShape.Create(wrong.Schema)));
        Assert.Contains("Schema mismatch for input column 'Text': expected String, got Single", e.Message);
        Assert.ThrowsExactly<InvalidOperationException>(() => estimator.Fit(wrong));
    }

    [TestMethod]
    public void WithoutContractNameItCannotBeSaved()
    {
        var data = Data("a");
        var model = _context.Transforms.CustomMapping<Input, Lengths>(Lengths.Fill, null).Fit(data);
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => _context.Model.Save(model, data.Schema, new MemoryStream()));
        Assert.Contains("Empty contract name for a transform: the transform cannot be saved", e.Message);
    }

    [TestMethod]
    public void SavedMappingTakesItsFunctionFromARegisteredAssemblyOnly()
    {
        var data = Data("one", "three");
        using var saved = new MemoryStream();
        _context.Model.Save(_context.Transforms.CustomMapping<Input, Lengths>(Lengths.Fill, Contract).Fit(data), data.Schema, saved);

        var other = new MLContext();
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => other.Model.Load(saved, out _));
        Assert.Contains(Contract, e.Message);
        Assert.Contains("RegisterAssembly", e.Message);

        other.ComponentCatalog.RegisterAssembly(typeof(LengthsFactory).Assembly);
        var model = other.Model.Load(saved, out var schema);
        Assert.AreEqual("Text", schema.Single().Name);
        CollectionAssert.AreEqual(new[] { 3, 5 }, model.Transform(data).GetColumn<int>("Length").ToArray());
        using var engine = other.Model.CreatePredictionEngine<Input, Both>(model);
        Assert.AreEqual(4, engine.Predict(new Input { Text = "four" }).Length);
        Assert.AreEqual(5, engine.Predict(new Input { Text = "fives" }).Length);
    }

    [TestMethod]
    public void StateLastsForOneCursor()
    {
        var data = Data("a", "bb", "ccc");
        var mapped = _context.Transforms.StatefulCustomMapping<Input, Total, State>(State.Add, State.Reset, StatefulContract).Fit(data).Transform(data);
        for (int pass = 0; pass < 2; pass++)
            CollectionAssert.AreEqual(new[] { 101, 103, 106 }, mapped.GetColumn<int>("Sum").ToArray());
        Assert.HasCount(1, mapped.GetRowCursorSet(mapped.Schema, 4));
    }

    [TestMethod]
    public void SavedStatefulMappingLoads()
    {
        var data = Data("a", "bb");
        using var saved = new MemoryStream();
        _context.Model.Save(_context.Transforms.StatefulCustomMapping<Input, Total, State>(State.Add, State.Reset, StatefulContract).Fit(data), data.Schema, saved);
        var other = new MLContext();
        other.ComponentCatalog.RegisterAssembly(typeof(RunningTotalFactory).Assembly);
        var model = other.Model.Load(saved, out _);
        CollectionAssert.AreEqual(new[] { 101, 103 }, model.Transform(data).GetColumn<int>("Sum").ToArray());
    }

    private IDataView Data(params string[] texts) => _context.Data.LoadFromEnumerable(texts.Select(text => new Input { Text = text }).ToList());

    internal class Input
    {
        public string Text { get; set; } = "";
    }

    internal sealed class Lengths
    {
        public int Length { get; set; }
        public string[] Letters { get; set; } = [];

        public static void Fill(Input input, Lengths output)
        {
            output.Length = input.Text.Length;
            output.Letters = [.. input.Text.Select(letter => letter.ToString())];
        }
    }

    private sealed class Both : Input
    {
        public int Length { get; set; }
        public string[] Letters { get; set; } = [];
    }

    private sealed class WrongInput
    {
        public float Text { get; set; }
    }

    internal sealed class Total
    {
        public int Sum { get; set; }
    }

    internal sealed class State
    {
        public int Sum { get; set; }

        public static void Reset(State state) => state.Sum = 100;

        public static void Add(Input input, Total output, State state) => output.Sum = state.Sum += input.Text.Length;
    }

    [CustomMappingFactoryAttribute(Contract)]
    internal sealed class LengthsFactory : CustomMappingFactory<Input, Lengths>
    {
        public override Action<Input, Lengths> GetMapping() => Lengths.Fill;
    }

    [CustomMappingFactoryAttribute(StatefulContract)]
    internal sealed class RunningTotalFactory : StatefulCustomMappingFactory<Input, Total, State>
    {
        public override Action<Input, Total, State> GetMapping() => State.Add;

        public override Action<State> GetStateInitAction() => State.Reset;
    }
}
