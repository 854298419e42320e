using System.Buffers.Binary;

namespace MLPipelines.Artifacts;

/// <summary>Tells what executes when it is loaded from what does not, by the first and last bytes.</summary>
internal static class ForbiddenContent
{
    public const int HeadLength = 16;

    // How torch marks a model outside a zip: several pickles, the first of which holds this number.
    private static ReadOnlySpan<byte> TorchMagic => [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    /// <summary>
    /// Refuses pickles, and zips but those that <see cref="ZipWriter"/> makes: these hold no link, no pickle and no further zip,
    /// and nothing compressed that could grow.
    /// </summary>
    public static void Check(EntrySums sums, Stream bytes, string file, string path, ArtifactTrustOptions trust)
    {
        if (sums.IsPickle)
            ArtifactThrow.Entry(file, path, "is a Python pickle, which can execute code when it is loaded; use safetensors or ONNX");
        if (sums.IsZip)
            CheckZip(bytes, $"{file}: {path}", trust);
    }

    /// <summary>Python's pickle, protocols 2 to 5: it begins with its protocol and ends with STOP.</summary>
    public static bool IsPickle(ReadOnlySpan<byte> head, byte last, long length)
    {
        if (head.Length < 2 || head[0] != 0x80 || head[1] is < 2 or > 5 || IsSafetensors(head, length))
            return false;
        return last == (byte)'.' || head[2..].StartsWith(TorchMagic);
    }

    public static bool IsZip(ReadOnlySpan<byte> head) => head.StartsWith("PK\u0003\u0004"u8);

    private static void CheckZip(Stream bytes, string file, ArtifactTrustOptions trust)
    {
        Span<byte> head = stackalloc byte[HeadLength];
        foreach (var item in ZipDirectory.Read(bytes, file, trust))
        {
            if (item.IsDeflated)
                ArtifactThrow.Entry(file, item.Name, "is compressed; within a zip of an artifact everything is stored as it is, and the outer zip compresses it");
            if (item.Length == 0)
                continue;
            int headLength = (int)Math.Min(HeadLength, item.Length);
            bytes.Position = item.DataOffset;
            bytes.ReadExactly(head[..headLength]);
            bytes.Position = item.DataOffset + item.Length - 1;
            byte last = (byte)bytes.ReadByte();
            if (IsPickle(head[..headLength], last, item.Length))
                ArtifactThrow.Entry(file, item.Name, "is a Python pickle, which can execute code when it is loaded; use safetensors or ONNX");
            if (IsZip(head[..headLength]))
                ArtifactThrow.Entry(file, item.Name, "is a zip in a zip in a zip; one level is allowed");
        }
    }

    // Safetensors begin with the length of a JSON header, whose low bytes may be those of a pickle.
    private static bool IsSafetensors(ReadOnlySpan<byte> head, long length) =>
        head.Length > sizeof(ulong) && head[sizeof(ulong)] == (byte)'{'
        && BinaryPrimitives.ReadUInt64LittleEndian(head) <= (ulong)Math.Max(0, length - sizeof(ulong));
}
