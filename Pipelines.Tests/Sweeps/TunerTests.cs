using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Benchmarks.Sweeps;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps;

/// <summary>What all tuners have in common, and how well they search.</summary>
[TestClass]
public sealed class TunerTests
{
    private static SearchSpace Space() => new(
        KeyValuePair.Create<string, OptionBase>("rate", new UniformDoubleOption(1e-5, 1e-1, logBase: true, defaultValue: 1e-3)),
        KeyValuePair.Create<string, OptionBase>("epochs", new UniformIntOption(3, 10, defaultValue: 4)),
        KeyValuePair.Create<string, OptionBase>("share", new UniformSingleOption(-1, 3)),
        KeyValuePair.Create<string, OptionBase>("kind", new ChoiceOption(["a", "b", "c"], "b")),
        KeyValuePair.Create<string, OptionBase>("flag", new ChoiceOption(true, false)));

    public static IEnumerable<object[]> Names => TunerBenchmark.Tuners.Select((tuner, i) => new object[] { i, tuner.ToString()! });

    private static Tuner New(int kind, SearchSpace space, int seed = 1, params Condition[] conditions) => TunerBenchmark.Tuners[kind].New(space, seed, conditions);

    private static List<Parameter> Run(Tuner tuner, int trials, Func<Parameter, double> loss)
    {
        var tried = new List<Parameter>();
        for (int i = 0; i < trials; i++)
        {
            var settings = new TrialSettings { TrialId = i };
            settings.Parameter = tuner.Propose(settings);
            tried.Add(settings.Parameter);
            tuner.Update(new TrialResult { TrialSettings = settings, Loss = loss(settings.Parameter) });
        }
        return tried;
    }

    private static double Loss(Parameter p) =>
        Math.Pow(Math.Log10(p["rate"].AsType<double>()) + 2, 2) + Math.Abs(p["epochs"].AsType<int>() - 8) + Math.Pow(p["share"].AsType<float>() - 1, 2) + (p["kind"].AsType<string>() == "c" ? 0 : 1) + (p["flag"].AsType<bool>() ? 0 : 1);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void EveryDimensionIsVariedWithinItsBounds(int kind, string name)
    {
        var tried = Run(New(kind, Space()), 60, Loss);
        foreach (var p in tried)
        {
            Assert.IsInRange(1e-5, 1e-1, p["rate"].AsType<double>(), name);
            Assert.IsInRange(3, 10, p["epochs"].AsType<int>(), name);
            Assert.IsInRange(-1f, 3f, p["share"].AsType<float>(), name);
        }
        foreach (string key in new[] { "rate", "epochs", "share", "kind", "flag" })
            Assert.IsGreaterThan(1, tried.Select(p => p[key]).Distinct().Count(), $"{name} never varies {key}");
    }

    /// <summary>On a logarithmic scale every power of ten gets as many points as the next.</summary>
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    public void ScalesAreKept(int kind)
    {
        var tried = Run(New(kind, Space()), 400, _ => 0);
        for (int power = -5; power < -1; power++)
            Assert.IsInRange(60, 140, tried.Count(p => (int)Math.Floor(Math.Log10(p["rate"].AsType<double>())) == power), $"1e{power}");
        for (int epochs = 4; epochs < 10; epochs++)
            Assert.IsInRange(25, 95, tried.Count(p => p["epochs"].AsType<int>() == epochs), $"{epochs} epochs");
        foreach (string choice in new[] { "a", "b", "c" })
            Assert.IsInRange(90, 180, tried.Count(p => p["kind"].AsType<string>() == choice), choice);
    }

    [TestMethod]
    public void AnySpaceIsSearchedWithinItsBounds()
    {
        var spaces = from least in Gen.Choose(-50, 50)
                     from width in Gen.Choose(1, 1000)
                     from choices in Gen.Choose(1, 6)
                     from log in Gen.Elements(true, false)
                     from kind in Gen.Choose(0, TunerBenchmark.Tuners.Length - 1)
                     from seed in Gen.Choose(1, 1000)
                     select (least, width, choices, log, kind, seed);
        Prop.ForAll(Arb.From(spaces), made =>
        {
            double from = made.log ? 1 : made.least;
            // It starts at the cheap end, where the loss is least too, and its steps grow shorter there: often too short for the next whole number.
            bool isWalk = TunerBenchmark.Tuners[made.kind].ToString() == "cost-frugal";
            var space = new SearchSpace(
                KeyValuePair.Create<string, OptionBase>("n", new UniformIntOption((int)from, (int)from + made.width, made.log)),
                KeyValuePair.Create<string, OptionBase>("x", new UniformDoubleOption(from, from + made.width, made.log)),
                KeyValuePair.Create<string, OptionBase>("c", new ChoiceOption([.. Enumerable.Range(0, made.choices).Select(i => (object)i)], null)));
            var tried = Run(New(made.kind, space, made.seed), 40, p => p["x"].AsType<double>() * (p["c"].AsType<int>() + 1));
            return tried.All(p => p["n"].AsType<int>() >= from && p["n"].AsType<int>() <= from + made.width && p["x"].AsType<double>() >= from && p["x"].AsType<double>() <= from + made.width)
                && tried.Select(p => p["x"]).Distinct().Count() > 1 && (isWalk || tried.Select(p => p["n"]).Distinct().Count() > 1) && (made.choices == 1 || tried.Select(p => p["c"]).Distinct().Count() > 1);
        }).QuickCheckThrowOnFailure();
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ASeedRepeats(int kind, string name) =>
        CollectionAssert.AreEqual(Run(New(kind, Space(), 5), 30, Loss), Run(New(kind, Space(), 5), 30, Loss), name);

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void OptionsThatDoNotCountAreLeftOut(int kind, string name)
    {
        var conditional = TunerFunction.All.Single(function => function.Name == "conditional");
        var tried = Run(New(kind, conditional.NewSpace(), 3, conditional.Conditions), 50, conditional.Value);
        foreach (var p in tried)
        {
            string chosen = p["kind"].AsType<string>();
            Assert.AreEqual(chosen is "a" or "b", p.ContainsKey("rate"), name);
            Assert.AreEqual(chosen is "c", p.ContainsKey("depth"), name);
            Assert.IsTrue(p.ContainsKey("share"), name);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void GivenPointsComeFirstAndOthersResultsCount(int kind, string name)
    {
        var tuner = New(kind, Space());
        var given = Space().SampleFromFeatureSpace([0.25, 1, 0.5, 0.9, 0.1]);
        tuner.Enqueue(given);
        Assert.AreEqual(given, tuner.Propose(new TrialSettings { TrialId = 0 }), name);
        var other = Space().SampleFromFeatureSpace([0.5, 0.2, 0.3, 0.1, 0.7]);
        tuner.Update(new TrialResult { TrialSettings = new TrialSettings { TrialId = 99, Parameter = other }, Loss = 1 });
        tuner.Update(new TrialResult { TrialSettings = new TrialSettings { TrialId = 0, Parameter = given }, Loss = double.NaN });
        Assert.HasCount(20, Run(tuner, 20, Loss));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TrialsAtOnceDiffer(int kind, string name)
    {
        var tuner = New(kind, Space());
        Run(tuner, 15, Loss);
        var running = Enumerable.Range(100, 8).Select(id => tuner.Propose(new TrialSettings { TrialId = id })).ToArray();
        Assert.IsGreaterThanOrEqualTo(7, running.Distinct().Count(), name);
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void FailedTrialsStopNoOne(int kind, string name)
    {
        var tried = Run(New(kind, Space()), 40, p => p["flag"].AsType<bool>() ? Loss(p) : double.PositiveInfinity);
        Assert.HasCount(40, tried, name);
        Assert.IsTrue(tried.Any(p => p["flag"].AsType<bool>()), name);
    }

    /// <summary>The default tuner is ahead of random search by a factor of at least two, on all functions of the benchmark.</summary>
    [TestMethod]
    public void TheDefaultTunerIsAheadOfRandomSearch()
    {
        var random = TunerBenchmark.Tuners[0];
        var process = TunerBenchmark.Tuners[^1];
        foreach (var function in TunerFunction.All)
        {
            const int seeds = 7;
            double Median(ITunerFactory tuner)
            {
                var regrets = new double[seeds];
                Parallel.For(0, seeds, seed => regrets[seed] = function.Regret(tuner, seed + 1, 50)[0]);
                return regrets.Order().ElementAt(seeds / 2);
            }
            Assert.IsLessThan(Median(random) / 2, Median(process), function.Name);
        }
    }

    [TestMethod]
    public void SpacesThatCannotBeSearchedAreNamed()
    {
        var empty = new SearchSpace(KeyValuePair.Create<string, OptionBase>("only", new ChoiceOption("a")));
        Assert.Contains("no option with more than one value", Assert.ThrowsExactly<ArgumentException>(() => new RandomTuner(empty)).Message);
        Assert.Contains("no option with more than one value", Assert.ThrowsExactly<ArgumentException>(() => new RandomTuner(new SearchSpace())).Message);
        var faults = Assert.ThrowsExactly<ArgumentException>(() => new RandomTuner(Space(), 1,
        [
            new Condition("epochs", "kind", Parameter.FromString("z")), new Condition("depth", "kind", Parameter.FromString("a")), new Condition("share", "rate"),
            new Condition("flag", "share", Parameter.FromDouble(1)), new Condition("share", "flag", Parameter.FromBool(true)),
        ]));
        Assert.Contains("which it never is; it is one of \"a\", \"b\", \"c\"", faults.Message);
        Assert.Contains("'depth', which is no option", faults.Message);
        Assert.Contains("having no value at all", faults.Message);
        Assert.Contains("depend on each other", faults.Message);
        Assert.Contains("the least value must be below the greatest", Assert.ThrowsExactly<ArgumentException>(() => new UniformDoubleOption(2, 1)).Message);
        Assert.Contains("must begin above 0", Assert.ThrowsExactly<ArgumentException>(() => new UniformDoubleOption(0, 1, logBase: true)).Message);
        Assert.Contains("repeat a value", Assert.ThrowsExactly<ArgumentException>(() => new ChoiceOption("a", "a")).Message);
    }
}
