using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Values;

[TestClass]
public sealed class ParserTests
{
    [TestMethod]
    [DataRow("", true, (sbyte)0)]
    [DataRow("127", true, (sbyte)127)]
    [DataRow("-128", true, (sbyte)-128)]
    [DataRow("128", false, (sbyte)0)]
    [DataRow("-129", false, (sbyte)0)]
    [DataRow("+1", false, (sbyte)0)]
    [DataRow("-", false, (sbyte)0)]
    [DataRow(" 1", false, (sbyte)0)]
    [DataRow("?", false, (sbyte)0)]
    public void SignedIntegers(string text, bool parsed, sbyte expected)
    {
        Assert.AreEqual(parsed, Parser.TryParse(text, out sbyte value));
        Assert.AreEqual(expected, value);
    }

    [TestMethod]
    public void LimitsOfEverySignedKind()
    {
        Assert.IsTrue(Parser.TryParse("-32768", out short i2) && i2 == short.MinValue);
        Assert.IsTrue(Parser.TryParse("2147483647", out int i4) && i4 == int.MaxValue);
        Assert.IsFalse(Parser.TryParse("2147483648", out i4));
        Assert.IsTrue(Parser.TryParse("-9223372036854775808", out long i8) && i8 == long.MinValue);
        Assert.IsTrue(Parser.TryParse("9223372036854775807", out i8) && i8 == long.MaxValue);
        Assert.IsFalse(Parser.TryParse("9223372036854775808", out i8));
        Assert.AreEqual(0L, i8);
    }

    [TestMethod]
    [DataRow("", false, (byte)0)]
    [DataRow("255", true, (byte)255)]
    [DataRow("256", false, (byte)0)]
    [DataRow("-1", false, (byte)0)]
    [DataRow("007", true, (byte)7)]
    public void UnsignedIntegers(string text, bool parsed, byte expected)
    {
        Assert.AreEqual(parsed, Parser.TryParse(text, out byte value));
        Assert.AreEqual(expected, value);
    }

    [TestMethod]
    public void LimitsOfEveryUnsignedKind()
    {
        Assert.IsTrue(Parser.TryParse("65535", out ushort u2) && u2 == ushort.MaxValue);
        Assert.IsTrue(Parser.TryParse("4294967295", out uint u4) && u4 == uint.MaxValue);
        Assert.IsFalse(Parser.TryParse("4294967296", out u4));
        Assert.IsTrue(Parser.TryParse("18446744073709551615", out ulong u8) && u8 == ulong.MaxValue);
        Assert.IsFalse(Parser.TryParse("18446744073709551616", out u8));
        Assert.IsFalse(Parser.TryParse("184467440737095516150", out u8));
        Assert.AreEqual(0UL, u8);
    }

    [TestMethod]
    [DataRow("true", true)]
    [DataRow("TRUE", true)]
    [DataRow("t", true)]
    [DataRow("Yes", true)]
    [DataRow("y", true)]
    [DataRow("1", true)]
    [DataRow("+1", true)]
    [DataRow("+", true)]
    [DataRow("False", false)]
    [DataRow("f", false)]
    [DataRow("NO", false)]
    [DataRow("n", false)]
    [DataRow("0", false)]
    [DataRow("-1", false)]
    [DataRow("-", false)]
    [DataRow("", false)]
    public void Booleans(string text, bool expected)
    {
        Assert.IsTrue(Parser.TryParse(text, out bool value));
        Assert.AreEqual(expected, value);
    }

    [TestMethod]
    [DataRow("2")]
    [DataRow(" true")]
    [DataRow("maybe")]
    [DataRow("yep")]
    [DataRow("?")]
    public void OtherWordsAreNoBooleans(string text)
    {
        Assert.IsFalse(Parser.TryParse(text, out bool value));
        Assert.IsFalse(value);
    }

    [TestMethod]
    [DataRow("?", true)]
    [DataRow("nan", true)]
    [DataRow("NA", true)]
    [DataRow("n/a", true)]
    [DataRow("none", false)]
    [DataRow("1.5x", false)]
    public void MissingWordsAreNaN(string text, bool parsed)
    {
        Assert.AreEqual(parsed, Parser.TryParse(text, out float single));
        Assert.IsTrue(float.IsNaN(single));
        Assert.AreEqual(parsed, Parser.TryParse(text, out double twice));
        Assert.IsTrue(double.IsNaN(twice));
    }

    [TestMethod]
    public void KeysAreOneBased()
    {
        var parser = Parser.GetKey<byte>(10);
        Assert.IsTrue(parser("0", out byte key) && key == 1);
        Assert.IsTrue(parser("9", out key) && key == 10);
        Assert.IsFalse(parser("10", out key));
        Assert.AreEqual((byte)0, key);
        Assert.IsFalse(parser("-1", out key));
        foreach (string missing in new[] { "", "?", "na", "N/A", "NaN" })
            Assert.IsTrue(parser(missing, out key) && key == 0, missing);
        Assert.IsTrue(Parser.GetKey<uint>(uint.MaxValue)("4294967294", out uint last) && last == uint.MaxValue);
    }

    [TestMethod]
    public void Times()
    {
        Assert.IsTrue(Parser.TryParse("2012-01-02 03:04:05", out DateTime time));
        Assert.AreEqual(new DateTime(2012, 1, 2, 3, 4, 5, DateTimeKind.Utc), time);
        Assert.AreEqual(DateTimeKind.Utc, time.Kind);
        Assert.IsTrue(Parser.TryParse("2012-01-02T03:04:05+01:00", out time));
        Assert.AreEqual(new DateTime(2012, 1, 2, 2, 4, 5), time);
        Assert.IsTrue(Parser.TryParse("2012-01-02", out DateTimeOffset offset));
        Assert.AreEqual(TimeSpan.Zero, offset.Offset);
        Assert.IsTrue(Parser.TryParse("1.02:03:04.5", out TimeSpan span));
        Assert.AreEqual(new TimeSpan(1, 2, 3, 4, 500), span);
        Assert.IsTrue(Parser.TryParse("", out time) && time == default);
        Assert.IsFalse(Parser.TryParse("yesterday", out time));
    }

    [TestMethod]
    public void RowIds()
    {
        Assert.IsTrue(Parser.TryParseRowId("0X0123456789abcdefFEDCBA9876543210", out ulong low, out ulong high));
        Assert.AreEqual(0xFEDCBA9876543210UL, low);
        Assert.AreEqual(0x0123456789ABCDEFUL, high);
        Assert.IsFalse(Parser.TryParseRowId("0x0123456789abcdefFEDCBA987654321g", out low, out high));
        Assert.AreEqual(0UL, high);
        Assert.IsFalse(Parser.TryParseRowId("0x01", out _, out _));
    }

    [TestMethod]
    public void OptionsReachTheParserOfFloats()
    {
        Assert.IsTrue(Parser.Get<float>(FloatParseOptions.CommaAsDecimalMarker)("1,5", out float value));
        Assert.AreEqual(1.5f, value);
        Assert.IsTrue(Parser.Get<double>(FloatParseOptions.EmptyAsMissing)("", out double missing));
        Assert.IsTrue(double.IsNaN(missing));
        Assert.IsNull(Parser.Get<ReadOnlyMemory<char>>());
    }
}
