using MLPipelines.Benchmarks;
using MLPipelines.Benchmarks.Encoders;
using MLPipelines.Benchmarks.Generation;
using MLPipelines.Benchmarks.Imaging;
using MLPipelines.Benchmarks.Recommenders;
using MLPipelines.Benchmarks.Sweeps;
using MLPipelines.Sweeps;

SleepingTask.Register();
if (await SweepProcess.RunIfTrialAsync(args) || await SweepPart.PlayAsync(args))
    return 0;
switch (args)
{
    case ["text-loader"]:
        return TextLoaderBenchmark.Run();
    case ["pipeline"]:
        return PipelineBenchmark.Run();
    case ["engine"]:
        return EngineBenchmark.Run();
    case ["trainers", ..] when args.Length <= 2:
        return OverData(TrainerBenchmark.Run);
    case ["linear-text", ..] when args.Length <= 2:
        return OverData(LinearTextBenchmark.Run);
    case ["tokenizers", ..] when args.Length <= 2:
        return OverData(TokenizerBenchmark.Run);
    case ["matrix-factorization", ..] when args.Length <= 2:
        return OverData(MatrixFactorizationBenchmark.Run);
    case ["recommenders", ..]:
        return RecommenderBenchmark.Run(args.AsSpan(1));
    case ["imaging", ..]:
        return ImagingBenchmark.Run(args.AsSpan(1));
    case ["generation", ..]:
        return GenerationBenchmark.Run(args[1..]);
    case ["responses", ..]:
        return OverData(folder => ResponseBenchmark.Run(folder, args.AsSpan(1)));
    case ["generation-gpu"]:
        return GpuGenerationBenchmark.Run();
    case ["generation-side", var work]:
        return GenerationBenchmark.RunSide(work);
    case ["encoder-training", ..]:
        return EncoderBenchmarkOptions.Parse(args.AsSpan(1)) is { } training ? EncoderTrainingBenchmark.Run(training) : 2;
    case ["encoder-inference", ..]:
        return EncoderBenchmarkOptions.Parse(args.AsSpan(1)) is { } inference ? EncoderInferenceBenchmark.Run(inference) : 2;
    case ["encoder-accuracy", ..]:
        return EncoderBenchmarkOptions.Parse(args.AsSpan(1)) is { } accuracy ? EncoderAccuracyBenchmark.Run(accuracy) : 2;
    case ["sweeps", "workers"]:
        return await WorkersBenchmark.RunAsync();
    case ["sweeps", "kills", ..]:
        return await WorkersBenchmark.KillAsync(args.AsMemory(2));
    case ["sweeps", ..]:
        return SweepBenchmark.Run(args[1..]);
    case ["tuners", ..]:
        return TunerBenchmark.Run(args[1..]);
    case ["onnx-scoring", ..]:
        return EncoderBenchmarkOptions.Parse(args.AsSpan(1)) is { } scoring ? MLPipelines.Benchmarks.Onnx.OnnxScoringBenchmark.Run(scoring) : 2;
    default:
        Console.Error.WriteLine("""
            Usage: dotnet run -c Release --project Pipelines/Benchmarks -- COMMAND
              text-loader          600,000 rows of text read into columns
              pipeline             objects as data; texts featurised, flags encoded, numbers normalised
              engine               single predictions; loading a model
              linear-text [FOLDER] the default classifier on nine real data sets
              matrix-factorization [FOLDER]
                                   ratings predicted by the official recommender's algorithm
              tokenizers [FOLDER]  six real vocabularies over real texts, beside the JavaScript tokenizers of @huggingface/transformers
              sweeps [PART] [SET …] what sweeps over text classifiers and recommenders gain on real data, and what stopping trials early saves; 10 minutes for each text set
              sweeps workers       1, 2, 4 and 100 workers that share a PostgreSQL, and what child processes cost
              sweeps kills [N]     sweeps, workers and their database killed N times at random, by default 50
              tuners [NAME …]      how near tuners come to the known optima of synthetic functions
              trainers [FOLDER]    trainers over GitHub issues and SMS (FOLDER holds the data sets; by default ../shared/data)
              generation [--node FOLDER] [--threads N] [--seconds S] [--model FOLDER] [--no-peers] [--losses FOLDER]
                                   T5 at the shape of t5-small, greedy and with beams, beside @huggingface/transformers (FOLDER holds its node_modules) and PyTorch
              generation-gpu       the same shape on a GPU, by ONNX Runtime's CUDA provider; gpu-onnx.sh runs it
              encoder-training [FOLDER] [OPTIONS]
                                   fine-tuning an encoder of BERT-base shape beside the plain Python loop
              encoder-inference [FOLDER] [OPTIONS]
                                   classifying with it beside the plain Python loop and @huggingface/transformers
              encoder-accuracy [FOLDER] [OPTIONS]
                                   small encoders from random weights, with and without pretraining, beside LinearText
              onnx-scoring [FOLDER] [OPTIONS]
                                   classifying with an ONNX encoder in batches, beside ApplyOnnxModel and onnxruntime-node
            """ + "\n" + RecommenderBenchmark.Usage + "\n" + SweepBenchmark.Usage + "\n" + ImagingBenchmark.Usage + "\n" + ResponseBenchmark.Usage + "\n" + EncoderBenchmarkOptions.Usage);
        return 2;
}

int OverData(Func<string, int> run)
{
    if (Measure.FindData(args.Length > 1 && !args[1].StartsWith("--", StringComparison.Ordinal) ? args[1] : null) is { } folder)
        return run(folder);
    Console.Error.WriteLine(args.Length > 1 ? $"There is no folder '{args[1]}'." : "The real data sets were not found in ../shared/data; name their folder.");
    return 2;
}
