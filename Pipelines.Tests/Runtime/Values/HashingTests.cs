using System.Buffers.Binary;
using System.Text;
using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Values;

[TestClass]
public sealed class HashingTests
{
    // Published answers of MurmurHash3_x86_32.
    [TestMethod]
    [DataRow("", 0u, 0u)]
    [DataRow("", 1u, 0x514E28B7u)]
    [DataRow("", 0xFFFFFFFFu, 0x81F16F39u)]
    [DataRow("test", 0u, 0xBA6BD213u)]
    [DataRow("test", 0x9747B28Cu, 0x704B81DCu)]
    [DataRow("Hello, world!", 0u, 0xC0363E43u)]
    [DataRow("Hello, world!", 0x9747B28Cu, 0x24884CBAu)]
    [DataRow("The quick brown fox jumps over the lazy dog", 0u, 0x2E4FF723u)]
    [DataRow("The quick brown fox jumps over the lazy dog", 0x9747B28Cu, 0x2FA826CDu)]
    [DataRow("abc", 0u, 0xB3DD93FAu)]
    [DataRow("a", 0x9747B28Cu, 0x7FA09EA6u)]
    [DataRow("aa", 0x9747B28Cu, 0x5D211726u)]
    [DataRow("aaa", 0x9747B28Cu, 0x283E0130u)]
    [DataRow("aaaa", 0x9747B28Cu, 0x5A97808Au)]
    public void TextOfAsciiHashesAsMurmurHash3(string text, uint seed, uint expected) =>
        Assert.AreEqual(expected, Hashing.MurmurHashV2(seed, text));

    [TestMethod]
    [DataRow("é")]
    [DataRow("abcdé")]
    [DataRow("abcd€")]
    [DataRow("€")]
    public void FirstCharacterOfAWordHashesAsItsUtf8Bytes(string text) =>
        Assert.AreEqual(Murmur3(17, Encoding.UTF8.GetBytes(text)), Hashing.MurmurHashV2(17, text));

    [TestMethod]
    public void LaterCharacterOfAWordTurnsTheWordAround()
    {
        // 'a' C3 A9 is held as 'a' A9 C3; turning 'a' and the next byte around merges 'a' into C3 and leaves a zero.
        Assert.AreEqual(Murmur3(0, [0xA9, 0xC3 | (byte)'a', 0]), Hashing.MurmurHashV2(0, "aé"));
    }

    [TestMethod]
    public void OlderTextHashPadsAndAddsTheLengthAsARound()
    {
        uint expected = Hashing.MixHash(Hashing.MurmurRound(Hashing.MurmurRound(9u, 0x00636261u), 3u));
        Assert.AreEqual(expected, Hashing.MurmurHash(9, "abc"));
        Assert.AreEqual(expected, Hashing.MurmurHash(9, "ABC".ToLowerInvariant()));
        Assert.AreEqual(Hashing.MurmurHash(9, "ABC"), Hashing.MurmurHash(9, "aBc", toUpper: true));
        Assert.AreEqual(Hashing.MurmurHash((5381 << 16) + 5381, "abc"), Hashing.HashString("abc"));
        // Last byte of a sequence first: é is A9 C3.
        Assert.AreEqual(Hashing.MixHash(Hashing.MurmurRound(Hashing.MurmurRound(9u, 0xC3A9u), 2u)), Hashing.MurmurHash(9, "é"));
    }

    [TestMethod]
    public void SequenceHashAddsItsLength()
    {
        uint expected = Hashing.MixHash(Hashing.MurmurRound(Hashing.MurmurRound(Hashing.MurmurRound(4u, 10u), 11u), 2u));
        Assert.AreEqual(expected, Hashing.MurmurHash(4, [10u, 11u]));
        Assert.AreEqual(Hashing.MurmurHash((5381 << 16) + 5381, [7u]), Hashing.HashSequence([7u]));
    }

    [TestMethod]
    public void RoundsAndFinaliserAreThoseOfMurmurHash3()
    {
        byte[] bytes = new byte[12];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0xDEADBEEF);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(4), 0x0123456789ABCDEF);
        Assert.AreEqual(Murmur3(314489979, bytes), Hashing.MixHash(Hashing.MurmurRound(Hashing.MurmurRound(314489979u, 0xDEADBEEFu), 0x0123456789ABCDEFUL), 12));
    }

    [TestMethod]
    public void TableHashes()
    {
        Assert.AreEqual(0x80u ^ 5u, Hashing.CombineHash(1u, 5u));
        Assert.AreEqual(0x7FF19519u, Hashing.HashUint(1));
    }

    private static uint Murmur3(uint seed, ReadOnlySpan<byte> data)
    {
        uint hash = seed;
        int length = data.Length;
        for (; data.Length >= 4; data = data[4..])
            hash = Round(hash ^ Scramble(BinaryPrimitives.ReadUInt32LittleEndian(data)));
        uint tail = 0;
        for (int i = data.Length - 1; i >= 0; i--)
            tail = tail << 8 | data[i];
        hash ^= Scramble(tail) ^ (uint)length;
        hash = (hash ^ hash >> 16) * 0x85EBCA6B;
        hash = (hash ^ hash >> 13) * 0xC2B2AE35;
        return hash ^ hash >> 16;

        static uint Scramble(uint k) => uint.RotateLeft(k * 0xCC9E2D51, 15) * 0x1B873593;
        static uint Round(uint h) => uint.RotateLeft(h, 13) * 5 + 0xE6546B64;
    }
}
