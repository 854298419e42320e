using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Training.Checkpoints;
using static MLPipelines.Tests.Training.Checkpoints.SampleTensors;

namespace MLPipelines.Tests.Training.Checkpoints;

/// <summary>Good safetensors files give their tensors; each bad one gives one clear error.</summary>
[TestClass]
public sealed class SafetensorsReaderTests
{
    private const string A = """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";

    private static string Header(string tensors) => "{" + tensors.Replace('\'', '"') + "}";

    private static string Tensor(string name, string type, string shape, string offsets) => $"'{name}':{{'dtype':'{type}','shape':{shape},'data_offsets':{offsets}}}";

    [TestMethod]
    public void TensorsAreReadInAnyOrderWithTrailingSpacesAndEmptyOnes()
    {
        var header = Header(Tensor("b", "U8", "[3]", "[8,11]") + "," + Tensor("none", "F64", "[0,5]", "[11,11]") + "," + Tensor("a", "F32", "[2]", "[0,8]") + ",'__metadata__':{'k':'v'}") + "   ";
        var bytes = RawFile(header, 11);
        bytes[^1] = 7;
        bytes[^2] = 6;
        using var checkpoint = Open(bytes);
        Assert.HasCount(3, checkpoint.Tensors);
        Assert.AreEqual("v", checkpoint.Metadata["k"]);
        Assert.AreSequenceEqual(new float[] { 0, 6, 7 }, checkpoint["b"].ToFloats());
        Assert.AreEqual("none: Float64 [0, 5]", checkpoint["none"].ToString());
        Assert.IsEmpty(checkpoint["none"].ToBytes());
        Assert.AreEqual("sample", checkpoint["a"].Source);
    }

    [TestMethod]
    public void PartsOfATensorAreRead()
    {
        using var checkpoint = Open(Write(Floats("a", [3], 1, 2, 3)));
        var bytes = new byte[8];
        checkpoint["a"].Read(4, bytes);
        Assert.AreEqual(2f, BitConverter.ToSingle(bytes));
        Assert.AreEqual(3f, BitConverter.ToSingle(bytes, 4));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => checkpoint["a"].Read(8, new byte[8]));
        Assert.ThrowsExactly<ArgumentException>(() => checkpoint["a"].Read(2, new byte[8]));
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => checkpoint["z"]).Message, "no tensor 'z'");
    }

    [TestMethod]
    public void EveryTypeBecomesFloats()
    {
        (TensorDataType Type, byte[] Bytes, float[] Values)[] cases =
        [
            (TensorDataType.Bool, [0, 1, 2], [0, 1, 1]),
            (TensorDataType.UInt8, [0, 255], [0, 255]),
            (TensorDataType.Int8, [255, 128], [-1, -128]),
            (TensorDataType.Int16, [0xFE, 0xFF], [-2]),
            (TensorDataType.Int32, [0xFD, 0xFF, 0xFF, 0xFF], [-3]),
            (TensorDataType.Int64, BitConverter.GetBytes(-4L), [-4]),
            (TensorDataType.Float16, BitConverter.GetBytes((Half)0.099976), [0.099975586f]),
            (TensorDataType.BFloat16, [0x80, 0x3F, 0xC0, 0x7F], [1, float.NaN]),
            (TensorDataType.Float32, BitConverter.GetBytes(0.1f), [0.1f]),
            (TensorDataType.Float64, BitConverter.GetBytes(0.1), [0.1f]),
        ];
        using var checkpoint = Open(Write([.. cases.Select(c => new TensorToWrite(c.Type.ToString(), c.Type, [c.Values.Length], c.Bytes))]));
        foreach (var (type, _, values) in cases)
        {
            var read = checkpoint[type.ToString()].ToFloats();
            Assert.HasCount(values.Length, read);
            for (int i = 0; i < values.Length; i++)
                Assert.AreEqual(values[i], read[i], 1e-7f, type.ToString());
        }
    }

    [TestMethod]
    [DataRow(7, "it has 7 bytes, fewer than the 8")]
    [DataRow(20, "its header should have 54 bytes, but it is cut off after 12")]
    [DataRow(65, "tensor 'a' ends at byte 8, but the file is cut off after 3 bytes")]
    public void TruncatedFilesAreRefused(int length, string reason) => StringAssert.Contains(Refusal(RawFile(A, 8)[..length]), reason);

    [TestMethod]
    [DataRow(1L << 60)]
    [DataRow(-1L)]
    [DataRow(100_000_001L)]
    public void HugeHeadersAreRefused(long length)
    {
        var message = Refusal(RawFile(A, 8, length));
        StringAssert.Contains(message, $"its header claims to have {(ulong)length} bytes where safetensors allow at most 100000000");
    }

    [TestMethod]
    [DataRow("""[1]""", "does not begin with '{'")]
    [DataRow("""{"a":""", "is not valid JSON")]
    [DataRow("""{} {}""", "is not valid JSON")]
    [DataRow("""{"a":1}""", "no object at 'a'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}""", "names 'a' twice")]
    [DataRow("""{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}""", "has 'dtype' twice")]
    [DataRow("""{"__metadata__":{"k":1}}""", "metadata has something other than text at 'k'")]
    [DataRow("""{"__metadata__":{"k":"1","k":"2"}}""", "metadata names 'k' twice")]
    [DataRow("""{"__metadata__":"x"}""", "no object at '__metadata__'")]
    [DataRow("""{"\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", "half a surrogate pair")]
    [DataRow("""{"a":{"dtype":"F8_E4M3","shape":[],"data_offsets":[0,1]}}""", "has the dtype 'F8_E4M3'; those that can be read are BOOL")]
    [DataRow("""{"a":{"dtype":7,"shape":[],"data_offsets":[0,1]}}""", "has a dtype that is not text")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "has a shape that is not an array")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", "has a shape that is not an array")]
    [DataRow("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", "has a shape that is not an array")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "more bytes than 64 bits can count")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", "more bytes than 64 bits can count")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "has 4 bytes where F32 [2] takes 8")]
    [DataRow("""{"a":{"dtype":"F32","shape":[],"data_offsets":[8,4]}}""", "begins at byte 8 and ends before")]
    [DataRow("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0]}}""", "lacks its dtype, its shape or its two data_offsets")]
    [DataRow("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4,8]}}""", "has a data_offsets that is not an array of at most 2")]
    [DataRow("""{"a":{"dtype":"F32","shape":[]}}""", "lacks its dtype, its shape or its two data_offsets")]
    [DataRow("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}""", "unknown field 'x'")]
    public void HeadersThatLieAreRefused(string header, string reason)
    {
        var message = Refusal(RawFile(header, 8));
        StringAssert.Contains(message, reason);
        StringAssert.StartsWith(message, "The checkpoint file 'sample' is refused");
    }

    [TestMethod]
    public void ByteOffsetsMustCoverTheFile()
    {
        string first = Tensor("a", "F32", "[2]", "[0,8]") + ",";
        StringAssert.Contains(Refusal(RawFile(Header(first + Tensor("b", "F32", "[2]", "[4,12]")), 12)), "tensor 'b' begins at byte 4, within the tensor before it");
        StringAssert.Contains(Refusal(RawFile(Header(first + Tensor("b", "F32", "[1]", "[12,16]")), 16)), "tensor 'b' begins at byte 12, leaving a hole");
        StringAssert.Contains(Refusal(RawFile(Header(Tensor("b", "F32", "[1]", "[4,8]")), 8)), "tensor 'b' begins at byte 4, leaving a hole");
        StringAssert.Contains(Refusal(RawFile(A, 9)), "its tensors end at byte 8, but 9 bytes follow the header");
        StringAssert.Contains(Refusal(RawFile("{}", 1)), "its tensors end at byte 0, but 1 bytes follow");
    }

    [TestMethod]
    public void HeadersThatAreNotUtf8AreRefused()
    {
        var header = System.Text.Encoding.ASCII.GetBytes(A);
        header[2] = 0xFF;
        StringAssert.Contains(Refusal(RawFile(header, 8)), "not valid UTF-8");
    }

    [TestMethod]
    public void AFileCutOffWhileItIsOpenGivesAnErrorInsteadOfEndingTheProcess()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("model.safetensors");
        File.WriteAllBytes(file, Write(Floats("a", [1000], new float[1000])));
        using var checkpoint = Checkpoint.OpenSafetensors(file);
        using (var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            stream.SetLength(500);
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointException>(() => checkpoint["a"].ToFloats()).Message, "is damaged");
    }

    [TestMethod]
    public void NothingIsReadAfterDisposal()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("model.safetensors"), Write(Floats("a", [1], 1)));
        var checkpoint = Checkpoint.Open(folder.Path);
        checkpoint.Dispose();
        Assert.ThrowsExactly<ObjectDisposedException>(() => checkpoint["a"].ToFloats());
    }

    [TestMethod]
    public void MutatedFilesGiveTensorsOrACheckpointException()
    {
        var good = Write(Floats("a", [2, 3], 1, 2, 3, 4, 5, 6), new TensorToWrite("b.bias", TensorDataType.Int64, [1], new byte[8]), new TensorToWrite("c", TensorDataType.Bool, [], new byte[1]));
        var changes = Gen.Choose(0, good.Length - 1).SelectMany(at => Gen.Choose(0, 255).Select(value => (at, value))).ListOf();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(changes.ToArbitrary(), list =>
        {
            var bytes = (byte[])good.Clone();
            foreach (var (at, value) in list)
                bytes[at] = (byte)value;
            TryRead(bytes);
        }));
    }

    [TestMethod]
    public void MutatedHeadersGiveTensorsOrACheckpointException()
    {
        string[] parts = ["{", "}", "[", "]", ",", ":", "\"a\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"F32\"", "\"BOOL\"", "0", "4", "8", "-1", "1e400", "9223372036854775807", "null", "true", "\"__metadata__\"", "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}", "\"\\ud800\""];
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(Gen.Elements(parts).ListOf().ToArbitrary(), list => TryRead(RawFile("{\"a\":" + string.Concat(list), 4))));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Gen.Choose(0, A.Length).SelectMany(at => Gen.Elements(parts).Select(part => (at, part))).ToArbitrary(), change =>
            TryRead(RawFile(A.Insert(change.at, change.part), 8))));
    }

    [TestMethod]
    public void EveryByteMayBeAnyOtherAndEveryLengthTheLast()
    {
        var file = Write(Floats("a", [2], 1, 2), new TensorToWrite("b", TensorDataType.Int64, [1, 1], new byte[8]));
        for (int length = 0; length < file.Length; length++)
            Refusal(file[..length]);
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

    private static void TryRead(byte[] bytes)
    {
        try
        {
            using var checkpoint = Open(bytes);
            foreach (var tensor in checkpoint.Tensors.Values)
                Assert.AreEqual(tensor.ElementCount, tensor.ToFloats().LongLength);
        }
        catch (CheckpointException e)
        {
            Assert.Contains("sample", e.Message);
        }
    }
}
