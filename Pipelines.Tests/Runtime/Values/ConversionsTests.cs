using Microsoft.ML.Data;
using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Values;

[TestClass]
public sealed class ConversionsTests
{
    [TestMethod]
    public void SignedIntegersKeepTheirLowBits()
    {
        Assert.AreEqual((sbyte)-128, Map<int, sbyte>(128));
        Assert.AreEqual((short)1, Map<long, short>(65537));
        Assert.AreEqual(-5L, Map<sbyte, long>(-5));
    }

    [TestMethod]
    public void UnsignedIntegersThatDoNotFitAreZero()
    {
        Assert.AreEqual((byte)0, Map<uint, byte>(256));
        Assert.AreEqual((byte)255, Map<ulong, byte>(255));
        Assert.AreEqual(0u, Map<ulong, uint>(1UL << 32));
        Assert.AreEqual(0UL, Map<DataViewRowId, ulong>(new DataViewRowId(1, 1)));
        Assert.AreEqual((ushort)9, Map<DataViewRowId, ushort>(new DataViewRowId(9, 0)));
        Assert.AreEqual(new DataViewRowId(7, 0), Map<byte, DataViewRowId>(7));
    }

    [TestMethod]
    public void NumbersConvertToFloatingPointAndBool()
    {
        Assert.AreEqual(-3f, Map<short, float>(-3));
        Assert.AreEqual(1.8446744073709552e19, Map<ulong, double>(ulong.MaxValue));
        Assert.AreEqual((float)1e300, Map<double, float>(1e300));
        Assert.IsTrue(Map<double, bool>(double.NaN));
        Assert.IsFalse(Map<float, bool>(-0f));
        Assert.IsTrue(Map<byte, bool>(2));
        Assert.AreEqual(1f, Map<bool, float>(true));
        Assert.AreEqual((sbyte)1, Map<bool, sbyte>(true));
    }

    [TestMethod]
    public void TextConverts()
    {
        Assert.AreEqual(12, FromText<int>("12"));
        Assert.AreEqual(0, FromText<int>(""));
        Assert.AreEqual(0u, FromText<uint>("-1"));
        Assert.AreEqual((byte)0, FromText<byte>("300"));
        Assert.IsTrue(float.IsNaN(FromText<float>("red")));
        Assert.AreEqual(0.0, FromText<double>(""));
        Assert.IsTrue(FromText<bool>("yes"));
        Assert.IsFalse(FromText<bool>("red"));
        Assert.AreEqual(default, FromText<DateTime>("red"));
        Assert.AreEqual(TimeSpan.FromHours(1), FromText<TimeSpan>("01:00:00"));
        Assert.AreEqual(new DataViewRowId(16, 0), FromText<DataViewRowId>("0x00000000000000000000000000000010"));
    }

    [TestMethod]
    public void TextThatIsNoSignedIntegerIsAnError()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => FromText<int>("red"));
        Assert.Contains("'red'", error.Message);
        Assert.ThrowsExactly<InvalidOperationException>(() => FromText<sbyte>("128"));
    }

    [TestMethod]
    public void ValuesConvertToText()
    {
        Assert.AreEqual("0.3333333", ToText(1f / 3));
        Assert.AreEqual("0.33333333333333331", ToText(1.0 / 3));
        Assert.AreEqual("NaN", ToText(float.NaN));
        Assert.AreEqual("True", ToText(true));
        Assert.AreEqual("-7", ToText((sbyte)-7));
        Assert.AreEqual("18446744073709551615", ToText(ulong.MaxValue));
        Assert.AreEqual("1.02:03:04.5000000", ToText(new TimeSpan(1, 2, 3, 4, 500)));
        Assert.AreEqual("2012-01-02T03:04:05.0000000Z", ToText(new DateTime(2012, 1, 2, 3, 4, 5, DateTimeKind.Utc)));
        Assert.AreEqual("2012-01-02T03:04:05.0000000+01:00", ToText(new DateTimeOffset(2012, 1, 2, 3, 4, 5, TimeSpan.FromHours(1))));
        Assert.AreEqual("0x00000000000000020000000000000001", ToText(new DataViewRowId(1, 2)));
    }

    [TestMethod]
    public void TimesConvertToTicks()
    {
        var time = new DateTimeOffset(2012, 1, 2, 3, 4, 5, TimeSpan.FromHours(1));
        Assert.AreEqual(time.UtcTicks, Map<DateTimeOffset, long>(time));
        Assert.AreEqual((float)time.Ticks, Map<DateTime, float>(time.DateTime));
        Assert.AreEqual(10.0, Map<TimeSpan, double>(TimeSpan.FromTicks(10)));
    }

    [TestMethod]
    public void PairsWithoutAStandardConversion()
    {
        Assert.IsFalse(Conversions.TryGet<int, uint>(out _));
        Assert.IsFalse(Conversions.TryGet<uint, int>(out _));
        Assert.IsFalse(Conversions.TryGet<float, int>(out _));
        Assert.IsFalse(Conversions.TryGet<bool, uint>(out _));
        Assert.IsFalse(Conversions.TryGet<long, DateTime>(out _));
        Assert.IsFalse(Conversions.TryGet<DataViewRowId, float>(out _));
        Assert.ThrowsExactly<InvalidOperationException>(() => Conversions.Get<float, int>());
    }

    [TestMethod]
    public void KeysConvertToKeysOfTheSameCountAndToIntegersThatHoldThem()
    {
        var small = new KeyDataViewType(typeof(uint), 200);
        Assert.IsTrue(Conversions.TryGet<uint, byte>(small, new KeyDataViewType(typeof(byte), 200), out var mapper, out bool identity));
        Assert.IsFalse(identity);
        byte key = 0;
        mapper(200, ref key);
        Assert.AreEqual((byte)200, key);
        Assert.IsFalse(Conversions.TryGet(small, new KeyDataViewType(typeof(uint), 201), out _, out _));
        Assert.IsTrue(Conversions.TryGet(small, NumberDataViewType.Byte, out _, out _));
        Assert.IsTrue(Conversions.TryGet(small, NumberDataViewType.UInt32, out _, out identity));
        Assert.IsTrue(identity);
        Assert.IsFalse(Conversions.TryGet(new KeyDataViewType(typeof(uint), 300), NumberDataViewType.Byte, out _, out _));
        Assert.IsFalse(Conversions.TryGet(small, NumberDataViewType.Single, out _, out _));
        Assert.IsFalse(Conversions.TryGet(NumberDataViewType.UInt32, small, out _, out _));
        Assert.IsTrue(Conversions.TryGet<ReadOnlyMemory<char>, uint>(TextDataViewType.Instance, small, out var fromText, out _));
        uint parsed = 9;
        fromText("4".AsMemory(), ref parsed);
        Assert.AreEqual(5u, parsed);
        fromText("200".AsMemory(), ref parsed);
        Assert.AreEqual(0u, parsed);
    }

    [TestMethod]
    public void FileFormReadsBack()
    {
        Assert.AreEqual("?", Format(float.NaN));
        Assert.AreEqual("0.1", Format(0.1f));
        Assert.AreEqual("0.10000000000000001", Format(0.1));
        Assert.AreEqual("1", Format(true));
        Assert.AreEqual("-128", Format(sbyte.MinValue));
        Assert.AreEqual("65535", Format(ushort.MaxValue));
        Assert.AreEqual("Infinity", Format(float.PositiveInfinity));
        Assert.IsNull(Formatter.Get<string>());
        Span<char> buffer = stackalloc char[Formatter.MaxLength];
        var key = Formatter.GetKey<uint>(10);
        Assert.AreEqual(0, key(0, buffer));
        Assert.AreEqual(0, key(11, buffer));
        Assert.AreEqual("9", buffer[..key(10, buffer)].ToString());
        Assert.IsLessThanOrEqualTo(Formatter.MaxLength, Format(DateTimeOffset.MaxValue).Length);
        Assert.IsLessThanOrEqualTo(Formatter.MaxLength, Format(-double.MaxValue).Length);
        Assert.IsLessThanOrEqualTo(Formatter.MaxLength, Format(TimeSpan.MinValue).Length);
    }

    [TestMethod]
    public void OnlyNaNAndTheZeroKeyAreMissing()
    {
        Assert.IsTrue(Missing.GetPredicate<float>(NumberDataViewType.Single)(float.NaN));
        Assert.IsFalse(Missing.GetPredicate<double>(NumberDataViewType.Double)(0));
        var key = new KeyDataViewType(typeof(uint), 5);
        Assert.IsTrue(Missing.GetPredicate<uint>(key)(0));
        Assert.IsFalse(Missing.GetPredicate<uint>(key)(1));
        Assert.IsNull(Missing.GetPredicate<ReadOnlyMemory<char>>(TextDataViewType.Instance));
        Assert.IsNull(Missing.GetPredicate<uint>(NumberDataViewType.UInt32));
        Assert.IsTrue(Missing.GetVectorPredicate<uint>(key)(new VBuffer<uint>(3, 1, [2], [1])));
        Assert.IsFalse(Missing.GetVectorPredicate<float>(NumberDataViewType.Single)(new VBuffer<float>(3, 1, [2], [1])));
        Assert.IsTrue(Missing.GetVectorPredicate<float>(NumberDataViewType.Single)(new VBuffer<float>(2, [2, float.NaN])));
        Assert.IsTrue(float.IsNaN(Missing.GetValueOrDefault<float>(NumberDataViewType.Single)));
        Assert.AreEqual(0u, Missing.GetValueOrDefault<uint>(key));
        Assert.IsTrue(Missing.GetDefaultPredicate<float>()(-0f));
        Assert.IsTrue(Missing.GetDefaultPredicate<ReadOnlyMemory<char>>()("".AsMemory()));
    }

    private static TDst Map<TSrc, TDst>(TSrc value)
    {
        TDst result = default!;
        Conversions.Get<TSrc, TDst>()(in value, ref result);
        return result;
    }

    private static T FromText<T>(string text) => Map<ReadOnlyMemory<char>, T>(text.AsMemory());

    private static string ToText<T>(T value) => Map<T, ReadOnlyMemory<char>>(value).ToString();

    private static string Format<T>(T value)
    {
        Span<char> buffer = stackalloc char[Formatter.MaxLength];
        return buffer[..Formatter.Get<T>()(in value, buffer)].ToString();
    }
}
