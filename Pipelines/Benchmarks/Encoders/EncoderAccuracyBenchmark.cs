using System.Diagnostics;
using Microsoft.ML;
using MLPipelines.Data;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>
/// Encoders trained from random weights, with a vocabulary learnt on the data, beside the linear baseline: trained on <c>train.csv</c>, measured on
/// <c>test.csv</c>; and with masked-language-model pretraining on the texts of <c>train.csv</c> first.
/// </summary>
internal static class EncoderAccuracyBenchmark
{
    private const int VocabularySize = 8000;

    public static int Run(EncoderBenchmarkOptions options)
    {
        var shape = new EncoderOptions
        {
            Layers = options.LayersOr(4),
            HiddenSize = options.HiddenOr(256),
            Heads = options.HeadsOr(4),
            IntermediateSize = options.Intermediate,
            MaximumTokens = options.MaximumLength ?? 128,
        };
        Console.WriteLine($"encoder: {shape.Layers} layers, hidden {shape.HiddenSize}, {shape.Heads} heads, up to {shape.MaximumTokens} tokens, {VocabularySize} word pieces; on {options.Device}");
        Console.WriteLine($"{"data",-12} {"model",-34} {"accuracy",9} {"macro F1",9} {"seconds",8}");
        foreach (string set in options.Sets ?? ["banking77", "clinc150", "ag_news", "imdb"])
        {
            var train = Read(options.Data, set, "train.csv");
            var test = Read(options.Data, set, "test.csv");
            Report(set, "LinearText", test, () => Linear(train));
            var source = EncoderSource.Scratch(shape, VocabularySize);
            Report(set, "encoder from random weights", test, () => Encoder(train, source, options));
            if (options.PretrainingEpochs == 0)
                continue;
            string folder = Directory.CreateTempSubdirectory("encoder-pretrained-").FullName;
            try
            {
                Report(set, "encoder pretrained on the texts", test, () =>
                {
                    var settings = Training(options, options.PretrainingEpochs ?? 20);
                    TextPretraining.Run(new TextPretrainingOptions
                    {
                        Texts = train.Select(row => row.Text),
                        Encoder = source,
                        OutputFolder = folder,
                        MaximumTokens = shape.MaximumTokens,
                        Training = settings,
                    });
                    return Encoder(train, EncoderSource.Checkpoint(folder), options);
                });
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        return 0;
    }

    private static TextLabel[] Read(string data, string set, string file) => [.. new TextLabelReader("text", "label").Read(Path.Combine(data, set, file))];

    private static TrainingOptions Training(EncoderBenchmarkOptions options, int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = options.Rows ?? 32,
        LearningRate = 5e-4,
        WarmupShare = 0.1,
        Device = options.Device,
        Threads = options.Threads,
        Precision = Enum.Parse<TrainingPrecision>(options.Precision, ignoreCase: true),
    };

    private static (Func<IReadOnlyList<string>, IReadOnlyList<string?>> Predict, IDisposable? Model) Linear(TextLabel[] train)
    {
        var context = new MLContext(seed: 1);
        var model = context.MulticlassClassification.Trainers.LinearText().Fit(context.Data.LoadFromEnumerable(train));
        var probabilities = new float[model.Labels.Count];
        return (texts => [.. texts.Select(text => model.Labels[model.Predict(text, probabilities)])], null);
    }

    private static (Func<IReadOnlyList<string>, IReadOnlyList<string?>> Predict, IDisposable? Model) Encoder(TextLabel[] train, EncoderSource source, EncoderBenchmarkOptions options)
    {
        var context = new MLContext(seed: 1);
        var model = context.MulticlassClassification.Trainers.EncoderText(new EncoderTextClassificationOptions
        {
            Encoder = source,
            MaximumTokens = options.MaximumLength ?? 128,
            Training = Training(options, options.Epochs ?? 20),
        }).Fit(context.Data.LoadFromEnumerable(train));
        return (texts => [.. model.Predict(texts).Select(text => text.Label)], model);
    }

    private static void Report(string set, string name, TextLabel[] test, Func<(Func<IReadOnlyList<string>, IReadOnlyList<string?>> Predict, IDisposable? Model)> fit)
    {
        var clock = Stopwatch.StartNew();
        var (predict, model) = fit();
        double seconds = clock.Elapsed.TotalSeconds;
        using (model)
        {
            var predicted = predict([.. test.Select(row => row.Text)]);
            int correct = 0;
            var counts = new Dictionary<string, (int Hits, int Predicted, int Actual)>(StringComparer.Ordinal);
            for (int i = 0; i < test.Length; i++)
            {
                string actual = test[i].Label!;
                bool hit = predicted[i] == actual;
                correct += hit ? 1 : 0;
                var row = counts.GetValueOrDefault(actual);
                counts[actual] = (row.Hits + (hit ? 1 : 0), row.Predicted, row.Actual + 1);
                if (predicted[i] is { } label)
                {
                    row = counts.GetValueOrDefault(label);
                    counts[label] = (row.Hits, row.Predicted + 1, row.Actual);
                }
            }
            double macroF1 = counts.Values.Average(row => 2.0 * row.Hits / (row.Predicted + row.Actual));
            Console.WriteLine(FormattableString.Invariant($"{set,-12} {name,-34} {(double)correct / test.Length,9:F4} {macroF1,9:F4} {seconds,8:F0}"));
        }
    }
}
