using System.Text.Json;
using MLPipelines.Imaging.Schedulers;

namespace MLPipelines.Tests.Imaging.Schedulers;

/// <summary>Every scheduler beside diffusers: timesteps, sigmas, and each step over a made-up network.</summary>
[TestClass]
[TestCategory("Parity")]
public sealed class SchedulerParityTests
{
    private const double Relative = 1e-5;
    private const double Absolute = 1e-4;

    [TestMethod]
    [DataRow("expected.json")]
    [DataRow("expected_final_sigma_zero.json")]
    public void EveryRunMatchesStepByStep(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ParityFixtures.Root, "schedulers", file)));
        var root = document.RootElement;
        var final = SchedulerFixtures.FinalSigmaOf(root.GetProperty("meta"));
        var tensors = new Tensors(root.GetProperty("tensors"));
        var faults = new List<string>();
        int runs = 0;
        foreach (var run in root.GetProperty("runs").EnumerateArray())
        {
            runs++;
            Compare(run, tensors, SchedulerFixtures.OptionsOf(run, final), faults);
        }
        Assert.IsGreaterThan(0, runs);
        Assert.IsEmpty(faults, $"{faults.Count} faults:{Environment.NewLine}{string.Join(Environment.NewLine, faults.Take(60))}");
    }

    [TestMethod]
    public void TheNoiseOfTrainingMatches()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ParityFixtures.Root, "schedulers", "expected.json")));
        int checks = 0;
        foreach (var schedule in document.RootElement.GetProperty("train_schedule").EnumerateObject())
        {
            var options = new SchedulerOptions
            {
                BetaSchedule = schedule.Name switch { "linear" => BetaSchedule.Linear, "scaled_linear" => BetaSchedule.ScaledLinear, _ => BetaSchedule.SquaredCosine },
            };
            var (betas, alphas) = (NoiseSchedule.Betas(options), new NoiseSchedule(options).AlphasCumulative);
            var index = schedule.Value.GetProperty("index");
            for (int i = 0; i < index.GetArrayLength(); i++, checks++)
            {
                int t = index[i].GetInt32();
                Assert.AreEqual(schedule.Value.GetProperty("betas")[i].GetDouble(), betas[t], 1e-7, $"{schedule.Name}, beta {t}");
                Assert.AreEqual(schedule.Value.GetProperty("alphas_cumprod")[i].GetDouble(), alphas[t], 1e-6, $"{schedule.Name}, alpha {t}");
            }
        }
        Assert.IsGreaterThan(0, checks);
    }

    private static void Compare(JsonElement run, Tensors tensors, SchedulerOptions options, List<string> faults)
    {
        int steps = run.GetProperty("num_inference_steps").GetInt32();
        var name = $"{run.GetProperty("name").GetString()}, {steps} steps";
        var scheduler = DiffusionScheduler.Create(options, steps);
        Same(name + ": timesteps", run.GetProperty("timesteps"), scheduler.Timesteps, faults, run.GetProperty("timesteps_dtype").GetString() == "torch.int64");
        Near(name + ": initial noise", [run.GetProperty("init_noise_sigma").GetDouble()], [scheduler.InitialNoiseScale], faults);
        if (run.TryGetProperty("sigmas", out var sigmas))
            {
            // Solvers of second order list theirs twice there.
            var listed = SchedulerFixtures.Numbers(sigmas);
            Near(name + ": sigmas", listed.Length == scheduler.Sigmas.Count ? listed : Distinct(listed), scheduler.Sigmas, faults);
        }
        if (scheduler.Timesteps.Count != run.GetProperty("timesteps").GetArrayLength())
            return;

        var expected = run.GetProperty("steps").EnumerateArray().ToDictionary(step => step.GetProperty("i").GetInt32());
        var sample = Array.ConvertAll(tensors.Start, value => (float)(value * scheduler.InitialNoiseScale));
        int draws = 0;
        for (int i = 0; i < scheduler.Timesteps.Count; i++)
        {
            var output = tensors.Output(i);
            var scaled = new float[sample.Length];
            var original = new float[sample.Length];
            scheduler.ScaleInput(sample, i, scaled);
            scheduler.PredictOriginal(output, sample, i, original);
            var step = expected.GetValueOrDefault(i);
            bool listed = expected.ContainsKey(i);
            var drawn = new List<int>();
            scheduler.Step(output, i, sample, noise =>
            {
                drawn.Add(draws);
                tensors.Noises[draws++].CopyTo(noise);
            });
            if (!listed)
                continue;
            Near($"{name}: sample after {i}", step.GetProperty("prev_sample"), sample, faults);
            if (step.TryGetProperty("scaled_input", out var input))
                Near($"{name}: input of {i}", input, scaled, faults);
            if (step.TryGetProperty("pred_original_sample", out var predicted))
                Near($"{name}: image seen at {i}", predicted, original, faults);
            // Plain Euler draws noise there that it does not use.
            if (options.Kind != SchedulerKind.Euler)
                Assert.AreSequenceEqual(step.TryGetProperty("noise_index", out var indices) ? indices.EnumerateArray().Select(index => index.GetInt32()).ToArray() : [], drawn.ToArray(), $"{name}: noise of {i}");
        }
        if (run.TryGetProperty("add_noise", out var noisy))
        {
            foreach (var entry in noisy.EnumerateArray())
            {
                double timestep = entry.GetProperty("timestep").GetDouble();
                int index = Enumerable.Range(0, scheduler.Timesteps.Count).MinBy(i => Math.Abs(scheduler.Timesteps[i] - timestep));
                var result = new float[sample.Length];
                scheduler.AddNoise(tensors.Image, tensors.Start, index, result);
                Near($"{name}: noise added at {index}", entry.GetProperty("noisy"), result, faults);
            }
        }
    }

    private static double[] Distinct(IReadOnlyList<double> values) => [.. values.Where((value, i) => i == 0 || value != values[i - 1])];

    private static void Same(string what, JsonElement expected, IReadOnlyList<double> actual, List<string> faults, bool exact)
    {
        var numbers = SchedulerFixtures.Numbers(expected);
        if (exact && !numbers.SequenceEqual(actual))
            faults.Add($"{what}: expected {string.Join(" ", numbers)}, got {string.Join(" ", actual)}");
        else if (!exact)
            Near(what, numbers, actual, faults);
    }

    private static void Near(string what, JsonElement expected, float[] actual, List<string> faults) =>
        Near(what, SchedulerFixtures.Numbers(expected), Array.ConvertAll(actual, value => (double)value), faults);

    private static void Near(string what, IReadOnlyList<double> expected, IReadOnlyList<double> actual, List<string> faults)
    {
        if (expected.Count != actual.Count)
        {
            faults.Add($"{what}: expected {expected.Count} values, got {actual.Count}");
            return;
        }
        double worst = Enumerable.Range(0, expected.Count).Max(i => Excess(expected[i], actual[i]));
        if (!(worst <= 0))
            faults.Add($"{what}: expected {string.Join(" ", expected.Take(8))}, got {string.Join(" ", actual.Take(8))}");
    }

    private static double Excess(double expected, double actual) =>
        expected.Equals(actual) ? 0 : double.IsNaN(actual) ? double.PositiveInfinity : Math.Abs(expected - actual) - Absolute - Relative * Math.Abs(expected);

    /// <summary>The made-up network: a different mixture of two tensors at every step.</summary>
    private sealed class Tensors(JsonElement tensors)
    {
        private readonly double[] _a = SchedulerFixtures.Numbers(tensors.GetProperty("A"));
        private readonly double[] _b = SchedulerFixtures.Numbers(tensors.GetProperty("B"));
        private readonly double[] _ofA = SchedulerFixtures.Numbers(tensors.GetProperty("coef_a"));
        private readonly double[] _ofB = SchedulerFixtures.Numbers(tensors.GetProperty("coef_b"));

        public float[] Start { get; } = SchedulerFixtures.Singles(tensors.GetProperty("NZ"));

        public float[] Image { get; } = SchedulerFixtures.Singles(tensors.GetProperty("X0"));

        public float[][] Noises { get; } = [.. tensors.GetProperty("noises").EnumerateArray().Select(SchedulerFixtures.Singles)];

        public float[] Output(int index) => [.. _a.Select((a, i) => (float)(_ofA[index] * a + _ofB[index] * _b[i]))];
    }
}
