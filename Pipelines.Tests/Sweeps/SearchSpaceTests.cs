using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Tests.Sweeps;

/// <summary>Spaces declared by attributes, and values between objects and points.</summary>
[TestClass]
public sealed class SearchSpaceTests
{
    private enum Norm { None, L1, L2 }

    private sealed class Inner
    {
        [Range(1, 100, 10, true)]
        public int Trees { get; set; } = 5;
    }

    private sealed class Options
    {
        [Range(1e-4, 1.0, true)]
        public double Rate { get; set; } = 0.01;

        [Range(2f, 4f)]
        public float Width = 2;

        [Choice("relu", "gelu")]
        public string Activation { get; set; } = "gelu";

        [Choice(Norm.L1, Norm.L2)]
        public Norm Norm { get; set; } = Norm.None;

        [BooleanChoice(true)]
        public bool Shuffle { get; set; } = true;

        [NestOption]
        public Inner Inner { get; set; } = new();

        public string Name { get; set; } = "kept";
    }

    [TestMethod]
    public void AttributesDeclareASpaceWhoseDefaultIsTheObject()
    {
        var space = new SearchSpace<Options>();
        Assert.AreEqual(6, space.FeatureSpaceDim);
        CollectionAssert.AreEquivalent(new[] { "Activation", "Inner", "Norm", "Rate", "Shuffle", "Width" }, space.Keys.ToArray());
        var begin = space.SampleFromFeatureSpace(space.Default);
        Assert.AreEqual("gelu", begin.Activation);
        Assert.AreEqual(5, begin.Inner.Trees);
        Assert.AreEqual(0.01, begin.Rate, 1e-9);
        Assert.IsTrue(begin.Shuffle);
        Assert.AreEqual("kept", begin.Name);
        Assert.AreEqual(2f, begin.Width, 1e-6f);
        Assert.AreEqual(Norm.L1, begin.Norm);
    }

    [TestMethod]
    public void PointsAndObjectsAreMappedToEachOther()
    {
        var space = new SearchSpace<Options>();
        var random = new Random(3);
        for (int i = 0; i < 100; i++)
        {
            var point = Enumerable.Range(0, 6).Select(_ => random.NextDouble()).ToArray();
            var options = space.SampleFromFeatureSpace(point);
            Assert.IsInRange(1e-4, 1.0, options.Rate);
            Assert.IsInRange(2f, 4f, options.Width);
            Assert.IsInRange(1, 100, options.Inner.Trees);
            Assert.AreNotEqual(Norm.None, options.Norm);
            var again = space.SampleFromFeatureSpace(space.MappingToFeatureSpace(options));
            Assert.AreEqual((options.Rate, options.Width, options.Activation, options.Norm, options.Shuffle, options.Inner.Trees), (Math.Round(again.Rate, 12) == Math.Round(options.Rate, 12) ? options.Rate : again.Rate, again.Width, again.Activation, again.Norm, again.Shuffle, again.Inner.Trees));
        }
    }

    [TestMethod]
    public void EachWholeNumberAndEachChoiceHasItsPlace()
    {
        var number = new UniformIntOption(-3, 4);
        for (int value = -3; value <= 4; value++)
            Assert.AreEqual(value, number.SampleFromFeatureSpace(number.MappingToFeatureSpace(Parameter.FromInt(value))).AsType<int>());
        var choice = new ChoiceOption("a", 2, 0.5, true);
        foreach (var value in choice.Choices)
            Assert.AreEqual(value, choice.SampleFromFeatureSpace(choice.MappingToFeatureSpace(value)));
        Assert.Contains("none of the choices", Assert.ThrowsExactly<ArgumentException>(() => choice.MappingToFeatureSpace(Parameter.FromString("z"))).Message);
        Assert.Contains("out of the range", Assert.ThrowsExactly<ArgumentException>(() => number.MappingToFeatureSpace(Parameter.FromInt(5))).Message);
        Assert.Contains("one coordinate from 0 to 1", Assert.ThrowsExactly<ArgumentException>(() => number.SampleFromFeatureSpace([1.5])).Message);
    }

    [TestMethod]
    public void ParametersConvertCompareAndNest()
    {
        Assert.AreEqual(3, Parameter.FromDouble(3).AsType<int>());
        Assert.AreEqual(3.5f, Parameter.FromDouble(3.5).AsType<float>());
        Assert.AreEqual(Norm.L2, Parameter.FromEnum(Norm.L2).AsType<Norm>());
        CollectionAssert.AreEqual(new[] { 1, 2 }, Parameter.FromIEnumerable([1, 2]).AsType<int[]>());
        Assert.AreEqual(ParameterType.Array, Parameter.FromIEnumerable([1, 2]).ParameterType);
        var nested = Parameter.CreateNestedParameter(KeyValuePair.Create("b", Parameter.FromBool(true)), KeyValuePair.Create("a", Parameter.FromLong(7)));
        Assert.AreEqual("{\"a\":7,\"b\":true}", nested.ToString());
        Assert.AreEqual(nested, Parameter.FromObject(new { b = true, a = 7 }));
        Assert.AreEqual(9, Parameter.FromObject(new Inner { Trees = 9 }).AsType<Inner>().Trees);
        Assert.Contains("is no Int32", Assert.ThrowsExactly<InvalidCastException>(() => Parameter.FromString("x").AsType<int>()).Message);
        Assert.ThrowsExactly<KeyNotFoundException>(() => nested["c"]);
    }
}
