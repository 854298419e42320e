// %% [markdown]
// # A model that writes
//
// A tiny T5 learns to answer sentences of two kinds: where a thing is, and where to put it. It starts from random weights and learns its
// vocabulary from the same sentences, so that nothing is downloaded and seconds suffice; it will know nothing else. With a checkpoint
// at hand, `Model = "hf:google/flan-t5-small"` and your own texts are all that changes.
//
// Training runs on LibTorch. What was learnt is exported to ONNX at once, and ONNX Runtime generates. Run it from the root of the repository:
//
// ```
// dotnet run Pipelines/Notebooks/text-generation.cs
// ```

// %%
#:project ../Generation/MLPipelines.Generation.csproj

using Microsoft.Extensions.AI;
using Microsoft.ML;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Training;

string[] things = ["lamp", "table", "chair", "mirror", "clock", "carpet", "radio", "basket"];
string[] places = ["kitchen", "garden", "attic", "cellar", "hall", "study"];
var pairs = things.SelectMany(thing => places.SelectMany(place => new Pair[]
{
    new($"where is the {thing}? it is in the {place}", $"the {thing} is in the {place}"),
    new($"put the {thing} into the {place}", $"done: {thing} to {place}"),
})).ToArray();

var mlContext = new MLContext(seed: 1);
var split = mlContext.Data.TrainTestSplit(mlContext.Data.LoadFromEnumerable(pairs), testFraction: 0.1);
foreach (var pair in pairs.Take(2))
    Console.WriteLine($"{pair.Input} -> {pair.Target}");

// %% [markdown]
// ## Training

// %% tags=["varies"]
using var model = mlContext.Transforms.Text.TextToText(new()
{
    Model = T5Source.Scratch(new T5Config { HiddenSize = 48, Heads = 2, HeadSize = 24, IntermediateSize = 96, EncoderLayers = 1, DecoderLayers = 1, Dropout = 0 }, vocabularySize: 400),
    MaximumTargetTokens = 16,
    ValidationFraction = 0,
    Training = new TrainingOptions { Epochs = 60, BatchSize = 16, LearningRate = 5e-3, Precision = TrainingPrecision.Float32, Progress = new Epochs() },
}).Fit(split.TrainSet);

// %% [markdown]
// ## What it is worth
//
// BLEU, ROUGE and chrF compare what it writes with what it should, on pairs of thing and place that it has not seen.

// %% tags=["varies"]
Console.WriteLine(model.Evaluate(split.TestSet).Metrics);

// %% [markdown]
// ## Decoding
//
// The same model, asked in different ways: greedily, by four beams, and by sampling, which a seed repeats.

// %% tags=["varies"]
const string Message = "where is the clock? it is in the attic";
(string Name, GenerationOptions Options)[] strategies =
[
    ("greedy", new()),
    ("4 beams", new() { Beams = 4, NoRepeatNGramSize = 3 }),
    ("sampled", new() { Sample = true, TopP = 0.95f, Temperature = 1.5f, Seed = 7 }),
    ("sampled again", new() { Sample = true, TopP = 0.95f, Temperature = 1.5f, Seed = 8 }),
];
foreach (var (name, options) in strategies)
{
    options.MaximumNewTokens = 16;
    var reply = model.Generate([Message], options)[0];
    Console.WriteLine($"{name} ({reply.Confidence:0.00}): {reply.Text}");
}

// %% [markdown]
// ## A stream
//
// Words come as they are written; a page that shows them need not wait for the last.

// %% tags=["varies"]
await foreach (string piece in model.StreamAsync("put the basket into the hall"))
    Console.Write(piece);
Console.WriteLine();

// %% [markdown]
// ## As a chat client
//
// The exported folder opens without LibTorch, and as an `IChatClient` of Microsoft.Extensions.AI: its caches, logs and hosts work
// with it like with any other.

// %% tags=["varies"]
model.SaveOnnx("Artifacts/notebook-t5");
using IChatClient client = new GeneratorChatClient(
    TextGenerator.Load("Artifacts/notebook-t5"),
    new GeneratorChatOptions { Prompt = "{message}", Generation = new() { MaximumNewTokens = 16 } });
var response = await client.GetResponseAsync("put the radio into the study");
Console.WriteLine(response.Text);
Console.WriteLine($"{response.Usage!.InputTokenCount} tokens read, {response.Usage.OutputTokenCount} written");

// %% [markdown]
// A row of the data, and how progress was written above:

// %%
internal sealed record Pair(string Input, string Target);

internal sealed class Epochs : IProgress<TrainingProgress>
{
    private int _epoch;

    public void Report(TrainingProgress value)
    {
        if ((int)value.Epoch == _epoch)
            return;
        _epoch = (int)value.Epoch;
        if (_epoch % 10 == 0)
            Console.WriteLine($"epoch {_epoch}: loss {value.SmoothedLoss:0.000}");
    }
}
