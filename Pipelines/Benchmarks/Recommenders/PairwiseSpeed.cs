using System.Diagnostics;
using MLPipelines.Recommendation;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>How long BPR and WARP take to go over the synthetic matrix once.</summary>
internal static class PairwiseSpeed
{
    /// <summary>The peers were measured on as many.</summary>
    public const int MostMillions = 2;

    private const int Factors = 64;
    private const int Epochs = 6;

    public static void Run(InteractionMatrix data, int million)
    {
        int most = Environment.ProcessorCount;
        for (int threads = 1; threads <= most; threads = threads < most ? most : most + 1)
        {
            Row("BPR", new BprOptions { NumberOfThreads = threads }, new PairwiseSteps(false, false, 1, 0.07f, 0.01f, Epochs, 1), (million, threads) switch
            {
                (2, 1) => "implicit 1.03",
                (2, 2) => "implicit 0.53",
                _ => "",
            });
            Row("WARP, at most 10 drawn", new WarpOptions { NumberOfThreads = threads }, new PairwiseSteps(true, false, 10, 0.025f, 0.01f, Epochs, 1), (million, threads) switch
            {
                (2, 1) => "LightFM 4.22",
                (2, 2) => "LightFM 1.98",
                _ => "",
            });

            void Row(string name, PairwiseOptions options, PairwiseSteps steps, string reference)
            {
                options.Factors = Factors;
                var clock = new Clock();
                options.Progress = clock;
                new PairwiseTrainer(data, null, null, options, steps).Train(name);
                double[] seconds = [.. clock.Times.Zip(clock.Times.Skip(1), (before, after) => Stopwatch.GetElapsedTime(before, after).TotalSeconds).Order()];
                Measure.Print(FormattableString.Invariant($"{name}, {threads} threads"), FormattableString.Invariant($"{seconds[seconds.Length / 2]:F3} s an epoch"), reference);
            }
        }
    }

    private sealed class Clock : IProgress<RecommenderProgress>
    {
        public List<long> Times { get; } = [];

        public void Report(RecommenderProgress value) => Times.Add(Stopwatch.GetTimestamp());
    }
}
