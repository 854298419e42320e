using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Transforms.Onnx;
using MLPipelines.Tests.Scoring;

namespace MLPipelines.Tests.Runtime.Onnx;

/// <summary>ML.NET's own ONNX scoring: names, shapes, types, errors, saving.</summary>
[TestClass]
public sealed class ApplyOnnxModelTests
{
    private readonly MLContext _context = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    [TestCleanup]
    public void CleanUp() => _folder.Dispose();

    private string Linear => SmallModels.Linear().Save(_folder.File("linear.onnx"));

    private IDataView Threes => _context.Data.LoadFromEnumerable(new[] { new Three { x = [1, 2, 3] }, new Three { x = [0, 0, 0] }, new Three { x = [1, 0, 0] } });

    [TestMethod]
    public void EveryOverloadScores()
    {
        string path = Linear;
        byte[] bytes = File.ReadAllBytes(path);
        Stream Bytes() => new MemoryStream(bytes);
        var shapes = new Dictionary<string, int[]> { ["x"] = [1, 3] };
        var catalog = _context.Transforms;
        OnnxScoringEstimator[] estimators =
        [
            catalog.ApplyOnnxModel(path), catalog.ApplyOnnxModel(Bytes()), catalog.ApplyOnnxModel(path, shapes), catalog.ApplyOnnxModel(Bytes(), shapes),
            catalog.ApplyOnnxModel("y", "x", path), catalog.ApplyOnnxModel("y", "x", Bytes()), catalog.ApplyOnnxModel("y", "x", path, shapes), catalog.ApplyOnnxModel("y", "x", Bytes(), shapes),
            catalog.ApplyOnnxModel(["y"], ["x"], path), catalog.ApplyOnnxModel(["y"], ["x"], Bytes()), catalog.ApplyOnnxModel(["y"], ["x"], path, shapes, null, false), catalog.ApplyOnnxModel(["y"], ["x"], Bytes(), shapes, null, false),
            catalog.ApplyOnnxModel(["y"], ["x"], path, shapes, recursionLimit: 50), catalog.ApplyOnnxModel(["y"], ["x"], Bytes(), shapes, recursionLimit: 50),
            catalog.ApplyOnnxModel(new OnnxOptions { ModelFile = path, IntraOpNumThreads = 1, InterOpNumThreads = 1, FallbackToCpu = true, GpuDeviceId = 0 }),
        ];
        foreach (var estimator in estimators)
        {
            using var model = estimator.Fit(Threes);
            CollectionAssert.AreEqual(new[] { "32 48", "10 20", "11 22" }, Rows(model.Transform(Threes), "y"));
        }
    }

    [TestMethod]
    public void TheSchemaIsThatOfTheModelWithUnknownDimensionsOfOne()
    {
        using var model = _context.Transforms.ApplyOnnxModel(Linear).Fit(Threes);
        var type = (VectorDataViewType)model.GetOutputSchema(Threes.Schema)["y"].Type;
        CollectionAssert.AreEqual(new[] { 1, 2 }, type.Dimensions.ToArray());
        Assert.AreEqual(NumberDataViewType.Single, type.ItemType);
        var shape = _context.Transforms.ApplyOnnxModel(Linear).GetOutputSchema(SchemaShape.Create(Threes.Schema));
        Assert.IsTrue(shape.TryFindColumn("y", out var column));
        Assert.AreEqual(SchemaShape.Column.VectorKind.Vector, column.Kind);
    }

    [TestMethod]
    public void AShapeDictionaryFixesWhatTheFileLeavesOpen()
    {
        string path = SmallModels.Next(TensorElementType.Int64, "batch", "length").Save(_folder.File("next.onnx"));
        var data = _context.Data.LoadFromEnumerable(new[] { new Integers { x = [1, 2, 3, 4] } });
        using (var model = _context.Transforms.ApplyOnnxModel(path, new Dictionary<string, int[]> { ["x"] = [1, 4], ["y"] = [1, 4] }).Fit(data))
        {
            CollectionAssert.AreEqual(new[] { "2 3 4 5" }, Rows<long>(model.Transform(data), "y"));
            Assert.AreEqual(4, ((VectorDataViewType)model.GetOutputSchema(data.Schema)["y"].Type).Size);
        }
        using var one = _context.Transforms.ApplyOnnxModel(path).Fit(data);
        Assert.Contains("has shape 1,1, but input data is of length 4", Assert.ThrowsExactly<InvalidOperationException>(() => Rows<long>(one.Transform(data), "y")).Message);
        var wrong = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.ApplyOnnxModel(Linear, new Dictionary<string, int[]> { ["x"] = [1, 5] }));
        Assert.Contains("[1, 5]", wrong.Message);
        var unknown = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.ApplyOnnxModel(Linear, new Dictionary<string, int[]> { ["z"] = [1] }));
        Assert.Contains("'z'", unknown.Message);
    }

    [TestMethod]
    [DataRow(TensorElementType.Float, typeof(float))]
    [DataRow(TensorElementType.Double, typeof(double))]
    [DataRow(TensorElementType.Int64, typeof(long))]
    [DataRow(TensorElementType.Int32, typeof(int))]
    [DataRow(TensorElementType.Int16, typeof(short))]
    [DataRow(TensorElementType.Int8, typeof(sbyte))]
    [DataRow(TensorElementType.UInt64, typeof(ulong))]
    [DataRow(TensorElementType.UInt32, typeof(uint))]
    [DataRow(TensorElementType.UInt16, typeof(ushort))]
    [DataRow(TensorElementType.UInt8, typeof(byte))]
    [DataRow(TensorElementType.Bool, typeof(bool))]
    [DataRow(TensorElementType.String, typeof(ReadOnlyMemory<char>))]
    public void EveryTypeOfElementsIsAColumn(TensorElementType type, Type column)
    {
        string path = new OnnxFile().Input("x", type, 1).Output("y", type, 1).Node("Identity", ["x"], ["y"]).Save(_folder.File($"{type}.onnx"));
        var texts = _context.Data.LoadFromEnumerable(new[] { new Text { x = "1" } });
        IDataView data = texts;
        if (type != TensorElementType.String)
            data = _context.Transforms.Conversion.ConvertType("x", "x", Enum.Parse<DataKind>(type switch { TensorElementType.Float => "Single", TensorElementType.Int8 => "SByte", TensorElementType.UInt8 => "Byte", TensorElementType.Bool => "Boolean", _ => $"{type}" })).Fit(texts).Transform(texts);
        using var model = _context.Transforms.ApplyOnnxModel(path).Fit(data);
        var output = model.Transform(data);
        Assert.AreEqual(column, ((VectorDataViewType)output.Schema["y"].Type).ItemType.RawType);
        var rows = (string[])typeof(ApplyOnnxModelTests).GetMethod(nameof(RowsOf), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!.MakeGenericMethod(column).Invoke(null, [output, "y"])!;
        CollectionAssert.AreEqual(new[] { type == TensorElementType.Bool ? "True" : "1" }, rows);
    }

    [TestMethod]
    public void BadInputIsRefusedAsDocumented()
    {
        Assert.Contains("does not exist", Assert.ThrowsExactly<IOException>(() => _context.Transforms.ApplyOnnxModel(_folder.File("none.onnx"))).Message);
        File.WriteAllText(_folder.File("text.onnx"), "no model");
        Assert.Contains("Error initializing model", Assert.ThrowsExactly<InvalidOperationException>(() => _context.Transforms.ApplyOnnxModel(_folder.File("text.onnx"))).Message);
        Assert.Contains("doesn't match input node names", Assert.ThrowsExactly<InvalidOperationException>(() => _context.Transforms.ApplyOnnxModel("y", "z", Linear)).Message);
        Assert.Contains("doesn't match output node names", Assert.ThrowsExactly<InvalidOperationException>(() => _context.Transforms.ApplyOnnxModel("z", "x", Linear)).Message);
        var estimator = _context.Transforms.ApplyOnnxModel(Linear);
        var whole = _context.Data.LoadFromEnumerable(new[] { new Integers { x = [1, 2, 3] } });
        Assert.Contains("'x'", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(whole)).Message);
        var open = _context.Data.LoadFromEnumerable(new[] { new Open { x = [1, 2, 3] } });
        Assert.Contains("Variable length", Assert.ThrowsExactly<InvalidOperationException>(() => estimator.Fit(open)).Message);
        var two = _context.Data.LoadFromEnumerable(new[] { new Two { x = [1, 2] } });
        Assert.Contains("has shape 1,3, but input data is of length 2", Assert.ThrowsExactly<InvalidOperationException>(() => estimator.Fit(two)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _context.Transforms.ApplyOnnxModel(["y"], ["x"], Linear, null, recursionLimit: 0));
    }

    [TestMethod]
    public void AGpuIsFallenBackFromUnlessThatIsForbidden()
    {
        if (MLPipelines.Scoring.OnnxEngine.Providers.Contains("CUDAExecutionProvider"))
            Assert.Inconclusive("This build of ONNX Runtime has CUDA.");
        using var model = _context.Transforms.ApplyOnnxModel(Linear, gpuDeviceId: 0, fallbackToCpu: true).Fit(Threes);
        Assert.HasCount(3, Rows(model.Transform(Threes), "y"));
        Assert.Contains("GPU 0", Assert.ThrowsExactly<InvalidOperationException>(() => _context.Transforms.ApplyOnnxModel(Linear, gpuDeviceId: 0)).Message, "The context may fall back, the call may not.");
        Assert.ThrowsExactly<InvalidOperationException>(() => _context.Transforms.ApplyOnnxModel(new OnnxOptions { ModelFile = Linear, GpuDeviceId = 0 }));
        var strict = new MLContext { GpuDeviceId = 1, FallbackToCpu = false };
        Assert.Contains("GPU 1", Assert.ThrowsExactly<InvalidOperationException>(() => strict.Transforms.ApplyOnnxModel(Linear)).Message);
        var lenient = new MLContext { GpuDeviceId = 1 };
        using var other = lenient.Transforms.ApplyOnnxModel(Linear).Fit(Threes);
    }

    [TestMethod]
    public void ItIsSavedWithinTheModelAndScoresAfterwards()
    {
        var chain = _context.Transforms.CopyColumns("x", "Raw").Append(_context.Transforms.ApplyOnnxModel("y", "x", Linear, new Dictionary<string, int[]> { ["x"] = [1, 3] }));
        var data = _context.Data.LoadFromEnumerable(new[] { new RawThree { Raw = [1, 2, 3] } });
        string path = _folder.File("model.zip");
        _context.Model.Save(chain.Fit(data), data.Schema, path);
        File.Delete(_folder.File("linear.onnx"));
        var loaded = new MLContext().Model.Load(path, out var schema);
        Assert.AreEqual("Raw", schema.Single().Name);
        CollectionAssert.AreEqual(new[] { "32 48" }, Rows(loaded.Transform(data), "y"));
        var engine = _context.Model.CreatePredictionEngine<RawThree, Scored>(loaded);
        CollectionAssert.AreEqual(new float[] { 11, 22 }, engine.Predict(new() { Raw = [1, 0, 0] }).y);
        CollectionAssert.AreEqual(new float[] { 12, 24 }, engine.Predict(new() { Raw = [2, 0, 0] }).y);
    }

    [TestMethod]
    public void ADisposedTransformerSaysSo()
    {
        var model = _context.Transforms.ApplyOnnxModel(Linear).Fit(Threes);
        var scored = model.Transform(Threes);
        Assert.HasCount(3, Rows(scored, "y"));
        model.Dispose();
        model.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => Rows(scored, "y"));
        Assert.ThrowsExactly<ObjectDisposedException>(() => Rows(model.Transform(Threes), "y"));
    }

    [TestMethod]
    public void RunsInProgressAreCompletedBeforeItIsDisposed()
    {
        string path = Linear;
        Parallel.For(0, 32, _ =>
        {
            var model = _context.Transforms.ApplyOnnxModel(path).Fit(Threes);
            var scored = model.Transform(_context.Data.LoadFromEnumerable(Enumerable.Repeat(new Three { x = [1, 2, 3] }, 10_000)));
            var disposing = Task.Run(model.Dispose);
            try
            {
                Assert.IsTrue(Rows(scored, "y").All(row => row == "32 48"));
            }
            catch (ObjectDisposedException)
            {
                // It was quicker.
            }
            disposing.GetAwaiter().GetResult();
        });
    }

    [TestMethod]
    [DoNotParallelize]
    public void NativeMemoryStaysFlat()
    {
        string path = SmallModels.Next(TensorElementType.Float, 1, 10_000).Save(_folder.File("wide.onnx"));
        var row = new Wide { x = new float[10_000] };
        using var model = _context.Transforms.ApplyOnnxModel(path).Fit(_context.Data.LoadFromEnumerable(new[] { row }));
        void Round()
        {
            foreach (var _ in model.Transform(_context.Data.LoadFromEnumerable(Enumerable.Repeat(row, 500))).GetColumn<float[]>("y"))
                continue;
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        for (int i = 0; i < 3; i++)
            Round();
        long before = Environment.WorkingSet;
        for (int i = 0; i < 10; i++)
            Round();
        // 5000 rows of 40 kB: leaking them would come to 200 MB.
        Assert.IsLessThan(32L << 20, Environment.WorkingSet - before);
    }

    private static string[] Rows(IDataView view, string column) => RowsOf<float>(view, column);

    private static string[] Rows<T>(IDataView view, string column) => RowsOf<T>(view, column);

    private static string[] RowsOf<T>(IDataView view, string column)
    {
        var rows = new List<string>();
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var get = cursor.GetGetter<VBuffer<T>>(view.Schema[column]);
        VBuffer<T> buffer = default;
        while (cursor.MoveNext())
        {
            get(ref buffer);
            rows.Add(string.Join(' ', buffer.DenseValues()));
        }
        return [.. rows];
    }

    private sealed class Three
    {
        [VectorType(3)]
        public float[] x { get; set; } = [];
    }

    private sealed class RawThree
    {
        [VectorType(3)]
        public float[] Raw { get; set; } = [];
    }

    private sealed class Two
    {
        [VectorType(2)]
        public float[] x { get; set; } = [];
    }

    private sealed class Integers
    {
        [VectorType(4)]
        public long[] x { get; set; } = [];
    }

    private sealed class Open
    {
        public float[] x { get; set; } = [];
    }

    private sealed class Wide
    {
        [VectorType(10_000)]
        public float[] x { get; set; } = [];
    }

    private sealed class Text
    {
        public string x { get; set; } = "";
    }

    private sealed class Scored
    {
        public float[] y { get; set; } = [];
    }
}
