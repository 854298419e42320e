using Microsoft.ML;
using Microsoft.ML.Data;
using static MLPipelines.Tests.Runtime.Loading.TextFiles;

namespace MLPipelines.Tests.Runtime.Loading;

/// <summary>Text loaders in saved models, and of classes.</summary>
[TestClass]
public sealed class TextLoaderModelTests
{
    private readonly TextFiles _files = new();

    [TestCleanup]
    public void DeleteFiles() => _files.Dispose();

    [TestMethod]
    public void ASavedLoaderReadsAsTheOneThatWasSaved()
    {
        string path = _files.Write("L;a;b;c\n2;\"x'\"\"\";1,5;\n\"1\n\";2;3;4\n");
        var loader = _files.Context.Data.CreateTextLoader(
            new TextLoader.Options
            {
                Separators = [';'],
                DecimalMarker = ',',
                HasHeader = true,
                AllowQuoting = true,
                ReadMultilines = true,
                EscapeChar = '\'',
                MissingRealsAsNaNs = true,
                MaxRows = 7,
                Columns = [new("Key", DataKind.Byte, [new(0)], new KeyCount(9)), TextColumn("T", 1), new("V", DataKind.Single, [new(2), new(3, null)])],
            },
            new MultiFileSource(path));
        string model = _files.Path("model.zip");
        _files.Context.Model.Save(null, loader, model);
        _files.Context.Model.LoadWithDataLoader(model, out var loaded);
        Assert.IsInstanceOfType<TextLoader>(loaded);
        Assert.AreEqual(string.Join("; ", loader.GetOutputSchema()), string.Join("; ", loaded.GetOutputSchema()));
        string[] rows = Rows(loader.Load(path));
        CollectionAssert.AreEqual(rows, Rows(loaded.Load(path)));
        Assert.HasCount(2, rows);
        VBuffer<ReadOnlyMemory<char>> names = default;
        loaded.GetOutputSchema()["V"].GetSlotNames(ref names);
        Assert.AreEqual("b c", string.Join(' ', names.DenseValues()));
    }

    [TestMethod]
    public void DamagedLoadersAreRefused()
    {
        string path = _files.Path("model.zip");
        _files.Context.Model.Save(null, _files.Context.Data.CreateTextLoader([NumberColumn("A", 0)]), path);
        byte[] good = File.ReadAllBytes(path);
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            byte[] bad = [.. good];
            bad[random.Next(good.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                using var stream = new MemoryStream(bad);
                _files.Context.Model.LoadWithDataLoader(stream, out var loader);
                loader.GetOutputSchema();
            }
            catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException or InvalidOperationException)
            {
                Assert.IsNotEmpty(e.Message);
            }
        }
    }

    private sealed class Iris
    {
        [LoadColumn(0), KeyType(3)]
        public uint Label = 0;

        [LoadColumn(1, 4), VectorType(4), ColumnName("Features")]
        public float[]? Values { get; set; }

        [LoadColumn(5)]
        public string? Name { get; set; }
    }

    private sealed class WithoutMembers
    {
    }

    private sealed class WithoutAttribute
    {
        public float A { get; set; }
    }

    private sealed class OfOtherType
    {
        [LoadColumn(0)]
        public object? A = null;
    }

    [TestMethod]
    public void ColumnsMayBeTheMembersOfAClass()
    {
        string path = _files.Write("2,1,2,3,4,setosa\n");
        foreach (var data in new[]
        {
            _files.Context.Data.LoadFromTextFile<Iris>(path, ','),
            _files.Context.Data.LoadFromTextFile<Iris>(path, new TextLoader.Options { Separators = [','] }),
            _files.Context.Data.CreateTextLoader<Iris>(',').Load(path),
        })
        {
            Assert.AreEqual("Label: Key<UInt32, 0-2>; Features: Vector<Single, 4>; Name: String", string.Join("; ", data.Schema));
            CollectionAssert.AreEqual(new[] { "3|[1 2 3 4]|setosa" }, Rows(data));
        }
        Assert.StartsWith("Should define at least one public, readable field or property in TInput.", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _files.Context.Data.CreateTextLoader<WithoutMembers>()).Message);
        Assert.Contains("Property 'A' is missing the LoadColumnAttribute attribute", Assert.ThrowsExactly<InvalidOperationException>(() => _files.Context.Data.CreateTextLoader<WithoutAttribute>()).Message);
        Assert.Contains("Field A is of unsupported type.", Assert.ThrowsExactly<InvalidOperationException>(() => _files.Context.Data.CreateTextLoader<OfOtherType>()).Message);
    }
}
