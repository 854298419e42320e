using MLPipelines.Imaging;
using MLPipelines.Imaging.Schedulers;

namespace MLPipelines.Tests.Imaging.Schedulers;

/// <summary>What holds of every scheduler, and what its options and files refuse.</summary>
[TestClass]
public sealed class SchedulerTests
{
    private static IEnumerable<object[]> Kinds => Enum.GetValues<SchedulerKind>().Select(kind => new object[] { kind });

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void ANetworkThatKnowsTheImageLeadsToIt(SchedulerKind kind)
    {
        // The output is the very noise that separates the sample from the image, whatever the sample is.
        float[] image = [0.5f, -1, 0.25f, 2];
        foreach (int steps in new[] { 4, 8, 20 })
        {
            var options = new SchedulerOptions { Kind = kind, StepsOffset = 1, ClipSample = false, SetAlphaToOne = true };
            var scheduler = DiffusionScheduler.Create(options, steps);
            var random = new Random(7);
            var sample = new float[image.Length];
            var noise = new float[image.Length];
            Draw(noise);
            scheduler.AddNoise(image, noise, 0, sample);
            for (int i = 0; i < scheduler.Timesteps.Count; i++)
            {
                var output = Perfect(scheduler, sample, image, i);
                scheduler.Step(output, i, sample, Draw);
            }
            double left = sample.Zip(image, (a, b) => Math.Abs(a - b)).Max();
            // LCM jumps to the image at once; the others end within the noise of the first timestep of training.
            Assert.IsLessThan(0.1, left, $"{steps} steps");

            void Draw(Span<float> values)
            {
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void ARunCanBeRepeated(SchedulerKind kind)
    {
        var scheduler = DiffusionScheduler.Create(new SchedulerOptions { Kind = kind, StepsOffset = 1 }, 10, 0.6);
        Assert.AreSequenceEqual(Run(), Run());

        float[] Run()
        {
            scheduler.Restart();
            float[] sample = [1, -2, 3];
            for (int i = scheduler.FirstIndex; i < scheduler.Timesteps.Count; i++)
                scheduler.Step([0.1f * i, 0.5f, -0.3f], i, sample, noise => noise.Fill(0.25f));
            Assert.IsTrue(sample.All(float.IsFinite));
            return sample;
        }
    }

    [TestMethod]
    public void RungeKuttaStartsPndmWhereAsked()
    {
        var scheduler = DiffusionScheduler.Create(new SchedulerOptions { SkipRungeKutta = false, StepsOffset = 1 }, 10);
        Assert.HasCount(12 + 7, scheduler.Timesteps);
        float[] sample = [1, 2], image = [0.5f, -0.5f];
        scheduler.AddNoise(image, [1, -1], 0, sample);
        for (int i = 0; i < scheduler.Timesteps.Count; i++)
            scheduler.Step(Perfect(scheduler, sample, image, i), i, sample, noise => noise.Clear());
        Assert.AreEqual(0.5, sample[0], 0.1);
        Assert.AreEqual(-0.5, sample[1], 0.1);
    }

    [TestMethod]
    public void StepsComeInOrder()
    {
        var scheduler = DiffusionScheduler.Create(new SchedulerOptions { Kind = SchedulerKind.Euler }, 5);
        var fault = Assert.ThrowsExactly<InvalidOperationException>(() => scheduler.Step([1], 2, [1], noise => noise.Clear()));
        Assert.Contains("Step 2 was taken where 0 is due", fault.Message);
        Assert.ThrowsExactly<ArgumentException>(() => scheduler.Step([1, 2], 0, [1], noise => noise.Clear()));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => scheduler.Step([1], 5, [1], noise => noise.Clear()));
    }

    [TestMethod]
    public void StepsAndStrengthHaveRanges()
    {
        var options = new SchedulerOptions();
        Assert.Contains("takes 1 to 1000", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DiffusionScheduler.Create(options, 0)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DiffusionScheduler.Create(options, 1001));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DiffusionScheduler.Create(options, 10, double.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DiffusionScheduler.Create(options, 10, 1.5));
        Assert.Contains("leaves no step", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DiffusionScheduler.Create(options, 10, 0.05)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DiffusionScheduler.Create(options.With(SchedulerKind.Lcm), 51));
    }

    [TestMethod]
    public void AllStepsOfTrainingAreTakenOrRefused()
    {
        foreach (var kind in Enum.GetValues<SchedulerKind>().Where(kind => kind != SchedulerKind.Lcm))
        {
            // As in Stable Diffusion: the first of so many timesteps would be one that training did not have.
            var options = new SchedulerOptions { StepsOffset = 1 }.With(kind);
            bool looksUp = kind is SchedulerKind.Ddim or SchedulerKind.Ddpm or SchedulerKind.Pndm;
            if (looksUp)
                Assert.Contains("begin at timestep 1000", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => DiffusionScheduler.Create(options, 1000)).Message);
            options.StepsOffset = 0;
            Run(options, 1000);
            foreach (var spacing in Enum.GetValues<TimestepSpacing>())
            {
                options.TimestepSpacing = spacing;
                Run(options, 998);
                Run(options, 7);
            }
        }

        static void Run(SchedulerOptions options, int steps)
        {
            var scheduler = DiffusionScheduler.Create(options, steps);
            float[] sample = [1], output = [0.5f];
            for (int i = 0; i < scheduler.Timesteps.Count; i++)
                scheduler.Step(output, i, sample, noise => noise.Clear());
            Assert.IsTrue(float.IsFinite(sample[0]), $"{options.Kind} {options.TimestepSpacing} {steps}");
            Assert.IsLessThan(scheduler.Timesteps.Count, DiffusionScheduler.Create(options, steps, 1.0 / steps + 1e-9).FirstIndex);
        }
    }

    [TestMethod]
    public void OptionsSayAllThatIsWrong()
    {
        var fault = Assert.ThrowsExactly<ArgumentException>(() => new SchedulerOptions { TrainTimesteps = 0, BetaStart = double.NaN, BetaEnd = 2, Eta = -1, SolverOrder = 4 }.Validate());
        foreach (var name in new[] { "TrainTimesteps is 0", "BetaStart is NaN", "BetaEnd is 2", "Eta is -1", "SolverOrder is 4" })
            Assert.Contains(name, fault.Message);
        Assert.ThrowsExactly<ArgumentException>(() => new SchedulerOptions { Kind = SchedulerKind.DpmSolver, Algorithm = DpmAlgorithm.DpmSolver }.Validate());
    }

    [TestMethod]
    [DataRow("{", "is not JSON")]
    [DataRow("[]", "must be an object")]
    [DataRow("""{"_class_name":"VQDiffusionScheduler"}""", "has the _class_name 'VQDiffusionScheduler'")]
    [DataRow("""{"_class_name":"DDIMScheduler","beta_schedule":"sigmoid"}""", "has beta_schedule 'sigmoid'")]
    [DataRow("""{"_class_name":"DDIMScheduler","num_train_timesteps":"many"}""", "wrong type")]
    [DataRow("""{"_class_name":"DDIMScheduler","num_train_timesteps":-5}""", "out of range")]
    [DataRow("""{"_class_name":"DDIMScheduler","thresholding":true}""", "asks for thresholding = true")]
    [DataRow("""{"_class_name":"EulerDiscreteScheduler","use_exponential_sigmas":true}""", "use_exponential_sigmas")]
    public void FilesThatCannotBeFollowedAreRefused(string json, string reason) =>
        Assert.Contains(reason, Assert.ThrowsExactly<ImagingException>(() => SchedulerOptions.Parse(json)).Message);

    [TestMethod]
    public void AFileIsReadFromItsFolder()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "scheduler_config.json"), """{"_class_name":"DPMSolverMultistepScheduler","algorithm_type":"sde-dpmsolver++","use_karras_sigmas":true,"solver_type":"heun"}""");
        var options = SchedulerOptions.Read(folder.Path);
        Assert.AreEqual(SchedulerKind.DpmSolver, options.Kind);
        Assert.AreEqual(DpmAlgorithm.SdeDpmSolverPlusPlus, options.Algorithm);
        Assert.IsTrue(options.UseKarrasSigmas);
        Assert.IsNull(options.With(SchedulerKind.UniPc).SolverType);
        Assert.AreEqual(false, options.With(SchedulerKind.Ddim).ClipSample, "latents are not clipped because the solver is another");
        Assert.Contains("does not exist", Assert.ThrowsExactly<ImagingException>(() => SchedulerOptions.Read(Path.Combine(folder.Path, "none"))).Message);
    }

    private static float[] Perfect(DiffusionScheduler scheduler, float[] sample, float[] image, int index)
    {
        // What the image weighs in the sample and the output, read from how the scheduler sees 0 and 1.
        float[] ofSample = new float[1], ofOutput = new float[1];
        scheduler.PredictOriginal([0], [1], index, ofSample);
        scheduler.PredictOriginal([1], [0], index, ofOutput);
        return [.. sample.Select((value, i) => (image[i] - ofSample[0] * value) / ofOutput[0])];
    }
}
