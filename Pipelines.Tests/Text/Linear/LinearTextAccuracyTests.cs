using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Text;

namespace MLPipelines.Tests.LinearText;

/// <summary>The default configuration against the baselines measured on the same splits of real data.</summary>
[TestClass]
public sealed class LinearTextAccuracyTests
{
    private sealed class Row
    {
        [LoadColumn(0)]
        public string Text { get; set; } = "";

        [LoadColumn(1)]
        public string Label { get; set; } = "";
    }

    [TestMethod]
    [DataRow("banking77", 0.9097)]
    [DataRow("sst2", 0.8328)]
    [DataRow("tweet_emotion", 0.7136)]
    [DataRow("sms_spam", 0.9906)]
    public void TheDefaultConfigurationReachesTheBaseline(string set, double baseline)
    {
        var context = new MLContext(seed: 1);
        var train = Load(context, set, "train.csv");
        var model = context.Transforms.Conversion.MapValueToKey("Label").Append(context.MulticlassClassification.Trainers.LinearText()).Fit(train);
        var metrics = context.MulticlassClassification.Evaluate(model.Transform(Load(context, set, "test.csv")));
        Assert.IsGreaterThanOrEqualTo(baseline, Math.Round(metrics.MicroAccuracy, 4));
    }

    private static IDataView Load(MLContext context, string set, string file)
    {
        string path = Path.Combine(DataFolder(), set, file);
        if (!File.Exists(path))
            Assert.Inconclusive($"'{path}' is not there: the shared data sets are not part of the repository.");
        return context.Data.LoadFromTextFile<Row>(path, new TextLoader.Options { Separators = [','], HasHeader = true, AllowQuoting = true, ReadMultilines = true });
    }

    // The folder beside the repository, found from wherever the tests were built.
    private static string DataFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MLPipelines.sln")))
                return Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "data"));
        }
        return Path.Combine(AppContext.BaseDirectory, "shared", "data");
    }
}
