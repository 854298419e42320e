using Microsoft.ML;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Sweeps;

namespace MLPipelines.Tests.Sweeps.Spaces;

/// <summary>Space files narrow the space of a task, name all that is wrong with them, and say what was written again.</summary>
[TestClass]
public sealed class SpaceFileTests
{
    private static SpaceDefinition Own { get; } = new(
        new SearchSpace
        {
            ["algorithm"] = new ChoiceOption(["ease", "knn", "als"], "knn"),
            ["ease.dropout"] = new UniformSingleOption(0, 0.8f, false, 0.1f),
            ["knn.neighbours"] = new UniformIntOption(10, 1000, true, 200),
            ["knn.similarity"] = new ChoiceOption("Cosine", "Jaccard"),
            ["knn.jaccard-weight"] = new UniformDoubleOption(1e-5, 1, true),
            ["binary"] = new ChoiceOption(true, false),
            ["batch"] = new ChoiceOption(8, 16, 32),
        },
        [
            new Condition("ease.dropout", "algorithm", Parameter.FromString("ease")),
            new Condition("knn.neighbours", "algorithm", Parameter.FromString("knn")),
            new Condition("knn.similarity", "algorithm", Parameter.FromString("knn")),
            new Condition("knn.jaccard-weight", "knn.similarity", Parameter.FromString("Jaccard")),
        ]);

    private static SpaceDefinition Narrow(string text) => SpaceFile.Narrow(text, Own, "space.yaml");

    private static string FaultOf(string text) => Assert.ThrowsExactly<ArgumentException>(() => Narrow(text)).Message;

    private static string Write(SpaceDefinition space) => SpaceFile.Write(space.Space, space.Conditions);

    [TestMethod]
    public void WhatIsWrittenIsReadAgain()
    {
        string text = Write(Own);
        Assert.AreEqual(text, Write(Narrow(text)));
        Assert.AreEqual(text, Write(SpaceFile.Parse(text)));
        Assert.Contains("ease.dropout: {min: 0.0, max: 0.8, default: 0.1, when: {algorithm: [ease]}}\n", text);
        Assert.Contains("algorithm: {choices: [ease, knn, als], default: knn}\n", text);
        Assert.Contains("batch: [8, 16, 32]\n", text);
        Assert.Contains("knn.neighbours: {min: 10, max: 1000, log: true, default: 200, when: {algorithm: [knn]}}\n", text);
    }

    [TestMethod]
    public void EverySpaceOfOursIsReadAgain()
    {
        var context = new Microsoft.ML.MLContext(1);
        var texts = context.Data.LoadFromEnumerable(Enumerable.Range(0, 8).Select(i => new MLPipelines.Data.TextLabel { Text = $"text {i}", Label = $"{i % 2}" }));
        SweepTask[] tasks =
        [
            SweepTasks.Open(new SweepJob { Task = "recommender", Data = "shop" }, MLPipelines.Tests.Recommendation.Shop.Load(context, MLPipelines.Tests.Recommendation.Shop.TwoTastes())),
            SweepTasks.Open(new SweepJob { Task = "text-classification", Data = "texts", Families = ["linear", "encoder"] }, texts),
        ];
        foreach (var options in tasks.Select(task => task.Configure(new SweepOptions())))
        {
            string text = SpaceFile.Write(options.Space, options.Conditions);
            Assert.AreEqual(text, Write(SpaceFile.Narrow(text, new SpaceDefinition(options.Space, options.Conditions))));
            Assert.AreEqual(text, Write(SpaceFile.Parse(text)));
        }
    }

    [TestMethod]
    public void NestedAndOddValuesAreReadAgain()
    {
        var odd = new SpaceDefinition(
            new SearchSpace
            {
                ["nested"] = new SearchSpace { ["x: y"] = new UniformDoubleOption(-2.5, 3), ["n"] = new UniformIntOption(-3, 3, false, 2) },
                ["texts"] = new ChoiceOption("true", "1", "a b", "it's \"quoted\": #no comment", "null", ""),
                ["layers"] = new ChoiceOption(new[] { 64, 32 }, new[] { 128 }),
                ["fixed"] = new ChoiceOption(0.25),
                ["large"] = new UniformDoubleOption(1e-12, 1e18, true, 0.125),
            },
            [new Condition("large", "texts", Parameter.FromString("1"), Parameter.FromString(""))]);
        Assert.AreEqual(Write(odd), Write(SpaceFile.Parse(Write(odd))));
        var read = SpaceFile.Parse(Write(odd));
        foreach (var (name, option) in odd.Space)
        {
            Assert.AreEqual(option.FeatureSpaceDim, read.Space[name].FeatureSpaceDim, name);
            var point = Enumerable.Repeat(0.3, option.FeatureSpaceDim).ToArray();
            Assert.AreEqual(option.SampleFromFeatureSpace(point), read.Space[name].SampleFromFeatureSpace(point), name);
        }
    }

    [TestMethod]
    public void RangesAreNarrowedChoicesTooAndTheRestStays()
    {
        var space = Narrow("""
            # the neighbours only
            algorithm: [knn, ease]
            knn.neighbours: {max: 100}
            batch: {min: 4, max: 64, log: true}
            binary: true
            """);
        Assert.IsTrue(space.Space["knn.neighbours"] is UniformIntOption { Min: 10, Max: 100, LogBase: true } neighbours && neighbours.SampleFromFeatureSpace(neighbours.Default).AsType<int>() == 100);
        Assert.IsTrue(space.Space["batch"] is UniformIntOption { Min: 4, Max: 64, LogBase: true });
        Assert.AreEqual("[knn, ease]", Write(space).Split('\n').Single(line => line.StartsWith("algorithm", StringComparison.Ordinal))["algorithm: ".Length..]);
        Assert.AreEqual(0, space.Space["binary"].FeatureSpaceDim);
        Assert.AreSame(Own.Space["ease.dropout"], space.Space["ease.dropout"]);
        Assert.HasCount(4, space.Conditions);
    }

    [TestMethod]
    public void WhatCanNeverCountIsLeftOut()
    {
        var space = Narrow("algorithm: als");
        CollectionAssert.AreEqual(new[] { "algorithm", "batch", "binary" }, space.Space.Keys.ToArray());
        Assert.HasCount(0, space.Conditions);
        CollectionAssert.DoesNotContain(Narrow("knn.similarity: [Cosine]").Space.Keys.ToArray(), "knn.jaccard-weight");
        Assert.Contains("line 2: 'ease.dropout' counts only while 'algorithm' is ease, which it never is here", FaultOf("algorithm: als\nease.dropout: {max: 0.5}"));
    }

    [TestMethod]
    public void ConditionsCanBeReplaced()
    {
        var space = Narrow("batch: {choices: [8, 16], when: {algorithm: [ease, als], binary: false}}");
        var conditions = space.Conditions.Where(condition => condition.Option == "batch").ToArray();
        Assert.HasCount(2, conditions);
        Assert.AreEqual(Parameter.FromBool(false), conditions[1].Values.Single());
    }

    [TestMethod]
    public void AllFaultsAreNamedWithTheirLines()
    {
        string fault = FaultOf("""
            lerning-rate: 1
            knn.neighbors: {min: 1}
            knn.neighbours: {min: 50, max: 20}
            ease.dropout: {min: 0.5, max: 0.5}
            knn.jaccard-weight: {min: 0.0, mux: 1}
            algorithm: [ease, eaze, ease]
            batch: {min: 1, max: 4.5}
            binary: {min: 0, max: 1}
            knn.similarity: {choices: [Cosine], value: Jaccard, when: {algoritm: [knn]}}
            """);
        Assert.StartsWith("space.yaml cannot be searched: line 1: there is no option 'lerning-rate'; options are algorithm, ", fault);
        foreach (string part in new[]
        {
            "line 2: there is no option 'knn.neighbors'; did you mean 'knn.neighbours'?",
            "line 3: 'knn.neighbours' is from 50 to 20; the least value must be below the greatest",
            "line 4: 'ease.dropout' is from 0.5 to 0.5; the least value must be below the greatest (for a fixed value write 'ease.dropout: 0.5')",
            "line 5: 'knn.jaccard-weight' has 'mux'; did you mean 'max'?",
            "line 5: 'knn.jaccard-weight' begins at 0.0; on a logarithmic scale it must begin above 0",
            "line 6: 'algorithm' is eaze; it can be ease, knn, als; did you mean 'ease'?",
            "line 6: 'algorithm' has ease twice",
            "line 7: 'batch' is a whole number; its range is from 1 to 4.5",
            "line 8: 'binary' is no number; it can be true, false",
            "line 9: 'knn.similarity' has choices and also value; give one of them",
            "line 9: 'knn.similarity' depends on 'algoritm', which is no option; did you mean 'algorithm'?",
        })
            Assert.Contains(part, fault);
    }

    [TestMethod]
    [DataRow("batch: 8.5", "line 1: 'batch' is 8.5; it can be 8, 16, 32")]
    [DataRow("batch: {min: 1, max: 9, log: maybe}", "'log' of 'batch' must be true or false")]
    [DataRow("batch:", "line 1: 'batch' is empty")]
    [DataRow("batch: {}", "says nothing of its values")]
    [DataRow("batch: []", "has nothing to choose from")]
    [DataRow("batch: {min: a, max: 3}", "'min' of 'batch' is 'a'; expected is a number")]
    [DataRow("batch: {min: 3}", "'batch' has no 'max'")]
    [DataRow("knn.neighbours: {default: 5}", "'knn.neighbours' is 5; the range is from 10 to 1000")]
    [DataRow("knn.neighbours: {min: .inf}", "expected is a number")]
    [DataRow("batch: 8\nbatch: 16", "line 2: 'batch' stands on line 1 too")]
    [DataRow("batch: &a 8\nbinary: *a", "line 2: this is no YAML: references to other parts")]
    [DataRow("batch: [8, 16", "this is no YAML")]
    [DataRow("- batch", "expected are options by name")]
    [DataRow("batch: 8\n---\nbatch: 16", "a second document begins")]
    [DataRow("algorithm: {choices: [ease, knn], when: {binary: [maybe]}}", "'algorithm, which depends on 'binary',' is maybe; it can be true, false")]
    [DataRow("algorithm: {choices: [ease, knn], when: {knn.similarity: [Cosine]}}", "depend on each other")]
    [DataRow("batch: {value: 8, when: {batch: 8}}", "'batch' depends on itself")]
    public void EachFaultSaysWhatIsWrong(string text, string part) => Assert.Contains(part, FaultOf(text));

    [TestMethod]
    public void AFileThatFixesAllIsRefused()
    {
        var one = new SpaceDefinition(new SearchSpace { ["x"] = new UniformDoubleOption(0, 1) }, []);
        Assert.Contains("no option has more than one value", Assert.ThrowsExactly<ArgumentException>(() => SpaceFile.Narrow("x: 0.5", one)).Message);
    }

    [TestMethod]
    public void AnyTextIsReadOrRefusedWithALine()
    {
        var random = new Random(1);
        string[] pieces = ["algorithm", "batch", ": ", "[", "]", "{", "}", "\n", " ", "min", "max", "1", "-", "0.5", "'", "\"", "&a", "*a", "!!int", "when", ",", "|", "\t", "#", "true", "space", "\u00e9", "%", "---", "null"];
        for (int i = 0; i < 3000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 24)).Select(_ => pieces[random.Next(pieces.Length)]));
            try
            {
                Narrow(text);
            }
            catch (ArgumentException e)
            {
                Assert.Contains("line ", e.Message, text);
            }
        }
        Assert.Contains("nested deeper", FaultOf($"batch: {new string('[', 5000)}"));
    }

    [TestMethod]
    public async Task ATaskIsSearchedAsItsFileSaysAndFindsWhatItExpects()
    {
        using var folder = new TemporaryFolder();
        var seen = new List<string>();
        string name = $"narrowed-{Guid.NewGuid():N}";
        SweepTasks.Register(name, (_, _) => new Recording(name, seen));
        var task = SweepTasks.Open(new SweepJob { Task = name, Data = "none", Space = "algorithm: [ease, als]\nbatch: {choices: [8, 16], when: {algorithm: [als]}}" });
        var result = await task.RunAsync(new SweepOptions { LedgerPath = folder.File("sweeps.db"), Trials = 12 });
        Assert.IsTrue(result.Trials.All(trial => trial.State == TrialState.Completed), result.Trials.FirstOrDefault(trial => trial.Failure is not null)?.Failure);
        Assert.IsTrue(result.Trials.All(trial => trial.Parameter.ContainsKey("batch") == (trial.Parameter["algorithm"].AsType<string>() == "als")));
        Assert.HasCount(12, seen);
        Assert.IsTrue(seen.TrueForAll(keys => keys is "algorithm batch binary" or "algorithm batch binary ease.dropout"), string.Join('\n', seen.Distinct()));
        Assert.Contains("line 1: there is no option 'batsch'; did you mean 'batch'?", Assert.ThrowsExactly<ArgumentException>(() => SweepTasks.Open(new SweepJob { Task = name, Data = "none", Space = "batsch: 8" })).Message);
    }

    private sealed class Recording(string name, List<string> seen) : SweepTask
    {
        public override string Name => name;

        public override IReadOnlyList<SweepMetric> Metrics => [new("score")];

        public override SearchSpace Space => Own.Space;

        public override IReadOnlyList<Condition> Conditions => Own.Conditions;

        public override double Run(SweepTrial trial, SweepMetric metric)
        {
            lock (seen)
                seen.Add(string.Join(' ', trial.Parameter.Keys));
            trial.Report(1, trial.Parameter["batch"].AsType<int>());
            return trial.Parameter["batch"].AsType<int>();
        }

        public override ITransformer Refit(Parameter parameter, int seed, CancellationToken cancellationToken = default) => throw new NotSupportedException("This task only tells what it is asked for.");
    }
}
