using System.Diagnostics;
using System.Text;
using MLPipelines.Data;
using static MLPipelines.Tests.Core.Data.TestText;

namespace MLPipelines.Tests.Core.Data;

[TestClass]
public sealed class DelimitedReaderTests
{
    private static List<string[]> Rows(byte[] bytes, DelimitedOptions? options = null, params int[] chunks)
    {
        using var reader = new DelimitedReader(new ChunkedStream(bytes, chunks), options, "test.csv");
        var rows = new List<string[]>();
        while (reader.ReadRecord())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
        return rows;
    }

    private static string Show(IEnumerable<string[]> rows) => string.Join("\n", rows.Select(r => string.Join("¦", r)));

    private static DataFormatException Fails(byte[] bytes, DelimitedOptions? options = null) =>
        Assert.ThrowsExactly<DataFormatException>(() => Rows(bytes, options));

    private static void AssertAt(DataFormatException e, long line, long column, long offset, string reason)
    {
        Assert.AreEqual((line, column, offset), (e.Line, e.Column, e.ByteOffset), e.Message);
        Assert.Contains(reason, e.Reason);
        Assert.AreEqual("test.csv", e.File);
    }

    [TestMethod]
    [DataRow("a,b\n1,2\n3,4\n", "1¦2\n3¦4")]
    [DataRow("a,b\r\n1,2\r\n3,4\r\n", "1¦2\n3¦4", DisplayName = "CR LF")]
    [DataRow("a,b\n1,2\n3,4", "1¦2\n3¦4", DisplayName = "no line end at the end")]
    [DataRow("\uFEFFa,b\n1,2\n", "1¦2", DisplayName = "byte-order mark")]
    [DataRow("a,b\n\"1,1\",\"2\n2\"\n", "1,1¦2\n2", DisplayName = "quoted separator and line end")]
    [DataRow("a,b\n\"\"\"x\"\"\",\"y\"\"\"\n", "\"x\"¦y\"", DisplayName = "doubled quotes")]
    [DataRow("a,b\n,\n\"\",\"\"\n", "¦\n¦", DisplayName = "empty fields")]
    [DataRow("a,b\n5\" disk,it's\n", "5\" disk¦it's", DisplayName = "quote inside an unquoted field")]
    [DataRow("a,b\n\n1,2\n\r\n3,4\n\n", "1¦2\n3¦4", DisplayName = "empty lines")]
    [DataRow("a\nx\n\ny\n", "x\n\ny", DisplayName = "an empty line is a field where there is one column")]
    [DataRow("a,b\n1\r1,2\n", "1\r1¦2", DisplayName = "carriage return inside a field")]
    [DataRow("a;b\n1,5;2\n", "1,5¦2", DisplayName = "semicolons found in the header")]
    [DataRow("a\tb\n1,5\t2\n", "1,5¦2", DisplayName = "tabs found in the header")]
    [DataRow("a,b\n\"1\",\"2\"", "1¦2", DisplayName = "quote at the very end")]
    [DataRow("a,b\n\"1\",\"2\"\r", "1¦2", DisplayName = "carriage return at the very end")]
    [DataRow("a,b\n1,", "1¦", DisplayName = "empty last field at the very end")]
    public void ReadsWhatRfc4180Describes(string text, string expected)
    {
        Assert.AreEqual(expected, Show(Rows(Bytes(text))));
        Assert.AreEqual(expected, Show(Rows(Bytes(text), null, 1)), "byte by byte");
        Assert.AreEqual(expected, Show(Rows(Bytes(text), null, 2, 3)), "in small pieces");
    }

    [TestMethod]
    public void GivesHeaderColumnsAndPositions()
    {
        using var reader = new DelimitedReader(Stream("id, Name ,price\n7,\"x\ny\",5\n8,z,6\n"));
        Assert.AreSequenceEqual(["id", " Name ", "price"], reader.Header);
        Assert.AreEqual(',', reader.Separator);
        Assert.AreEqual(2, reader.IndexOf("price"));
        Assert.AreEqual(1, reader.IndexOf("name"));
        Assert.AreEqual(0, reader.FieldCount);
        Assert.ThrowsExactly<InvalidOperationException>(() => reader.GetString(0));
        Assert.IsTrue(reader.ReadRecord());
        Assert.AreEqual((2L, 16L), (reader.Line, reader.ByteOffset));
        Assert.IsTrue(reader.ReadRecord());
        Assert.AreEqual((4L, 26L), (reader.Line, reader.ByteOffset));
        Assert.IsTrue("8"u8.SequenceEqual(reader[0]));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => reader.GetString(3));
        Assert.IsFalse(reader.ReadRecord());
        Assert.IsFalse(reader.ReadRecord());
    }

    [TestMethod]
    public void ReadsWithoutHeaderAndWithoutQuotes()
    {
        var options = new DelimitedOptions { HasHeader = false, Quote = null, Separator = '\t' };
        Assert.AreEqual("\"a¦b\n\"c¦\"d\"", Show(Rows(Bytes("\"a\tb\n\"c\t\"d\"\n"), options)));
    }

    [TestMethod]
    public void ATabSeparatedExtensionDecides()
    {
        using var reader = new DelimitedReader(Stream("a,b\tc\n1\t2\n"), name: "x.TSV");
        Assert.AreSequenceEqual(["a,b", "c"], reader.Header);
    }

    [TestMethod]
    public void InvalidUtf8IsFoundToTheByte()
    {
        byte[] bytes = [.. Bytes("a,b\né€,x\ny😀"), 0xE9, .. Bytes(",z\n")];
        AssertAt(Fails(bytes), 3, 4, 17, "0xE9 is not valid UTF-8");
        AssertAt(Fails([(byte)'a', 0xC3]), 1, 2, 1, "0xC3 is not valid UTF-8");
        AssertAt(Fails([.. Bytes("a,b\n1,"), 0xED, 0xA0, 0x80]), 2, 3, 6, "0xED is not valid UTF-8");
    }

    [TestMethod]
    public void OtherEncodingsAndBinaryFilesAreNamed()
    {
        AssertAt(Fails([.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a,b\n1,2\n")]), 1, 1, 0, "UTF-16");
        AssertAt(Fails(Encoding.Unicode.GetBytes("a,b\n1,2\n")), 1, 2, 1, "NUL");
        AssertAt(Fails([0x1F, 0x8B, 8, 0, 0, 0]), 1, 1, 0, "gzip");
        AssertAt(Fails([(byte)'P', (byte)'K', 3, 4, 20, 0]), 1, 1, 0, "zip");
    }

    [TestMethod]
    public void NulBytesAreFound() =>
        AssertAt(Fails(Bytes("a,b\n1,2\n3,x\0y\n")), 3, 4, 11, "NUL");

    [TestMethod]
    public void AQuoteNeverClosedIsFoundWhereItOpens()
    {
        AssertAt(Fails(Bytes("a,b\n1,2\n3,\"x\n4,y\n5,z\n")), 3, 3, 10, "never closed");
        AssertAt(Fails(Bytes("a,b\n1,\"x\n2,\"y\"\n")), 2, 3, 6, "the next quote, at line 3, column 3, is followed by text");
    }

    [TestMethod]
    public void TextAfterAClosingQuoteIsFound() =>
        AssertAt(Fails(Bytes("a,b\n1,2\n3,\"x\"y\n")), 3, 6, 13, "text follows a closing quote");

    [TestMethod]
    public void RaggedRowsAreFound()
    {
        AssertAt(Fails(Bytes("a,b\n1,2\n3,4,5\n")), 3, 5, 12, "the row has 3 fields but the header has 2");
        AssertAt(Fails(Bytes("a,b\n1\n")), 2, 2, 5, "the row has 1 field but the header has 2");
    }

    [TestMethod]
    public void AnEmptyFileAndOldLineEndsAreNamed()
    {
        AssertAt(Fails([]), 1, 1, 0, "the file is empty");
        AssertAt(Fails(Bytes("\uFEFF")), 1, 1, 3, "the file is empty");
        AssertAt(Fails(Bytes("a,b\r1,2\r")), 1, 1, 0, "carriage return alone");
        Assert.AreEqual("", Show(Rows(Bytes("a,b\n"))));
    }

    [TestMethod]
    public void AMissingColumnListsThoseThatExist()
    {
        using var reader = new DelimitedReader(Stream("id,contnet,label\n"), name: "test.csv");
        var e = Assert.ThrowsExactly<DataFormatException>(() => reader.IndexOf("content"));
        AssertAt(e, 1, 1, 0, "there is no column 'content'; the header has 3 columns: 'id', 'contnet', 'label'. Did you mean 'contnet'?");

        using var twice = new DelimitedReader(Stream("id,id\n"), name: "test.csv");
        AssertAt(Assert.ThrowsExactly<DataFormatException>(() => twice.IndexOf("id")), 1, 1, 0, "more than once");
    }

    [TestMethod]
    public void AWrongSeparatorIsSuggested()
    {
        using var reader = new DelimitedReader(Stream("content;intent\nx;y\n"), new DelimitedOptions { Separator = ',' }, "test.csv");
        var e = Assert.ThrowsExactly<DataFormatException>(() => reader.IndexOf("content"));
        AssertAt(e, 1, 1, 0, "the header has 1 column: 'content;intent'. The separator is ','; did you mean ';'?");
    }

    [TestMethod]
    public void AHugeLineIsOneErrorInBoundedMemory()
    {
        var clock = Stopwatch.StartNew();
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var reader = new DelimitedReader(new RepeatingStream("a,b\n1,2\n", "x", 50_000_000), name: "test.csv");
        Assert.IsTrue(reader.ReadRecord());
        var e = Assert.ThrowsExactly<DataFormatException>(() => reader.ReadRecord());
        AssertAt(e, 3, 1, 8, "longer than 16777216 bytes");
        Assert.IsLessThan(100_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.IsLessThan(20_000_000, reader.BytesRead + 0.0 - 16_777_216, "it gives up soon after the limit");
        Assert.IsLessThan(10, clock.Elapsed.TotalSeconds);
    }

    [TestMethod]
    public void AHugeQuotedFieldIsReportedAtItsQuote()
    {
        using var reader = new DelimitedReader(new RepeatingStream("a,b\n1,\"", "x\n", 50_000_000), name: "test.csv");
        var e = Assert.ThrowsExactly<DataFormatException>(() => reader.ReadRecord());
        AssertAt(e, 2, 3, 6, "not closed within the 16777216 bytes");
    }

    [TestMethod]
    public void TheRecordLimitIsExact()
    {
        var options = new DelimitedOptions { MaxRecordBytes = 1024, HasHeader = false };
        string longest = new('x', 1023);
        Assert.HasCount(1, Rows(Bytes(longest + "\n"), options));
        AssertAt(Fails(Bytes("a\n" + longest + "x\n"), options), 2, 1, 2, "longer than 1024 bytes");
    }

    [TestMethod]
    public void MoreFieldsThanCanBeReadAreRefused() =>
        AssertAt(Fails(Bytes(new string(',', 70_000))), 1, 1, 0, "the first row has 70001 fields");

    [TestMethod]
    public void BadRowsAreHandedOverAndSkipped()
    {
        var problems = new List<DataProblem>();
        var options = new DelimitedOptions { OnBadRow = problems.Add, MaxRecordBytes = 1024 };
        string text = "a,b\n1,2\n3,\"x\n4,5\n6\n7,\"y\"z\n" + new string('w', 3000) + "\n8,9\n";
        Assert.AreEqual("1¦2\n4¦5\n8¦9", Show(Rows(Bytes(text), options)));
        Assert.AreEqual("3.3 5.2 6.6 7.1", string.Join(' ', problems.Select(p => $"{p.Line}.{p.Column}")));
        Assert.AreEqual("1¦2\n4¦5\n8¦9", Show(Rows(Bytes(text), options, 1)), "byte by byte");
        Assert.HasCount(8, problems);
    }

    [TestMethod]
    public void ABadRowOfSeveralLinesIsSkippedToTheEndOfItsLastLine()
    {
        var problems = new List<DataProblem>();
        var options = new DelimitedOptions { OnBadRow = problems.Add, MaxRecordBytes = 1024 };
        string text = "a,b\n\"1\n1\",\"2\"x\n3,4\n\"5\n5\"," + new string('w', 3000) + "\n6,7\n";
        foreach (int chunk in new[] { 1, 7, 16, 5000 })
        {
            problems.Clear();
            Assert.AreEqual("3¦4\n6¦7", Show(Rows(Bytes(text), options, chunk)));
            Assert.AreEqual("3.7 5.1", string.Join(' ', problems.Select(p => $"{p.Line}.{p.Column}")));
        }
    }

    [TestMethod]
    public async Task AsynchronousReadingGivesTheSame()
    {
        await using var stream = new ChunkedStream(Bytes("a,b\n1,\"2\n3\"\n4,5\n"), 3);
        using var reader = new DelimitedReader(stream);
        Assert.IsTrue(await reader.ReadRecordAsync());
        Assert.AreEqual("2\n3", reader.GetString(1));
        Assert.IsTrue(await reader.ReadRecordAsync());
        Assert.AreEqual("5", reader.GetString(1));
        Assert.IsFalse(await reader.ReadRecordAsync());
    }

    [TestMethod]
    public void OptionsOutOfRangeAreAllListed()
    {
        var options = new DelimitedOptions { Separator = '\n', Quote = 'é', MaxRecordBytes = 5 };
        var e = Assert.ThrowsExactly<ArgumentException>(() => new DelimitedReader(Stream("a"), options));
        Assert.Contains("Separator is U+000A", e.Message);
        Assert.Contains("Quote is U+00E9", e.Message);
        Assert.Contains("MaxRecordBytes is 5", e.Message);
    }

    [TestMethod]
    public void AMissingFileIsNamedWithItsNeighbour()
    {
        string folder = Directory.CreateTempSubdirectory("mlp-data-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "messages.csv"), "a\n");
            var e = Assert.ThrowsExactly<FileNotFoundException>(() => new DelimitedReader(Path.Combine(folder, "message.csv")));
            Assert.Contains("Did you mean 'messages.csv'?", e.Message);
            e = Assert.ThrowsExactly<FileNotFoundException>(() => new DelimitedReader(folder));
            Assert.Contains("It is a folder", e.Message);
            e = Assert.ThrowsExactly<FileNotFoundException>(() => new DelimitedReader(Path.Combine(folder, "none", "x.csv")));
            Assert.Contains("does not exist either", e.Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
