using Microsoft.ML.Internal;

namespace MLPipelines.Tests.Runtime.Values;

[TestClass]
public sealed class TauswortheHybridTests
{
    [TestMethod]
    public void SeedFillsRegistersThroughMurmurRounds()
    {
        var state = TauswortheHybrid.State.FromSeed(1);
        Assert.AreEqual(1u, state.A);
        Assert.AreEqual(Hashing.MurmurRound(1u, 1u), state.B);
        Assert.AreEqual(Hashing.MurmurRound(state.B, 1u), state.C);
        Assert.AreEqual(Hashing.MurmurRound(state.C, 1u), state.Lcg);
    }

    [TestMethod]
    public void SavedStateContinuesTheSequence()
    {
        var random = RandomUtils.Create(42);
        random.Next();
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
            random.GetState().Save(writer);
        Assert.AreEqual(16L, stream.Length);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        var restored = new TauswortheHybrid(TauswortheHybrid.State.Load(reader));
        for (int i = 0; i < 100; i++)
            Assert.AreEqual(random.NextDouble(), restored.NextDouble());
    }

    [TestMethod]
    public void EveryDrawComesFromTheSameWord()
    {
        const uint seed = 12345;
        uint word = (uint)RandomUtils.Create(seed).NextSigned();
        Assert.AreEqual((int)(word & 0x7FFFFFFF), RandomUtils.Create(seed).Next());
        Assert.AreEqual((int)((ulong)word * 1000 >> 32), RandomUtils.Create(seed).Next(1000));
        Assert.AreEqual(word / 4294967296.0, RandomUtils.Create(seed).NextDouble());
        Assert.AreEqual((word >> 9) / 8388608f, RandomUtils.Create(seed).NextSingle());
        Assert.AreEqual((int)(long)(word / 4294967296.0 * 20) - 10, RandomUtils.Create(seed).Next(-10, 10));
        byte[] bytes = new byte[1];
        RandomUtils.Create(seed).NextBytes(bytes);
        Assert.AreEqual((byte)word, bytes[0]);
    }

    [TestMethod]
    public void DrawsStayInRange()
    {
        var random = RandomUtils.Create(7u);
        for (int i = 0; i < 10_000; i++)
        {
            Assert.IsInRange(0, 9, random.Next(10));
            Assert.IsInRange(int.MinValue, int.MaxValue, random.Next(int.MinValue, int.MaxValue));
            Assert.IsLessThan(1f, random.NextSingle());
        }
        Assert.AreEqual(0, random.Next(0));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => random.Next(-1));
    }

    [TestMethod]
    public void ChildGeneratorIsSeededByDrawsOfSixteenBits()
    {
        var parent = RandomUtils.Create(3);
        var replay = RandomUtils.Create(3);
        var child = RandomUtils.Create(parent).GetState();
        uint Word() => (uint)replay.Next(65536) << 16 | (uint)replay.Next(65536);
        Assert.AreEqual(new TauswortheHybrid.State(Word(), Word(), Word(), Word()), child);
    }

    [TestMethod]
    public void NoSeedDoesNotRepeat() =>
        Assert.AreNotEqual(RandomUtils.Create((int?)null).GetState(), RandomUtils.Create((int?)null).GetState());

    [TestMethod]
    public void ForeignGeneratorDrawsSinglesFromDoubles()
    {
        Assert.AreEqual((float)new Random(5).NextDouble(), RandomUtils.NextSingle(new Random(5)));
        Assert.AreEqual(RandomUtils.Create(5).NextSingle(), RandomUtils.NextSingle(RandomUtils.Create(5)));
    }

    [TestMethod]
    public void PermutationHoldsEveryIndexOnce()
    {
        int[] order = RandomUtils.GetRandomPermutation(RandomUtils.Create(1), 100);
        Assert.IsFalse(order.SequenceEqual(Enumerable.Range(0, 100)));
        Array.Sort(order);
        Assert.IsTrue(order.SequenceEqual(Enumerable.Range(0, 100)));
    }
}
