using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;
using static MLPipelines.Tests.Runtime.Loading.TextFiles;

namespace MLPipelines.Tests.Runtime.Loading;

[TestClass]
public sealed class TextSaverTests
{
    private readonly TextFiles _files = new();

    [TestCleanup]
    public void DeleteFiles() => _files.Dispose();

    private sealed class Row
    {
        public float Number { get; set; }

        [ColumnName("My text")]
        public string? Text { get; set; }

        [KeyType(5)]
        public uint Key { get; set; }

        [VectorType(3)]
        public float[] Vector { get; set; } = [0, 0, 0];

        public bool Flag { get; set; }

        public TimeSpan Time { get; set; }
    }

    [TestMethod]
    public void SchemaHeaderAndValuesAreWritten()
    {
        Row[] rows =
        [
            new() { Number = 1.5f, Text = "a:\"b\"", Key = 0, Vector = [1, float.NaN, -2], Flag = true, Time = TimeSpan.FromMinutes(1) },
            new() { Number = 0, Text = "x", Key = 9, Vector = [0, 1, 2], Flag = true },
            new() { Text = "" },
        ];
        Assert.AreEqual(
            """"
            #@ TextLoader{
            #@   header+
            #@   sep=tab
            #@   col=Number:R4:0
            #@   col={name={My text} type=TX src=1}
            #@   col=Key:U4[5]:2
            #@   col=Vector:R4:3-5
            #@   col=Flag:BL:6
            #@   col=Time:TS:7
            #@ }
            Number	My text	Key	5	3:Flag	4:Time
            1.5	"a:""b"""	0	1	?	-2	1	"00:01:00"
            0	x		0	1	2	1	"00:00:00"
            8	2:0

            """".ReplaceLineEndings(Environment.NewLine),
            Save(_files.Context.Data.LoadFromEnumerable(rows)));
    }

    [TestMethod]
    public void MostlyEmptyTailsAreWrittenSparsely()
    {
        var data = Load("1,0,0,0,5,0,0,0,0,0,2\n0,0,0,0,0,0,0,0,0,0,0\n1,2,3,4,5,6,7,8,9,0,1\n");
        Assert.AreEqual(Lines("L", "1\t10\t3:5\t9:2", "11\t0:0", "1\t2\t3\t4\t5\t6\t7\t8\t9\t0\t1"), Without(data, "L", forceDense: false));
        Assert.AreEqual(
            Lines("L\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"\t\"\"", "1\t0\t0\t0\t5\t0\t0\t0\t0\t0\t2", "0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0", "1\t2\t3\t4\t5\t6\t7\t8\t9\t0\t1"),
            Without(data, "L", forceDense: true));

        IDataView Load(string text) => _files.Load(text, new TextLoader.Options { Separators = [','] }, NumberColumn("L", 0), new("V", DataKind.Single, 1, 10));

        static string Lines(params string[] lines) => string.Concat(lines.Select(line => line + Environment.NewLine));

        string Without(IDataView view, string header, bool forceDense)
        {
            string text = Save(view, schema: false, forceDense: forceDense);
            // The header of a vector without slot names is sparse as well.
            return forceDense ? text : text.Replace("L\t10\t0:\"\"", header, StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void ValuesThatWouldBeCommentsOrBlankLinesAreQuoted()
    {
        var data = _files.Context.Data.LoadFromEnumerable(new[] { new { A = "#first" }, new { A = "//x" }, new { A = "#y" }, new { A = "" } });
        string path = _files.Write(Save(data, header: false, schema: false));
        CollectionAssert.AreEqual(new[] { "\"#first\"", "\"//x\"", "#y", "\"\"" }, File.ReadAllLines(path));
    }

    [TestMethod]
    [DataRow(':')]
    [DataRow('x')]
    public void OtherSeparatorsAreRefused(char separator)
    {
        var data = _files.Context.Data.LoadFromEnumerable(new[] { new Row() });
        Assert.Contains("Invalid separator", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _files.Context.Data.SaveAsText(data, Stream.Null, separator)).Message);
    }

    [TestMethod]
    public void ASavedFileTellsItsColumns()
    {
        var data = _files.Context.Data.LoadFromEnumerable(new[] { new Row { Number = 2, Text = "abc", Key = 3, Vector = [1, 2, 3], Flag = true } });
        var loaded = _files.Context.Data.LoadFromTextFile(_files.Write(Save(data)));
        Assert.AreEqual("Number: Single; My text: String; Key: Key<UInt32, 0-4>; Vector: Vector<Single, 3> {SlotNames}; Flag: Boolean; Time: TimeSpan", string.Join("; ", loaded.Schema));
        Assert.AreEqual("2|abc|4|[1 2 3]|True|00:00:00", Rows(loaded).Single());
    }

    [TestMethod]
    public void RandomTablesAreReadAsTheyWereSaved()
    {
        var cells = ArbMap.Default.ArbFor<(float Number, double Real, bool Flag, int Integer, NonNull<string> Text, byte Key, float[] Vector)>().Generator;
        var tables = cells.NonEmptyListOf().Resize(12);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(tables.ToArbitrary(), cellsOfTable =>
        {
            var table = cellsOfTable.Select(cell => new Cells
            {
                Number = cell.Number,
                Real = Math.Round(cell.Real, 3),
                Flag = cell.Flag,
                Integer = cell.Integer == int.MinValue ? 0 : cell.Integer,
                Text = Legal(cell.Text.Get),
                Key = cell.Key % 12u,
                Vector = [.. (cell.Vector ?? []).Concat(new float[30]).Take(30)],
            }).ToList();
            foreach (char separator in "\t,; |")
            {
                string path = _files.Write(Save(_files.Context.Data.LoadFromEnumerable(table), separator));
                var loaded = _files.Context.Data.CreateEnumerable<Cells>(_files.Context.Data.LoadFromTextFile<Cells>(path, new TextLoader.Options
                {
                    Separators = [separator],
                    HasHeader = true,
                    AllowQuoting = true,
                    AllowSparse = true,
                    ReadMultilines = true,
                }), reuseRowObject: false).ToList();
                // Members of key type are written counted from 0 and read counted from 1, 0 being the missing key.
                foreach (var cells in loaded)
                    cells.Key = cells.Key == 0 ? 10 : cells.Key - 1;
                Assert.AreEqual(string.Join('\n', table), string.Join('\n', loaded));
            }
        }));

        // Line breaks are read as line feeds; lone surrogates are no text.
        static string Legal(string text) =>
            Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n").Replace('\r', ' ')));
    }

    private sealed class Cells
    {
        [LoadColumn(0)]
        public float Number { get; set; }

        [LoadColumn(1)]
        public double Real { get; set; }

        [LoadColumn(2)]
        public bool Flag { get; set; }

        [LoadColumn(3)]
        public int Integer { get; set; }

        [LoadColumn(4)]
        public string? Text { get; set; }

        [LoadColumn(5), KeyType(10)]
        public uint Key { get; set; }

        [LoadColumn(6, 35), VectorType(30)]
        public float[] Vector { get; set; } = [];

        public override string ToString() =>
            $"{Number}|{Real}|{Flag}|{Integer}|{Text}|{(Key < 10 ? Key : -1)}|{string.Join(' ', Vector)}";
    }

    private string Save(IDataView data, char separator = '\t', bool header = true, bool schema = true, bool forceDense = false)
    {
        using var stream = new MemoryStream();
        _files.Context.Data.SaveAsText(data, stream, separator, header, schema, forceDense: forceDense);
        Assert.IsTrue(stream.CanWrite);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
