using System.Diagnostics;
using Microsoft.ML;
using MLPipelines.Recommendation;
using TorchSharp;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>How long an epoch of implicit ALS, of BPR and of WARP takes on the synthetic matrix of 2, 8 and 20 million interactions, and how near that is to what the machine can do.</summary>
internal static unsafe class RecommenderSpeed
{
    private const int Factors = 64;
    private const int Epochs = 3;

    public static int Run(int[] millions)
    {
        int most = Environment.ProcessorCount;
        Console.WriteLine(FormattableString.Invariant($"{Factors} factors, registers of {Registers.Width} numbers; the median of {Epochs} epochs after the first"));
        for (int threads = 1; threads <= most; threads = threads < most ? most : most + 1)
            Console.WriteLine(FormattableString.Invariant($"{threads} threads: sums of products of {LineSolver.PanelRows(Factors)} x {Factors} panels at {PanelRate(threads):F0} GFLOP/s, LibTorch's batched product of the same shape at {TorchRate(threads):F0} (which computes both halves)"));
        foreach (int million in millions)
        {
            var data = SyntheticInteractions.Make(million * 1_000_000);
            _ = data.Transposed;
            Console.WriteLine(FormattableString.Invariant($"\n{million} million interactions, check sum {SyntheticInteractions.CheckSum(data)}"));
            foreach (var solver in new[] { AlsSolver.ConjugateGradient, AlsSolver.Cholesky })
            {
                for (int threads = 1; threads <= most; threads = threads < most ? most : most + 1)
                    Row(data, million, solver, threads);
            }
            if (million <= PairwiseSpeed.MostMillions)
                PairwiseSpeed.Run(data, million);
            WholeFit(data);
        }
        return 0;
    }

    private static void Row(InteractionMatrix data, int million, AlsSolver solver, int threads)
    {
        var options = new ImplicitAlsOptions { Factors = Factors, Solver = solver, NumberOfThreads = threads };
        var trainer = new AlsTrainer(data, options);
        trainer.Epoch();
        double seconds = Measure.Median(Epochs, trainer.Epoch);
        double operations = Operations(data, solver, options.ConjugateGradientSteps);
        string reference = (million, solver, threads) switch
        {
            (2, AlsSolver.ConjugateGradient, 1) => "irspack 0.35, implicit 0.83",
            (2, AlsSolver.ConjugateGradient, 2) => "irspack 0.16, implicit 0.43",
            (20, AlsSolver.ConjugateGradient, 1) => "irspack 2.78, implicit 6.01",
            (20, AlsSolver.ConjugateGradient, 2) => "irspack 1.41, implicit 2.86",
            (2, AlsSolver.Cholesky, 1) => "irspack 1.77, implicit 2.34",
            (2, AlsSolver.Cholesky, 2) => "irspack 1.01, implicit 1.42",
            (20, AlsSolver.Cholesky, 1) => "irspack 5.28, implicit 12.74",
            (20, AlsSolver.Cholesky, 2) => "irspack 3.10, implicit 6.21",
            _ => "",
        };
        Measure.Print(
            FormattableString.Invariant($"{solver}, {threads} threads"),
            FormattableString.Invariant($"{seconds:F3} s, {operations / seconds / 1e9:F0} GFLOP/s"),
            FormattableString.Invariant($"loss after {Epochs + 1} epochs {Loss(trainer, data) / data.Count:F5}; {reference}"));
    }

    /// <summary>The operations that an epoch cannot do without: a product and a sum are two. Of symmetric matrices one half counts.</summary>
    private static double Operations(InteractionMatrix data, AlsSolver solver, int steps)
    {
        double rows = data.Users.Count + data.Items.Count, pairs = 2.0 * data.Count, f = Factors;
        return solver == AlsSolver.Cholesky
            ? pairs * (f * (f + 1) + 2 * f) + rows * (f * f * f / 3 + 3 * f * f)
            : (steps + 1) * (pairs * 4 * f + rows * 2 * f * f) + rows * f * (f + 1);
    }

    /// <summary>What both solvers minimise, regularisation included; from the products of factors, not pair by pair.</summary>
    private static double Loss(AlsTrainer trainer, InteractionMatrix data)
    {
        var numbers = trainer.Numbers;
        double loss = 0;
        var squares = new double[Factors * Factors];
        for (int item = 0; item < trainer.Items.Rows; item++)
        {
            var row = trainer.Items[item];
            for (int i = 0; i < Factors; i++)
            {
                for (int j = 0; j < Factors; j++)
                    squares[i * Factors + j] += (double)row[i] * row[j];
            }
            loss += numbers.Ridge(data.Transposed.Degree(item), trainer.Users.Rows) * (double)System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(row);
        }
        for (int user = 0; user < trainer.Users.Rows; user++)
        {
            var row = trainer.Users[user];
            loss += numbers.Ridge(data.Degree(user), trainer.Items.Rows) * (double)System.Numerics.Tensors.TensorPrimitives.SumOfSquares<float>(row);
            for (int i = 0; i < Factors; i++)
            {
                for (int j = 0; j < Factors; j++)
                    loss += numbers.Unobserved * squares[i * Factors + j] * row[i] * row[j];
            }
            foreach (int item in data.Of(user))
                loss += Math.Pow(System.Numerics.Tensors.TensorPrimitives.Dot<float>(row, trainer.Items[item]) - 1, 2);
        }
        return loss;
    }

    /// <summary>The rate of the sums of products that exact solves consist of, over a panel that stays in the first cache.</summary>
    private static double PanelRate(int threads)
    {
        int rows = LineSolver.PanelRows(Factors);
        const int repeats = 200_000;
        double seconds = Measure.Median(5, () => Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            FactorMatrix panel = new(rows, Factors), sums = new(Factors, Factors);
            for (int i = 0; i < repeats; i++)
                LineSolver.AddProducts(sums.Start, sums.Start, Factors, Factors, panel.Start, rows, Registers.Width);
            GC.KeepAlive(panel);
            GC.KeepAlive(sums);
        }));
        return (double)threads * repeats * rows * Factors * (Factors + 1) / seconds / 1e9;
    }

    private static double TorchRate(int threads)
    {
        const int batch = 256;
        int rows = LineSolver.PanelRows(Factors);
        torch.set_num_threads(threads);
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var panels = torch.randn(batch, rows, Factors);
        var transposed = panels.transpose(1, 2).contiguous();
        var target = torch.zeros(batch, Factors, Factors);
        double seconds = Measure.Median(9, () =>
        {
            for (int i = 0; i < 20; i++)
                torch.matmul(transposed, panels).Dispose();
        });
        return 20.0 * batch * rows * Factors * Factors * 2 / seconds / 1e9;
    }

    /// <summary>What a user of the library sees: rows read, 16 iterations, the last solve of users; and the memory that all of it takes beside the rows.</summary>
    private static void WholeFit(InteractionMatrix data)
    {
        var rows = new MLContext(1).Data.LoadFromEnumerable(Rows(data));
        bool isPeakKnown = Measure.ForgetPeak();
        double before = Resident();
        var clock = Stopwatch.StartNew();
        double read = 0;
        var progress = new FirstIteration(() => read = clock.Elapsed.TotalSeconds);
        var model = new MLContext(1).Recommendation().Trainers.ImplicitAls(new() { Factors = Factors, Solver = AlsSolver.ConjugateGradient, Progress = progress }).Fit(rows);
        double seconds = clock.Elapsed.TotalSeconds;
        double dataSize = 2 * 4.0 * data.Count / 1e6, factors = 4.0 * Factors * (data.Users.Count + data.Items.Count) / 1e6;
        Measure.Print(
            "Fit, ConjugateGradient, 16 iterations, all threads",
            FormattableString.Invariant($"{seconds:F1} s"),
            FormattableString.Invariant($"the first iteration was done at {read:F1} s; peak memory {(isPeakKnown ? Measure.PeakMegabytes() - before : double.NaN):F0} MB over the rows; data (two numbers an interaction) {dataSize:F0} MB, factors {factors:F0} MB"));
        GC.KeepAlive(model);
    }

    private static IEnumerable<Pair> Rows(InteractionMatrix data)
    {
        for (int user = 0; user < data.Users.Count; user++)
        {
            for (int at = data.Starts[user]; at < data.Starts[user + 1]; at++)
                yield return new Pair { UserId = user, ItemId = data.Others[at] };
        }
    }

    private static double Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / 1e6;
    }

    private sealed class Pair
    {
        public int UserId { get; set; }

        public int ItemId { get; set; }
    }

    private sealed class FirstIteration(Action then) : IProgress<RecommenderProgress>
    {
        public void Report(RecommenderProgress value)
        {
            if (value.Iteration == 1)
                then();
        }
    }
}
