using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Benchmarks;

/// <summary>Trainers over the texts of GitHub issues (22 areas, many of them rare) and SMS spam.</summary>
internal static class TrainerBenchmark
{
    private sealed class Issue
    {
        [LoadColumn(0)]
        public string Title { get; set; } = "";

        [LoadColumn(1)]
        public string Description { get; set; } = "";

        [LoadColumn(2)]
        public string Area { get; set; } = "";
    }

    private sealed class Sms
    {
        [LoadColumn(0)]
        public string Text { get; set; } = "";

        [LoadColumn(1)]
        public string Label { get; set; } = "";
    }

    public static int Run(string data)
    {
        var context = new MLContext(seed: 1);
        var train = Load<Issue>(context, Path.Combine(data, "corefx_issues", "train.csv"));
        var test = Load<Issue>(context, Path.Combine(data, "corefx_issues", "test.csv"));
        var features = context.Transforms.Conversion.MapValueToKey("Label", "Area")
            .Append(context.Transforms.Text.FeaturizeText("TitleFeatures", "Title"))
            .Append(context.Transforms.Text.FeaturizeText("DescriptionFeatures", "Description"))
            .Append(context.Transforms.Concatenate("Features", "TitleFeatures", "DescriptionFeatures"));
        var featuriser = Measure.Time(() => features.Fit(train), out double seconds);
        Measure.Print("GitHub issues: featurising fitted", $"{seconds:F2} s");
        var cached = context.Data.Cache(featuriser.Transform(train));
        Measure.Print("  features", $"{cached.Schema["Features"].Type}");

        Train(context, "SdcaMaximumEntropy (cached)", context.MulticlassClassification.Trainers.SdcaMaximumEntropy(), featuriser, cached, test, "ML.NET 5.0.0: 5.3 s, .755");
        Train(context, "LbfgsMaximumEntropy (cached)", context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(), featuriser, cached, test, "ML.NET 5.0.0: 9.6 s, .54, 736 MB");
        Train(context, "OneVersusAll(AveragedPerceptron) (cached)", context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.AveragedPerceptron()), featuriser, cached, test, "ML.NET 5.0.0: 2.8 s, .762");
        var pipeline = features.Append(context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.AveragedPerceptron()));
        Measure.Time(() => pipeline.Fit(train), out double whole);
        Measure.Print("OneVersusAll(AveragedPerceptron), no cache checkpoint", $"{whole:F2} s", "ML.NET 5.0.0: 22-45 s");
        TrainSpam(context, data);
        Measure.Print("peak memory", $"{Measure.PeakMegabytes():N0} MB");
        return 0;
    }

    private static IDataView Load<T>(MLContext context, string path) =>
        context.Data.LoadFromTextFile<T>(path, new TextLoader.Options { Separators = [','], HasHeader = true, AllowQuoting = true, ReadMultilines = true });

    private static void Train<T>(MLContext context, string name, IEstimator<T> trainer, ITransformer featuriser, IDataView train, IDataView test, string reference)
        where T : class, ITransformer
    {
        var model = Measure.Time(() => trainer.Fit(train), out double seconds);
        var metrics = context.MulticlassClassification.Evaluate(model.Transform(featuriser.Transform(test)));
        Measure.Print(name, $"{seconds:F2} s, {metrics.MicroAccuracy:F3}", reference);
    }

    private static void TrainSpam(MLContext context, string data)
    {
        var train = Load<Sms>(context, Path.Combine(data, "sms_spam", "train.csv"));
        var test = Load<Sms>(context, Path.Combine(data, "sms_spam", "test.csv"));
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.Text.FeaturizeText("Features", "Text"))
            .Append(context.MulticlassClassification.Trainers.OneVersusAll(context.BinaryClassification.Trainers.AveragedPerceptron()));
        var model = Measure.Time(() => pipeline.Fit(train), out double seconds);
        var metrics = context.MulticlassClassification.Evaluate(model.Transform(test));
        Measure.Print("SMS spam, OneVersusAll(AveragedPerceptron)", $"{seconds:F2} s, {metrics.MicroAccuracy:F3}", "ML.NET 5.0.0: .981");
    }
}
