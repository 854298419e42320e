using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Data;

namespace MLPipelines.Tests.Core.Data;

[TestClass]
public sealed class DataViewTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-data-").FullName;

    [TestCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    [TestMethod]
    public void MessagesAreADataViewThatStartsAgain()
    {
        var context = new MLContext(seed: 1);
        string path = Write("messages.csv", "content,intent\nhello,greeting\nbye,\n");
        var view = context.Data.LoadMessages(path);
        for (int pass = 0; pass < 2; pass++)
        {
            Assert.AreSequenceEqual(["hello", "bye"], view.GetColumn<string>("Content").ToArray());
            Assert.AreSequenceEqual(["greeting", ""], view.GetColumn<string>("Intent").ToArray());
        }
        Assert.AreSequenceEqual(["Content", "Intent", "Sentiment", "Response"], view.Schema.Select(c => c.Name).ToArray());

        var broken = context.Data.LoadMessages(Write("broken.csv", "content,intent\nhello,a\n,b\n"));
        var e = Assert.ThrowsExactly<DataFormatException>(() => broken.GetColumn<string>("Content").Count());
        Assert.AreEqual((3L, 1L), (e.Line, e.Column));
    }

    [TestMethod]
    public void InteractionsProductsAndSamplesAreDataViews()
    {
        var context = new MLContext(seed: 1);
        var interactions = context.Data.LoadInteractions(Write("interactions.csv", "customer_id,product_id,interaction_type,timestamp\n1,101,view,2024-02-01 10:00:00\n"));
        Assert.AreEqual("101", interactions.GetColumn<string>("ItemId").Single());
        Assert.AreEqual(new DateTime(2024, 2, 1, 10, 0, 0), interactions.GetColumn<DateTime>("Timestamp").Single());
        Assert.AreEqual(1f, interactions.GetColumn<float>("Rating").Single());

        var json = context.Data.LoadInteractions(Write("interactions.json", """{"interactions": [{"user_id": "u", "item_id": "i", "implicit_rating": 2}]}"""));
        Assert.AreEqual(DateTime.MinValue, json.GetColumn<DateTime>("Timestamp").Single());
        Assert.AreEqual(2f, json.GetColumn<float>("Rating").Single());

        var products = context.Data.LoadProducts(Write("products.csv", "product_id,name,category,price\n1,a,b,2.5\n"));
        Assert.AreEqual(2.5f, products.GetColumn<float>("Price").Single());

        var samples = context.Data.LoadClassificationSamples(Write("samples.json", """{"samples": [{"text": "x", "taxonomy_codes": ["1", "2"]}]}"""));
        Assert.AreSequenceEqual(["1", "2"], samples.GetColumn<string[]>("TaxonomyCodes").Single());

        var table = context.Data.LoadTextLabels(Write("table.tsv", "id\ttext\tlabel\n1\ta, b\tx\n"), "text", "label");
        Assert.AreEqual("a, b", table.GetColumn<string>("Text").Single());
        Assert.AreEqual("x", table.GetColumn<string>("Label").Single());
    }

    [TestMethod]
    [DataRow("m.csv", "content,intent\na,b\n", DataFormatKind.Messages, "messages")]
    [DataRow("i.csv", "customer_id;product_id;interaction_type;timestamp\n1;2;view;2024-01-01\n", DataFormatKind.Interactions, "interactions")]
    [DataRow("p.csv", "product_id,name,category,price\n1,a,b,2\n", DataFormatKind.Products, "products")]
    [DataRow("t.tsv", "text\tlabel\na\tb\n", DataFormatKind.Table, "table")]
    [DataRow("c.json", """{"metadata": {"interactions": 1}, "samples": [{"text": "x", "taxonomy_codes": ["1"]}]}""", DataFormatKind.ClassificationJson, "classification JSON")]
    [DataRow("i.json", """{"metadata": {"num_users": 1}, "interactions": [{"user_id": "u", "item_id": "i", "implicit_rating": 2}]}""", DataFormatKind.InteractionsJson, "interactions JSON")]
    public void FormatsAreRecognised(string name, string text, DataFormatKind kind, string format)
    {
        string path = Write(name, text);
        Assert.AreEqual(kind, DataFormats.Detect(path));
        var report = DataFormats.Validate(path);
        Assert.AreEqual(format, report.Format);
        Assert.IsTrue(report.IsValid, report.ToString());
        Assert.AreEqual(1, report.Statistics.Rows);
    }

    [TestMethod]
    public void WhatCannotBeRecognisedIsReported()
    {
        Assert.AreEqual("the file is empty; its first line must name the columns", DataFormats.Validate(Write("e.csv", "")).Problems.Single().Reason);
        Assert.Contains("invalid JSON", DataFormats.Validate(Write("e.json", "{x")).Problems.Single().Reason);
        Assert.ThrowsExactly<FileNotFoundException>(() => DataFormats.Validate(Path.Combine(_folder, "none.csv")));
    }

    [TestMethod]
    public void TheSampleDataAreValid()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "MLPipelines.sln")))
            root = Path.GetDirectoryName(root);
        string data = Path.Combine(root ?? "", "Data");
        string[] files = root is null ? [] : [.. Directory.EnumerateFiles(data, "*.csv", SearchOption.AllDirectories), .. Directory.EnumerateFiles(data, "*.json", SearchOption.AllDirectories)];
        if (files.Length == 0)
            Assert.Inconclusive("the sample data of the repository are not beside these tests");
        foreach (string file in files.Where(f => !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}") && !f.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}")))
        {
            var report = DataFormats.Validate(file);
            Assert.IsTrue(report.IsValid, report.ToString());
        }
    }
}
