using System.IO.Compression;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Training.Checkpoints;

/// <summary>Pickles that do more than describe tensors, or describe ones that cannot be; each is refused by name.</summary>
[TestClass]
public sealed class HostilePickleTests
{
    private static readonly byte[] Good = PickleBytes.OneTensor(4, 1, [3], [1]);

    private static string Refusal(byte[] pickle) => PickleBytes.Refusal(PickleBytes.Pack(pickle));

    private static string Refusal(Func<PickleBytes, PickleBytes> write) => Refusal(write(new PickleBytes().Protocol()).Stop());

    [TestMethod]
    public void TheGoodOneIsRead()
    {
        using var checkpoint = PickleBytes.Open(PickleBytes.Pack(Good));
        Assert.AreSequenceEqual(new float[] { 2, 3, 4 }, checkpoint["a"].ToFloats());
        Assert.AreEqual("sample: pytorch_model.bin: model/data/0", checkpoint["a"].Source);
    }

    [TestMethod]
    [DataRow("os", "system")]
    [DataRow("posix", "system")]
    [DataRow("builtins", "eval")]
    [DataRow("subprocess", "Popen")]
    [DataRow("torch", "load")]
    [DataRow("torch._utils", "_rebuild_device_tensor_from_numpy")]
    [DataRow("collections", "defaultdict")]
    [DataRow("", "")]
    public void GlobalsAreRefusedByName(string module, string name)
    {
        var message = Refusal(p => p.Global(module, name).Text("echo").Op(0x85).Op('R'));
        StringAssert.Contains(message, $"it imports '{module}.{name}'; only tensors in a dict are read from a pickle, and nothing is executed");
        StringAssert.Contains(Refusal(p => p.Text(module).Text(name).Op(0x93)), $"it imports '{module}.{name}'");
    }

    [TestMethod]
    public void EveryOpcodeButThoseOfTensorsIsRefusedByName()
    {
        var known = ".(NJKMGX)t]ae}suqrhjcQRb".Select(c => (byte)c).Concat(new byte[] { 0x80, 0x95, 0x88, 0x89, 0x8a, 0x8c, 0x85, 0x86, 0x87, 0x94, 0x93 }).ToHashSet();
        for (int opcode = 0; opcode < 256; opcode++)
        {
            if (!known.Contains((byte)opcode))
                StringAssert.Contains(Refusal(p => p.Op((byte)opcode)), "at byte 2, which no checkpoint of plain tensors needs");
        }
        StringAssert.Contains(Refusal(p => p.Op((byte)'i')), "it has the opcode INST");
        StringAssert.Contains(Refusal(p => p.Op(0x81)), "it has the opcode NEWOBJ");
        StringAssert.Contains(Refusal(p => p.Op(0x84)), "it has the opcode EXT4");
        StringAssert.Contains(Refusal(p => p.Op(0xFF)), "it has the opcode 0xFF");
    }

    [TestMethod]
    public void CallsAndStatesThatNoTensorNeedsAreRefused()
    {
        StringAssert.Contains(Refusal(p => p.Global("collections", "OrderedDict").Text("x").Op(0x85).Op('R')), "it calls 'collections.OrderedDict' with arguments that it does not take");
        StringAssert.Contains(Refusal(p => p.Global("torch", "FloatStorage").Op(')').Op('R')), "it calls 'torch.FloatStorage'");
        StringAssert.Contains(Refusal(p => p.Text("x").Op(')').Op('R')), "it calls something that is not a function");
        StringAssert.Contains(Refusal(p => p.Op('}').Text("x").Op('b')), "a state that is not a dict");
        StringAssert.Contains(Refusal(p => p.Text("x").Op('}').Op('b')), "it treats something as a dict that is none");
        StringAssert.Contains(Refusal(p => p.Text("anything").Op('Q')), "it refers to something outside that is not a storage");
        StringAssert.Contains(Refusal(p => p.Global("torch._utils", "_rebuild_tensor_v2").Op(')').Op('R')), "by something other than storage, offset, shape and strides");
    }

    [TestMethod]
    public void BrokenPicklesAreRefused()
    {
        StringAssert.Contains(Refusal([]), "the pickle is cut off at byte 0");
        StringAssert.Contains(Refusal(Good[..^1]), "the pickle is cut off");
        StringAssert.Contains(Refusal([.. Good, 0]), "it leaves something behind when it stops");
        StringAssert.Contains(Refusal([0x80, 9, (byte)'.']), "it has protocol 9");
        StringAssert.Contains(Refusal(p => p), "it takes a value that is not there");
        StringAssert.Contains(Refusal(p => p.Op('(')), "it takes a value that is not there");
        StringAssert.Contains(Refusal(p => p.Op('t')), "up to a mark that is not there");
        StringAssert.Contains(Refusal(p => p.Op((byte)'h', 7)), "it recalls memo 7, which it never stored");
        StringAssert.Contains(Refusal(p => p.Op('}').Op('(').Text("k").Op('u')), "a key without a value");
        StringAssert.Contains(Refusal(p => p.Op(0x8a, 9).Op(new byte[9])), "a number of more than 64 bits");
        StringAssert.Contains(Refusal(p => p.Op((byte)'X', 1, 0, 0, 0, 0xFF)), "text that is not valid UTF-8");
        StringAssert.Contains(Refusal(p => p.Op((byte)'X', 0xFF, 0xFF, 0xFF, 0xFF)), "the pickle is cut off");
        StringAssert.Contains(Refusal(p => p.Op(0x95).Op(BitConverter.GetBytes(1L << 60))), "a frame of it is cut off");
    }

    [TestMethod]
    public void WhatIsNoDictOfTensorsIsRefused()
    {
        StringAssert.Contains(Refusal(p => p.Op(']')), "it holds a list where a dict from names to tensors is expected");
        StringAssert.Contains(Refusal(p => p.Op('}').Number(1).Number(2).Op('s')), "its dict has a number as a key");
        StringAssert.Contains(Refusal(p => p.Op('}').Text("epoch").Number(2).Op('s')), "its entry 'epoch' is a number where a tensor is expected; save the state_dict alone");
        StringAssert.Contains(Refusal(p => p.Op('}').Text("a").Tensor("0", 4, 0, [4], [1]).Op('s').Text("a").Tensor("0", 4, 0, [4], [1]).Op('s')), "tensor 'a' is there twice");
    }

    [TestMethod]
    public void TensorsThatCannotBeAreRefused()
    {
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 2, [3], [1])), "reach outside its storage of 4 elements");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 0, [2, 2], [3, 1])), "reach outside its storage of 4 elements");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, long.MaxValue, [2, 3], [long.MaxValue, long.MaxValue])), "reach outside its storage of 4 elements");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 0, [4], [-1])), "which do not describe a tensor");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, -1, [4], [1])), "which do not describe a tensor");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 0, [4], [1, 1])), "which do not describe a tensor");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 0, [-4], [1])), "a negative size or takes more than");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 0, [1L << 40], [0])), "a negative size or takes more than");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 0, [1L << 40, 1L << 40], [0, 0])), "a negative size or takes more than");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(5, 0, [4], [1])), "has a storage of 5 elements of type Float32, but 'model/data/0' has 16 bytes");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 0, [4], [1], "DoubleStorage")), "has a storage of 4 elements of type Float64");
        StringAssert.Contains(Refusal(PickleBytes.OneTensor(4, 0, [4], [1], key: "../version")), "'model/data/../version', which the zip does not hold");
        var twoTypes = new PickleBytes().Protocol().Op('}').Text("a").Tensor("0", 4, 0, [4], [1]).Op('s').Text("b").Tensor("0", 4, 0, [4], [1], "IntStorage").Op('s').Stop();
        StringAssert.Contains(Refusal(twoTypes), "shares storage '0' with another tensor that gives it another type or length");
    }

    [TestMethod]
    public void AnotherByteOrderIsRefused()
    {
        using (var checkpoint = PickleBytes.Open(PickleBytes.Pack(Good, ("model/byteorder", "little"u8.ToArray()))))
            Assert.HasCount(1, checkpoint.Tensors);
        StringAssert.Contains(PickleBytes.Refusal(PickleBytes.Pack(Good, ("model/byteorder", "big"u8.ToArray()))), "have the byte order 'big'; only 'little' can be read");
    }

    [TestMethod]
    public void ZipsThatTorchDoesNotWriteAreRefused()
    {
        StringAssert.Contains(PickleBytes.Refusal(PickleBytes.Zip(CompressionLevel.NoCompression, ("model/version", [51]))), "its zip has 0 entries named data.pkl");
        StringAssert.Contains(PickleBytes.Refusal(PickleBytes.Pack(Good, ("other/data.pkl", Good))), "its zip has 2 entries named data.pkl");
        StringAssert.Contains(PickleBytes.Refusal(PickleBytes.Pack(Good, ("model/version", [51]))), "is there twice");
        var file = PickleBytes.Pack(Good);
        StringAssert.Contains(PickleBytes.Refusal(file[..^30]), "has no directory at the end, so it is cut off");
        StringAssert.Contains(PickleBytes.Refusal([.. file[..100], .. file[200..]]), "The checkpoint file 'sample: pytorch_model.bin'");
        StringAssert.Contains(PickleBytes.Refusal(Change(file, 0x02014b50, 10, 12)), "is packed by method 12");
        StringAssert.Contains(PickleBytes.Refusal(Change(file, 0x02014b50, 8, 1)), "is encrypted");
        StringAssert.Contains(PickleBytes.Refusal(Change(file, 0x02014b50, 27, 0x10)), "that cannot hold the");
        var packed = PickleBytes.Zip(CompressionLevel.Optimal, ("model/data.pkl", new byte[5000]));
        StringAssert.Contains(PickleBytes.Refusal(Change(packed, 0x02014b50, 27, 0x7F)), "that cannot hold the");
        StringAssert.Contains(PickleBytes.Refusal(Change(packed, 0x02014b50, 24, 0x00)), "it inflates to more than the");
    }

    /// <summary>One byte of the first record with that signature is another.</summary>
    private static byte[] Change(byte[] file, uint signature, int offset, byte value)
    {
        var changed = (byte[])file.Clone();
        changed[changed.AsSpan().IndexOf(BitConverter.GetBytes(signature)) + offset] = value;
        return changed;
    }

    [TestMethod]
    public void ABombIsRefusedBeforeItIsUnpacked()
    {
        var bomb = PickleBytes.Zip(CompressionLevel.SmallestSize, ("model/data.pkl", new byte[40 << 20]));
        StringAssert.Contains(PickleBytes.Refusal(bomb), "its data.pkl has 41943040 bytes; 33554432 are allowed");
        var steps = Enumerable.Repeat((byte)'N', 9_000_000).ToArray();
        StringAssert.Contains(Refusal([.. steps, (byte)'.']), "more than the 8000000 steps");
    }

    [TestMethod]
    public void MutatedPicklesGiveTensorsOrACheckpointException()
    {
        var good = new PickleBytes().Protocol().Op('}').Op('(').Text("a").Tensor("0", 4, 0, [2, 2], [1, 2]).Op((byte)'q', 1).Text("b").Op((byte)'h', 1)
            .Text("c").Global("torch._utils", "_rebuild_parameter").Op('(').Op((byte)'h', 1).Op(0x88).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R').Op('u').Stop();
        using (var checkpoint = PickleBytes.Open(PickleBytes.Pack(good)))
            Assert.AreSequenceEqual(new float[] { 1, 3, 2, 4 }, checkpoint["c"].ToFloats());
        var changes = Gen.Choose(0, good.Length - 1).SelectMany(at => Gen.Choose(0, 255).Select(value => (at, value))).ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(changes.ToArbitrary(), list => TryRead(PickleBytes.Pack(Mutate(good, list)))));
        var file = PickleBytes.Pack(good);
        var fileChanges = Gen.Choose(0, file.Length - 1).SelectMany(at => Gen.Choose(0, 255).Select(value => (at, value))).ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(fileChanges.ToArbitrary(), list => TryRead(Mutate(file, list))));
    }

    [TestMethod]
    public void EveryByteMayBeAnyOtherAndEveryLengthTheLast()
    {
        var file = PickleBytes.Pack(Good);
        for (int length = 0; length < file.Length; length++)
            TryRead(file[..length]);
        for (int at = 0; at < file.Length; at++)
        {
            byte good = file[at];
            for (int value = 0; value < 256; value++)
            {
                file[at] = (byte)value;
                TryRead(file);
            }
            file[at] = good;
        }
    }

    [TestMethod]
    public void AnyRowOfOpcodesGivesTensorsOrACheckpointException()
    {
        byte[][] parts = [[.. "("u8], [.. "t"u8], [.. "}"u8], [.. "]"u8], [.. "a"u8], [.. "e"u8], [.. "s"u8], [.. "u"u8], [.. ")"u8], [.. "R"u8], [.. "Q"u8], [.. "b"u8], [.. "N"u8], [0x88], [0x93], [0x94], [(byte)'h', 0], [(byte)'q', 0], [(byte)'K', 2],
            [0x85], [0x86], [0x87], [.. "ccollections\nOrderedDict\n"u8], [.. "ctorch._utils\n_rebuild_tensor_v2\n"u8], [.. "ctorch\nFloatStorage\n"u8], [0x8c, 1, (byte)'0'], [0x8c, 7, .. "storage"u8]];
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(5000), Prop.ForAll(Gen.Elements(parts).ListOf().ToArbitrary(), list => TryRead(PickleBytes.Pack([.. list.SelectMany(part => part), (byte)'.']))));
    }

    private static byte[] Mutate(byte[] good, IEnumerable<(int At, int Value)> changes)
    {
        var bytes = (byte[])good.Clone();
        foreach (var (at, value) in changes)
            bytes[at] = (byte)value;
        return bytes;
    }

    private static void TryRead(byte[] file)
    {
        try
        {
            using var checkpoint = PickleBytes.Open(file);
            foreach (var tensor in checkpoint.Tensors.Values.Where(tensor => tensor.ElementCount < 1_000_000))
                Assert.AreEqual(tensor.ElementCount, tensor.ToFloats().LongLength);
        }
        catch (CheckpointException e)
        {
            Assert.Contains("sample", e.Message);
        }
    }
}
