using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>
/// Fine-tuning a classifier of BERT-base shape on real texts: ours, which batches by length, beside the plain Python loop, which shuffles and pads. All sides
/// see the same texts, as many to an optimiser step; forward, backward, clipping and AdamW are timed.
/// </summary>
internal static class EncoderTrainingBenchmark
{
    public static int Run(EncoderBenchmarkOptions options) => EncoderComparison.Run(options, isTraining: true, usualRows: 16, usualSteps: 24, Compare);

    private static void Compare(EncoderComparison comparison)
    {
        comparison.Table.Add("this project", Ours(comparison, out var precision), note: precision == torch.ScalarType.BFloat16 ? "bfloat16" : "float32");
        comparison.AddPython("train", gpuWarmUp: 10);
    }

    private static SideResult Ours(EncoderComparison comparison, out torch.ScalarType precision)
    {
        var (options, texts) = (comparison.Options, comparison.Texts);
        using var model = comparison.NewClassifier();
        using var task = new EncoderBenchmarkTask(model, texts);
        var settings = new TrainingOptions
        {
            BatchSize = comparison.Rows,
            Epochs = 1,
            LearningRate = 2e-5,
            Device = options.Device,
            Threads = options.Threads,
            Precision = Enum.Parse<TrainingPrecision>(options.Precision, ignoreCase: true),
        };
        // Not timed: the first steps make what the later ones use again.
        settings.MaximumSteps = options.Device == "cpu" ? 2 : 10;
        Trainer.Train(task, settings);
        settings.MaximumSteps = null;
        var result = Trainer.Train(task, settings);
        precision = result.Precision;
        double seconds = result.Elapsed.TotalSeconds;
        long tokens = texts.Tokens;
        return new SideResult(typeof(Trainer).Assembly.GetName().Version!.ToString(3), result.Steps, texts.Rows.Length, tokens, (long)(tokens / (1 - result.PaddingShare)), seconds);
    }
}
