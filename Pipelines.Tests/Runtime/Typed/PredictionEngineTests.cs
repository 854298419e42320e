using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Tests.Runtime.Typed;

[TestClass]
public sealed class PredictionEngineTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    public void EachCallGivesItsOwnResult()
    {
        using var engine = _context.Model.CreatePredictionEngine<Input, Output>(new SumTransformer());
        var first = engine.Predict(new Input { Values = [1, 2, 3], Text = "a" });
        var second = engine.Predict(new Input { Values = [4, 5, 6], Text = "b" });
        Assert.AreEqual(6f, first.Sum);
        Assert.AreEqual(15f, second.Sum);
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, first.Values);
        Assert.AreEqual("a", first.Text);
        Assert.AreEqual("b", second.Text);
        Assert.AreEqual("Values Text Sum", string.Join(" ", engine.OutputSchema.Select(column => column.Name)));
    }

    [TestMethod]
    public void AGivenResultIsReusedWithItsArray()
    {
        using var engine = _context.Model.CreatePredictionEngine<Input, Output>(new SumTransformer());
        var array = new float[3];
        var output = new Output { Values = array };
        var given = output;
        engine.Predict(new Input { Values = [1, 2, 3], Text = "a" }, ref output);
        Assert.AreSame(given, output);
        Assert.AreSame(array, output.Values);
        output = null!;
        engine.Predict(new Input { Values = [1, 2, 3], Text = "a" }, ref output);
        Assert.AreEqual(6f, output.Sum);
        Assert.ThrowsExactly<ArgumentNullException>(() => engine.Predict(null!));
    }

    [TestMethod]
    public void MembersWithoutAColumnAreLeftAloneUnlessAskedFor()
    {
        using var engine = _context.Model.CreatePredictionEngine<Input, WithMore>(new SumTransformer());
        Assert.AreEqual(5, engine.Predict(new Input { Values = [1, 2, 3] }).More);
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Model.CreatePredictionEngine<Input, WithMore>(new SumTransformer(), ignoreMissingColumns: false));
        Assert.Contains("Could not find  column 'More'", e.Message);
    }

    [TestMethod]
    public void SchemaOverloadNeedsAMemberForEachColumn()
    {
        var schema = _context.Data.LoadFromEnumerable(Array.Empty<Input>()).Schema;
        using var engine = _context.Model.CreatePredictionEngine<Input, Output>(new SumTransformer(), schema);
        Assert.AreEqual(6f, engine.Predict(new Input { Values = [1, 2, 3] }).Sum);
        var e = Assert.ThrowsExactly<InvalidOperationException>(() => _context.Model.CreatePredictionEngine<Output, Output>(new SumTransformer(), new[] { engine.OutputSchema["Sum"], _context.Data.LoadFromEnumerable(Array.Empty<WithMore>()).Schema["More"] }.ToSchema()));
        Assert.AreEqual("Type should contain a member named More", e.Message);
    }

    [TestMethod]
    public void DisposingDisposesTheModelThatTheEngineOwns()
    {
        var owned = new SumTransformer();
        _context.Model.CreatePredictionEngine<Input, Output>(owned).Dispose();
        Assert.AreEqual(1, owned.Disposals);
        var shared = new SumTransformer();
        _context.Model.CreatePredictionEngine<Input, Output>(shared, new PredictionEngineOptions { OwnsTransformer = false }).Dispose();
        Assert.AreEqual(0, shared.Disposals);
    }

    [TestMethod]
    public void AModelThatIsNoRowMapperIsRefused()
    {
        var e = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Model.CreatePredictionEngine<Input, Output>(new SumTransformer { IsRowToRowMapper = false }));
        Assert.Contains("Must be a row to row mapper", e.Message);
    }

    [TestMethod]
    public void CallsAllocateNothingBeyondTheOutput()
    {
        using var engine = _context.Model.CreatePredictionEngine<Input, Output>(new SumTransformer());
        var input = new Input { Values = [1, 2, 3], Text = "text" };
        var output = engine.Predict(input);
        for (int i = 0; i < 100; i++)
            engine.Predict(input, ref output);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            engine.Predict(input, ref output);
        Assert.AreEqual(0L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private sealed class Input
    {
        [VectorType(3)]
        public float[] Values { get; set; } = [];
        public string Text { get; set; } = "";
    }

    private class Output
    {
        public float Sum { get; set; }
        public float[]? Values { get; set; }
        public string? Text = null;
    }

    private sealed class WithMore : Output
    {
        public int More { get; set; } = 5;
    }

    /// <summary>Adds the sum of a vector.</summary>
    private sealed class SumTransformer : ITransformer, IDisposable
    {
        public int Disposals { get; private set; }

        public bool IsRowToRowMapper { get; init; } = true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Mapper(inputSchema).OutputSchema;

        public IDataView Transform(IDataView input) => new MappedDataView(input, Mapper(input.Schema));

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => Mapper(inputSchema);

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();

        public void Dispose() => Disposals++;

        private static RowMapper Mapper(DataViewSchema schema)
        {
            int index = schema["Values"].Index;
            return new RowMapper(schema, [new OutputColumn("Sum", NumberDataViewType.Single, null, [index], row =>
            {
                var getter = row.GetGetter<VBuffer<float>>(row.Schema[index]);
                VBuffer<float> buffer = default;
                return (ValueGetter<float>)((ref float sum) =>
                {
                    getter(ref buffer);
                    sum = 0;
                    foreach (float value in buffer.GetValues())
                        sum += value;
                });
            })]);
        }
    }
}
