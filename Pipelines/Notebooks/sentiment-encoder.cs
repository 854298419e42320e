// %% [markdown]
// # Is this customer content?
//
// A small BERT learns the sentiment of support tickets (`Data/tickets`, invented, CC0), from random weights, with a vocabulary
// learnt from the same texts. That is no rival of a pretrained checkpoint; it is the same few lines, in half a minute, without a
// download. With a checkpoint at hand, `Encoder = "./distilbert-base-uncased"` is all that changes.
//
// Run it from the root of the repository. It needs LibTorch, and takes a GPU where there is one:
//
// ```
// dotnet run Pipelines/Notebooks/sentiment-encoder.cs
// ```

// %%
#:project ../Text/MLPipelines.Text.csproj

using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;

var mlContext = new MLContext(seed: 1);
var tickets = mlContext.Data.LoadTextLabels("Data/tickets/messages.csv", "content", "sentiment");
var split = mlContext.Data.TrainTestSplit(tickets, testFraction: 0.2);

// %% [markdown]
// ## Training
//
// One layer of width 64. A tenth of the training rows is kept back to watch the loss on; the weights of the best epoch stay, and
// the temperature of the probabilities is fitted on these rows too.

// %% tags=["varies"]
using var model = mlContext.MulticlassClassification.Trainers.Sentiment(new()
{
    Encoder = EncoderSource.Scratch(new EncoderOptions { Layers = 1, HiddenSize = 64, Heads = 2 }, vocabularySize: 2000),
    Training = new TrainingOptions
    {
        Epochs = 5,
        LearningRate = 2e-3,
        Device = "auto",
        Progress = new Epochs(),
    },
}).Fit(split.TrainSet);

// %% [markdown]
// ## How good it is, beside the linear classifier
//
// Sentiment has an order: to take positive for negative is worse than to take it for neutral. `EvaluateSentiment` measures that
// too. A linear classifier over words and characters trains in a second and is the one to beat; from random weights an encoder
// often does not.

// %% tags=["varies"]
var metrics = mlContext.MulticlassClassification.EvaluateSentiment(model.Transform(split.TestSet));
Console.WriteLine(metrics);

var linear = mlContext.Transforms.Conversion.MapValueToKey("Label")
    .Append(mlContext.MulticlassClassification.Trainers.LinearText())
    .Fit(split.TrainSet);
Console.WriteLine($"accuracy of the encoder {metrics.Accuracy:0.000}, of the linear classifier {mlContext.MulticlassClassification.Evaluate(linear.Transform(split.TestSet)).MicroAccuracy:0.000}");

// %% [markdown]
// ## Used, and explained
//
// The intensity is how far a text is from neutral, from 0 to 1. The explanation says what each token told. A model from random weights may err on easy texts,
// and be sure of it: the second is thanks. That is what a pretrained checkpoint is for, or the linear classifier.

// %% tags=["varies"]
string[] texts = ["Nobody answers and my money is gone.", "Thank you so much, the espresso machine is wonderful and arrived early.", "Which plug does the heater have?"];
foreach (var (text, sentiment) in texts.Zip(model.Predict(texts)))
    Console.WriteLine($"{sentiment.Label} ({sentiment.Confidence:0.00}, intensity {sentiment.Intensity:0.00}): {text}");
Console.WriteLine();
Console.WriteLine(model.Explain(texts[0]));

// %% [markdown]
// ## Published and loaded
//
// The artifact holds weights as safetensors, the tokenizer and the settings: nothing in it is executed when it is loaded.

// %%
var store = new ArtifactStore("Artifacts");
var package = new ModelPackage(mlContext, new SentimentCodec());
var (content, manifest) = package.Pack(model, new ArtifactManifest
{
    Name = "notebook-sentiment",
    Version = "1.0.0",
    Task = "sentiment",
    CreatedUtc = DateTime.UtcNow,
    License = "CC0-1.0",
    GoldenTolerance = 1e-3,
}, sample: split.TrainSet);
await store.PublishAsync(content, manifest);

using var loaded = package.Load(store, "notebook-sentiment");
var again = (SentimentTransformer)loaded.Model;
Console.WriteLine($"the loaded model says the same: {model.Predict(texts).Zip(again.Predict(texts)).All(pair => pair.First.Label == pair.Second.Label)}");

// %% [markdown]
// How progress was written above; in a service it would go to the log:

// %%
internal sealed class Epochs : IProgress<TrainingProgress>
{
    private int _epoch;

    public void Report(TrainingProgress value)
    {
        if ((int)value.Epoch == _epoch)
            return;
        _epoch = (int)value.Epoch;
        Console.WriteLine($"epoch {_epoch}: loss {value.SmoothedLoss:0.000}");
    }
}
