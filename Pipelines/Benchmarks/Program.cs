using MLPipelines.Benchmarks;

switch (args)
{
    case ["text-loader"]:
        return TextLoaderBenchmark.Run();
    default:
        Console.Error.WriteLine("Usage: MLPipelines.Benchmarks text-loader");
        return 1;
}
