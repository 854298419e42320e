using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Values;

[TestClass]
public sealed class ValueHashingTests
{
    private const uint Seed = ValueHashing.DefaultSeed;

    // Keys printed by the published sample of the Hash transform in its first version, which finishes without the length.
    [TestMethod]
    [DataRow("MLB", 36206u)]
    [DataRow("NFL", 19015u)]
    [DataRow("MLS", 6013u)]
    public void FirstVersionOfTextMatchesPublishedKeys(string text, uint expected) =>
        Assert.AreEqual(expected, (Hashing.MurmurHash(Seed, text) & 0xFFFF) + 1);

    [TestMethod]
    [DataRow(18u, 127u)]
    [DataRow(14u, 62u)]
    [DataRow(15u, 43u)]
    public void FirstVersionOfIntegersMatchesPublishedKeys(uint value, uint expected) =>
        Assert.AreEqual(expected, (Hashing.MixHash(Hashing.MurmurRound(Seed, value)) & 0xFF) + 1);

    [TestMethod]
    public void EveryKindHashesItsBytes()
    {
        AssertBytes((byte)200, [200, 0, 0, 0]);
        AssertBytes((sbyte)-2, [0xFE, 0xFF, 0xFF, 0xFF]);
        AssertBytes((short)-2, [0xFE, 0xFF, 0xFF, 0xFF]);
        AssertBytes((ushort)0xABCD, [0xCD, 0xAB, 0, 0]);
        AssertBytes(-3, BitConverter.GetBytes(-3));
        AssertBytes(3u, BitConverter.GetBytes(3u));
        AssertBytes(-3L, BitConverter.GetBytes(-3L));
        AssertBytes(3UL, BitConverter.GetBytes(3UL));
        AssertBytes(1.5f, BitConverter.GetBytes(1.5f));
        AssertBytes(-0f, [0, 0, 0, 0]);
        AssertBytes(1.5, BitConverter.GetBytes(1.5));
        AssertBytes(-0.0, new byte[8]);
        AssertBytes(true, [1, 0, 0, 0]);
        AssertBytes(false, [0, 0, 0, 0]);
        AssertBytes("MLB".AsMemory(), Encoding.ASCII.GetBytes("MLB"));
        AssertBytes("  MLB ".AsMemory(), Encoding.ASCII.GetBytes("MLB"));
        AssertBytes("  ".AsMemory(), []);
    }

    [TestMethod]
    public void RowIdHashesItsLowestWordAsSixteenBytes() =>
        Assert.AreEqual((Hashing.MixHash(Hashing.MurmurRound(Seed, 7u), 16) & 0x7FFF) + 1,
            ValueHashing.Hash(Seed, 15, new DataViewRowId(0xFF_0000_0007, 9), isKey: false));

    [TestMethod]
    public void MissingValuesGiveTheMissingKey()
    {
        Assert.AreEqual(0u, ValueHashing.Hash(Seed, 31, float.NaN, false));
        Assert.AreEqual(0u, ValueHashing.Hash(Seed, 31, double.NaN, false));
        Assert.AreEqual(0u, ValueHashing.Hash(Seed, 31, ReadOnlyMemory<char>.Empty, false));
        Assert.AreEqual(0u, ValueHashing.Hash(Seed, 31, (byte)0, true));
        Assert.AreEqual(0u, ValueHashing.Hash(Seed, 31, 0UL, true));
        Assert.AreNotEqual(0u, ValueHashing.Hash(Seed, 31, 0UL, false));
        Assert.AreEqual(ValueHashing.Hash(Seed, 31, 5u, false), ValueHashing.Hash(Seed, 31, 5u, true));
    }

    [TestMethod]
    public void VectorHashesAsOneSequence()
    {
        uint expected = (Hashing.MixHash(Hashing.MurmurRound(Hashing.MurmurRound(Hashing.MurmurRound(Seed, 1u), 0u), 3u), 12) & 0xFF) + 1;
        Assert.AreEqual(expected, ValueHashing.HashAll(Seed, 8, new VBuffer<int>(3, [1, 0, 3]), false));
        Assert.AreEqual(expected, ValueHashing.HashAll(Seed, 8, new VBuffer<int>(3, 2, [1, 3], [0, 2]), false));
        Assert.AreEqual(0u, ValueHashing.HashAll(Seed, 8, new VBuffer<uint>(3, 2, [1, 3], [0, 2]), true));
        uint text = Hashing.MurmurHashV2(Hashing.MurmurHashV2(Seed, "a"), "b");
        Assert.AreEqual((text & 0xFF) + 1, ValueHashing.HashAll(Seed, 8, new VBuffer<ReadOnlyMemory<char>>(2, ["a".AsMemory(), "b".AsMemory()]), false));
        Assert.AreEqual(0u, ValueHashing.HashAll(Seed, 8, new VBuffer<ReadOnlyMemory<char>>(2, ["a".AsMemory(), default]), false));
    }

    [TestMethod]
    public void UnhashableKindIsAnError()
    {
        Assert.IsFalse(ValueHashing.CanHash(DateTimeDataViewType.Instance));
        Assert.IsTrue(ValueHashing.CanHash(NumberDataViewType.Single));
        Assert.ThrowsExactly<NotSupportedException>(() => ValueHashing.Hash(Seed, 8, DateTime.UnixEpoch, false));
    }

    private static void AssertBytes<T>(T value, byte[] bytes)
    {
        uint hash = Seed;
        int i = 0;
        for (; i + 4 <= bytes.Length; i += 4)
            hash = Hashing.MurmurRound(hash, BitConverter.ToUInt32(bytes, i));
        if (i < bytes.Length)
        {
            Assert.IsLessThanOrEqualTo(4, bytes.Length);
            hash = Hashing.MurmurHashV2(hash, Encoding.ASCII.GetString(bytes));
        }
        else
        {
            hash = Hashing.MixHash(hash, bytes.Length);
        }
        Assert.AreEqual((hash & 0x7FFF_FFFF) + 1, ValueHashing.Hash(Seed, 31, value, isKey: false), typeof(T).Name);
    }
}
