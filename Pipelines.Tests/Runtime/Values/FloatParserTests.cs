using System.Globalization;
using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Values;

[TestClass]
public sealed class FloatParserTests
{
    [TestMethod]
    [DataRow("0", 0f)]
    [DataRow("7", 7f)]
    [DataRow("-1", -1f)]
    [DataRow("+1.5", 1.5f)]
    [DataRow(".5", 0.5f)]
    [DataRow("5.", 5f)]
    [DataRow("1e3", 1000f)]
    [DataRow("1.25E-2", 0.0125f)]
    [DataRow("3.4028235e38", float.MaxValue)]
    [DataRow("1e39", float.PositiveInfinity)]
    [DataRow("-1e400", float.NegativeInfinity)]
    [DataRow("1e-65", 0f)]
    [DataRow("1.4e-45", float.Epsilon)]
    [DataRow("Infinity", float.PositiveInfinity)]
    [DataRow("-Infinity", float.NegativeInfinity)]
    [DataRow("∞", float.PositiveInfinity)]
    [DataRow("-∞", float.NegativeInfinity)]
    [DataRow("NaN", float.NaN)]
    [DataRow("?", float.NaN)]
    [DataRow("1.5 \t", 1.5f)]
    [DataRow("", 0f)]
    [DataRow("  ", 0f)]
    [DataRow(" 5", 5f)]
    public void NumberIsRead(string text, float expected)
    {
        Assert.IsTrue(FloatParser.TryParse(text, out float single));
        Assert.AreEqual(expected, single);
        Assert.IsTrue(FloatParser.TryParse(text, out double twice));
        Assert.AreEqual(expected, (float)twice);
    }

    [TestMethod]
    [DataRow("abc")]
    [DataRow("1,5")]
    [DataRow("1e")]
    [DataRow("1e+")]
    [DataRow("1.2.3")]
    [DataRow(".")]
    [DataRow("-")]
    [DataRow("0x10")]
    [DataRow("1_000")]
    [DataRow("nan")]
    [DataRow("infinity")]
    [DataRow("+Infinity")]
    [DataRow("NaNs")]
    [DataRow(" 15")]
    [DataRow(" 1 ")]
    public void OtherTextIsNot(string text)
    {
        Assert.IsFalse(FloatParser.TryParse(text, out float single));
        Assert.AreEqual(0f, single);
        Assert.IsFalse(FloatParser.TryParse(text, out double twice));
        Assert.AreEqual(0.0, twice);
    }

    [TestMethod]
    public void NegativeZeroKeepsItsSign()
    {
        Assert.IsTrue(FloatParser.TryParse("-0.0", out float single));
        Assert.IsTrue(float.IsNegative(single));
        Assert.IsTrue(FloatParser.TryParse("-0", out double twice));
        Assert.IsTrue(double.IsNegative(twice));
    }

    [TestMethod]
    public void OptionsChangeTheMarkerAndEmptyText()
    {
        Assert.IsTrue(FloatParser.TryParse("1,5", out float value, FloatParseOptions.CommaAsDecimalMarker));
        Assert.AreEqual(1.5f, value);
        Assert.IsFalse(FloatParser.TryParse("1.5", out value, FloatParseOptions.CommaAsDecimalMarker));
        Assert.IsTrue(FloatParser.TryParse(" ", out value, FloatParseOptions.EmptyAsMissing));
        Assert.IsTrue(float.IsNaN(value));
    }

    [TestMethod]
    public void ShortDecimalsAreCorrectlyRounded()
    {
        var random = RandomUtils.Create(11);
        for (int i = 0; i < 20_000; i++)
        {
            string text = ((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(12))).ToString("F" + random.Next(5), CultureInfo.InvariantCulture);
            Assert.IsTrue(FloatParser.TryParse(text, out double twice));
            Assert.AreEqual(double.Parse(text, CultureInfo.InvariantCulture), twice, text);
            Assert.IsTrue(FloatParser.TryParse(text, out float single));
            Assert.AreEqual(float.Parse(text, CultureInfo.InvariantCulture), single, text);
        }
    }

    [TestMethod]
    public void EveryDoubleIsWithinOneUnit()
    {
        var random = RandomUtils.Create(5);
        for (int i = 0; i < 50_000; i++)
        {
            double expected = BitConverter.Int64BitsToDouble(random.NextSigned() * 0x1_0000_0000L ^ (uint)random.NextSigned());
            if (!double.IsFinite(expected))
                continue;
            string text = expected.ToString("R", CultureInfo.InvariantCulture);
            Assert.IsTrue(FloatParser.TryParse(text, out double actual));
            long distance = Math.Abs(BitConverter.DoubleToInt64Bits(actual) - BitConverter.DoubleToInt64Bits(expected));
            Assert.IsLessThanOrEqualTo(1L, distance, text);
        }
    }

    [TestMethod]
    public void RoundTripOfSinglesIsExactButForTheSmallest()
    {
        var random = RandomUtils.Create(6);
        for (int i = 0; i < 50_000; i++)
        {
            float expected = BitConverter.Int32BitsToSingle(random.NextSigned());
            if (!float.IsNormal(expected))
                continue;
            string text = expected.ToString("R", CultureInfo.InvariantCulture);
            Assert.IsTrue(FloatParser.TryParse(text, out float actual));
            Assert.AreEqual(expected, actual, text);
        }
    }

    // The literals lie just beside the middle of two singles, their double-precision products on it.
    [TestMethod]
    [DataRow("1.81377762556076049", 1.8137777f)]
    [DataRow("1.80375915765762329", 1.8037592f)]
    [DataRow("1.84411221742630004", 1.8441123f)]
    public void SingleIsARoundedDoubleProduct(string text, float expected)
    {
        Assert.IsTrue(FloatParser.TryParse(text, out float actual));
        Assert.AreEqual(expected, actual);
        Assert.AreNotEqual(float.Parse(text, CultureInfo.InvariantCulture), actual);
    }

    [TestMethod]
    [DataRow("18446744073709551615", 18446744073709551615.0)]
    [DataRow("123456789012345678901234567890", 123456789012345678901234567890.0)]
    [DataRow("9007199254740993", 9007199254740992.0)]
    [DataRow("1e22", 1e22)]
    [DataRow("1e23", 1e23)]
    [DataRow("1.7976931348623157e308", double.MaxValue)]
    [DataRow("1.8e308", double.PositiveInfinity)]
    [DataRow("5e-324", double.Epsilon)]
    [DataRow("2e-324", 0.0)]
    [DataRow("1e-400", 0.0)]
    [DataRow("2.2250738585072014e-308", 2.2250738585072014e-308)]
    public void HardDoubles(string text, double expected)
    {
        Assert.IsTrue(FloatParser.TryParse(text, out double actual));
        Assert.AreEqual(expected, actual);
    }

    [TestMethod]
    public void PowersOfTenAreThePublishedOnes()
    {
        Assert.AreEqual((0xA000000000000000UL, 4), PowersOfTen.Extended(1));
        Assert.AreEqual((0x9DC5ADA82B70B59DUL, 107), PowersOfTen.Extended(32));
        Assert.AreEqual((0x81842F29F2CCE375UL, 1064), PowersOfTen.Extended(320));
        Assert.AreEqual((0xCCCCCCCCCCCCCCCDUL, -3), PowersOfTen.Extended(-1));
        Assert.AreEqual((0x83126E978D4FDF3BUL, -9), PowersOfTen.Extended(-3));
        Assert.AreEqual((0x89BF722840327F82UL, -1195), PowersOfTen.Extended(-360));
        for (int n = 0; n <= 22; n++)
            Assert.AreEqual(double.Parse("1e" + n, CultureInfo.InvariantCulture), PowersOfTen.Exact(n));
    }
}
