using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.AutoML.CodeGen;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Tests.Runtime.AutoML;

/// <summary>Pipelines whose estimators and parameters are searched.</summary>
[TestClass]
public sealed class SweepablePipelineTests
{
    private readonly MLContext _context = new(1);

    /// <summary>An estimator that copies a column under the name of a parameter.</summary>
    private sealed class CopyOption
    {
        [Choice("p", "q", "r")]
        public string Name { get; set; } = "q";

        [Range(1, 9, 3)]
        public int Number { get; set; } = 3;

        public string Input { get; set; } = "x";
    }

    private SweepableEstimator Copy(List<CopyOption>? seen = null) => _context.Auto().CreateSweepableEstimator<CopyOption>((context, option) =>
    {
        seen?.Add(option);
        return context.Transforms.CopyColumns(option.Name, option.Input);
    });

    private static string[] Terms(SweepablePipeline pipeline) => [.. ((ChoiceOption)pipeline.SearchSpace["_SCHEMA_"]).Choices.Select(choice => choice.AsType<string>())];

    [TestMethod]
    public void AppendsMakeSequencesAndAlternatives()
    {
        var plain = _context.Transforms.CopyColumns("y", "x");
        CollectionAssert.AreEqual(new[] { "e0 * e1" }, Terms(plain.Append(Copy())));
        CollectionAssert.AreEqual(new[] { "e0 * e1" }, Terms(Copy().Append(plain)));
        CollectionAssert.AreEqual(new[] { "e0 * e1", "e0 * e2" }, Terms(Copy().Append(Copy(), Copy())));
        CollectionAssert.AreEqual(new[] { "e0 * e1", "e0 * e2" }, Terms(plain.Append(Copy(), Copy())));
        var two = plain.Append(Copy(), Copy());
        CollectionAssert.AreEqual(new[] { "e0 * e1 * e3", "e0 * e2 * e3" }, Terms(two.Append(plain)));
        CollectionAssert.AreEqual(new[] { "e0 * e1 * e2", "e0 * e1 * e3" }, Terms(plain.Append(two)));
        CollectionAssert.AreEqual(new[] { "e0 * e1 * e2", "e0 * e1 * e3" }, Terms(Copy().Append(two)));
        var nested = two.Append(two, Copy());
        CollectionAssert.AreEqual(new[] { "e0 * e1 * e3 * e4", "e0 * e1 * e3 * e5", "e0 * e1 * e6", "e0 * e2 * e3 * e4", "e0 * e2 * e3 * e5", "e0 * e2 * e6" }, Terms(nested));
        CollectionAssert.AreEqual(new[] { "e0", "e1", "e2", "e3", "e4", "e5", "e6" }, nested.Estimators.Keys);
        Assert.HasCount(3, two.Estimators);
    }

    [TestMethod]
    public void TheSpaceHoldsThatOfEachEstimator()
    {
        var pipeline = _context.Transforms.CopyColumns("y", "x").Append(Copy(), Copy());
        CollectionAssert.AreEqual(new[] { "_SCHEMA_", "e0", "e1", "e2" }, pipeline.SearchSpace.Keys.ToArray());
        Assert.AreEqual(1 + 2 + 2, pipeline.SearchSpace.FeatureSpaceDim);
        Assert.AreEqual("e0 * e1", pipeline.CurrentParameter["_SCHEMA_"].AsType<string>());
        Assert.AreEqual("q", pipeline.CurrentParameter["e1"]["Name"].AsType<string>());
    }

    [TestMethod]
    public void ParametersBecomeEstimators()
    {
        var seen = new List<CopyOption>();
        var pipeline = Copy(seen).Append(Copy(seen), Copy(seen));
        var parameter = pipeline.CurrentParameter;
        parameter["_SCHEMA_"] = Parameter.FromString("e0 * e2");
        parameter["e2"] = Parameter.CreateNestedParameter(KeyValuePair.Create("Name", Parameter.FromString("r")), KeyValuePair.Create("Number", Parameter.FromInt(7)));
        var data = _context.Data.LoadFromEnumerable(new[] { new { x = 4f } });
        var made = pipeline.BuildFromOption(_context, parameter).Fit(data).Transform(data);
        CollectionAssert.AreEquivalent(new[] { "x", "q", "r" }, made.Schema.Select(column => column.Name).ToArray());
        Assert.HasCount(2, seen);
        Assert.AreEqual(("q", 3, "x"), (seen[0].Name, seen[0].Number, seen[0].Input));
        Assert.AreEqual(("r", 7, "x"), (seen[1].Name, seen[1].Number, seen[1].Input));
        Assert.AreEqual(parameter, pipeline.CurrentParameter);
    }

    [TestMethod]
    public void MembersThatAreNotSearchedAreThoseOfTheGivenDefault()
    {
        CopyOption? seen = null;
        var estimator = _context.Auto().CreateSweepableEstimator((context, option) =>
        {
            seen = option;
            return context.Transforms.CopyColumns(option.Name, option.Input);
        }, new SearchSpace<CopyOption>(new CopyOption { Input = "z", Name = "r" }));
        estimator.BuildFromOption(_context, estimator.SearchSpace.SampleFromFeatureSpace(estimator.SearchSpace.Default));
        Assert.AreEqual(("r", "z"), (seen!.Name, seen.Input));
    }

    [TestMethod]
    public void ASchemaBecomesAPipeline()
    {
        var pipeline = Copy().Append(Copy(), Copy()).Append(Copy());
        CollectionAssert.AreEqual(new[] { "e0 * e1", "e0 * e2" }, Terms(pipeline.BuildSweepableEstimatorPipeline("e0 * (e3 + e2)")));
        Assert.AreSame(pipeline.Estimators["e3"], pipeline.BuildSweepableEstimatorPipeline("e0 * (e3 + e2)").Estimators["e1"]);
    }

    [TestMethod]
    [DataRow("e0", "e0")]
    [DataRow("e0*e1+e2", "e0 * e1 + e2")]
    [DataRow("e0 * (e1 + e2) * e3", "e0 * (e1 + e2) * e3")]
    [DataRow("( ( a_1 ) )", "a_1")]
    public void SchemasAreRead(string text, string expected) => Assert.AreEqual(expected, Entity.FromExpression(text).ToString());

    [TestMethod]
    [DataRow("")]
    [DataRow("e0 *")]
    [DataRow("e0 e1")]
    [DataRow("(e0 + e1")]
    [DataRow("e0)")]
    [DataRow("e0 - e1")]
    public void OtherTextsAreNoSchemas(string text) => StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => Entity.FromExpression(text)).Message, "position");

    [TestMethod]
    public void EstimatorsAreAddedAndMultiplied()
    {
        Estimator first = Copy(), second = Copy();
        Assert.AreEqual("Unknown * Unknown + Unknown", (first * second + first).ToString());
        Assert.AreEqual("(Unknown + Unknown) * Unknown", ((first + second) * first).ToString());
        Assert.AreEqual("Unknown * (Unknown + Unknown)", (first * (first + second)).ToString());
        Assert.IsTrue(EstimatorType.SdcaRegression.IsTrainer());
        Assert.IsFalse(EstimatorType.Concatenate.IsTrainer());
    }

    [TestMethod]
    public void FaultsAreNamed()
    {
        var pipeline = Copy().Append(Copy(), Copy());
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => pipeline.BuildFromOption(_context, Parameter.CreateNestedParameter())).Message, "_SCHEMA_");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => pipeline.BuildSweepableEstimatorPipeline("e0 * e9")).Message, "e9");
        Assert.ThrowsExactly<ArgumentException>(() => pipeline.Append());
        var several = Parameter.CreateNestedParameter(KeyValuePair.Create("_SCHEMA_", Parameter.FromString("e0 * (e1 + e2)")));
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => pipeline.BuildFromOption(_context, several)).Message, "leaves a choice");
    }

    [TestMethod]
    public void TrainersThatAreNotThereAreLeftOut()
    {
        var auto = _context.Auto();
        CollectionAssert.AreEqual(
            new[] { EstimatorType.LbfgsLogisticRegressionBinary, EstimatorType.SdcaLogisticRegressionBinary }, auto.BinaryClassification().Estimators.Values.Select(estimator => estimator.EstimatorType).ToArray());
        Assert.HasCount(4, auto.MultiClassification().Estimators);
        Assert.HasCount(2, auto.Regression().Estimators);
        var fault = Assert.ThrowsExactly<ArgumentException>(() => auto.BinaryClassification(useLbfgsLogisticRegression: false, useSdcaLogisticRegression: false));
        StringAssert.Contains(fault.Message, "useSdcaLogisticRegression");
        Assert.ThrowsExactly<ArgumentException>(() => auto.Regression(useLbfgsPoissonRegression: false, useSdca: false));
    }

    [TestMethod]
    public void OptionsOfTrainersAreWhereTheSearchBegins()
    {
        var pipeline = _context.Auto().Regression("y", "f", useLbfgsPoissonRegression: false, sdcaOption: new SdcaOption { L1Regularization = 2, L2Regularization = 4 });
        Assert.AreEqual(2f, pipeline.CurrentParameter["e0"]["L1Regularization"].AsType<float>(), 1e-5f);
        Assert.AreEqual(4f, pipeline.CurrentParameter["e0"]["L2Regularization"].AsType<float>(), 1e-5f);
    }
}
