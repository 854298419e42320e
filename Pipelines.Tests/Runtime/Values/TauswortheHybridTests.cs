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

    // Rows of ten that the published samples of TrainTestSplit and CrossValidationSplit put in the test set: the split
    // column is the sequence of seed 42.
    [TestMethod]
    [DataRow(0, 0.2, new[] { 5, 6 })]
    [DataRow(0, 1 / 3.0, new[] { 5, 6 })]
    [DataRow(1 / 3.0, 2 / 3.0, new[] { 0, 1, 8, 9 })]
    [DataRow(2 / 3.0, 1, new[] { 2, 3, 4, 7 })]
    public void SplitsMatchPublishedSamples(double from, double to, int[] expected)
    {
        var random = RandomUtils.Create(42u);
        int[] rows = [.. Enumerable.Range(0, 10).Where(_ => random.NextSingle() is var value && from <= value && value < to)];
        CollectionAssert.AreEqual(expected, rows);
    }

    // The order that the published sample of ShuffleRows prints for five rows and seed 123.
    [TestMethod]
    public void ShuffleMatchesPublishedSample()
    {
        var random = RandomUtils.Create(123);
        RandomUtils.Create(random);
        List<int> pool = [0, 1, 2, 3, 4], drawn = [];
        for (int first = 0; first < 5; first++)
        {
            int chosen = first + random.Next(5 - first);
            (pool[first], pool[chosen]) = (pool[chosen], pool[first]);
            drawn.Add(pool[first]);
        }
        CollectionAssert.AreEqual(new[] { 2, 0, 3, 1, 4 }, drawn);
    }

    // How often the published sample of BootstrapSample repeats each of five rows.
    [TestMethod]
    [DataRow(0u, new[] { 1, 3, 2, 2, 0 })]
    [DataRow(1u, new[] { 2, 2, 3, 0, 1 })]
    [DataRow(2u, new[] { 0, 1, 1, 3, 0 })]
    public void BootstrapMatchesPublishedSample(uint seed, int[] expected)
    {
        var random = RandomUtils.Create(seed);
        CollectionAssert.AreEqual(expected, Enumerable.Range(0, 5).Select(_ => RandomUtils.SampleFromPoisson(random, 1)).ToArray());
    }
}
