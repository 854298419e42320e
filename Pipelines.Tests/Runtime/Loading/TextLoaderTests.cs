using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using static MLPipelines.Tests.Runtime.Loading.TextFiles;

namespace MLPipelines.Tests.Runtime.Loading;

[TestClass]
public sealed class TextLoaderTests
{
    private readonly TextFiles _files = new();

    [TestCleanup]
    public void DeleteFiles() => _files.Dispose();

    [TestMethod]
    public void ValuesOfEveryKindAreRead()
    {
        DataKind[] kinds = [.. Enum.GetValues<DataKind>()];
        var columns = kinds.Select((kind, i) => new TextLoader.Column(kind.ToString(), kind, i)).ToArray();
        var rows = _files.Read(
            "-5,200,-300,60000,-70000,4000000000,-5000000000,18446744073709551615,1.5,-2.25e3,text,true,1.02:03:04,2020-02-03 04:05:06,2020-02-03T04:05:06+02:00\n",
            columns);
        Assert.AreEqual(
            "-5|200|-300|60000|-70000|4000000000|-5000000000|18446744073709551615|1.5|-2250|text|True|1.02:03:04|2020-02-03T04:05:06.0000000Z|2020-02-03T04:05:06.0000000+02:00",
            rows.Single());
    }

    [TestMethod]
    public void AbsentAndEmptyFieldsAreTheDefault()
    {
        var rows = _files.Read("1,2,x\n\n1,,\n1\n,,,,,,\n", NumberColumn("A", 0), NumberColumn("B", 1), TextColumn("C", 2));
        CollectionAssert.AreEqual(new[] { "1|2|x", "1|0|", "1|0|", "0|0|" }, rows);
        Assert.IsEmpty(_files.Log);
    }

    [TestMethod]
    public void UnreadableValuesAreDefaultOrNaNAndLogged()
    {
        var rows = _files.Read("a,b,c,?\n1,2,3,4\n", NumberColumn("A", 0), new("B", DataKind.Int32, 1), new("C", DataKind.Single, 2, 3));
        CollectionAssert.AreEqual(new[] { "NaN|0|[NaN NaN]", "1|2|[3 4]" }, rows);
        CollectionAssert.AreEqual(
            new[]
            {
                "Info:   Bad value at line 1 in column A",
                "Info:   Bad value at line 1 in column B",
                "Info:   Bad value at line 1 in column C at slot 0",
                "Info: Processed 2 rows with 3 bad values and 0 format errors",
            },
            _files.Log);
    }

    [TestMethod]
    public void OnlyTheFirstBadValuesAreLogged()
    {
        var rows = _files.Read(string.Concat(Enumerable.Repeat("x\n", 100)), NumberColumn("A", 0));
        Assert.HasCount(100, rows);
        Assert.HasCount(12, _files.Log);
        Assert.AreEqual("Info:   Bad value at line 10 in column A", _files.Log[9]);
        Assert.AreEqual("Info:   Suppressing further bad value messages", _files.Log[10]);
    }

    [TestMethod]
    public void LinesEndInAnyBreakAndCommentsAreSkipped()
    {
        var rows = _files.Read("# not a row\n\n// nor this\r\n1\r\n2\r3\n// comment\n# a row\n\r\n/5\n6", TextColumn("A", 0));
        CollectionAssert.AreEqual(new[] { "1", "2", "3", "# a row", "/5", "6" }, rows);
    }

    [TestMethod]
    public void LeadingSpacesAreSkippedUnlessSpaceSeparates()
    {
        CollectionAssert.AreEqual(new[] { "a |b" }, _files.Read("  a ,  b\n", TextColumn("A", 0), TextColumn("B", 1)));
        CollectionAssert.AreEqual(new[] { "|a|b" }, _files.Read(" a b", new TextLoader.Options { Separators = [' '] }, TextColumn("A", 0), TextColumn("B", 1), TextColumn("C", 2)));
    }

    [TestMethod]
    public void SeveralSeparatorsMayBeMixed()
    {
        string[] expected = ["1|2|3|4"];
        CollectionAssert.AreEqual(expected, _files.Read("1;2,3;4", new TextLoader.Options { Separators = [',', ';'] }, TextColumn("A", 0), TextColumn("B", 1), TextColumn("C", 2), TextColumn("D", 3)));
        CollectionAssert.AreEqual(expected, _files.Read("1;2,3§4", new TextLoader.Options { Separators = [',', ';', '§'] }, TextColumn("A", 0), TextColumn("B", 1), TextColumn("C", 2), TextColumn("D", 3)));
    }

    [TestMethod]
    public void QuotesAreTextUnlessAllowed()
    {
        CollectionAssert.AreEqual(new[] { "\"a|b\"" }, _files.Read("\"a,b\"", TextColumn("A", 0), TextColumn("B", 1)));
    }

    [TestMethod]
    [DataRow("\"a,b\",c", "a,b|c")]
    [DataRow("  \"a\"  ,c", "a|c")]
    [DataRow("\"\",c", "|c")]
    [DataRow("\"say \"\"hi\"\"\",c", "say \"hi\"|c")]
    [DataRow("\"\"\"\"", "\"|")]
    [DataRow("a\"b\",c", "a\"b\"|c")]
    [DataRow("a\",\"b\",c", "a\"|b")]
    [DataRow("\"ä€😀\",c", "ä€😀|c")]
    public void QuotedValuesAreReadWithoutTheirQuotes(string line, string expected)
    {
        foreach (char[] separators in new char[][] { [','], [',', ';', '|'] })
        {
            var options = new TextLoader.Options { Separators = separators, AllowQuoting = true };
            CollectionAssert.AreEqual(new[] { expected, "x|y" }, _files.Read(line + "\nx,y\n", options, TextColumn("A", 0), TextColumn("B", 1)));
        }
        Assert.IsEmpty(_files.Log);
    }

    [TestMethod]
    [DataRow("\"a,b", "|", "(1,1)-(1,5)")]
    [DataRow("\"a\"b,c", "|c", "(1,1)-(1,5)")]
    [DataRow("z,\"a\" \"b\",c", "z|", "(1,3)-(1,10)")]
    public void IllegalQuotingIsLoggedAndTheValueEmpty(string line, string expected, string place)
    {
        foreach (char[] separators in new char[][] { [','], [',', ';', '|'] })
        {
            _files.Log.Clear();
            var options = new TextLoader.Options { Separators = separators, AllowQuoting = true };
            CollectionAssert.AreEqual(new[] { expected, "x|y" }, _files.Read(line + "\nx,y\n", options, TextColumn("A", 0), TextColumn("B", 1)));
            CollectionAssert.AreEqual(
                new[] { $"Warning: Format error at {_files.Path("data.txt")}{place}: Illegal quoting", "Info: Processed 2 rows with 0 bad values and 1 format errors" },
                _files.Log);
        }
    }

    [TestMethod]
    [DataRow("\"say \\\"hi\\\"\",c", "say \"hi\"|c")]
    [DataRow("\"back\\\\slash\",\"\"", "back\\\\slash|")]
    [DataRow("\"\\\"\",\"\\n\"", "\"|\\n")]
    public void AnotherEscapeCharacterEscapesQuotesOnly(string line, string expected)
    {
        foreach (char[] separators in new char[][] { [','], [',', ';', '|'] })
        {
            var options = new TextLoader.Options { Separators = separators, AllowQuoting = true, EscapeChar = '\\' };
            CollectionAssert.AreEqual(new[] { expected }, _files.Read(line, options, TextColumn("A", 0), TextColumn("B", 1)));
        }
        Assert.IsEmpty(_files.Log);
    }

    [TestMethod]
    public void QuotedValuesMayHoldLineBreaks()
    {
        foreach (char[] separators in new char[][] { [','], [',', ';', '|'] })
        {
            var options = new TextLoader.Options { Separators = separators, AllowQuoting = true, ReadMultilines = true, HasHeader = true };
            var rows = _files.Read("\"A\nname\",B\n\"1\r\n2\",x\n// \"comment\n3,\"a\n\nb\"\"\n\"\"\"\n4,y\"\nz,?\n", options, TextColumn("A", 0), NumberColumn("B", 1));
            CollectionAssert.AreEqual(new[] { "1\n2|NaN", "3|NaN", "4|NaN", "z|NaN" }, rows);
            Assert.AreEqual("Info:   Bad value at line 3 in column B", _files.Log[0]);
            Assert.AreEqual("Info:   Bad value at line 6 in column B", _files.Log[1]);
            Assert.AreEqual("Info:   Bad value at line 10 in column B", _files.Log[2]);
            _files.Log.Clear();
        }
    }

    [TestMethod]
    public void ADecimalCommaIsRead()
    {
        var options = new TextLoader.Options { Separators = [';'], DecimalMarker = ',' };
        CollectionAssert.AreEqual(new[] { "1.5|-0.25|NaN" }, _files.Read("1,5;-,25e0;1.5", options, NumberColumn("A", 0), new("B", DataKind.Double, 1), NumberColumn("C", 2)));
    }

    [TestMethod]
    public void EmptyRealsAreNaNWhereAsked()
    {
        foreach (bool sparse in new[] { false, true })
        {
            var options = new TextLoader.Options { Separators = [','], MissingRealsAsNaNs = true, AllowSparse = sparse };
            var rows = _files.Read("1,,\n,2\n", options, NumberColumn("A", 0), new("B", DataKind.Double, 1), new("C", DataKind.Int32, 2), new("V", DataKind.Single, 0, 1));
            CollectionAssert.AreEqual(new[] { "1|NaN|0|[1 NaN]", "NaN|2|0|[NaN 2]" }, rows);
        }
        Assert.IsEmpty(_files.Log);
    }

    [TestMethod]
    public void WhiteSpaceAtTheEndOfLinesIsRemovedWhereAsked()
    {
        var rows = _files.Read("a\tb \t \u2003\n \t\n", new TextLoader.Options { TrimWhitespace = true }, TextColumn("A", 0), TextColumn("B", 1));
        CollectionAssert.AreEqual(new[] { "a|b", "|" }, rows);
    }

    [TestMethod]
    public void VectorsAreSparseWhereHalfOrMoreIsEmpty()
    {
        var rows = _files.Read("1,2,3,4\n1,,3,4\n,,3,4\n1\n\n,2,,\n1,,,4,5,6", new TextLoader.Column("V", DataKind.Single, 0, 3));
        CollectionAssert.AreEqual(new[] { "[1 2 3 4]", "[1 0 3 4]", "[s4 2:3 3:4]", "[s4 0:1]", "[s4 1:2]", "[s4 0:1 3:4]" }, rows);
    }

    [TestMethod]
    public void AVectorMayHaveSeveralRanges()
    {
        var column = new TextLoader.Column("V", DataKind.Int32, [new(3, 4), new(0), new TextLoader.Range { Min = 6, VariableEnd = true }]);
        CollectionAssert.AreEqual(new[] { "[3 4 0 6 7]", "[3 4 9]", "[s3 ]" }, _files.Read("0,1,2,3,4,5,6,7\n9,1,2,3,4\n,1", column));
    }

    [TestMethod]
    public void ARangeOfAllOthersHasWhatIsLeft()
    {
        var others = new TextLoader.Column("V", DataKind.Int32, [new TextLoader.Range { Min = 0, Max = 5, AllOther = true }]);
        CollectionAssert.AreEqual(new[] { "[0 2 4 5]|1|3" }, _files.Read("0,1,2,3,4,5,6", others, TextColumn("A", 1), TextColumn("B", 3)));
    }

    [TestMethod]
    public void ARangeToTheEndHasTheSizeOfTheLines()
    {
        var data = _files.Load("l,a,b,c\n1,2,3,4\n", new TextLoader.Options { Separators = [','], HasHeader = true }, NumberColumn("L", 0), new("V", DataKind.Single, [new(1, null)]));
        Assert.AreEqual("Vector<Single, 3>", data.Schema["V"].Type.ToString());
        CollectionAssert.AreEqual(new[] { "1|[2 3 4]" }, Rows(data));
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema["V"].GetSlotNames(ref names);
        Assert.AreEqual("a b c", string.Join(' ', names.DenseValues()));
    }

    [TestMethod]
    public void KeysAreReadFromZero()
    {
        var rows = _files.Read("0\n2\n3\n?\n\nx\n", new TextLoader.Column("K", DataKind.UInt32, [new(0)], new KeyCount(3)));
        CollectionAssert.AreEqual(new[] { "1", "3", "0", "0", "0" }, rows);
        Assert.HasCount(3, _files.Log);
    }

    [TestMethod]
    public void SparseLinesAreRead()
    {
        var options = new TextLoader.Options { Separators = [','], AllowSparse = true, AllowQuoting = true };
        var rows = _files.Read(
            "1,5,0:2,3:4\n1,2,3,4,5,6\n1,5,4:5\n7\n1,3,1:\"8\"\n",
            options,
            NumberColumn("L", 0), new("V", DataKind.Single, 1, 5));
        CollectionAssert.AreEqual(new[] { "1|[s5 0:2 3:4]", "1|[2 3 4 5 6]", "1|[s5 4:5]", "7|[s5 ]", "1|[s5 1:8]" }, rows);
        Assert.IsEmpty(_files.Log);
    }

    [TestMethod]
    public void TheLengthOfSparseLinesMayBeGivenOnce()
    {
        var options = new TextLoader.Options { Separators = [' '], AllowSparse = true, InputSize = 6 };
        var rows = _files.Read("1 0:2 3:4\n9 8\n", options, NumberColumn("L", 0), new("V", DataKind.Single, [new TextLoader.Range { Min = 1, VariableEnd = true }]));
        CollectionAssert.AreEqual(new[] { "1|[s5 0:2 3:4]", "9|[s5 0:8]" }, rows);
    }

    [TestMethod]
    [DataRow("0:1", "Missing dimensionality")]
    [DataRow("1,x,0:1", "Bad dimensionality")]
    [DataRow("1,5,3:1,2:1", "out of order")]
    [DataRow("1,5,3:1,2", "Non-sparse")]
    [DataRow("1,2,3:1", "larger than expected")]
    public void MalformedSparseLinesAreLogged(string line, string expected)
    {
        _files.Read(line, new TextLoader.Options { Separators = [','], AllowSparse = true }, new TextLoader.Column("V", DataKind.Single, 0, 20));
        Assert.Contains(expected, _files.Log[0]);
    }

    [TestMethod]
    public void TheNumberOfRowsMayBeLimited()
    {
        for (int limit = 0; limit < 4; limit++)
            Assert.HasCount(limit, _files.Read("1\n2\n3\n", new TextLoader.Options { MaxRows = limit }, NumberColumn("A", 0)));
        Assert.HasCount(3, _files.Read("1\n2\n3\n", new TextLoader.Options { MaxRows = 5 }, NumberColumn("A", 0)));
    }

    [TestMethod]
    public void OtherEncodingsAreFoundByTheirMark()
    {
        foreach (var encoding in new[] { Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
        {
            string path = _files.Write([.. encoding.Preamble, .. encoding.GetBytes("ä,€\n😀,z\n")]);
            var data = _files.Context.Data.LoadFromTextFile(path, [TextColumn("A", 0), TextColumn("B", 1)], ',');
            CollectionAssert.AreEqual(new[] { "ä|€", "😀|z" }, Rows(data), encoding.EncodingName);
        }
    }

    [TestMethod]
    public void FilesOfAPatternAreReadInOrderEachWithItsHeader()
    {
        _files.Write("h\n1\n", "b/1.csv");
        _files.Write("h\n2", "b/2.csv");
        _files.Write("h\n3\n", "a/3.csv");
        _files.Write("h\n4\n", "a/4.txt");
        IDataView Load(params string[] paths) =>
            _files.Context.Data.CreateTextLoader([NumberColumn("A", 0)], hasHeader: true).Load([.. paths.Select(path => _files.Path(path))]);
        CollectionAssert.AreEqual(new[] { "1", "2" }, Rows(Load("b/*.csv")));
        CollectionAssert.AreEqual(new[] { "3", "1", "2" }, Rows(Load(".../*.csv")));
        CollectionAssert.AreEqual(new[] { "4", "1" }, Rows(Load("a/*.txt", "b/1.csv")));
        CollectionAssert.AreEqual(new[] { "2", "4" }, Rows(Load("b/2.csv+" + _files.Path("a/4.txt"))));
        CollectionAssert.AreEqual(new[] { "1", "2" }, Rows(_files.Context.Data.LoadFromTextFile(_files.Path("b/?.csv"), [NumberColumn("A", 0)], hasHeader: true)));
    }

    [TestMethod]
    public void NamesMayBeInAFileOfTheirOwn()
    {
        string header = _files.Write("a,b,c\n", "header.txt");
        var options = new TextLoader.Options { Separators = [','], HeaderFile = header, HasHeader = true };
        var data = _files.Load("1,2,3\n4,5,6\n", options, new TextLoader.Column("V", DataKind.Single, 1, 2));
        CollectionAssert.AreEqual(new[] { "[2 3]", "[5 6]" }, Rows(data));
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema["V"].GetSlotNames(ref names);
        Assert.AreEqual("b c", string.Join(' ', names.DenseValues()));
    }

    [TestMethod]
    public void WithoutColumnsThereAreLabelAndFeatures()
    {
        var data = _files.Context.Data.LoadFromTextFile(_files.Write("1\t2\t3\n4\t5\t6\n"));
        Assert.AreEqual("Label: Single; Features: Vector<Single, 2>", string.Join("; ", data.Schema));
        CollectionAssert.AreEqual(new[] { "1|[2 3]", "4|[5 6]" }, Rows(data));
    }

    [TestMethod]
    public void ColumnsMayBeInTheFile()
    {
        string path = _files.Write("""
            #@ TextLoader{
            #@   header+
            #@   sep=,
            #@   col=Label:BL:0
            #@   col={name={My Column} type=U4 src=1 key=7}
            #@   col=V:R8:2-3
            #@ }
            L,K,a,b
            1,6,2,3

            """);
        var data = _files.Context.Data.LoadFromTextFile(path);
        Assert.StartsWith("Label: Boolean; My Column: Key<UInt32, 0-6>; V: Vector<Double, 2>", string.Join("; ", data.Schema));
        CollectionAssert.AreEqual(new[] { "True|7|[2 3]" }, Rows(data));
    }
}
