using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;
using static MLPipelines.Tests.Runtime.Loading.TextFiles;

namespace MLPipelines.Tests.Runtime.Loading;

[TestClass]
public sealed class BinaryLoaderTests
{
    private readonly TextFiles _files = new();

    [TestCleanup]
    public void DeleteFiles() => _files.Dispose();

    private sealed class Cells
    {
        public float Number { get; set; }

        public double Real { get; set; }

        public bool Flag { get; set; }

        public long Integer { get; set; }

        public string? Text { get; set; }

        public DateTime Time { get; set; }

        public DateTimeOffset Moment { get; set; }

        public TimeSpan Duration { get; set; }

        [KeyType(10)]
        public byte Key { get; set; }

        [VectorType(5)]
        public float[] Vector { get; set; } = [];

        public string[]? Words { get; set; } = [];

        public VBuffer<int> Sparse { get; set; }
    }

    [TestMethod]
    public void RandomTablesAreReadAsTheyWereSaved()
    {
        var cells = ArbMap.Default.ArbFor<(float Number, double Real, bool Flag, long Integer, string Text, DateTime Time, byte Key)>().Generator
            .Zip(ArbMap.Default.ArbFor<(float[] Vector, NonNull<string>[] Words, byte[] Indices, DateTimeOffset Moment, TimeSpan Duration)>().Generator)
            .Select(pair => new Cells
            {
                Number = pair.Item1.Number,
                Real = pair.Item1.Real,
                Flag = pair.Item1.Flag,
                Integer = pair.Item1.Integer,
                Text = pair.Item1.Text,
                Time = pair.Item1.Time,
                Moment = pair.Item2.Moment,
                Duration = pair.Item2.Duration,
                Key = pair.Item1.Key,
                Vector = [.. (pair.Item2.Vector ?? []).Concat(new float[5]).Take(5)],
                Words = [.. (pair.Item2.Words ?? []).Select(word => word.Get)],
                Sparse = ToSparse(pair.Item2.Indices ?? []),
            });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(cells.ListOf().Resize(15).ToArbitrary(), table =>
        {
            var data = _files.Context.Data.LoadFromEnumerable(table);
            var loaded = _files.Context.Data.LoadFromBinary(_files.Write(Save(data)));
            Assert.AreEqual((long)table.Count, loaded.GetRowCount());
            Assert.AreEqual(string.Join("; ", data.Schema), string.Join("; ", loaded.Schema));
            CollectionAssert.AreEqual(Rows(data), Rows(loaded));
        }));

        static VBuffer<int> ToSparse(byte[] indices)
        {
            int[] sorted = [.. indices.Select(index => (int)index).Distinct().Order()];
            return new VBuffer<int>(1000, sorted.Length, sorted, sorted);
        }
    }

    [TestMethod]
    public void DataOfManyBlocksIsReadByColumn()
    {
        var rows = Enumerable.Range(0, 30_000).Select(i => new Cells { Integer = i, Text = new string('x', i % 100), Vector = [i, 0, 0, 0, 0] });
        var data = _files.Context.Data.LoadFromBinary(_files.Write(Save(_files.Context.Data.LoadFromEnumerable(rows))));
        Assert.IsTrue(data.GetColumn<long>("Integer").SequenceEqual(Enumerable.Range(0, 30_000).Select(i => (long)i)));
        Assert.IsTrue(data.GetColumn<string>("Text").Select(text => text.Length).SequenceEqual(Enumerable.Range(0, 30_000).Select(i => i % 100)));
        using var cursor = data.GetRowCursor([]);
        var getter = cursor.GetIdGetter();
        DataViewRowId id = default;
        for (ulong i = 0; cursor.MoveNext(); i++)
        {
            getter(ref id);
            Assert.AreEqual(new DataViewRowId(i, 0), id);
        }
    }

    [TestMethod]
    public void AnnotationsAreKept()
    {
        string path = _files.Write("a,b,c\n1,2,3\n");
        var options = new TextLoader.Options { Separators = [','], HasHeader = true, Columns = [new("V", DataKind.Single, 0, 2)] };
        var loaded = _files.Context.Data.LoadFromBinary(_files.Write(Save(_files.Context.Data.LoadFromTextFile(path, options)), "data.bin"));
        VBuffer<ReadOnlyMemory<char>> names = default;
        loaded.Schema["V"].GetSlotNames(ref names);
        Assert.AreEqual("a b c", string.Join(' ', names.DenseValues()));
    }

    [TestMethod]
    public void MissingAndSeveralFilesAreRefused()
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _files.Context.Data.LoadFromBinary(_files.Path("missing.bin")));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _files.Context.Data.LoadFromBinary(new MultiFileSource("a", "b")));
    }

    [TestMethod]
    public void DamagedFilesAreNamed()
    {
        byte[] good = Save(_files.Context.Data.LoadFromEnumerable(new[] { new Cells { Text = "abc", Key = 3, Words = ["x"] }, new Cells { Text = "def" } }));
        var random = new Random(1);
        for (int i = 0; i < 400; i++)
        {
            byte[] bad = i % 4 == 0 ? good[..random.Next(good.Length)] : [.. good];
            if (bad.Length == good.Length)
                bad[random.Next(good.Length)] ^= (byte)random.Next(1, 256);
            string path = _files.Write(bad);
            var error = Assert.ThrowsExactly<FormatException>(() => Rows(_files.Context.Data.LoadFromBinary(path)), $"{i}");
            Assert.Contains(path, error.Message);
        }
    }

    private byte[] Save(IDataView data)
    {
        using var stream = new MemoryStream();
        _files.Context.Data.SaveAsBinary(data, stream);
        Assert.IsTrue(stream.CanWrite);
        return stream.ToArray();
    }
}
