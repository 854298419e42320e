// README: shortest
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Text;

// README: end

namespace MLPipelines.Tests.Readme;

/// <summary>The C# of README.md: the test compares each region with the README and runs it.</summary>
internal static class ReadmeSnippets
{
    public static async Task<string> ShortestAsync()
    {
        // README: shortest
        var mlContext = new MLContext(seed: 1);
        var tickets = mlContext.Data.LoadTextLabels("Data/tickets/messages.csv", "content", "intent");
        var split = mlContext.Data.TrainTestSplit(tickets, testFraction: 0.2);

        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
            .Append(mlContext.MulticlassClassification.Trainers.LinearText())
            .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(split.TrainSet);
        var metrics = mlContext.MulticlassClassification.Evaluate(model.Transform(split.TestSet));
        Console.WriteLine($"accuracy {metrics.MicroAccuracy:0.000}, log loss {metrics.LogLoss:0.000}");

        var store = new ArtifactStore("Artifacts");
        var package = new ModelPackage(mlContext, new LinearTextClassificationCodec());
        var (content, manifest) = package.Pack(model, new ArtifactManifest
        {
            Name = "intent",
            Version = "1.0.0",
            Task = "text-classification",
            CreatedUtc = DateTime.UtcNow,
        }, sample: split.TrainSet);
        var published = await store.PublishAsync(content, manifest);
        await store.PromoteAsync("intent", published.Version.ToString(), "production");

        using var loaded = package.Load(store, "intent", "production");
        var engine = mlContext.Model.CreatePredictionEngine<TextLabel, Prediction>(loaded.Model);
        Console.WriteLine(engine.Predict(new TextLabel { Text = "Where is my parcel?" }).PredictedLabel);
        // README: end
        return $"{metrics.MicroAccuracy} {engine.Predict(new TextLabel { Text = "Where is my parcel?" }).PredictedLabel}";
    }

    // README: shortest
    public sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
    // README: end

    public static string Validate()
    {
        // README: validate
        var report = new MessagesReader().Validate("Data/tickets/messages.csv");
        foreach (var problem in report.Problems)
            Console.WriteLine(problem); // severity, line, column, field, reason, the offending value
        Console.WriteLine($"{report.Statistics.Rows} rows, {report.ErrorCount} errors");
        // README: end
        return $"{report.Statistics.Rows} rows, {report.ErrorCount} errors";
    }
}
