using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Core.Artifacts;

[TestClass]
public sealed class ModelPackageTests
{
    private readonly MLContext _context = new(seed: 1);

    public TestContext TestContext { get; set; } = null!;

    private sealed class Row
    {
        public string Text { get; set; } = "";
        public float A { get; set; }

        [VectorType(2)]
        public float[] B { get; set; } = [];
    }

    private IDataView Data() => DataOf(_context);

    internal static (ArtifactBuilder Content, ArtifactManifest Manifest) PackMapped()
    {
        var context = new MLContext(seed: 1);
        return new ModelPackage(context).Pack(Fit(context, DataOf(context)), SampleArtifacts.Manifest("mapped"), DataOf(context));
    }

    private static IDataView DataOf(MLContext context) => context.Data.LoadFromEnumerable(new[]
    {
        new Row { Text = "one", A = 0.1f, B = [1, float.NaN] },
        new Row { Text = "two", A = float.PositiveInfinity, B = [3, 4] },
        new Row { Text = "one", A = -0f, B = [5, 6] },
    });

    private sealed class ForeignTransformer : ITransformer
    {
        public bool IsRowToRowMapper => true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;
    }

    private static ITransformer Fit(MLContext context, IDataView data) =>
        context.Transforms.Conversion.MapValueToKey("Key", "Text").Append(context.Transforms.Concatenate("Features", "A", "B")).Fit(data);

    [TestMethod]
    public async Task APublishedModelGivesTheSameAfterLoading()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        var package = new ModelPackage(_context);
        var model = Fit(_context, Data());
        var (content, manifest) = package.Pack(model, SampleArtifacts.Manifest("mapped"), Data());
        await store.PublishAsync(content, manifest, cancellationToken: TestContext.CancellationToken);

        using var loaded = new ModelPackage(new MLContext()).Load(store, "mapped");
        CollectionAssert.AreEqual(new[] { "Text", "A", "B" }, loaded.Manifest.Signature.Inputs.Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "Key", "Features" }, loaded.Manifest.Signature.Outputs.Select(column => column.Name).ToArray());
        Assert.AreEqual("Vector<Single, 2>", loaded.InputSchema["B"].Type.ToString());
        var before = model.Transform(Data());
        var after = loaded.Model.Transform(Data());
        CollectionAssert.AreEqual(before.GetColumn<uint>("Key").ToArray(), after.GetColumn<uint>("Key").ToArray());
        foreach (var (x, y) in before.GetColumn<float[]>("Features").Zip(after.GetColumn<float[]>("Features")))
            CollectionAssert.AreEqual(Array.ConvertAll(x, BitConverter.SingleToInt32Bits), Array.ConvertAll(y, BitConverter.SingleToInt32Bits));
    }

    [TestMethod]
    public void AModelThatGivesOtherResultsThanItsGoldenRowsIsRefused()
    {
        var package = new ModelPackage(_context);
        var (_, manifest) = package.Pack(Fit(_context, Data()), SampleArtifacts.Manifest(), Data());
        var reversed = _context.Data.LoadFromEnumerable(new[] { new Row { Text = "two", B = [0, 0] }, new Row { Text = "one", B = [0, 0] } });
        var (content, _) = package.Pack(Fit(_context, reversed), manifest, Data());
        var (golden, _) = package.Pack(Fit(_context, Data()), manifest, Data());

        // The stages of one model with the golden rows of the other.
        var mixed = new ArtifactBuilder();
        using var stages = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content));
        using var rows = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, golden));
        foreach (var entry in stages.Manifest.Entries)
            mixed.Add(entry.Path, entry.Role, (entry.Role == "golden" ? rows : stages).Read(entry.Path));
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, mixed));
        Assert.Contains("golden row 1", Assert.ThrowsExactly<ArtifactException>(() => package.Load(reader)).Message);
    }

    [TestMethod]
    public void AStageOfAnUnknownKindIsRefusedByName()
    {
        var content = new ArtifactBuilder();
        content.Add("stages/00-alien/model.bin", "weights", new byte[3]);
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(content: content));
        Assert.Contains("'alien'", Assert.ThrowsExactly<ArtifactException>(() => new ModelPackage(_context).Load(reader)).Message);
    }

    [TestMethod]
    public void ADamagedInnerModelIsRefused()
    {
        var content = new ArtifactBuilder();
        content.Add("stages/00-mlnet/model.zip", "model", "nonsense"u8.ToArray());
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(content: content));
        Assert.Contains("stages/00-mlnet/model.zip", Assert.ThrowsExactly<ArtifactException>(() => new ModelPackage(_context).Load(reader)).Message);
    }

    [TestMethod]
    public void ATransformerWithoutCodecIsNamed()
    {
        var error = Assert.ThrowsExactly<NotSupportedException>(() => new ModelPackage(_context).Pack(new ForeignTransformer(), SampleArtifacts.Manifest(), Data()));
        Assert.Contains(nameof(ForeignTransformer), error.Message);
    }
}
