using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps.Reports;

/// <summary>Importance agrees with variances that are known.</summary>
[TestClass]
public sealed class ParameterImportanceTests
{
    private static readonly SpaceDefinition Square = new(new SearchSpace { ["x1"] = new UniformDoubleOption(0, 1), ["x2"] = new UniformDoubleOption(0, 1), ["none"] = new UniformDoubleOption(1e-4, 1, true) }, []);

    private static double Value(Parameter parameter, string name) => parameter[name].AsType<double>();

    private static TrialRecord[] Trials(SpaceDefinition definition, int count, Func<Parameter, double> metric, int seed = 1)
    {
        var cube = new UnitCube(definition.Space, definition.Conditions);
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var parameter = cube.ToParameter(cube.Random(random));
            return new TrialRecord(i, TrialState.Completed, parameter, metric(parameter), [], DateTime.UnixEpoch, TimeSpan.FromSeconds(1), 1, null, "");
        })];
    }

    private static double Share(IReadOnlyList<ParameterImportance> importance, params string[] options) => importance.Single(entry => entry.Options.Order().SequenceEqual(options.Order())).Share;

    [TestMethod]
    public void ASumDividesByTheSquaresOfItsFactors()
    {
        var importance = ParameterImportance.Of(Square, Trials(Square, 300, p => 3 * Value(p, "x1") + Value(p, "x2")));
        // Var(3 x1 + x2) = 9/12 + 1/12.
        Assert.AreEqual(0.9, Share(importance, "x1"), 0.03);
        Assert.AreEqual(0.1, Share(importance, "x2"), 0.03);
        Assert.AreEqual(0, Share(importance, "none"), 0.01);
        Assert.AreEqual(0, Share(importance, "x1", "x2"), 0.02);
        CollectionAssert.AreEqual(new[] { "x1" }, importance[0].Options.ToArray());
    }

    [TestMethod]
    public void AProductHasAnInteraction()
    {
        var importance = ParameterImportance.Of(Square, Trials(Square, 600, p => Value(p, "x1") * Value(p, "x2")));
        // Var(x1 x2) = 7/144, of which each factor alone has 3/144 and both together 1/144.
        Assert.AreEqual(3.0 / 7, Share(importance, "x1"), 0.05);
        Assert.AreEqual(3.0 / 7, Share(importance, "x2"), 0.05);
        Assert.AreEqual(1.0 / 7, Share(importance, "x1", "x2"), 0.04);
        Assert.AreEqual(0, Share(importance, "none"), 0.01);
    }

    [TestMethod]
    public void AnOptionThatSeldomCountsHasTheShareOfWhereItDoes()
    {
        var definition = new SpaceDefinition(
            new SearchSpace { ["kind"] = new ChoiceOption("a", "b", "c"), ["a.x"] = new UniformDoubleOption(0, 1), ["b.y"] = new UniformDoubleOption(0, 1) },
            [new Condition("a.x", "kind", Parameter.FromString("a")), new Condition("b.y", "kind", Parameter.FromString("b"))]);
        var importance = ParameterImportance.Of(definition, Trials(definition, 600, p => p["kind"].AsType<string>() == "a" ? Value(p, "a.x") : 0.5));
        // The metric is x on a third and else 0.5: its variance is 1/36; x alone has 1/9 of 1/12, which is a third of that, and with the kind the other two thirds; y has none.
        Assert.AreEqual(1.0 / 3, Share(importance, "a.x"), 0.05);
        Assert.AreEqual(2.0 / 3, Share(importance, "kind", "a.x"), 0.06);
        Assert.AreEqual(0, Share(importance, "b.y"), 1e-9);
        Assert.AreEqual(0, Share(importance, "kind"), 0.03);
    }

    [TestMethod]
    public void AChoiceIsMeasuredByItsMeans()
    {
        var definition = new SpaceDefinition(new SearchSpace { ["kind"] = new ChoiceOption("a", "b", "c", "d"), ["x"] = new UniformDoubleOption(0, 1) }, []);
        var importance = ParameterImportance.Of(definition, Trials(definition, 400, p => (p["kind"].AsType<string>() == "c" ? 1 : 0) + Value(p, "x")));
        // Variances 3/16 and 1/12.
        Assert.AreEqual(9.0 / 13, Share(importance, "kind"), 0.04);
        Assert.AreEqual(4.0 / 13, Share(importance, "x"), 0.04);
    }

    [TestMethod]
    public void AFewDivergedTrialsDoNotDrownTheRest()
    {
        var trials = Trials(Square, 300, p => 3 * Value(p, "x1") + Value(p, "x2"));
        for (int i = 0; i < 3; i++)
            trials[i] = trials[i] with { Metric = -1e9 };
        Assert.AreEqual(0.9, Share(ParameterImportance.Of(Square, trials), "x1"), 0.1);
    }

    [TestMethod]
    public void FewTrialsOrEqualOnesTellNothing()
    {
        Assert.HasCount(0, ParameterImportance.Of(Square, Trials(Square, ParameterImportance.LeastTrials - 1, p => Value(p, "x1"))));
        Assert.HasCount(0, ParameterImportance.Of(Square, Trials(Square, 50, _ => 0.25)));
        Assert.HasCount(0, ParameterImportance.Of(Square, [.. Trials(Square, 50, p => Value(p, "x1")).Select(trial => trial with { State = TrialState.Failed })]));
    }

    [TestMethod]
    public void TheSameSeedGivesTheSameShares()
    {
        var trials = Trials(Square, 60, p => Value(p, "x1"));
        CollectionAssert.AreEqual(ParameterImportance.Of(Square, trials).Select(entry => entry.Share).ToArray(), ParameterImportance.Of(Square, trials).Select(entry => entry.Share).ToArray());
    }
}
