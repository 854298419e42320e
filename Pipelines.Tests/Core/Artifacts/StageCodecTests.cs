using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;

namespace MLPipelines.Tests.Core.Artifacts;

/// <summary>Models whose stages are of several kinds.</summary>
[TestClass]
public sealed class StageCodecTests
{
    private readonly MLContext _context = new(seed: 1);

    public TestContext TestContext { get; set; } = null!;

    private sealed class Row
    {
        public string Text { get; set; } = "";
        public float A { get; set; }
    }

    private sealed class Columns
    {
        public float A { get; set; }
        public float B { get; set; }
        public float C { get; set; }

        [VectorType(2)]
        public float[] D { get; set; } = [];
    }

    /// <summary>A transformer that ML.NET does not know: it gives a column a second name.</summary>
    private sealed class RenamingTransformer(MLContext context, string output, string input) : ITransformer, IDisposable
    {
        private readonly ITransformer _inner = context.Transforms.CopyColumns(output, input).Fit(context.Data.LoadFromEnumerable<Columns>([]));

        public string Output => output;

        public string Input => input;

        public bool IsDisposed { get; private set; }

        public bool IsRowToRowMapper => true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _inner.GetOutputSchema(inputSchema);

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => _inner.GetRowToRowMapper(inputSchema);

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => _inner.Transform(input);

        public void Dispose() => IsDisposed = true;
    }

    private sealed class RenamingCodec(MLContext context, string kind = "renaming") : StageCodec
    {
        public List<RenamingTransformer> Loaded { get; } = [];

        public override string Kind => kind;

        public override bool CanWrite(ITransformer transformer) => transformer is RenamingTransformer;

        public override void Write(ITransformer transformer, StageWriter writer)
        {
            var renaming = (RenamingTransformer)transformer;
            writer.Add("config.json", "config", JsonSerializer.SerializeToUtf8Bytes(new[] { renaming.Output, renaming.Input }));
            writer.Add("weights.bin", "weights", stream => stream.Write(new byte[3000]));
        }

        public override ITransformer Read(StageReader reader)
        {
            var names = JsonSerializer.Deserialize<string[]>(reader.Read("config.json"))!;
            using var weights = reader.OpenRead("weights.bin");
            if (weights.Length != 3000)
                throw reader.Invalid("weights.bin", "has the wrong length");
            Loaded.Add(new RenamingTransformer(context, names[0], names[1]));
            return Loaded[^1];
        }
    }

    private IDataView Data(params string[] texts) =>
        _context.Data.LoadFromEnumerable(texts.Select((text, i) => new Row { Text = text, A = 0.1f * i }).ToArray());

    private TransformerChain<ITransformer> Mixed()
    {
        var columns = _context.Data.LoadFromEnumerable<Columns>([]);
        return new(
            _context.Transforms.CopyColumns("B", "A").Fit(columns),
            new RenamingTransformer(_context, "C", "B"),
            new TransformerChain<ITransformer>(
                _context.Transforms.Concatenate("D", "A", "C").Fit(columns),
                _context.Transforms.CopyColumns("E", "D").Fit(columns)));
    }

    [TestMethod]
    public void RunsOfMLNetAndStagesOfOthersComeBackInOrder()
    {
        var package = new ModelPackage(_context, new RenamingCodec(_context));
        var (content, manifest) = package.Pack(Mixed(), SampleArtifacts.Manifest(), Data("a", "b"), outputColumns: ["E"]);
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content));
        CollectionAssert.AreEqual(
            new[] { "README.md", "reference/golden.jsonl", "schema/input.zip", "stages/00-mlnet/model.zip", "stages/01-renaming/config.json", "stages/01-renaming/weights.bin", "stages/02-mlnet/model.zip" },
            reader.Manifest.Entries.Select(entry => entry.Path).ToArray());
        CollectionAssert.AreEqual(new[] { "A" }, reader.Manifest.Signature.Inputs.Select(column => column.Name).ToArray());
        Assert.AreEqual(
            "mlnet: ColumnCopyingTransformer | renaming: StageCodecTests.RenamingTransformer | mlnet: ColumnConcatenatingTransformer, ColumnCopyingTransformer",
            string.Join(" | ", reader.Manifest.Stages.Select(stage => $"{stage.Kind}: {string.Join(", ", stage.Transformers)}")));

        using var loaded = package.Load(reader);
        var before = Mixed().Transform(Data("a", "b")).GetColumn<float[]>("E").SelectMany(row => row).ToArray();
        CollectionAssert.AreEqual(before, loaded.Model.Transform(Data("a", "b")).GetColumn<float[]>("E").SelectMany(row => row).ToArray());
    }

    [TestMethod]
    public void AHostWithoutTheCodecRefusesTheStage()
    {
        var (content, manifest) = new ModelPackage(_context, new RenamingCodec(_context)).Pack(Mixed(), SampleArtifacts.Manifest(), Data("a"));
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content));
        Assert.Contains("is of the kind 'renaming', which this host does not load; it loads mlnet", Assert.ThrowsExactly<ArtifactException>(() => new ModelPackage(_context).Load(reader)).Message);
    }

    [TestMethod]
    public void WhatWasLoadedIsDisposedWhenALaterStageIsRefused()
    {
        var codec = new RenamingCodec(_context);
        using var content = new ArtifactBuilder();
        content.Add("stages/00-renaming/config.json", "config", "[\"B\",\"A\"]"u8.ToArray());
        content.Add("stages/00-renaming/weights.bin", "weights", new byte[3000]);
        content.Add("stages/01-renaming/config.json", "config", "[\"B\""u8.ToArray());
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(content: content));
        Assert.Contains("its model cannot be loaded", Assert.ThrowsExactly<ArtifactException>(() => new ModelPackage(_context, codec).Load(reader)).Message);
        Assert.IsTrue(codec.Loaded.Single().IsDisposed);
    }

    [TestMethod]
    [DataRow("stages/01-mlnet/model.zip")]
    [DataRow("stages/0-mlnet/model.zip")]
    [DataRow("stages/00mlnet/model.zip")]
    [DataRow("stages/model.zip")]
    public void StagesCountUpFromZero(string path)
    {
        using var content = new ArtifactBuilder();
        content.Add(path, "model", new byte[1]);
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(content: content));
        Assert.Contains("stage 00, which is expected next", Assert.ThrowsExactly<ArtifactException>(() => new ModelPackage(_context).Load(reader)).Message);
    }

    [TestMethod]
    public void KindsAreCheckedWhenAPackageIsMade()
    {
        Assert.Contains("Two codecs", Assert.ThrowsExactly<ArgumentException>(() => new ModelPackage(_context, new RenamingCodec(_context), new RenamingCodec(_context))).Message);
        Assert.Contains("Two codecs", Assert.ThrowsExactly<ArgumentException>(() => new ModelPackage(_context, new RenamingCodec(_context, "mlnet"))).Message);
        Assert.Contains("lower-case", Assert.ThrowsExactly<ArgumentException>(() => new ModelPackage(_context, new RenamingCodec(_context, "a/b"))).Message);
    }

    [TestMethod]
    public void TheSameModelIsPackedToTheSameBytes()
    {
        byte[] Pack()
        {
            var (content, manifest) = new ModelPackage(_context, new RenamingCodec(_context)).Pack(Mixed(), SampleArtifacts.Manifest(), Data("a", "b"));
            return SampleArtifacts.Bytes(manifest, content);
        }

        CollectionAssert.AreEqual(Pack(), Pack());
    }

    [TestMethod]
    public async Task MoreDataIsAPatchAndAnotherTransformerAMinorVersion()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        async Task<string> PublishAsync(bool normalise, params string[] texts)
        {
            IEstimator<ITransformer> pipeline = _context.Transforms.Text.FeaturizeText("Features", "Text");
            if (normalise)
                pipeline = _context.Transforms.Text.NormalizeText("Text").Append(pipeline);
            var model = pipeline.Append(_context.Transforms.CopyColumns("Score", "A")).Fit(Data(texts));
            var (content, manifest) = new ModelPackage(_context).Pack(model, SampleArtifacts.Manifest(), Data(texts));
            using (content)
                return (await store.PublishAsync(content, manifest, cancellationToken: TestContext.CancellationToken)).Version.ToString();
        }

        Assert.AreEqual("1.0.0", await PublishAsync(false, "one", "two"));
        Assert.AreEqual("1.0.1", await PublishAsync(false, "one", "two", "three of a kind"));
        Assert.AreEqual("1.1.0", await PublishAsync(true, "one", "two"));
        CollectionAssert.AreEqual(new[] { "Score" }, store.Show("sample").Signature.Outputs.Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void GoldenRowsSurviveTextThatIsNoUnicodeAndNumbersThatAreNone()
    {
        var model = _context.Transforms.CopyColumns("Copy", "Text").Append(_context.Transforms.CopyColumns("Score", "A")).Fit(Data("a"));
        var data = _context.Data.LoadFromEnumerable(new[]
        {
            new Row { Text = "half \ud83d a pair", A = float.NaN },
            new Row { Text = "\0 \" \u2028 <é>", A = float.Epsilon },
            new Row { Text = "", A = -0f },
        });
        var package = new ModelPackage(_context);
        var (content, manifest) = package.Pack(model, SampleArtifacts.Manifest(), data, outputColumns: ["Copy", "Score"]);
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content));
        package.Load(reader).Dispose();
        var lines = Encoding.UTF8.GetString(reader.Read("reference/golden.jsonl")).TrimEnd('\n').Split('\n');
        Assert.HasCount(3, lines);
        Assert.Contains("\"Score\":-0", lines[2]);
    }

    [TestMethod]
    public void AnOutputThatTheModelDoesNotGiveIsNamed()
    {
        var model = _context.Transforms.CopyColumns("B", "A").Fit(Data("a"));
        var error = Assert.ThrowsExactly<ArgumentException>(() => new ModelPackage(_context).Pack(model, SampleArtifacts.Manifest(), Data("a"), outputColumns: ["Z"]));
        Assert.Contains("gives no column 'Z'; it gives Text, A, B", error.Message);
    }

    [TestMethod]
    public async Task LoadingHonoursCancellationAndTellsItsProgress()
    {
        using var folder = new TemporaryFolder();
        var store = new ArtifactStore(folder.Path);
        var (content, manifest) = ModelPackageTests.PackMapped();
        await store.PublishAsync(content, manifest, cancellationToken: TestContext.CancellationToken);
        await Assert.ThrowsAsync<OperationCanceledException>(() => new ModelPackage(_context).LoadAsync(store, "mapped", cancellationToken: new CancellationToken(canceled: true)));
        long told = 0;
        using var loaded = await new ModelPackage(_context).LoadAsync(store, "mapped", progress: new Telling(value => told = value), cancellationToken: TestContext.CancellationToken);
        Assert.AreEqual(loaded.Manifest.Entries.Sum(entry => entry.Length), told);
    }

    private sealed class Telling(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }

    /// <summary>Changes behind all sums, so that the loaders of ML.NET's transformers and of the schema see them.</summary>
    [TestMethod]
    public void ChangedModelsLoadOrAreRefused()
    {
        var model = _context.Transforms.Conversion.MapValueToKey("Key", "Text").Append(_context.Transforms.Text.FeaturizeText("Features", "Text")).Fit(Data("one", "two three"));
        var (good, manifest) = new ModelPackage(_context).Pack(model, SampleArtifacts.Manifest(), Data("one"));
        using var whole = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, good));
        string[] paths = ["stages/00-mlnet/model.zip", "schema/input.zip", "reference/golden.jsonl"];
        var changes = Gen.Elements(paths).Zip(Gen.Choose(0, 1_000_000)).Zip(Gen.Elements(0x01, 0x80, 0xFF, 0x20)).ToArbitrary();
        Prop.ForAll(changes, change =>
        {
            var ((path, position), mask) = change;
            using var content = new ArtifactBuilder();
            try
            {
                foreach (var entry in whole.Manifest.Entries)
                {
                    var bytes = whole.Read(entry.Path);
                    if (entry.Path == path)
                        bytes[position % bytes.Length] ^= (byte)mask;
                    content.Add(entry.Path, entry.Role, bytes);
                }
                using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content));
                new ModelPackage(_context).Load(reader).Dispose();
            }
            catch (ArtifactException)
            {
                return;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }
}
