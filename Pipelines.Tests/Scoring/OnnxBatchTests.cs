using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;

namespace MLPipelines.Tests.Scoring;

/// <summary>Scoring in batches: padding, masks, axes, types, order, errors.</summary>
[TestClass]
public sealed class OnnxBatchTests
{
    private static readonly MLContext Context = new(seed: 1);
    private static readonly OnnxSessionOptions OneThread = new() { IntraOpThreads = 1 };

    [TestMethod]
    public void RowsOfAnyLengthAreScoredInBatchesAndGivenBackInOrder()
    {
        using var folder = new TemporaryFolder();
        var rows = Tokens(500);
        foreach (var (padding, concurrent) in new[] { (0.0, 1), (0.3, 1), (1.0, 1), (0.3, 3) })
        {
            using var model = Context.Transforms.ScoreOnnx(new()
            {
                ModelFile = SmallModels.Pooling().Save(folder.File("pooling.onnx")),
                Inputs = [OnnxInput.Column("ids", "Ids", padValue: 7), OnnxInput.Mask("mask")],
                Outputs = [new("tokens", "Tokens"), new("score")],
                MaximumPadding = padding, ConcurrentBatches = concurrent, BatchSize = 16, WindowRows = 100, Session = OneThread,
            }).Fit(rows);
            int row = 0;
            foreach (var scored in Context.Data.CreateEnumerable<Scored>(model.Transform(rows), reuseRowObject: false))
            {
                Assert.AreEqual(row++, scored.Number);
                Assert.HasCount(scored.Ids.Length * 3, scored.Tokens, "What was filled up is left out.");
                for (int i = 0; i < 3; i++)
                {
                    Assert.AreEqual(MathF.Sin(scored.Ids[^1] * 3 + i), scored.Tokens[^(3 - i)], 1e-6f);
                    Assert.AreEqual(scored.Ids.Average(id => MathF.Sin(id * 3 + i)), scored.score[i], 1e-5f);
                }
            }
            Assert.AreEqual(500, row);
        }
    }

    [TestMethod]
    public void BatchesAreOfOneLengthUnlessTheyMayBeFilledUp()
    {
        var model = SmallModels.Pooling().ToBytes();
        using var opened = OnnxModel.Open(model, "pooling", OneThread);
        OnnxRow[] rows = [.. new long[] { 9, 3, 4, 3, 8, 3 }.Select(length => new OnnxRow([new long[length]], [length]))];

        List<int[]> Groups(double? pad, OnnxBatchOptions options)
        {
            options.Inputs = [OnnxInput.Column("ids", padValue: pad), OnnxInput.Mask("mask")];
            return RowGroups.Make(rows, new BatchPlan("pooling", opened.Inputs, opened.Outputs, options), options);
        }

        AssertGroups("1,3,5|2|4|0", Groups(null, new() { MaximumPadding = 1 }));
        AssertGroups("1,3,5|2|4|0", Groups(0, new() { MaximumPadding = 0 }));
        AssertGroups("1,3,5,2|4,0", Groups(0, new() { MaximumPadding = 0.2 }));
        AssertGroups("1,3,5,2,4,0", Groups(0, new() { MaximumPadding = 1 }));
        AssertGroups("1,3|5,2|4,0", Groups(0, new() { MaximumPadding = 1, BatchSize = 2 }));
        AssertGroups("1,3,5|2|4|0", Groups(0, new() { MaximumPadding = 1, BatchElements = 9 }));
    }

    [TestMethod]
    [DataRow(TensorElementType.Float)]
    [DataRow(TensorElementType.Double)]
    [DataRow(TensorElementType.Float16)]
    [DataRow(TensorElementType.Int64)]
    [DataRow(TensorElementType.Int32)]
    public void WholeNumbersGoIntoTensorsOfManyTypes(TensorElementType type)
    {
        using var folder = new TemporaryFolder();
        var data = Context.Data.LoadFromEnumerable(new[] { new Whole { x = [1, 2] }, new Whole { x = [-5, 6] } });
        using var model = Context.Transforms.ScoreOnnx(new() { ModelFile = SmallModels.Next(type, "n", 2).Save(folder.File("next.onnx")), Session = OneThread }).Fit(data);
        var rows = RowsOf(model.Transform(data), "y");
        CollectionAssert.AreEqual(new[] { "2 3", "-4 7" }, rows);
        Assert.AreEqual(type == TensorElementType.Float16 ? typeof(float) : ElementTypes.ColumnTypeOf(type)!.RawType, ((VectorDataViewType)model.Transform(data).Schema["y"].Type).ItemType.RawType);
    }

    [TestMethod]
    public void AFixedNumberOfRowsIsFilledUp()
    {
        using var folder = new TemporaryFolder();
        var data = Context.Data.LoadFromEnumerable(Enumerable.Range(0, 7).Select(i => new Whole { x = [i, 10 * i] }));
        using var model = Context.Transforms.ScoreOnnx(new() { ModelFile = SmallModels.Next(TensorElementType.Float, 4, 2).Save(folder.File("four.onnx")), Session = OneThread }).Fit(data);
        CollectionAssert.AreEqual(new[] { "1 1", "2 11", "3 21", "4 31", "5 41", "6 51", "7 61" }, RowsOf(model.Transform(data), "y"));
    }

    [TestMethod]
    public void OneNumberARowBecomesAScalarColumn()
    {
        using var folder = new TemporaryFolder();
        var data = Context.Data.LoadFromEnumerable(new[] { new Single { x = 1.5f }, new Single { x = 2 } });
        using var model = Context.Transforms.ScoreOnnx(new() { ModelFile = SmallModels.Next(TensorElementType.Float, "n").Save(folder.File("scalar.onnx")), Session = OneThread }).Fit(data);
        var view = model.Transform(data);
        Assert.AreEqual(NumberDataViewType.Single, view.Schema["y"].Type);
        CollectionAssert.AreEqual(new[] { 2.5f, 3 }, view.GetColumn<float>("y").ToArray());
    }

    [TestMethod]
    public void TextsAndShapesOfSeveralAxes()
    {
        using var folder = new TemporaryFolder();
        string texts = new OnnxFile().Input("x", TensorElementType.String, "n", "w").Output("y", TensorElementType.String, "n", "w").Node("Identity", ["x"], ["y"]).Save(folder.File("texts.onnx"));
        var words = Context.Data.LoadFromEnumerable(new[] { new Words { x = ["a", "東京"] }, new Words { x = ["c"] } });
        using var model = Context.Transforms.ScoreOnnx(new() { ModelFile = texts, Inputs = [OnnxInput.Column("x", padValue: 0)], MaximumPadding = 1, Session = OneThread }).Fit(words);
        CollectionAssert.AreEqual(new[] { "a 東京", "c" }, RowsOf(model.Transform(words), "y"));

        string image = SmallModels.Next(TensorElementType.Float, "n", 1, "h", "w").Save(folder.File("image.onnx"));
        var pixels = Context.Data.LoadFromEnumerable(new[] { new Whole { x = [1, 2, 3, 4] }, new Whole { x = [5, 6] } });
        var error = Assert.ThrowsExactly<OnnxException>(() => Context.Transforms.ScoreOnnx(new() { ModelFile = image, Session = OneThread }).Fit(pixels));
        Assert.Contains("RowShape", error.Message);
        using var shaped = Context.Transforms.ScoreOnnx(new() { ModelFile = image, Inputs = [OnnxInput.Column("x", rowShape: [1, 2, -1])], Session = OneThread }).Fit(pixels);
        CollectionAssert.AreEqual(new[] { "2 3 4 5", "6 7" }, RowsOf(shaped.Transform(pixels), "y"));
    }

    [TestMethod]
    public void WrongRowsAreNamed()
    {
        using var folder = new TemporaryFolder();
        string path = SmallModels.Next(TensorElementType.Int32, "n", 2).Save(folder.File("next.onnx"));
        var data = Context.Data.LoadFromEnumerable(new[] { new Whole { x = [1, 2] }, new Whole { x = [1, 2, 3] } });
        using var model = Context.Transforms.ScoreOnnx(new() { ModelFile = path, Session = OneThread }).Fit(data);
        AssertFault(() => RowsOf(model.Transform(data), "y"), "Row 1 has 3 values in column 'x'", "takes 2");
        var large = Context.Data.LoadFromEnumerable(new[] { new Whole { x = [1, 1L << 40] } });
        AssertFault(() => RowsOf(model.Transform(large), "y"), "1099511627776", "Int32");

        string pooling = SmallModels.Pooling().Save(folder.File("pooling.onnx"));
        var uneven = Context.Data.LoadFromEnumerable(new[] { new Uneven { ids = [1, 2], mask = [1] } });
        using var two = Context.Transforms.ScoreOnnx(new() { ModelFile = pooling, Session = OneThread }).Fit(uneven);
        AssertFault(() => RowsOf(two.Transform(uneven), "score"), "length 1", "'mask'", "2 for another input");
    }

    [TestMethod]
    public void WrongNamesAndShapesAreRefusedWhenItIsFitted()
    {
        using var folder = new TemporaryFolder();
        string pooling = SmallModels.Pooling().Save(folder.File("pooling.onnx"));
        var rows = Tokens(3);
        OnnxBatchEstimator With(params OnnxInput[] inputs) => Context.Transforms.ScoreOnnx(new() { ModelFile = pooling, Inputs = inputs, Session = OneThread });
        AssertFault(() => With(OnnxInput.Column("ids", "Ids")).Fit(rows), "without its input 'mask'");
        AssertFault(() => With(OnnxInput.Column("ids", "Ids"), OnnxInput.Mask("Mask")).Fit(rows), "no input 'Mask'", "'mask'");
        AssertFault(() => With(OnnxInput.Constant("ids", 1), OnnxInput.Mask("mask")).Fit(rows), "'sequence'", "Take it from a column");
        AssertFault(() => With(OnnxInput.Column("ids", "Ids", rowShape: [2, 2]), OnnxInput.Mask("mask")).Fit(rows), "RowShape", "[2, 2]");
        AssertFault(() => Context.Transforms.ScoreOnnx(new() { ModelFile = pooling, Inputs = [OnnxInput.Column("ids", "Ids"), OnnxInput.Mask("mask")], Outputs = [new("logits")], Session = OneThread }).Fit(rows), "no output 'logits'", "'score'");
        AssertFault(() => Context.Transforms.ScoreOnnx(new() { ModelFile = folder.File("none.onnx") }).Fit(rows), "no ONNX file", "none.onnx");
        string scalar = SmallModels.Next(TensorElementType.Float).Save(folder.File("scalar.onnx"));
        AssertFault(() => Context.Transforms.ScoreOnnx(new() { ModelFile = scalar, Inputs = [OnnxInput.Column("x", "Number")] }).Fit(rows), "no first dimension");
        var error = Assert.ThrowsExactly<ArgumentException>(() => Context.Transforms.ScoreOnnx(new()
        {
            BatchSize = 0, BatchElements = 0, MaximumPadding = double.NaN, WindowRows = 0, ConcurrentBatches = 0, Session = new() { IntraOpThreads = -1 },
            Inputs = [OnnxInput.Mask("a"), OnnxInput.Mask("a")], Outputs = [new("a"), new("b", "a")],
        }).Fit(rows));
        foreach (string option in new[] { "ModelFile", "BatchSize", "BatchElements", "MaximumPadding", "WindowRows", "ConcurrentBatches", "IntraOpThreads", "names 'a' twice", "column 'a' twice" })
            Assert.Contains(option, error.Message);
    }

    [TestMethod]
    public void ScoringIsCancelledWithinABatch()
    {
        using var folder = new TemporaryFolder();
        using var cancelling = new CancellationTokenSource();
        // Four rows of four numbers: a square matrix, which the model multiplies with itself for minutes.
        var rows = Context.Data.LoadFromEnumerable(Enumerable.Range(0, 4).Select(_ => new Square { x = new float[4] }));
        using var model = Context.Transforms.ScoreOnnx(new()
        {
            ModelFile = SmallModels.Slow(100_000_000).Save(folder.File("slow.onnx")), Inputs = [OnnxInput.Column("x", rowShape: [4])], Session = OneThread, CancellationToken = cancelling.Token,
        }).Fit(rows);
        cancelling.CancelAfter(50);
        Assert.Throws<OperationCanceledException>(() => RowsOf(model.Transform(rows), "y"));
    }

    [TestMethod]
    public void ValuesInOtherFilesAreSavedToo()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("weights.bin"), System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>([1, 2, 3, 4, 5, 6]).ToArray());
        var data = Context.Data.LoadFromEnumerable(new[] { new Whole { x = [1, 2, 3] } });
        using var model = Context.Transforms.ScoreOnnx(new() { ModelFile = SmallModels.LinearOutside().Save(folder.File("model.onnx")), Session = OneThread }).Fit(data);
        var package = new MLPipelines.Artifacts.ModelPackage(Context, new OnnxBatchCodec(OneThread));
        var (content, manifest) = package.Pack(model, Core.Artifacts.SampleArtifacts.Manifest(), data);
        var store = new MLPipelines.Artifacts.ArtifactStore(folder.File("store"));
        store.PublishAsync(content, manifest).GetAwaiter().GetResult();
        using var loaded = package.Load(store, "sample");
        CollectionAssert.AreEqual(new[] { "22 28" }, RowsOf(loaded.Model.Transform(data), "y"));
    }

    [TestMethod]
    public void ADisposedTransformerSaysSo()
    {
        using var folder = new TemporaryFolder();
        var data = Context.Data.LoadFromEnumerable(new[] { new Single { x = 1 } });
        var model = Context.Transforms.ScoreOnnx(new() { ModelFile = SmallModels.Next(TensorElementType.Float, "n").Save(folder.File("next.onnx")), Session = OneThread }).Fit(data);
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => model.Transform(data).GetColumn<float>("y").ToArray());
    }

    private static IDataView Tokens(int count) => Context.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => new TokenRow
    {
        Number = i, Ids = [.. Enumerable.Range(1, 1 + i * 7 % 40).Select(token => (long)(token * (i + 3) % 50))],
    }));

    private static string[] RowsOf(IDataView view, string column)
    {
        var rows = new List<string>();
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var item = ((VectorDataViewType)view.Schema[column].Type).ItemType.RawType;
        var read = (Func<string>)typeof(OnnxBatchTests).GetMethod(nameof(Reader), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
            .MakeGenericMethod(item).Invoke(null, [cursor, view.Schema[column]])!;
        while (cursor.MoveNext())
            rows.Add(read());
        return [.. rows];
    }

    private static Func<string> Reader<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var get = row.GetGetter<VBuffer<T>>(column);
        return () =>
        {
            VBuffer<T> buffer = default;
            get(ref buffer);
            return string.Join(' ', buffer.DenseValues().Select(value => string.Create(CultureInfo.InvariantCulture, $"{value}")));
        };
    }

    private static void AssertGroups(string expected, List<int[]> groups) => Assert.AreEqual(expected, string.Join('|', groups.Select(group => string.Join(',', group))));

    private static void AssertFault(Action action, params string[] parts)
    {
        var error = Assert.ThrowsExactly<OnnxException>(action);
        foreach (string part in parts)
            Assert.Contains(part, error.Message);
    }

    private sealed class TokenRow
    {
        public int Number { get; set; }

        public long[] Ids { get; set; } = [];
    }

    private sealed class Scored
    {
        public int Number { get; set; }

        public long[] Ids { get; set; } = [];

        public float[] Tokens { get; set; } = [];

        public float[] score { get; set; } = [];
    }

    private sealed class Whole
    {
        public long[] x { get; set; } = [];
    }

    private sealed class Single
    {
        public float x { get; set; }
    }

    private sealed class Square
    {
        public float[] x { get; set; } = [];
    }

    private sealed class Words
    {
        public string[] x { get; set; } = [];
    }

    private sealed class Uneven
    {
        public long[] ids { get; set; } = [];

        public long[] mask { get; set; } = [];
    }
}
