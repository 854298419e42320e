// README: shortest
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Text;

// README: end
// README: encoder
// beside the namespaces of the example above:
using MLPipelines.Text.Encoders;
using MLPipelines.Training;
// README: end
// README: pictures
using Microsoft.ML.Data;
using MLPipelines.Imaging;
// README: end
// README: onnx
// beside MLPipelines.Generation, MLPipelines.Imaging and the namespaces of the first example:
using Microsoft.Extensions.AI;
// README: end
// README: recommend
// beside the namespaces of the first example:
using MLPipelines.Recommendation;
// README: end
// README: generate
// beside the namespaces of the first example:
using MLPipelines.Generation;
// README: end
// README: sweep
// beside the namespaces of the recommender's example:
using MLPipelines.Sweeps;
// README: end
// README: automl
// beside the namespaces of the first example:
using Microsoft.ML.AutoML;
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

    public static string? Encoder()
    {
        // README: encoder
        var mlContext = new MLContext(seed: 1);
        var tickets = mlContext.Data.LoadTextLabels("Data/tickets/messages.csv", "content", "sentiment");
        var split = mlContext.Data.TrainTestSplit(tickets, testFraction: 0.2);

        using var model = mlContext.MulticlassClassification.Trainers.EncoderText(new()
        {
            // A checkpoint: "./distilbert-base-uncased" or "hf:distilbert-base-uncased". Here, a small one with random weights:
            Encoder = EncoderSource.Scratch(new EncoderOptions { Layers = 1, HiddenSize = 64, Heads = 2 }, vocabularySize: 2000),
            Training = new TrainingOptions { Epochs = 4, LearningRate = 2e-3 },
        }).Fit(split.TrainSet);
        Console.WriteLine(mlContext.MulticlassClassification.EvaluateText(model.Transform(split.TestSet)));
        Console.WriteLine(model.Predict(["Nobody answers and my money is gone."])[0].Label);
        Console.WriteLine(model.Explain("Nobody answers and my money is gone.")); // what each token told
        model.SaveCheckpoint("my-encoder"); // opens in Python's transformers, and as an Encoder here
        // README: end
        return File.Exists("my-encoder/model.safetensors") ? model.Predict(["Nobody answers and my money is gone."])[0].Label : null;
    }

    public static int Pictures()
    {
        // README: pictures
        var mlContext = new MLContext(seed: 1);
        using var pipeline = StableDiffusionPipeline.Open("stable-diffusion-onnx");
        var request = new ImageRequest { Prompt = "a lighthouse at dusk, oil painting", Steps = 20, Guidance = 7.5, Seed = 7 };
        pipeline.Generate(request)[0].Save("lighthouse.png"); // prompt, seed and so on are in the file's text chunks
        AnimatedSequence.Generate(pipeline, request).Save("lighthouse.gif"); // 12 pictures that turn into each other

        // The same over a column: the bytes of a PNG file for each prompt.
        var prompts = mlContext.Data.LoadFromEnumerable(new[] { new TextLabel { Text = "a red lamp" }, new TextLabel { Text = "a blue mug" } });
        using var model = mlContext.Transforms.GenerateImage(new() { ModelFolder = "stable-diffusion-onnx", PromptColumnName = "Text", Request = new() { Steps = 20 } }).Fit(prompts);
        var files = model.Transform(prompts).GetColumn<byte[]>("Image");
        // README: end
        return files.Count(file => file.Length > 0);
    }

    public static async Task<(string Text, string Reply, int PictureBytes)> OnnxAsync()
    {
        // README: onnx
        var mlContext = new MLContext(seed: 1);
        var messages = mlContext.Data.LoadFromEnumerable(new[] { new TextLabel { Text = "Where is my parcel?" } });
        using var texts = mlContext.Transforms.Text.GenerateText(new() { ModelFolder = "t5-onnx", Prompt = "Write a reply: {Text}" }).Fit(messages);
        using var replies = mlContext.Transforms.Text.GenerateResponses(new() { ModelFolder = "t5-onnx", ContentColumnName = "Text", IntentColumnName = "Label", SentimentColumnName = null }).Fit(messages);
        using var pictures = mlContext.Transforms.GenerateImage(new() { ModelFolder = "stable-diffusion-onnx", PromptColumnName = "Text" }).Fit(messages);
        var rows = pictures.Transform(replies.Transform(texts.Transform(messages))); // the columns GeneratedText, Response and Image, with others beside them
        using IChatClient chat = new GeneratorChatClient(texts.Generator, ownsGenerator: false);
        Console.WriteLine(await chat.GetResponseAsync("Where is my parcel?"));
        // README: end
        return (rows.GetColumn<string>("GeneratedText").Single(), rows.GetColumn<string>("Response").Single(), rows.GetColumn<byte[]>("Image").Single().Length);
    }

    public static (double Ndcg, double Popular) Recommend()
    {
        // README: recommend
        var mlContext = new MLContext(seed: 1);
        var interactions = mlContext.Data.LoadInteractions("Data/shop/interactions.csv");
        var split = InteractionSplits.Random(interactions, testShare: 0.2);

        var model = mlContext.Recommendation().Trainers.ImplicitAls(new() { Factors = 64, TypeColumnName = "Type" }).Fit(split.Train);
        Console.WriteLine(mlContext.Recommendation().EvaluateRanking(model, split.Test)); // NDCG, recall and others with 95 % intervals
        foreach (var item in model.Recommend("328", k: 5))
            Console.WriteLine(item); // the product, its score, which algorithm says so
        Console.WriteLine(model.Recommend([new TasteItem("101"), new TasteItem("139")], k: 1)[0]); // for someone never seen, from what he likes
        Console.WriteLine(model.Explain("328", model.Recommend("328", k: 1)[0].ItemId).Because[0]); // the item of his that speaks for it the most
        // README: end
        double Ndcg(RecommenderTransformer recommender) => mlContext.Recommendation().EvaluateRanking(recommender, split.Test).At(10).Ndcg.Value;
        return (Ndcg(model), Ndcg(mlContext.Recommendation().Trainers.Popularity().Fit(split.Train)));
    }

    public static async Task<string> GenerateAsync()
    {
        // README: generate
        var mlContext = new MLContext(seed: 1);
        var messages = mlContext.Data.LoadFromEnumerable(new[] { new TextLabel { Text = "Where is my parcel?" } });
        using var model = mlContext.Transforms.Text.GenerateText(new()
        {
            ModelFolder = "t5-onnx", // config.json, tokenizer.json or spiece.model, encoder_model.onnx, decoder_model.onnx, decoder_with_past_model.onnx
            Prompt = "Write a reply: {Text}", // {Text} is the column
            Generation = new() { MaximumNewTokens = 32, Beams = 4, NoRepeatNGramSize = 3 },
        }).Fit(messages);
        var generated = model.Generator.Generate("Write a reply: Where is my parcel?", new() { Sample = true, TopP = 0.9f, Seed = 7, MaximumNewTokens = 32 });
        Console.WriteLine($"{generated.Text} ({generated.Confidence:0.00})");
        await foreach (string piece in model.Generator.StreamAsync("Write a reply: Where is my parcel?"))
            Console.Write(piece);
        // README: end
        return model.Transform(messages).GetColumn<string>("GeneratedText").Single();
    }

    public static async Task<(int Trials, int Items)> SweepAsync()
    {
        // README: sweep
        var mlContext = new MLContext(seed: 1);
        var interactions = mlContext.Data.LoadInteractions("Data/shop/interactions.csv");

        var job = new SweepJob { Task = "recommender", Data = "shop", Families = ["ease", "implicit-als", "item-knn", "rp3beta"] };
        var task = SweepTasks.Open(job, interactions); // without the view, Data is a file
        var sweep = new SweepOptions { LedgerPath = "sweeps.db", Trials = 12, Time = TimeSpan.FromMinutes(10), Resume = true };
        var result = await task.RunAsync(sweep, "ndcg@10");
        Console.WriteLine($"{result.Best.Parameter}: {result.Best.Metric:0.0000}");
        using var published = await task.PublishAsync(result, new ArtifactStore("Artifacts"), "shop"); // trained on all data
        var recommender = (RecommenderTransformer)published.Model;
        // README: end
        return (result.Trials.Count, recommender.Recommend("328", 3).Count);
    }

    public static double AutoML()
    {
        // README: automl
        var mlContext = new MLContext(seed: 1);
        var columns = mlContext.Auto().InferColumns("Data/reviews/reviews.csv", labelColumnName: "sentiment");
        var reviews = mlContext.Data.CreateTextLoader(columns.TextLoaderOptions).Load("Data/reviews/reviews.csv");
        var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label", "sentiment")
            .Append(mlContext.Auto().Featurizer(reviews, columns.ColumnInformation))
            .Append(mlContext.Auto().MultiClassification());

        var best = mlContext.Auto().CreateExperiment()
            .SetPipeline(pipeline)
            .SetDataset(mlContext.Data.TrainTestSplit(reviews, testFraction: 0.2))
            .SetMulticlassClassificationMetric(MulticlassClassificationMetric.MacroAccuracy, labelColumn: "Label")
            .SetMaxModelToExplore(10)
            .Run();
        mlContext.Model.Save(best.Model, reviews.Schema, "sentiment.zip");
        Console.WriteLine($"macro accuracy {best.Metric:0.000}");
        // README: end
        return best.Metric;
    }

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
