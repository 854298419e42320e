using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Data;
using static MLPipelines.Tests.Core.Data.TestText;

namespace MLPipelines.Tests.Core.Data;

[TestClass]
public sealed class JsonReadersTests
{
    private const string Samples = """
        {
          "metadata": { "num_samples": 2, "num_classes": 3, "class_distribution": { "000": 2, "004": 1, "100": 1 }, "source": {"a": [1]} },
          "extra": [ {"samples": 1}, "x", [2] ],
          "samples": [
            { "text": "Machine \u006Cearning", "taxonomy_codes": ["000", "004"], "confidence": 0.5 },
            { "note": null, "taxonomy_codes": ["100", "000"], "text": "é 😀\n" }
          ]
        }
        """;

    private const string Interactions = """
        {
          "interactions": [
            { "user_id": "u1", "item_id": "i1", "timestamp": "2024-01-15T10:30:00", "interaction_type": "view", "implicit_rating": 1.0 },
            { "user_id": 2, "item_id": "i1", "timestamp": null, "implicit_rating": 0.25 },
            { "user_id": "u1", "item_id": "i2", "implicit_rating": 1 }
          ],
          "metadata": { "num_users": 2, "num_items": 2, "num_interactions": 3, "density": 0.75 }
        }
        """;

    private static DataFormatException Fails<T>(DataReader<T> reader, string text)
        where T : class
    {
        var e = Assert.ThrowsExactly<DataFormatException>(() => reader.Read(Stream(text), "test.json").Count());
        var bytewise = Assert.ThrowsExactly<DataFormatException>(() => reader.Read(new ChunkedStream(Bytes(text), 1), "test.json").Count());
        Assert.AreEqual(e.Message, bytewise.Message);
        return e;
    }

    private static void AssertAt(DataFormatException e, long line, long column, string? field, string reason, string? value = null)
    {
        Assert.AreEqual((line, column, field, value), (e.Line, e.Column, e.Problem.Field, e.Problem.Value), e.Message);
        Assert.Contains(reason, e.Reason);
    }

    private static string Sample(string element) => $"{{\"samples\": [\n{element}]}}";

    private static string One(string element) => $"{{\"interactions\": [\n{element}]}}";

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(7)]
    public void SamplesAreReadWithTheirMetadata(int chunk)
    {
        Stream stream = chunk == 0 ? Stream(Samples) : new ChunkedStream([0xEF, 0xBB, 0xBF, .. Bytes(Samples)], chunk);
        Assert.AreSequenceEqual(
            [
                new ClassificationSample { Text = "Machine learning", TaxonomyCodes = ["000", "004"], Confidence = 0.5f },
                new ClassificationSample { Text = "é 😀\n", TaxonomyCodes = ["100", "000"] },
            ], new ClassificationJsonReader().Read(stream).ToArray());
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(7)]
    public async Task InteractionsAreReadWithTheirMetadata(int chunk)
    {
        var expected = new[]
        {
            new Interaction { UserId = "u1", ItemId = "i1", Type = "view", Timestamp = new DateTimeOffset(2024, 1, 15, 10, 30, 0, TimeSpan.Zero) },
            new Interaction { UserId = "2", ItemId = "i1", Rating = 0.25f },
            new Interaction { UserId = "u1", ItemId = "i2" },
        };
        Stream Open() => chunk == 0 ? Stream(Interactions) : new ChunkedStream(Bytes(Interactions), chunk);
        Assert.AreSequenceEqual(expected, new InteractionsJsonReader().Read(Open()).ToArray());
        var rows = new List<Interaction>();
        await foreach (var row in new InteractionsJsonReader().ReadAsync(Open()))
            rows.Add(row);
        Assert.AreSequenceEqual(expected, rows);
    }

    [TestMethod]
    public void MetadataThatDoNotMatchAreAnError()
    {
        var reader = new ClassificationJsonReader();
        AssertAt(Fails(reader, Samples.Replace("\"num_samples\": 2", "\"num_samples\": 200")), 2, 32, "num_samples", "the content, which has 2", "200");
        AssertAt(Fails(reader, Samples.Replace("\"num_classes\": 3", "\"num_classes\": 4")), 2, 50, "num_classes", "the content, which has 3", "4");
        AssertAt(Fails(reader, Samples.Replace("\"004\": 1", "\"004\": 7")), 2, 94, "class_distribution.004", "the content, which has 1", "7");
        AssertAt(Fails(reader, Samples.Replace("\"004\": 1, ", "")), 2, 84, "class_distribution", "a class of the samples is not in the metadata", "004");
        Assert.AreEqual(2, new ClassificationJsonReader(new JsonDataOptions { CheckMetadata = false })
            .Read(Stream(Samples.Replace("\"num_samples\": 2", "\"num_samples\": 200"))).Count());

        var interactions = new InteractionsJsonReader();
        AssertAt(Fails(interactions, Interactions.Replace("\"num_users\": 2", "\"num_users\": 3")), 7, 30, "num_users", "the content, which has 2", "3");
        AssertAt(Fails(interactions, Interactions.Replace("\"num_items\": 2", "\"num_items\": 3")), 7, 46, "num_items", "the content, which has 2", "3");
        AssertAt(Fails(interactions, Interactions.Replace("\"num_interactions\": 3", "\"num_interactions\": 2")), 7, 69, "num_interactions", "the content, which has 3", "2");
        AssertAt(Fails(interactions, Interactions.Replace("0.75", "0.70")), 7, 83, "density", "the content, which has 0.75", "0.70");
        Assert.AreEqual(3, interactions.Read(Stream(Interactions.Replace("0.75", "0.8"))).Count(), "a rounded density is right");
    }

    [TestMethod]
    public void SamplesRefuseWhatIsMissingOrWrong()
    {
        var reader = new ClassificationJsonReader();
        AssertAt(Fails(reader, Sample("""{"taxonomy_codes": ["1"]}""")), 2, 1, "text", "the member is missing");
        AssertAt(Fails(reader, Sample("""{"text": " ", "taxonomy_codes": ["1"]}""")), 2, 10, "text", "the text is empty", " ");
        AssertAt(Fails(reader, Sample("""{"text": 5, "taxonomy_codes": ["1"]}""")), 2, 10, "text", "it must be a string, not a number", "5");
        AssertAt(Fails(reader, Sample("""{"text": "x"}""")), 2, 1, "taxonomy_codes", "the member is missing");
        AssertAt(Fails(reader, Sample("""{"text": "x", "taxonomy_codes": "1"}""")), 2, 33, "taxonomy_codes", "an array of strings, not a string", "1");
        AssertAt(Fails(reader, Sample("""{"text": "x", "taxonomy_codes": []}""")), 2, 34, "taxonomy_codes", "the label is missing", "]");
        AssertAt(Fails(reader, Sample("""{"text": "x", "taxonomy_codes": ["1", ""]}""")), 2, 39, "taxonomy_codes", "the identifier is empty", "");
        AssertAt(Fails(reader, Sample("""{"text": "x", "taxonomy_codes": ["1"], "confidence": 1.5}""")), 2, 54, "confidence", "from 0 to 1", "1.5");
        AssertAt(Fails(reader, Sample("""{"text": "x", "text": "y", "taxonomy_codes": ["1"]}""")), 2, 23, "text", "more than once", "y");
        AssertAt(Fails(reader, Sample("""{"text": "x\u0000", "taxonomy_codes": ["1"]}""")), 2, 10, "text", "NUL", "x\\u0000");
        AssertAt(Fails(reader, Sample("""{"text": "x\ud800", "taxonomy_codes": ["1"]}""")), 2, 10, "text", "surrogate", "x\\ud800");
        AssertAt(Fails(reader, Sample("7")), 2, 1, null, "an element of \"samples\" must be an object, not a number");
        AssertAt(Fails(reader, Sample("[7]")), 2, 1, null, "an element of \"samples\" must be an object, not an array");
    }

    [TestMethod]
    public void InteractionsRefuseWhatIsMissingOrWrong()
    {
        var reader = new InteractionsJsonReader();
        AssertAt(Fails(reader, One("""{"item_id": "i", "implicit_rating": 1}""")), 2, 1, "user_id", "the member is missing");
        AssertAt(Fails(reader, One("""{"user_id": "", "item_id": "i", "implicit_rating": 1}""")), 2, 13, "user_id", "the identifier is empty", "");
        AssertAt(Fails(reader, One("""{"user_id": "u", "item_id": ["i"], "implicit_rating": 1}""")), 2, 29, "item_id", "it must be a string, not an array", "[");
        AssertAt(Fails(reader, One("""{"user_id": "u", "item_id": "i"}""")), 2, 1, "implicit_rating", "the member is missing");
        AssertAt(Fails(reader, One("""{"user_id": "u", "item_id": "i", "implicit_rating": "1"}""")), 2, 53, "implicit_rating", "it must be a number, not a string", "1");
        AssertAt(Fails(reader, One("""{"user_id": "u", "item_id": "i", "implicit_rating": 1, "timestamp": "15 Jan"}""")), 2, 69, "timestamp", "the timestamp cannot be read", "15 Jan");
    }

    [TestMethod]
    public void InvalidJsonIsFoundToTheCharacter()
    {
        var reader = new ClassificationJsonReader();
        AssertAt(Fails(reader, ""), 1, 1, null, "the file is empty");
        AssertAt(Fails(reader, "  \n "), 1, 1, null, "the file is empty");
        AssertAt(Fails(reader, "[1]"), 1, 1, null, "must be a JSON object with \"metadata\" and \"samples\", not an array");
        AssertAt(Fails(reader, "{\"é\": 1,\n \"sample\": []}"), 2, 15, null, "no member \"samples\"; its members are: \"é\", \"sample\". Did you mean 'sample'?");
        AssertAt(Fails(reader, "{\"samples\": {}}"), 1, 13, null, "\"samples\" must be an array, not an object");
        AssertAt(Fails(reader, "{\"samples\": [], \"samples\": []}"), 1, 17, null, "more than once");
        AssertAt(Fails(reader, Sample("{\"text\": \"é😀\" x}")), 2, 16, null, "invalid JSON");
        AssertAt(Fails(reader, "{\"samples\": []} x"), 1, 17, null, "invalid JSON");
        AssertAt(Fails(reader, "{\"samples\": [\n{\"text\": \"x"), 2, 12, null, "cut off");
        AssertAt(Fails(reader, "{\"samples\": [\0]}"), 1, 14, null, "NUL");
        var e = Assert.ThrowsExactly<DataFormatException>(() => reader.Read(new MemoryStream([.. Bytes("{\"samples\": [\n{\"text\": \"é"), 0xFF, .. Bytes("\"}]}")])).Count());
        AssertAt(e, 2, 12, null, "0xFF is not valid UTF-8");
        Assert.AreEqual(26, e.ByteOffset);
        e = Assert.ThrowsExactly<DataFormatException>(() => reader.Read(new MemoryStream(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Samples)).ToArray())).Count());
        AssertAt(e, 1, 1, null, "UTF-16");
    }

    [TestMethod]
    public void AHugeValueIsOneErrorInBoundedMemory()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var rows = new ClassificationJsonReader().Read(new RepeatingStream("{\"samples\": [{\"text\": \"", "x", 50_000_000));
        var e = Assert.ThrowsExactly<DataFormatException>(() => rows.Count());
        AssertAt(e, 1, 14, null, "longer than 16777216 bytes");
        Assert.IsLessThan(150_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void AnyBytesGiveRowsOrOneClearError()
    {
        var piece = Gen.OneOf(
            Gen.Elements("{", "}", "[", "]", ",", ":", "\"", "\n", " ", "1", "true", "\"samples\":[", "\"metadata\":{", "\"text\":\"x\"", "\"taxonomy_codes\":[\"1\"]", "{\"text\":\"x\",\"taxonomy_codes\":[\"1\"]},", "\\ud800", "\0", "é").Select(Encoding.UTF8.GetBytes),
            Gen.Choose(0, 255).Select(b => new[] { (byte)b }));
        var bytes =
            from start in Gen.Elements("{\"samples\":[", "{", "", Samples[..120], Samples)
            from parts in piece.ListOf()
            select Encoding.UTF8.GetBytes(start).Concat(parts.SelectMany(p => p)).ToArray();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(bytes.ToArbitrary(), DelimitedReaderProperties.FuzzChunks.ToArbitrary(), (text, chunks) =>
        {
            string Outcome(Stream stream)
            {
                try
                {
                    return string.Join('\u0001', new ClassificationJsonReader().Read(stream).Select(s => s.Text));
                }
                catch (DataFormatException e)
                {
                    Assert.IsTrue(e.Line >= 1 && e.Column >= 1 && e.ByteOffset >= 0 && e.ByteOffset <= text.Length, e.Message);
                    return e.Message;
                }
            }

            Assert.AreEqual(Outcome(new MemoryStream(text)), Outcome(new ChunkedStream(text, chunks)));
            _ = new ClassificationJsonReader().Validate(new MemoryStream(text)).ToString();
        }));
    }
}
