using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MLPipelines.Tests.Cli;

[TestClass]
public sealed class PredictTests
{
    private const string Parcel = "Where is the parcel with my chair, it has not arrived";
    private const string Refund = "Please refund the money, \"my\" card was charged";

    [TestMethod]
    public async Task A_text_of_the_command_line_is_classified()
    {
        string store = await SharedModel.StoreAsync();
        var ran = await Mlp.RunAsync("predict", "topic", Parcel, "--store", store);
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.HasCount(2, ran.Lines);
        Assert.StartsWith("delivery", ran.Lines[1]);
        Assert.EndsWith(Parcel, ran.Lines[1]);
    }

    [TestMethod]
    public async Task Json_is_one_object_a_row()
    {
        string store = await SharedModel.StoreAsync();
        var ran = await Mlp.RunAsync(["predict", "topic", "--json", "--top-k", "2", "--store", store], $"{Parcel}\n{Refund}\n");
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.HasCount(2, ran.Lines);
        var row = JsonDocument.Parse(ran.Lines[1]).RootElement;
        Assert.AreEqual(Refund, row.GetProperty("text").GetString());
        Assert.AreEqual("billing", row.GetProperty("predictedLabel").GetString());
        Assert.AreEqual(2, row.GetProperty("top").GetArrayLength());
        Assert.AreEqual(row.GetProperty("score").GetSingle(), row.GetProperty("top")[0].GetProperty("score").GetSingle());
        Assert.IsGreaterThan(row.GetProperty("top")[1].GetProperty("score").GetSingle(), row.GetProperty("score").GetSingle());
        Assert.AreEqual("", ran.Error);
    }

    [TestMethod]
    public async Task A_file_gives_the_same_as_its_texts_one_by_one()
    {
        string store = await SharedModel.StoreAsync();
        var file = await Mlp.RunAsync("predict", "topic@1.0.0", "--data", SharedModel.Table, "--text", "body", "--format", "jsonl", "--top-k", "0", "--store", store);
        Assert.AreEqual(0, file.Code, file.Error);
        Assert.HasCount(90, file.Lines);
        foreach (var line in file.Lines.Take(5))
        {
            var single = await Mlp.RunAsync("predict", "topic", JsonDocument.Parse(line).RootElement.GetProperty("text").GetString()!, "--format", "jsonl", "--top-k", "0", "--store", store);
            Assert.AreEqual(line, single.Lines.Single());
        }
        double sum = JsonDocument.Parse(file.Lines[0]).RootElement.GetProperty("top").EnumerateArray().Sum(entry => entry.GetProperty("score").GetDouble());
        Assert.AreEqual(1, sum, 1e-5);
    }

    [TestMethod]
    public async Task Csv_quotes_what_needs_quotes()
    {
        string store = await SharedModel.StoreAsync();
        var ran = await Mlp.RunAsync("predict", "topic", Refund, Parcel, "--format", "csv", "--store", store);
        Assert.AreEqual("text,predictedLabel,score", ran.Lines[0]);
        Assert.StartsWith("\"Please refund the money, \"\"my\"\" card was charged\",billing,0.", ran.Lines[1]);
        var top = await Mlp.RunAsync("predict", "topic", "plain", "--format", "csv", "--top-k", "0", "--store", store);
        Assert.AreEqual("text,rank,predictedLabel,score", top.Lines[0]);
        Assert.HasCount(4, top.Lines);
        Assert.StartsWith("plain,1,", top.Lines[1]);
        float[] scores = [.. top.Lines.Skip(1).Select(line => float.Parse(line.Split(',')[^1], CultureInfo.InvariantCulture))];
        CollectionAssert.AreEqual(scores.OrderDescending().ToArray(), scores);
    }

    [TestMethod]
    public async Task Empty_and_odd_texts_are_classified_too()
    {
        string store = await SharedModel.StoreAsync();
        var ran = await Mlp.RunAsync(["predict", "topic", "--json", "--store", store], "\n \n@file\n🙂 ẞ \ud83d\n" + new string('x', 100_000) + "\n");
        Assert.AreEqual(0, ran.Code, ran.Error);
        Assert.HasCount(5, ran.Lines);
    }

    [TestMethod]
    public async Task Wrong_combinations_are_refused()
    {
        string store = await SharedModel.StoreAsync();
        var ran = await Mlp.RunAsync("predict", "topic", "text", "--data", "x.csv", "--top-k", "-1", "--store", store);
        Assert.AreEqual(2, ran.Code);
        Assert.Contains("--top-k is -1", ran.Fault);
        Assert.Contains("--data are both given", ran.Fault);
        var alone = await Mlp.RunAsync("predict", "topic", "--text", "body", "--store", store);
        Assert.AreEqual(2, alone.Code);
        var form = await Mlp.RunAsync("predict", "topic", "x", "--format", "xml", "--store", store);
        Assert.AreEqual(2, form.Code);
    }

    [TestMethod]
    public async Task Another_process_predicts_the_same_bit_for_bit()
    {
        string store = await SharedModel.StoreAsync();
        string[] command = ["predict", "topic", "--json", "--top-k", "0", "--store", store];
        string input = $"{Parcel}\n{Refund}\nÄ strange 文 text\n\n";
        var here = await Mlp.RunAsync(command, input);
        var there = await Mlp.RunProcessAsync(Encoding.UTF8.GetBytes(input), command);
        Assert.AreEqual(0, there.Code, there.Error);
        Assert.AreEqual(here.Output, there.Output);
    }

    [TestMethod]
    public async Task Standard_input_that_is_not_text_is_refused()
    {
        string store = await SharedModel.StoreAsync();
        var latin = await Mlp.RunProcessAsync([(byte)'a', (byte)'\n', 0xE4, (byte)'\n'], "predict", "topic", "--json", "--store", store);
        Assert.AreEqual(3, latin.Code);
        Assert.Contains("UTF-8", latin.Fault);
        var zero = await Mlp.RunAsync(["predict", "topic", "--json", "--store", store], "good\nb\0d\n");
        Assert.AreEqual(3, zero.Code);
        Assert.Contains("line 2, column 2", zero.Fault);
        Assert.HasCount(1, zero.Lines);
    }
}
