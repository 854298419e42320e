using MLPipelines.Data;
using static MLPipelines.Tests.Core.Data.TestText;

namespace MLPipelines.Tests.Core.Data;

[TestClass]
public sealed class TypedReadersTests
{
    private static DataFormatException Fails<T>(DataReader<T> reader, string text)
        where T : class => Assert.ThrowsExactly<DataFormatException>(() => reader.Read(Stream(text), "test.csv").Count());

    private static void AssertAt(DataFormatException e, long line, long column, string? field, string reason, string? value = null)
    {
        Assert.AreEqual((line, column, field, value), (e.Line, e.Column, e.Problem.Field, e.Problem.Value), e.Message);
        Assert.Contains(reason, e.Reason);
    }

    [TestMethod]
    public void MessagesHaveOptionalFieldsInAnyOrder()
    {
        var all = new MessagesReader().Read(Stream(
            "content,response,intent,sentiment\n\"I want to buy, please\",\"Great!\nIt is yours.\",purchase,positive\nWhere is it?,,tracking,\n")).ToArray();
        Assert.AreSequenceEqual(
            [
                new Message { Content = "I want to buy, please", Response = "Great!\nIt is yours.", Intent = "purchase", Sentiment = "positive" },
                new Message { Content = "Where is it?", Intent = "tracking" },
            ], all);
        var some = new MessagesReader().Read(Stream("sentiment,id,content\nneutral,1,What?\n")).Single();
        Assert.AreEqual(new Message { Content = "What?", Sentiment = "neutral" }, some);
    }

    [TestMethod]
    public void MessagesRefuseWhatIsMissing()
    {
        AssertAt(Fails(new MessagesReader(), "text,intent\nx,y\n"), 1, 1, "content", "there is no column 'content'");
        AssertAt(Fails(new MessagesReader(), "content,intent\nx,y\n\" \t\",y\n"), 3, 1, "content", "the text is empty");
        AssertAt(Fails(new MessagesReader(MessageFields.Intent), "content\nx\n"), 1, 1, "intent", "there is no column 'intent'");
        AssertAt(Fails(new MessagesReader(MessageFields.Intent), "content,intent\nx,y\nx,\n"), 3, 3, "intent", "the label is missing");
    }

    [TestMethod]
    public void InteractionsHaveTimesAndTextIdentifiers()
    {
        var rows = new InteractionsReader().Read(Stream(
            "customer_id,product_id,interaction_type,timestamp\n001,101,view,2024-02-01 10:00:00\n1,101,add_to_cart,2024-02-01T12:05:00.5+02:00\n")).ToArray();
        Assert.AreSequenceEqual(
            [
                new Interaction { UserId = "001", ItemId = "101", Type = "view", Timestamp = new DateTimeOffset(2024, 2, 1, 10, 0, 0, TimeSpan.Zero) },
                new Interaction { UserId = "1", ItemId = "101", Type = "add_to_cart", Timestamp = new DateTimeOffset(2024, 2, 1, 10, 5, 0, 500, TimeSpan.Zero) },
            ], rows);
    }

    [TestMethod]
    public void InteractionsOfOtherTablesAreReadByTheirColumns()
    {
        var reader = new InteractionsReader(new InteractionColumns { User = "user_id", Item = "item_id", Type = null, Rating = "rating" });
        var row = reader.Read(Stream("user_id,item_id,rating,timestamp\n1,2,4.5,874965758\n")).Single();
        Assert.AreEqual(new Interaction { UserId = "1", ItemId = "2", Rating = 4.5f, Timestamp = DateTimeOffset.FromUnixTimeSeconds(874965758) }, row);
        AssertAt(Fails(reader, "user_id,item_id,rating,timestamp\n1,2,NaN,874965758\n"), 2, 5, "rating", "the rating is not a number", "NaN");
    }

    [TestMethod]
    public void InteractionsRefuseWhatCannotBeRead()
    {
        const string header = "customer_id,product_id,interaction_type,timestamp\n";
        AssertAt(Fails(new InteractionsReader(), "customer,product_id,interaction_type,timestamp\n"), 1, 1, "customer_id", "there is no column 'customer_id'");
        AssertAt(Fails(new InteractionsReader(), header + "1,2,view,yesterday\n"), 2, 10, "timestamp", "the timestamp cannot be read", "yesterday");
        AssertAt(Fails(new InteractionsReader(), header + "1,2,view,\n"), 2, 10, "timestamp", "the timestamp is missing");
        AssertAt(Fails(new InteractionsReader(), header + ",2,view,2024-02-01\n"), 2, 1, "customer_id", "identifier is empty");
    }

    [TestMethod]
    [DataRow("2024-02-29", "2024-02-29T00:00:00.0000000+00:00")]
    [DataRow("2024-02-01T10:05", "2024-02-01T10:05:00.0000000+00:00")]
    [DataRow("2024-02-01 10:05:06.123456789Z", "2024-02-01T10:05:06.1234567+00:00")]
    [DataRow("2024-02-01T00:30:00-0130", "2024-02-01T02:00:00.0000000+00:00")]
    [DataRow("1700000000", "2023-11-14T22:13:20.0000000+00:00")]
    [DataRow("2023-02-29", null)]
    [DataRow("2024-13-01", null)]
    [DataRow("2024-02-01T24:00:00", null)]
    [DataRow("2024-02-01T10:60:00", null)]
    [DataRow("2024-02-01 10:05:00 ", null)]
    [DataRow("2024-02-01T10:05:00+1", null)]
    [DataRow("2024-02-01T10:05:00.", null)]
    [DataRow("0001-01-01T00:00:00+01:00", null)]
    [DataRow("01/02/2024", null)]
    [DataRow("12345678", null)]
    [DataRow("", null)]
    public void TimestampsAreIso8601(string text, string? expected)
    {
        bool good = IsoTimestamp.TryParse(Bytes(text), out var value);
        Assert.AreEqual(expected, good ? value.ToString("O", System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    [TestMethod]
    public void ProductsHavePrices()
    {
        var rows = new ProductsReader().Read(Stream("product_id,name,category,price\n101,Gold Package,subscription,500\n103,\"Support, plus\",,49.95\n")).ToArray();
        Assert.AreSequenceEqual(
            [
                new Product { ProductId = "101", Name = "Gold Package", Category = "subscription", Price = 500 },
                new Product { ProductId = "103", Name = "Support, plus", Price = 49.95f },
            ], rows);
        const string header = "product_id,name,category,price\n";
        AssertAt(Fails(new ProductsReader(), header + "1,a,b,\"1,50\"\n"), 2, 7, "price", "the price is not a number", "1,50");
        AssertAt(Fails(new ProductsReader(), header + "1,a,b,-0.5\n"), 2, 7, "price", "the price is negative", "-0.5");
        AssertAt(Fails(new ProductsReader(), header + "1,a,b,\n"), 2, 7, "price", "the price is missing");
        AssertAt(Fails(new ProductsReader(), header + "1,,b,2\n"), 2, 3, "name", "the name is empty");
        AssertAt(Fails(new ProductsReader(), header + "1,a,b,1e999\n"), 2, 7, "price", "the price is not a number", "1e999");
    }

    [TestMethod]
    public void NamedColumnsOfAnyTableAreRead()
    {
        var rows = new TextLabelReader("title", "area").Read(Stream("id\tarea\ttitle\n1\tNet\tSockets, slow\n"), "x.tsv").ToArray();
        Assert.AreSequenceEqual([new TextLabel { Text = "Sockets, slow", Label = "Net" }], rows);
        Assert.IsNull(new TextLabelReader("title").Read(Stream("title,area\na,\n")).Single().Label);
        var e = Fails(new TextLabelReader("titel", "area"), "id,area,title\n1,a,b\n");
        AssertAt(e, 1, 1, "titel", "there is no column 'titel'; the header has 3 columns: 'id', 'area', 'title'. Did you mean 'title'?");
        AssertAt(Fails(new TextLabelReader("title", "area"), "area,title\n,b\n"), 2, 1, "area", "the label is missing");
        AssertAt(Fails(new TextLabelReader("title", "area"), "area,title\nb,\n"), 2, 3, "title", "the text is empty");

        var columns = new ColumnsReader(["c", "a"]).Read(Stream("a,b,c\n1,2,\n")).Single();
        Assert.AreSequenceEqual(["", "1"], columns);
        Assert.ThrowsExactly<ArgumentException>(() => new ColumnsReader(["a", "a"]));
        Assert.ThrowsExactly<ArgumentException>(() => new TextLabelReader("a", "b", new DelimitedOptions { HasHeader = false }));
    }

    [TestMethod]
    public void BadRowsAreSkippedOnRequest()
    {
        var problems = new List<DataProblem>();
        var reader = new ProductsReader(new DelimitedOptions { OnBadRow = problems.Add });
        var rows = reader.Read(Stream("product_id,name,category,price\n1,a,b,x\n,,b,-1\n3,c,d,3\n4,e\n"));
        Assert.AreEqual("3", rows.Single().ProductId);
        Assert.AreEqual("2.7 3.1 3.2 3.5 5.4", string.Join(' ', problems.Select(p => $"{p.Line}.{p.Column}")));
        Assert.ThrowsExactly<DataFormatException>(() => reader.Read(Stream("id\n1\n")).Count(), "a missing column cannot be skipped");
    }

    [TestMethod]
    public void ASequenceOverAFileCanBeReadAgain()
    {
        string path = Path.Combine(Path.GetTempPath(), $"mlp-{Guid.NewGuid():N}.csv");
        try
        {
            File.WriteAllText(path, "content\na\n");
            var rows = new MessagesReader().Read(path);
            Assert.AreEqual("a", rows.Single().Content);
            File.WriteAllText(path, "content\nb\nc\n");
            Assert.AreEqual(2, rows.Count());
            byte[] before = File.ReadAllBytes(path);
            _ = new MessagesReader().Validate(path);
            Assert.AreSequenceEqual(before, File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
        Assert.ThrowsExactly<FileNotFoundException>(() => new MessagesReader().Read(path).Count());
    }

    [TestMethod]
    public void ASequenceOverAStreamIsReadAgainOnlyIfItSeeks()
    {
        var stream = Stream("xxcontent\na\n");
        stream.Position = 2;
        var rows = new MessagesReader().Read(stream);
        Assert.AreEqual(1, rows.Count());
        Assert.AreEqual(1, rows.Count());
        Assert.IsTrue(stream.CanRead, "it is left open");
        var once = new MessagesReader().Read(new ChunkedStream(Bytes("content\na\n")));
        Assert.AreEqual(1, once.Count());
        Assert.ThrowsExactly<InvalidOperationException>(() => once.Count());
    }

    [TestMethod]
    public async Task ProgressAndCancellationAreHeeded()
    {
        var reports = new List<DataReadProgress>();
        var options = new DelimitedOptions { Progress = new Immediate(reports.Add) };
        var text = Stream("content\n" + string.Concat(Enumerable.Repeat("some message or other\n", 200_000)));
        Assert.AreEqual(200_000, new MessagesReader(options: options).Read(text).Count());
        Assert.IsGreaterThan(3, reports.Count);
        Assert.AreEqual(new DataReadProgress(text.Length, text.Length), reports[^1]);

        using var cancellation = new CancellationTokenSource();
        var rows = new MessagesReader().Read(new RepeatingStream("content\n", "x\n", 1L << 40), cancellationToken: cancellation.Token).GetEnumerator();
        Assert.IsTrue(rows.MoveNext());
        await cancellation.CancelAsync();
        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            while (rows.MoveNext())
            {
            }
        });

        var asyncRows = new MessagesReader().ReadAsync(new RepeatingStream("content\n", "x\n", 1L << 40), cancellationToken: cancellation.Token);
        await Assert.ThrowsExactlyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in asyncRows)
            {
            }
        });
    }

    [TestMethod]
    public async Task AsynchronousReadingGivesTheSameRows()
    {
        byte[] bytes = Bytes("content,intent\na,b\n\"c\nd\",e\n");
        var rows = new List<Message>();
        await foreach (var row in new MessagesReader().ReadAsync(new ChunkedStream(bytes, 2)))
            rows.Add(row);
        Assert.AreSequenceEqual(new MessagesReader().Read(new MemoryStream(bytes)).ToArray(), rows);
    }

    private sealed class Immediate(Action<DataReadProgress> action) : IProgress<DataReadProgress>
    {
        public void Report(DataReadProgress value) => action(value);
    }
}
