using MLPipelines.Text.Encoders;

namespace MLPipelines.Tests.Encoders;

[TestClass]
public sealed class DropoutMasksTests
{
    [TestMethod]
    [DataRow(0.1)]
    [DataRow(0.5)]
    [DataRow(0.9)]
    public void TheShareOfZerosIsTheProbability(double probability)
    {
        var mask = new float[1_000_003];
        DropoutMasks.FillFloat32(mask, probability, 7);
        Assert.AreEqual(probability, mask.Count(value => value == 0) / (double)mask.Length, 0.002);
        Assert.IsTrue(mask.All(value => value == 0 || value == (float)(1 / (1 - probability))));
    }

    [TestMethod]
    public void ProbabilityZeroKeepsEveryElementAsItIs()
    {
        var mask = new float[777];
        DropoutMasks.FillFloat32(mask, 0, 3);
        Assert.IsTrue(mask.All(value => value == 1));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(31)]
    [DataRow(32)]
    [DataRow(1000)]
    public void BothTypesDropTheSameElements(int length)
    {
        var wide = new float[length];
        var narrow = new ushort[length];
        DropoutMasks.FillFloat32(wide, 0.5, 11);
        DropoutMasks.FillBFloat16(narrow, 0.5, 11);
        for (int i = 0; i < length; i++)
            Assert.AreEqual(wide[i], BitConverter.UInt32BitsToSingle((uint)narrow[i] << 16), $"element {i}");
    }

    [TestMethod]
    public void ASeedRepeatsAndItsNeighbourIsIndependent()
    {
        var first = Drawn(1);
        CollectionAssert.AreEqual(first, Drawn(1));
        var second = Drawn(2);
        double same = first.Zip(second).Count(pair => (pair.First == 0) == (pair.Second == 0)) / (double)first.Length;
        Assert.AreEqual(0.5, same, 0.01);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    [DataRow(32)]
    [DataRow(768)]
    public void ElementsAtADistanceAreIndependent(int distance)
    {
        var mask = Drawn(5);
        int same = 0;
        for (int i = distance; i < mask.Length; i++)
            same += (mask[i] == 0) == (mask[i - distance] == 0) ? 1 : 0;
        Assert.AreEqual(0.5, same / (double)(mask.Length - distance), 0.01);
    }

    private static ushort[] Drawn(ulong seed)
    {
        var mask = new ushort[200_000];
        DropoutMasks.FillBFloat16(mask, 0.5, seed);
        return mask;
    }
}
