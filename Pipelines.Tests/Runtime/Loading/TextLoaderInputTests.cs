using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using static MLPipelines.Tests.Runtime.Loading.TextFiles;

namespace MLPipelines.Tests.Runtime.Loading;

/// <summary>Large, odd and bad input, and several readers at once.</summary>
[TestClass]
public sealed class TextLoaderInputTests
{
    private const int ManyRows = 40_000;

    private readonly TextFiles _files = new();

    [TestCleanup]
    public void DeleteFiles() => _files.Dispose();

    private static string ManyLines(string lineBreak)
    {
        var text = new StringBuilder();
        for (int i = 0; i < ManyRows; i++)
            text.Append(i).Append(",\"text, ").Append('ä', i % 40).Append(i).Append("\"\"").Append('"').Append(',').Append(i % 7 == 0 ? "" : $"{i}.5").Append(',').Append(-i).Append(lineBreak);
        return text.ToString();
    }

    private IDataView LoadMany(string lineBreak, bool useThreads, bool multilines = false, char[]? separators = null) => _files.Load(
        ManyLines(lineBreak),
        new TextLoader.Options { Separators = separators ?? [','], AllowQuoting = true, UseThreads = useThreads, ReadMultilines = multilines },
        new("Id", DataKind.Int32, 0), TextColumn("Text", 1), new("V", DataKind.Single, 2, 3));

    private static string ExpectedRow(int i) =>
        $"{i}|text, {new string('ä', i % 40)}{i}\"|{(i % 7 == 0 ? $"[s2 1:{-i}]" : $"[{i}.5 {-i}]")}";

    [TestMethod]
    [DataRow("\n", true, false, false)]
    [DataRow("\r\n", true, false, false)]
    [DataRow("\r", false, false, false)]
    [DataRow("\n", false, true, false)]
    [DataRow("\r\n", true, true, false)]
    [DataRow("\r\n", true, false, true)]
    [DataRow("\n", true, true, true)]
    public void FilesOfManyBlocksAreReadInOrder(string lineBreak, bool useThreads, bool multilines, bool general)
    {
        var rows = Rows(LoadMany(lineBreak, useThreads, multilines, general ? [',', '\t', ';'] : null));
        Assert.HasCount(ManyRows, rows);
        for (int i = 0; i < ManyRows; i++)
            Assert.AreEqual(ExpectedRow(i), rows[i]);
        Assert.IsEmpty(_files.Log);
    }

    [TestMethod]
    public void TheCursorsOfASetShareTheRowsInBatches()
    {
        var data = LoadMany("\n", useThreads: true);
        var cursors = data.GetRowCursorSet(data.Schema, 2);
        Assert.HasCount(Math.Min(2, Environment.ProcessorCount), cursors);
        var rows = new List<(long Batch, ulong Id, string Row)>();
        Parallel.ForEach(cursors, cursor =>
        {
            using (cursor)
            {
                var id = cursor.GetIdGetter();
                foreach (string row in Rows(cursor))
                {
                    DataViewRowId value = default;
                    id(ref value);
                    lock (rows)
                        rows.Add((cursor.Batch, value.Low, row));
                }
            }
        });
        Assert.HasCount(ManyRows, rows);
        rows.Sort((a, b) => a.Batch != b.Batch ? a.Batch.CompareTo(b.Batch) : a.Id.CompareTo(b.Id));
        for (int i = 0; i < ManyRows; i++)
        {
            Assert.AreEqual((ulong)i, rows[i].Id);
            Assert.AreEqual(ExpectedRow(i), rows[i].Row);
        }
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void RowIdsCountTheRowsOfAllFiles(bool useThreads)
    {
        var loader = _files.Context.Data.CreateTextLoader(new TextLoader.Options { UseThreads = useThreads, Columns = [TextColumn("A", 0)] });
        string path = _files.Write(string.Concat(Enumerable.Range(0, 50_000).Select(i => $"some text for row {i}\n\n")));
        var data = loader.Load(path, path);
        using var cursor = data.GetRowCursor([]);
        var getter = cursor.GetIdGetter();
        DataViewRowId id = default;
        ulong expected = 0;
        while (cursor.MoveNext())
        {
            if (expected % 3 == 0)
            {
                getter(ref id);
                Assert.AreEqual(new DataViewRowId(expected, 0), id);
            }
            expected++;
        }
        Assert.AreEqual(100_000UL, expected);
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref id));
    }

    [TestMethod]
    public void TextsMayBeKept()
    {
        using var cursor = LoadMany("\n", useThreads: true).GetRowCursor(LoadMany("\n", useThreads: true).Schema);
        var getter = cursor.GetGetter<ReadOnlyMemory<char>>(cursor.Schema["Text"]);
        var kept = new List<ReadOnlyMemory<char>>();
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> text = default;
            getter(ref text);
            kept.Add(text);
        }
        for (int i = 0; i < kept.Count; i++)
            Assert.AreEqual(ExpectedRow(i).Split('|')[1], kept[i].ToString());
    }

    [TestMethod]
    public void OnlyActiveColumnsCanBeRead()
    {
        var data = LoadMany("\n", useThreads: true);
        using var cursor = data.GetRowCursor([data.Schema["Text"]]);
        Assert.IsFalse(cursor.IsColumnActive(data.Schema["Id"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<int>(data.Schema["Id"]));
        Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<int>(data.Schema["Text"]));
        var getter = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Text"]);
        ReadOnlyMemory<char> text = default;
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref text));
    }

    [TestMethod]
    public void ACursorMayBeLeftInTheMiddle()
    {
        for (int i = 0; i < 20; i++)
        {
            var data = LoadMany("\n", useThreads: true);
            using (var cursor = data.GetRowCursor(data.Schema))
            {
                for (int row = 0; row <= 500 * i; row++)
                    Assert.IsTrue(cursor.MoveNext());
            }
            File.Delete(_files.Path("data.txt"));
        }
    }

    [TestMethod]
    public void AMissingFileIsNamed()
    {
        string path = _files.Path("missing.csv");
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _files.Context.Data.LoadFromTextFile(path, [NumberColumn("A", 0)]));
        Assert.Contains($"does not exist at path: {path}", error.Message);
        var loader = _files.Context.Data.CreateTextLoader([NumberColumn("A", 0)]);
        var late = Assert.ThrowsExactly<FormatException>(() => Rows(loader.Load(path)));
        Assert.Contains(path, late.Message);
    }

    [TestMethod]
    public void TheWrongSeparatorLeavesAllColumnsButTheFirstEmpty()
    {
        CollectionAssert.AreEqual(new[] { "1,2,a|0|" }, _files.Read("1,2,a\n", new TextLoader.Options { Separators = ['\t'] }, TextColumn("A", 0), NumberColumn("B", 1), TextColumn("C", 2)));
    }

    [TestMethod]
    public void BytesThatAreNotUtf8BecomeReplacementCharacters()
    {
        string path = _files.Write([(byte)'a', 0xFF, (byte)',', 0xE2, 0x82, (byte)',', 0xC3, (byte)'\n', (byte)'1', (byte)',', 0x80, (byte)'\n']);
        var data = _files.Context.Data.LoadFromTextFile(path, [TextColumn("A", 0), TextColumn("B", 1), NumberColumn("C", 2)], ',');
        CollectionAssert.AreEqual(new[] { "a\uFFFD|\uFFFD|NaN", "1|\uFFFD|0" }, Rows(data));
    }

    [TestMethod]
    public void NulBytesAreText()
    {
        CollectionAssert.AreEqual(new[] { "a\0b|NaN", "\0|0" }, _files.Read("a\0b,\0\n\0,\n", TextColumn("A", 0), NumberColumn("B", 1)));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("\n\n")]
    [DataRow("// nothing\n# here\n")]
    public void EmptyFilesHaveNoRows(string content)
    {
        Assert.IsEmpty(_files.Read(content, NumberColumn("A", 0)));
        Assert.IsEmpty(_files.Read(content, new TextLoader.Options { HasHeader = true, ReadMultilines = true, AllowQuoting = true, Separators = [','] }, new TextLoader.Column("A", DataKind.Single, 0, 2)));
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _files.Read(content, new TextLoader.Column("A", DataKind.Single, [new(0, null)])));
        Assert.Contains("Can't determine the number of source columns", error.Message);
    }

    [TestMethod]
    public void AFileOfAHeaderHasNoRows() =>
        Assert.IsEmpty(_files.Read("a,b", new TextLoader.Options { HasHeader = true, Separators = [','] }, NumberColumn("A", 0)));

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void ALineMayBeOfManyMegabytes(bool quoted)
    {
        string path = _files.Path("long.csv");
        using (var writer = new StreamWriter(path))
        {
            writer.Write("1," + (quoted ? "\"" : ""));
            var part = new string('x', 1 << 20);
            for (int i = 0; i < 50; i++)
                writer.Write(part);
            writer.Write((quoted ? "\"" : "") + ",2\n3,4,5\n");
        }
        var options = new TextLoader.Options { Separators = [','], AllowQuoting = quoted, ReadMultilines = quoted, Columns = [NumberColumn("A", 0), TextColumn("B", 1), NumberColumn("C", 2)] };
        var data = _files.Context.Data.LoadFromTextFile(path, options);
        Assert.AreEqual("1|52428800|2;3|1|5", string.Join(';', data.GetColumn<float>("A").Zip(data.GetColumn<string>("B"), data.GetColumn<float>("C")).Select(row => $"{row.First}|{row.Second.Length}|{row.Third}")));
    }

    [TestMethod]
    public void AQuoteThatIsNeverClosedIsAnErrorAtItsLine()
    {
        var options = new TextLoader.Options { Separators = [','], AllowQuoting = true, ReadMultilines = true, HasHeader = true };
        var error = Assert.ThrowsExactly<FormatException>(() => _files.Read("id,text\n1,\"closed\n\"\n2,\"open\n3,x\n", options, NumberColumn("A", 0), TextColumn("B", 1)));
        Assert.Contains(_files.Path("data.txt") + "(4)", error.Message);
    }

    [TestMethod]
    public void SettingsThatCannotBeAreRefused()
    {
        Refused("EscapeChar", new() { EscapeChar = ',', Separators = [','] });
        Refused("Decimal marker cannot be", new() { DecimalMarker = ';' });
        Refused("cannot be the same", new() { DecimalMarker = ',', Separators = [','] });
        Refused("Illegal separator: '3'", new() { Separators = ['3'] });
        Refused("colon", new() { Separators = [':'], AllowSparse = true });
        Refused("at least 0", new() { MaxRows = -1 });
        Assert.ThrowsExactly<ArgumentException>(() => _files.Read("1", new TextLoader.Options { Separators = [] }, NumberColumn("A", 0)));
        Assert.ThrowsExactly<InvalidOperationException>(() => _files.Read("1", new TextLoader.Options { InputSize = -1 }, NumberColumn("A", 0)));
        Refused("Must specify some source column indices", new(), new TextLoader.Column { Name = "A" });
        Refused("overlap", new(), new TextLoader.Column("A", DataKind.Single, [new(1, 3), new(2)]));
        Refused("not found in the dataset (it only has 1 columns)", new(), new TextLoader.Column("A", DataKind.Single, [new(2, null)]));
        Refused("At most one all other range", new(), new TextLoader.Column("A", DataKind.Single, [new() { AllOther = true, Max = 3 }]), new TextLoader.Column("B", DataKind.Single, [new() { AllOther = true, Max = 3 }]));
        Refused("Bad item type", new(), new TextLoader.Column("A", DataKind.Single, [new(2)], new KeyCount(3)));
        CannotBeMade("Must be non-negative", () => new TextLoader.Range(-1));
        CannotBeMade("greater than or equal to min", () => new TextLoader.Range(3, 2));

        void Refused(string expected, TextLoader.Options options, params TextLoader.Column[] columns) =>
            Assert.Contains(expected, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _files.Read("1\n", options, columns.Length == 0 ? [NumberColumn("A", 0)] : columns)).Message);

        static void CannotBeMade<T>(string expected, Func<T> make) =>
            Assert.Contains(expected, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => make()).Message);
    }

    [TestMethod]
    public void LinesOfDifferentLengthLeaveTheSizeOpen()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => _files.Read("1,2\n3\n", new TextLoader.Column("A", DataKind.Single, [new(0, null)])));
        Assert.Contains("not consistent", error.Message);
    }

    [TestMethod]
    public void MalformedSchemasInFilesAreRefused()
    {
        foreach (string schema in new[] { "TextLoader{ col=A }", "TextLoader{ col=A:R4:x }", "TextLoader{ foo=1 }", "Binary{}", "TextLoader{", "TextLoader{ col=A:QQ:0 }", "TextLoader{ sep= }", "=" })
        {
            string path = _files.Write($"#@ {schema}\n1\n");
            Assert.Contains("embedded", Assert.ThrowsExactly<InvalidOperationException>(() => _files.Context.Data.LoadFromTextFile(path), schema).Message);
        }
    }

    [TestMethod]
    public void AnyBytesAreReadWithoutErrorsOtherThanOpenQuotes()
    {
        var alphabet = Gen.Frequency((6, Gen.Elements("\"\"\n\n\r,,;: \\0123456789.-e#/"u8.ToArray())), (1, ArbMap.Default.GeneratorFor<byte>()));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(120), Prop.ForAll(alphabet.ArrayOf().Resize(200).ToArbitrary(), bytes =>
        {
            string path = _files.Write(bytes);
            for (int flags = 0; flags < 32; flags++)
            {
                var options = new TextLoader.Options
                {
                    Separators = (flags & 1) != 0 ? [','] : [',', ';', '\t'],
                    AllowQuoting = (flags & 2) != 0,
                    AllowSparse = (flags & 4) != 0,
                    ReadMultilines = (flags & 8) != 0,
                    EscapeChar = (flags & 16) != 0 ? '\\' : '"',
                    Columns = [NumberColumn("A", 0), TextColumn("B", 1), new("C", DataKind.Int64, [new TextLoader.Range { Min = 2, VariableEnd = true }])],
                };
                try
                {
                    Rows(_files.Context.Data.LoadFromTextFile(path, options));
                }
                catch (FormatException e)
                {
                    Assert.Contains("not closed", e.Message);
                }
            }
        }));
    }

    [TestMethod]
    public void BothWaysToSplitLinesAgree()
    {
        var alphabet = Gen.Elements("\"\"\"\n\r,,, abä€\\".ToCharArray());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(alphabet.ArrayOf().Resize(150).ToArbitrary(), chars =>
        {
            string text = new(chars);
            for (int flags = 0; flags < 4; flags++)
            {
                TextLoader.Options Options(params char[] separators) => new()
                {
                    Separators = separators,
                    AllowQuoting = true,
                    ReadMultilines = (flags & 1) != 0,
                    EscapeChar = (flags & 2) != 0 ? '\\' : '"',
                };
                Assert.AreEqual(Outcome(text, Options(',', ';', '\t')), Outcome(text, Options(',')));
            }
        }));

        string Outcome(string text, TextLoader.Options options)
        {
            _files.Log.Clear();
            try
            {
                var rows = _files.Read(text, options, TextColumn("A", 0), TextColumn("B", 1), new("C", DataKind.String, [new TextLoader.Range { Min = 2, VariableEnd = true }]));
                return string.Join('\n', rows.Concat(_files.Log));
            }
            catch (FormatException e)
            {
                return e.Message;
            }
        }
    }

    [TestMethod]
    public void NumbersAreReadAsTheParserReadsThem()
    {
        var numbers = Gen.Elements("-+.,eE x00001122334455667788990123456789".ToCharArray()).ArrayOf().Select(chars => new string(chars).TrimStart());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(numbers.ListOf(20).Resize(18).ToArbitrary(), texts =>
        {
            string[] fields = [.. texts.Append("0")];
            var rows = _files.Read(string.Concat(fields.Select(field => field + ";1\n")), new TextLoader.Options { Separators = [';'] },
                NumberColumn("F", 0), new("D", DataKind.Double, 0), new("I", DataKind.Int32, 0), new("U", DataKind.UInt64, 0), TextColumn("T", 0));
            for (int i = 0; i < fields.Length; i++)
            {
                Parser.TryParse(fields[i], out float single);
                Parser.TryParse(fields[i], out double real);
                Parser.TryParse(fields[i], out int integer);
                Parser.TryParse(fields[i], out ulong unsigned);
                Assert.AreEqual(FormattableString.Invariant($"{single}|{real}|{integer}|{unsigned}|{fields[i]}"), rows[i]);
            }
        }));
    }

    [TestMethod]
    public void OtherSourcesAreReadThroughTheirReader()
    {
        var loader = _files.Context.Data.CreateTextLoader([TextColumn("A", 0), NumberColumn("B", 1)], ',', hasHeader: true);
        CollectionAssert.AreEqual(new[] { "ä|1", "€😀|2" }, Rows(loader.Load(new TextSource("A,B\nä,1\n€😀,2"))));
        var handle = new SimpleFileHandle(_files.Context, _files.Write("A,B\nz,3\n"), needsWrite: false, autoDelete: false);
        CollectionAssert.AreEqual(new[] { "z|3" }, Rows(loader.Load(new FileHandleSource(handle))));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void AnErrorOfTheSourceComesAfterTheRowsBeforeIt(bool useThreads)
    {
        const int Rows = 100_000;
        var loader = _files.Context.Data.CreateTextLoader(new TextLoader.Options { UseThreads = useThreads, Columns = [NumberColumn("A", 0)] });
        var source = new TextSource(string.Concat(Enumerable.Range(0, Rows).Select(i => $"{i}\n")), new IOException("the disk is gone"));
        var data = loader.Load(source);
        using var cursor = data.GetRowCursor(data.Schema);
        var getter = cursor.GetGetter<float>(data.Schema["A"]);
        int row = 0;
        var error = Assert.ThrowsExactly<FormatException>(() =>
        {
            float value = 0;
            for (; cursor.MoveNext(); row++)
            {
                getter(ref value);
                Assert.AreEqual(row, value);
            }
        });
        Assert.Contains("the disk is gone", error.Message);
        Assert.IsGreaterThan(Rows / 2, row);
        Assert.ThrowsExactly<FormatException>(() => cursor.MoveNext());
    }

    private sealed class TextSource(string text, Exception? error = null) : IMultiStreamSource
    {
        public int Count => 1;

        public string? GetPathOrNull(int index) => null;

        public Stream Open(int index) => throw new NotSupportedException();

        public TextReader OpenTextReader(int index) => new Reader(text, error);

        private sealed class Reader(string text, Exception? error) : StringReader(text)
        {
            public override int Read(char[] buffer, int index, int count)
            {
                int read = base.Read(buffer, index, count);
                return read == 0 && error != null ? throw error : read;
            }
        }
    }
}
