using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Tests.Runtime.AutoML;

/// <summary>The tuners of the mirrored AutoML, as experiments use them.</summary>
[TestClass]
public sealed class AutoMLTunerTests
{
    private static readonly Func<AutoMLExperiment, AutoMLExperiment>[] Tuners =
    [
        experiment => experiment.SetRandomSearchTuner(),
        experiment => experiment.SetGridSearchTuner(),
        experiment => experiment.SetCostFrugalTuner(),
        experiment => experiment.SetSmacTuner(numberInitialPopulation: 10, fitModelEveryNTrials: 5, numRandomEISearchConfigurations: 200),
        experiment => experiment.SetEciCostFrugalTuner(),
    ];

    public static IEnumerable<object[]> Kinds => [["random", 0], ["grid", 1], ["cost-frugal", 2], ["SMAC", 3]];

    private static SearchSpace Space() => new()
    {
        ["rate"] = new UniformDoubleOption(1e-5, 1e-1, logBase: true, defaultValue: 1e-3),
        ["epochs"] = new UniformIntOption(3, 10, defaultValue: 4),
        ["share"] = new UniformSingleOption(-1, 3),
        ["kind"] = new ChoiceOption(["a", "b", "c"], "b"),
        ["flag"] = new ChoiceOption(true, false),
    };

    /// <summary>The parameters of the trials of an experiment, each under its own key of the space.</summary>
    private static List<Parameter> Run(int tuner, SearchSpace space, int trials, Func<Parameter, double> loss, int seed = 1)
    {
        var tried = new List<Parameter>();
        var experiment = new MLContext(seed).Auto().CreateExperiment().AddSearchSpace("own", space).SetMaxModelToExplore(trials).SetTrialRunner(new FunctionRunner(settings =>
        {
            tried.Add(settings.Parameter["own"]);
            return loss(settings.Parameter["own"]);
        }));
        Tuners[tuner](experiment).Run();
        return tried;
    }

    private static double Loss(Parameter p) =>
        Math.Pow(Math.Log10(p["rate"].AsType<double>()) + 2, 2) + Math.Abs(p["epochs"].AsType<int>() - 8) + Math.Pow(p["share"].AsType<float>() - 1, 2) + (p["kind"].AsType<string>() == "c" ? 0 : 1) + (p["flag"].AsType<bool>() ? 0 : 1);

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void EveryDimensionIsVariedWithinItsBounds(string name, int kind)
    {
        var tried = Run(kind, Space(), 60, Loss);
        Assert.HasCount(60, tried);
        foreach (var p in tried)
        {
            Assert.IsInRange(1e-5, 1e-1, p["rate"].AsType<double>(), name);
            Assert.IsInRange(3, 10, p["epochs"].AsType<int>(), name);
            Assert.IsInRange(-1f, 3f, p["share"].AsType<float>(), name);
        }
        foreach (string key in Space().Keys)
            Assert.IsGreaterThan(1, tried.Select(p => p[key]).Distinct().Count(), $"{name} never varies {key}");
        Assert.AreEqual(2, tried.Select(p => p["flag"]).Distinct().Count(), name);
        Assert.AreEqual(3, tried.Select(p => p["kind"]).Distinct().Count(), name);
    }

    [TestMethod]
    [DataRow("random", 0)]
    [DataRow("grid", 1)]
    public void ScalesAreKept(string name, int kind)
    {
        var tried = Run(kind, Space(), 400, _ => 0);
        for (int power = -5; power < -1; power++)
            Assert.IsInRange(55, 145, tried.Count(p => (int)Math.Floor(Math.Log10(p["rate"].AsType<double>() * (1 - 1e-9))) == power), $"{name}: 1e{power}");
        foreach (string choice in new[] { "a", "b", "c" })
            Assert.IsInRange(90, 180, tried.Count(p => p["kind"].AsType<string>() == choice), $"{name}: {choice}");
        for (int epochs = 4; epochs < 10; epochs++)
            Assert.IsInRange(25, 95, tried.Count(p => p["epochs"].AsType<int>() == epochs), $"{name}: {epochs} epochs");
    }

    [TestMethod]
    public void AnySpaceIsSearchedWithinItsBounds()
    {
        var spaces = from least in Gen.Choose(-50, 50)
                     from width in Gen.Choose(1, 1000)
                     from choices in Gen.Choose(1, 6)
                     from log in Gen.Elements(true, false)
                     from kind in Gen.Choose(0, 3)
                     from seed in Gen.Choose(1, 1000)
                     select (least, width, choices, log, kind, seed);
        Prop.ForAll(Arb.From(spaces), made =>
        {
            double from = made.log ? 1 : made.least;
            var space = new SearchSpace
            {
                ["n"] = new UniformIntOption((int)from, (int)from + made.width, made.log),
                ["x"] = new UniformDoubleOption(from, from + made.width, made.log),
                ["c"] = new ChoiceOption([.. Enumerable.Range(0, made.choices).Select(i => (object)i)], null),
            };
            var tried = Run(made.kind, space, 30, p => p["x"].AsType<double>() * (p["c"].AsType<int>() + 1), made.seed);
            return tried.All(p => p["n"].AsType<int>() >= from && p["n"].AsType<int>() <= from + made.width && p["x"].AsType<double>() >= from && p["x"].AsType<double>() <= from + made.width)
                && tried.Select(p => p["x"]).Distinct().Count() > 1 && tried.Select(p => p["n"]).Distinct().Count() > 1 && (made.choices == 1 || tried.Select(p => p["c"]).Distinct().Count() > 1);
        }).QuickCheckThrowOnFailure();
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void ASeedRepeats(string name, int kind) => CollectionAssert.AreEqual(Run(kind, Space(), 30, Loss, 5), Run(kind, Space(), 30, Loss, 5), name);

    /// <summary>A model-based or local search ends nearer to the optimum of Branin's function, 0.39789, than random points mostly do.</summary>
    [TestMethod]
    [DataRow("cost-frugal", 2)]
    [DataRow("SMAC", 3)]
    public void SearchesAreAheadOfRandomPoints(string name, int kind)
    {
        static double[] Best(int tuner) => [.. Enumerable.Range(1, 7).Select(seed =>
        {
            double best = double.MaxValue;
            Run(tuner, new SearchSpace { ["x"] = new UniformDoubleOption(-5, 10), ["y"] = new UniformDoubleOption(0, 15) }, 60, p =>
            {
                double x = p["x"].AsType<double>(), y = p["y"].AsType<double>();
                double value = Math.Pow(y - 5.1 / (4 * Math.PI * Math.PI) * x * x + 5 / Math.PI * x - 6, 2) + 10 * (1 - 1 / (8 * Math.PI)) * Math.Cos(x) + 10;
                best = Math.Min(best, value);
                return value;
            }, seed);
            return best;
        }).Order()];
        double[] found = Best(kind), random = Best(0);
        Assert.IsLessThan((random[3] - 0.39789) / 2, found[3] - 0.39789, $"{name}: {string.Join(' ', found)}, random: {string.Join(' ', random)}");
    }

    [TestMethod]
    public void AGridHasEachPointOnceAndEnds()
    {
        var space = new SearchSpace { ["n"] = new UniformIntOption(1, 4), ["x"] = new UniformDoubleOption(0, 1), ["c"] = new ChoiceOption("a", "b", "c", "d", "e", "f", "g") };
        var tried = new List<Parameter>();
        new MLContext(1).Auto().CreateExperiment().AddSearchSpace("own", space).SetMaxModelToExplore(10_000).SetGridSearchTuner(step: 5).SetTrialRunner(new FunctionRunner(settings =>
        {
            tried.Add(settings.Parameter["own"]);
            return 0;
        })).Run();
        Assert.HasCount(4 * 5 * 7, tried);
        Assert.HasCount(4 * 5 * 7, tried.Distinct().ToArray());
        CollectionAssert.AreEquivalent(new[] { 0.0, 0.25, 0.5, 0.75, 1.0 }, tried.Select(p => p["x"].AsType<double>()).Distinct().ToArray());
    }

    /// <summary>Of many ways through a pipeline each is tried, the better one more often, and the parameters of each are varied.</summary>
    [TestMethod]
    public void EciGoesOnWithThePipelineThatPays()
    {
        var context = new MLContext(1);
        var pipeline = context.Transforms.Concatenate("Features", "x").Append(context.Auto().BinaryClassification());
        var terms = new List<string>();
        var seen = new HashSet<(string, float)>();
        context.Auto().CreateExperiment().SetPipeline(pipeline).SetMaxModelToExplore(60).SetEciCostFrugalTuner().SetTrialRunner(new FunctionRunner(settings =>
        {
            var parameter = settings.Parameter["_pipeline_"];
            string term = parameter["_SCHEMA_"].AsType<string>();
            terms.Add(term);
            bool isSecond = term.EndsWith("e2", StringComparison.Ordinal);
            var own = parameter[isSecond ? "e2" : "e1"];
            float rate = own["L1Regularization"].AsType<float>();
            foreach (string option in own.Keys)
            {
                Assert.IsInRange(0.03125f, 32768f, own[option].AsType<float>());
                seen.Add((term + option, own[option].AsType<float>()));
            }
            return Math.Pow(Math.Log2(rate) + 3, 2) + (isSecond ? 0 : 30);
        })).Run();
        CollectionAssert.AreEquivalent(new[] { "e0 * e1", "e0 * e2" }, terms.Distinct().ToArray());
        Assert.IsGreaterThan(terms.Count / 2, terms.Count(term => term == "e0 * e2"));
        string[] varied = [.. seen.GroupBy(entry => entry.Item1).Where(group => group.Count() > 2).Select(group => group.Key).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(new[] { "e0 * e1L1Regularization", "e0 * e1L2Regularization", "e0 * e2L1Regularization", "e0 * e2L2Regularization" }, varied);
    }

    [TestMethod]
    [DynamicData(nameof(Kinds))]
    public void FailedTrialsStopNoOne(string name, int kind)
    {
        var tried = Run(kind, Space(), 40, p => p["flag"].AsType<bool>() ? Loss(p) : throw new InvalidOperationException("no"));
        Assert.HasCount(40, tried, name);
        Assert.IsTrue(tried.Any(p => p["flag"].AsType<bool>()), name);
    }

    [TestMethod]
    public void SettingsOutOfRangeAreNamed()
    {
        var experiment = new MLContext(1).Auto().CreateExperiment();
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => experiment.SetSmacTuner(numberOfTrees: 0)).Message, "numberOfTrees");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => experiment.SetSmacTuner(splitRatio: 1.5f)).Message, "splitRatio");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => experiment.SetGridSearchTuner(step: 1)).Message, "step");
    }
}
