using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Training.Checkpoints;

/// <summary>Writes pickles opcode by opcode, and packs them as torch does.</summary>
internal sealed class PickleBytes
{
    private readonly MemoryStream _bytes = new();

    public PickleBytes Op(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleBytes Op(char opcode) => Op((byte)opcode);

    public PickleBytes Protocol() => Op(0x80, 2);

    public PickleBytes Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return Op('X').Op(length).Op(utf8);
    }

    public PickleBytes Number(long value) => Op(0x8a, 8).Op(BitConverter.GetBytes(value));

    public PickleBytes Global(string module, string name) => Op('c').Op(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public PickleBytes Numbers(params long[] values)
    {
        Op('(');
        foreach (long value in values)
            Number(value);
        return Op('t');
    }

    public PickleBytes Storage(string key, long count, string type = "FloatStorage") =>
        Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Number(count).Op('t').Op('Q');

    public PickleBytes Tensor(string key, long count, long offset, long[] shape, long[] strides, string type = "FloatStorage") =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(key, count, type).Number(offset).Numbers(shape).Numbers(strides)
            .Op(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    public byte[] Stop()
    {
        Op('.');
        return _bytes.ToArray();
    }

    /// <summary>A pickle of one tensor in a dict.</summary>
    public static byte[] OneTensor(long count, long offset, long[] shape, long[] strides, string type = "FloatStorage", string key = "0") =>
        new PickleBytes().Protocol().Op('}').Text("a").Tensor(key, count, offset, shape, strides, type).Op('s').Stop();

    /// <summary>A file as torch saves it, with one storage of 4 numbers from 1 to 4.</summary>
    public static byte[] Pack(byte[] pickle, params (string Name, byte[] Bytes)[] more)
    {
        var storage = new byte[16];
        for (int i = 0; i < 4; i++)
            BinaryPrimitives.WriteSingleLittleEndian(storage.AsSpan(4 * i), i + 1);
        return Zip(CompressionLevel.NoCompression, [("model/data.pkl", pickle), ("model/data/0", storage), ("model/version", "3\n"u8.ToArray()), .. more]);
    }

    public static byte[] Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (name, bytes) in entries)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }
        return stream.ToArray();
    }

    public static Checkpoint Open(byte[] file) => Checkpoint.Open(["pytorch_model.bin"], _ => new MemoryStream(file), "sample");

    public static string Refusal(byte[] file) => Assert.ThrowsExactly<CheckpointException>(() => Open(file).Dispose()).Message;
}
