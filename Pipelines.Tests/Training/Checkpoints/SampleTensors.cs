using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Tests.Training.Checkpoints;

/// <summary>Small checkpoints, good ones and bad ones.</summary>
internal static class SampleTensors
{
    public static TensorToWrite Floats(string name, long[] shape, params float[] values) =>
        new(name, TensorDataType.Float32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public static byte[] Write(params TensorToWrite[] tensors) => Write(tensors, null);

    public static byte[] Write(TensorToWrite[] tensors, Dictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    /// <summary>A safetensors file with any header and any bytes after it.</summary>
    public static byte[] RawFile(string header, int dataBytes = 0, long? headerLength = null) => RawFile(Encoding.UTF8.GetBytes(header), dataBytes, headerLength);

    public static byte[] RawFile(byte[] header, int dataBytes = 0, long? headerLength = null)
    {
        var bytes = new byte[8 + header.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, headerLength ?? header.Length);
        header.CopyTo(bytes, 8);
        return bytes;
    }

    public static Checkpoint Open(byte[] bytes) => Checkpoint.OpenSafetensors(new MemoryStream(bytes), "sample");

    /// <summary>The message with which a file is refused.</summary>
    public static string Refusal(byte[] bytes) => Assert.ThrowsExactly<CheckpointException>(() => Open(bytes).Dispose()).Message;

    /// <summary>Asserts that two checkpoints hold the same tensors, bit for bit.</summary>
    public static void AssertSame(Checkpoint expected, Checkpoint actual)
    {
        Assert.AreSequenceEqual(expected.Tensors.Keys.Order(StringComparer.Ordinal), actual.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var tensor in expected.Tensors.Values)
        {
            var other = actual[tensor.Name];
            Assert.AreEqual(tensor.ToString(), other.ToString());
            Assert.IsTrue(tensor.ToBytes().AsSpan().SequenceEqual(other.ToBytes()), tensor.Name);
        }
    }
}
