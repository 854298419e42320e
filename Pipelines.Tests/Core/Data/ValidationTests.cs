using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Data;
using static MLPipelines.Tests.Core.Data.TestText;

namespace MLPipelines.Tests.Core.Data;

[TestClass]
public sealed class ValidationTests
{
    private static string Places(ValidationReport report) =>
        string.Join(' ', report.Problems.Select(p => $"{(p.Severity == DataSeverity.Error ? 'E' : 'W')}{p.Line}.{p.Column}{(p.Field is null ? "" : ":" + p.Field)}"));

    private static ValidationReport Validate<T>(DataReader<T> reader, string text, ValidationOptions? options = null)
        where T : class => reader.Validate(Stream(text), "test", options);

    [TestMethod]
    public void EveryProblemOfMessagesIsReported()
    {
        var options = new ValidationOptions
        {
            KnownLabels = new Dictionary<string, IReadOnlyCollection<string>> { ["intent"] = ["purchase", "support"] },
        };
        var report = new MessagesReader().Validate(new MemoryStream(
            [.. Bytes("content,intent,sentiment\nhello,purchase,positive\n,support,neutral\nbye,purchse,neutral\nhello,support,positive\nx,,negative\ny,support\nz,sup"), 0xFF, .. Bytes("port,neutral\n\"w,support,neutral\nv,purchase,\0\nu,purchase,Positive\n")]),
            "messages.csv", options);

        Assert.IsFalse(report.IsValid);
        Assert.IsTrue(report.ReadToEnd);
        Assert.AreEqual("E3.1:content E4.5:intent W5.7:intent W6.3:intent E7.10 E8.6 E9.1 E10.12 W11.12:sentiment", Places(report));
        Assert.AreEqual((6L, 3L), (report.ErrorCount, report.WarningCount));
        var unknown = report.Problems[1];
        Assert.AreEqual("purchse", unknown.Value);
        Assert.AreEqual("the label is not one of the 2 known ones. Did you mean 'purchase'?", unknown.Reason);
        Assert.AreEqual("the same text has another label at line 2", report.Problems[2].Reason);
        Assert.Contains("quote that opens here is never closed", report.Problems[6].Reason);
        Assert.Contains("differs from 'positive' only in case", report.Problems[8].Reason);
        Assert.AreEqual(5, report.Statistics.Rows);

        string text = report.ToString();
        Assert.Contains("messages.csv (messages): 6 errors, 3 warnings\n", text);
        Assert.Contains("  error at line 4, column 5, field 'intent': the label is not one of the 2 known ones. Did you mean 'purchase'?; found \"purchse\"\n", text);
    }

    [TestMethod]
    public void AMissingColumnEndsTheReport()
    {
        var report = Validate(new MessagesReader(MessageFields.Intent | MessageFields.Sentiment), "content,intnet\nx,y\n");
        Assert.AreEqual("E1.1:intent E1.1:sentiment", Places(report));
        Assert.IsFalse(report.ReadToEnd);
        Assert.Contains("reading stopped early", report.ToString());

        report = Validate(new MessagesReader(), "content,intnet\nx,y\n");
        Assert.AreEqual("W1.1:intent", Places(report));
        Assert.Contains("there is 'intnet', which is not used", report.Problems[0].Reason);
        Assert.IsTrue(report.IsValid);
    }

    [TestMethod]
    public void FilesThatCannotTrainSaySo()
    {
        Assert.AreEqual("E2.1", Places(Validate(new MessagesReader(), "content\n")));
        Assert.AreEqual("E1.1", Places(Validate(new MessagesReader(), "")));
        Assert.AreEqual("E1.1:intent W2.3:intent W3.3:intent", Places(Validate(new MessagesReader(), "content,intent\na,\nb,\n")));
        Assert.AreEqual("W2.3:intent", Places(Validate(new MessagesReader(), "content,intent\na,x\nb,x\n")));

        var table = new TextLabelReader("t", "l");
        Assert.AreEqual("E2.1", Places(Validate(table, "t,l\n")));
        Assert.AreEqual("E2.3:l E3.3:l E4.1", Places(Validate(table, "t,l\na,\nb,\n")));
        var one = Validate(table, "t,l\na,x\nb,x\n");
        Assert.AreEqual("E2.3:l", Places(one));
        Assert.Contains("all 2 rows with a label have the same one", one.Problems[0].Reason);
    }

    [TestMethod]
    public void EveryProblemOfInteractionsIsReported()
    {
        var report = Validate(new InteractionsReader(),
            "customer_id,product_id,interaction_type,timestamp\n1,10,view,2024-02-01 10:00:00\n1,10,view,tomorrow\n,,view,2024-02-01\n1,10,view,2024-02-01T10:00:00Z\n2,11,buy,2024-02-03\n");
        Assert.AreEqual("E3.11:timestamp E4.1:customer_id E4.2:product_id W5.1", Places(report));
        Assert.AreEqual("the same interaction is already at line 2", report.Problems[3].Reason);
        var figures = report.Statistics.Interactions!;
        Assert.AreEqual((2L, 2L, 3L, 0.75), (figures.Users, figures.Items, figures.Interactions, figures.Density));
        Assert.AreEqual(new QuantileSummary(2, 1.5, 1, 1, 1, 2, 2, 2, 2), figures.PerUser);
        Assert.AreEqual(new DateTimeOffset(2024, 2, 1, 10, 0, 0, TimeSpan.Zero), figures.From);
        Assert.AreEqual(new DateTimeOffset(2024, 2, 3, 0, 0, 0, TimeSpan.Zero), figures.To);
        Assert.AreSequenceEqual([new LabelCount("view", 2), new LabelCount("buy", 1)], report.Statistics.Labels.Single().Classes);
        Assert.Contains("2 users, 2 items, 3 interactions, density 75 %, 2024-02-01 10:00:00 to 2024-02-03 00:00:00 UTC", report.ToString());
    }

    [TestMethod]
    public void EveryProblemOfProductsIsReported()
    {
        var report = Validate(new ProductsReader(),
            "product_id,name,category,price\n1,Gold,plan,500\n2,,plan,-1\n1,Silver,,3.5\n3,Bronze,plan,free\n");
        Assert.AreEqual("E3.3:name E3.9:price E4.1:product_id W4.10:category E5.15:price", Places(report));
        Assert.AreEqual("the identifier is already used at line 2; it must be unique", report.Problems[2].Reason);
        Assert.AreEqual(new NumberStatistics("price", 2, 3.5, 251.75, 500), report.Statistics.Numbers.Single());
    }

    [TestMethod]
    public void EveryProblemOfSamplesIsReported()
    {
        var report = Validate(new ClassificationJsonReader(), """
            {"metadata": {"num_samples": 9, "num_classes": 1}, "samples": [
            {"text": "a", "taxonomy_codes": ["1", "1"]},
            {"text": "", "taxonomy_codes": ["1"]},
            {"text": "b", "taxonomy_codes": []},
            {"text": "a", "taxonomy_codes": ["2"], "confidence": 0.5},
            7,
            {"text": "c", "taxonomy_codes": ["2", "1"]}, {"text": "c", "taxonomy_codes": ["1", "2"]}
            ]}
            """);
        Assert.AreEqual("E1.30:num_samples W2.33:taxonomy_codes E3.10:text E4.34:taxonomy_codes W5.33:taxonomy_codes E6.1", Places(report));
        var figures = report.Statistics;
        Assert.AreEqual(4, figures.Rows);
        Assert.AreSequenceEqual([new LabelCount("1", 3), new LabelCount("2", 3)], figures.Labels.Single().Classes);
        Assert.AreEqual(1, figures.Labels.Single().Balance);
        Assert.AreEqual(new NumberStatistics("confidence", 4, 0.5, 0.875, 1), figures.Numbers.Single());

        report = Validate(new ClassificationJsonReader(), "{\"samples\": [\n{\"text\": \"a\" \"b\"}]}");
        Assert.AreEqual("E2.14", Places(report));
        Assert.IsFalse(report.ReadToEnd);
    }

    [TestMethod]
    public void EveryProblemOfInteractionsJsonIsReported()
    {
        var report = Validate(new InteractionsJsonReader(), """
            {"interactions": [
            {"user_id": "u", "item_id": "i", "implicit_rating": 1, "interaction_type": "view"},
            {"user_id": "u", "item_id": "i", "implicit_rating": 1, "interaction_type": "view"},
            {"user_id": "v", "item_id": "j", "implicit_rating": "x"}
            ]}
            """);
        Assert.AreEqual("W1.1:metadata W3.1 E4.53:implicit_rating", Places(report));
        Assert.AreEqual(1, report.Statistics.Interactions!.Users);
        Assert.AreEqual(2, report.Statistics.Interactions.Interactions);
        Assert.AreEqual("implicit_rating", report.Statistics.Numbers.Single().Field);
    }

    [TestMethod]
    public void LabelStatisticsHaveKnownAnswers()
    {
        var report = Validate(new TextLabelReader("t", "l"), "t,l\na,x\nbb,x\nccc,x\ndddd,y\n");
        var labels = report.Statistics.Labels.Single();
        Assert.AreEqual(0.75, labels.MajorityShare);
        Assert.AreEqual(0.8112781244591328, labels.Balance, 1e-12);
        Assert.AreEqual(0, labels.Missing);
        Assert.AreEqual(new QuantileSummary(4, 2.5, 1, 1, 2, 3, 4, 4, 4), report.Statistics.TextLengths.Single().Lengths);
    }

    [TestMethod]
    public void QuantilesAreExactWhenSmallAndCloseWhenLarge()
    {
        var small = new QuantileCounter();
        for (int i = 1; i <= 4000; i++)
            small.Add(i);
        Assert.AreEqual(new QuantileSummary(4000, 2000.5, 1, 1000, 2000, 3000, 3800, 3960, 4000), small.Summarize());

        var large = new QuantileCounter();
        for (int i = 1; i <= 1000; i++)
            large.Add(i * 2_000_000);
        var summary = large.Summarize();
        Assert.AreEqual(1_000_000_000.0, summary.Median, 500_000);
        Assert.IsLessThanOrEqualTo(1_000_000_000, summary.Median);
        Assert.AreEqual(2_000_000_000, summary.Maximum);
        large.Add(int.MaxValue);
        Assert.AreEqual(int.MaxValue, large.Summarize().Maximum);
    }

    [TestMethod]
    public void TheListIsBoundedAndTheCountIsNot()
    {
        string text = "content,intent\n" + string.Concat(Enumerable.Repeat(",x\na,\n", 500));
        var report = Validate(new MessagesReader(), text, new ValidationOptions { MaxProblems = 10 });
        Assert.HasCount(20, report.Problems);
        Assert.AreEqual((501L, 500L), (report.ErrorCount, report.WarningCount));
        Assert.Contains("… and 981 problems more", report.ToString());
    }

    [TestMethod]
    public void MemoryOfTheHashTableIsBounded()
    {
        var map = new Hash64Map<int>();
        for (ulong i = 0; i < Hash64Map<int>.Limit; i++)
        {
            map.GetOrAdd(StableHash.Combine(i, 0), out var added)++;
            Assert.AreEqual(Hash64Map<int>.Outcome.Added, added);
        }
        Assert.IsFalse(map.IsFull);
        map.GetOrAdd(42, out var full)++;
        Assert.AreEqual(Hash64Map<int>.Outcome.Full, full);
        Assert.IsTrue(map.IsFull);
        Assert.AreEqual(1, map.GetOrAdd(StableHash.Combine(7, 0), out var found));
        Assert.AreEqual(Hash64Map<int>.Outcome.Found, found);
        Assert.AreEqual(Hash64Map<int>.Limit, map.Values.Sum());
    }

    [TestMethod]
    public void AnyBytesGiveAReportThatDoesNotDependOnHowTheyArrive() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(DelimitedReaderProperties.FuzzBytes.ToArbitrary(), DelimitedReaderProperties.FuzzChunks.ToArbitrary(), (fuzz, chunks) =>
        {
            byte[] bytes = [.. Bytes("content,b,intent\na,b,c\n"), .. fuzz];
            var reader = new MessagesReader(options: new DelimitedOptions { MaxRecordBytes = 1024 });
            var report = reader.Validate(new MemoryStream(bytes));
            Assert.AreEqual(report.ToString(), reader.Validate(new ChunkedStream(bytes, chunks)).ToString());
            Assert.IsGreaterThan(0, report.Statistics.Rows);
            Assert.IsTrue(report.Problems.All(p => p.ByteOffset <= bytes.Length && p.Line >= 1 && p.Column >= 1));
        }));

    [TestMethod]
    public void HashesOfSimilarTextsDiffer()
    {
        var hashes = new HashSet<ulong>();
        for (int i = 0; i < 200_000; i++)
        {
            Assert.IsTrue(hashes.Add(StableHash.Of($"user_{i}")));
            Assert.IsTrue(hashes.Add(StableHash.Of(i.ToString(System.Globalization.CultureInfo.InvariantCulture))));
            Assert.IsTrue(hashes.Add(StableHash.Of(new string('a', i % 50) + (char)(0x4E00 + i / 50))));
        }
        Assert.IsGreaterThan(4000, hashes.Select(h => h >> 20 & 0xFFF).Distinct().Count(), "the bits that choose a slot vary");
    }

    [TestMethod]
    public void TheReportIsJsonForMachines()
    {
        var report = Validate(new MessagesReader(), "content,intent\na,x\n,y\n");
        using var json = JsonDocument.Parse(report.ToJson());
        var root = json.RootElement;
        Assert.IsFalse(root.GetProperty("isValid").GetBoolean());
        Assert.AreEqual(1, root.GetProperty("errorCount").GetInt64());
        var problem = root.GetProperty("problems")[1];
        Assert.AreEqual("error", problem.GetProperty("severity").GetString(), ignoreCase: true);
        Assert.AreEqual(3, problem.GetProperty("line").GetInt64());
        Assert.AreEqual("content", problem.GetProperty("field").GetString());
        Assert.AreEqual("x", root.GetProperty("statistics").GetProperty("labels")[0].GetProperty("classes")[0].GetProperty("label").GetString());
    }

    [TestMethod]
    public void OptionsOutOfRangeAreAllListed()
    {
        var options = new ValidationOptions { MaxProblems = 0, KnownLabels = new Dictionary<string, IReadOnlyCollection<string>> { ["intent"] = [] } };
        var e = Assert.ThrowsExactly<ArgumentException>(() => Validate(new MessagesReader(), "content\na\n", options));
        Assert.Contains("MaxProblems is 0", e.Message);
        Assert.Contains("KnownLabels['intent'] is empty", e.Message);
    }
}
