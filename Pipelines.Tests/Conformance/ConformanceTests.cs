using System.Diagnostics;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Conformance;

/// <summary>What every estimator of ours must do, whatever it learns. An estimator without a case fails the first test.</summary>
[TestClass]
public sealed class ConformanceTests
{
    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Cases => ConformanceCases.All.Select(test => new object[] { test.ToString() });

    private static ConformanceCase Find(string name) => ConformanceCases.All.Single(test => test.ToString() == name);

    private static ITransformer Fit(ConformanceCase test, MLContext context, int seed = 1) =>
        test.Create(context, seed, CancellationToken.None).Fit(test.Train(context, false));

    [TestMethod]
    public void EveryEstimatorHasACase()
    {
        var root = Path.GetDirectoryName(typeof(ConformanceTests).Assembly.Location)!;
        var assemblies = Directory.GetFiles(root, "MLPipelines.*.dll")
            .Where(path => !Path.GetFileName(path).StartsWith("MLPipelines.Runtime.", StringComparison.Ordinal) && !path.EndsWith("MLPipelines.Tests.dll", StringComparison.Ordinal))
            .Select(Assembly.LoadFrom);
        var estimators = assemblies
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => !type.IsAbstract && type.GetInterfaces().Any(face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEstimator<>)))
            .ToArray();
        Assert.IsNotEmpty(estimators);
        var missing = estimators.Except(ConformanceCases.All.Select(test => test.EstimatorType));
        Assert.IsEmpty(missing, $"Without a case: {string.Join(", ", missing.Select(type => type.Name))}");
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void ThePromisedSchemaIsTheFittedOne(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var data = test.Train(context, false);
        var promised = test.Create(context, 1, CancellationToken.None).GetOutputSchema(ShapeOf(context, data));
        var fitted = ShapeOf(context, Fit(test, context).Transform(data));
        foreach (var column in fitted)
        {
            var match = promised.Single(candidate => candidate.Name == column.Name);
            Assert.AreEqual((column.Kind, column.ItemType, column.IsKey), (match.Kind, match.ItemType, match.IsKey), column.Name);
        }
        Assert.HasCount(fitted.Count, promised);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void FittingLeavesItsInputAlone(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var data = test.Train(context, false);
        var before = RowsAsJson.Of(data);
        test.Create(context, 1, CancellationToken.None).Fit(data);
        CollectionAssert.AreEqual(before, RowsAsJson.Of(data));
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public async Task AfterSavingAndLoadingItGivesTheSame(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var data = test.Train(context, false);
        var model = Fit(test, context);
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        var (content, manifest) = new ModelPackage(context, test.Codec).Pack(model, Core.Artifacts.SampleArtifacts.Manifest(), data);
        await store.PublishAsync(content, manifest, cancellationToken: TestContext.CancellationToken);
        using var loaded = new ModelPackage(new MLContext(), test.Codec).Load(store, "sample");
        CollectionAssert.AreEqual(RowsAsJson.Of(model.Transform(data)), RowsAsJson.Of(loaded.Model.Transform(data)));
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void RowsOneByOneEqualTheWhole(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var data = test.Train(context, false);
        var model = Fit(test, context);
        var whole = RowsAsJson.Of(model.Transform(data));
        RowsAsJson.AssertEqual(whole, RowsAsJson.OneByOne(model, data), test.RowTolerance);
        var parallel = model.Transform(data);
        var rows = new List<string>();
        foreach (var cursor in parallel.GetRowCursorSet(parallel.Schema, 3))
        {
            using (cursor)
            {
                while (cursor.MoveNext())
                    rows.Add($"{cursor.Batch}");
            }
        }
        Assert.HasCount(whole.Length, rows);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public async Task ConcurrentPredictionsEqualSequentialOnes(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var data = test.Train(context, false);
        var model = Fit(test, context);
        var expected = RowsAsJson.Of(model.Transform(data));
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => RowsAsJson.Of(model.Transform(data)), TestContext.CancellationToken)));
        foreach (var result in results)
            CollectionAssert.AreEqual(expected, result);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void ASeedRepeats(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var data = test.Train(context, false);
        CollectionAssert.AreEqual(RowsAsJson.Of(Fit(test, context, 7).Transform(data)), RowsAsJson.Of(Fit(test, new MLContext(), 7).Transform(data)));
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void CancellationIsHonoured(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var clock = Stopwatch.StartNew();
        Assert.ThrowsExactly<OperationCanceledException>(() => test.Create(context, 1, new CancellationToken(canceled: true)).Fit(test.Train(context, false)));
        Assert.IsLessThan(5, clock.Elapsed.TotalSeconds);
    }

    [TestMethod]
    [DynamicData(nameof(Cases))]
    public void EmptyDataAndWrongColumnsAreRefusedByName(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var estimator = test.Create(context, 1, CancellationToken.None);
        if (test.LearnsFromRows)
            Assert.ThrowsExactly<InvalidOperationException>(() => estimator.Fit(test.Train(context, true)));
        Assert.Contains(test.InputColumn, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(test.WrongInput(context))).Message);
        Assert.Contains(test.InputColumn, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Fit(test, context).Transform(test.WrongInput(context))).Message);
        var without = context.Transforms.DropColumns(test.InputColumn).Fit(test.Train(context, false)).Transform(test.Train(context, false));
        Assert.Contains(test.InputColumn, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => estimator.Fit(without)).Message);
    }

    [TestMethod]
    [DoNotParallelize]
    [DynamicData(nameof(Cases))]
    public void MemoryStaysFlatOverManyPasses(string name)
    {
        var test = Find(name);
        var context = new MLContext(seed: 1);
        var data = test.Train(context, false);
        var model = Fit(test, context);
        long After(int passes)
        {
            for (int i = 0; i < passes; i++)
                RowsAsJson.Of(model.Transform(data));
            return GC.GetTotalMemory(forceFullCollection: true);
        }
        long warm = After(20);
        Assert.IsLessThan(warm + 8_000_000, After(100));
    }

    /// <summary>The shape of data, which ML.NET itself makes of it.</summary>
    private static SchemaShape ShapeOf(MLContext context, IDataView data)
    {
        SchemaShape? seen = null;
        new ShapeProbe(shape => seen = shape).Append(context.Transforms.CopyColumns("Copy", data.Schema[0].Name)).Fit(data);
        return seen!;
    }

    private sealed class ShapeProbe(Action<SchemaShape> see) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();

        public SchemaShape GetOutputSchema(SchemaShape inputSchema)
        {
            see(inputSchema);
            return inputSchema;
        }
    }
}
