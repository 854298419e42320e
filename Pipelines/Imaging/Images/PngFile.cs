using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MLPipelines.Imaging;

/// <summary>
/// PNG and APNG (W3C PNG, third edition): pictures and animations of 8-bit RGB, with texts. The same picture gives the same bytes with the same
/// version of .NET.
/// </summary>
public static class PngFile
{
    private const int MostTextBytes = 1 << 20;
    private static readonly uint[] ChecksumTable = MakeChecksumTable();
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>The texts of a PNG file by keyword: of its tEXt and uncompressed iTXt chunks.</summary>
    /// <exception cref="ImagingException">The content is no PNG, or damaged.</exception>
    public static IReadOnlyDictionary<string, string> ReadTexts(ReadOnlySpan<byte> content)
    {
        if (!content.StartsWith(Signature))
            throw ImagingErrors.BadPng("does not start as one");
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int at = Signature.Length; at < content.Length;)
        {
            if (content.Length - at < 12)
                throw ImagingErrors.BadPng($"ends within a chunk, at byte {at}");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(content[at..]);
            if (length > content.Length - at - 12)
                throw ImagingErrors.BadPng($"has a chunk of {length} bytes at byte {at}, beyond its end");
            var type = content.Slice(at + 4, 4);
            var data = content.Slice(at + 8, (int)length);
            if (type.SequenceEqual("IEND"u8))
                break;
            if (length <= MostTextBytes && (type.SequenceEqual("tEXt"u8) || type.SequenceEqual("iTXt"u8)))
                ReadText(type.SequenceEqual("iTXt"u8), data, texts);
            at += 12 + (int)length;
        }
        return texts;
    }

    internal static byte[] Encode(RgbImage image, IReadOnlyDictionary<string, string>? texts)
    {
        var output = new MemoryStream();
        WriteHead(output, image, texts);
        Chunk(output, "IDAT"u8, Compress(image));
        Chunk(output, "IEND"u8, []);
        return output.ToArray();
    }

    /// <summary>An APNG, which programs that know no animations show as its first frame.</summary>
    internal static byte[] EncodeAnimation(IReadOnlyList<RgbImage> frames, int delayMilliseconds, int plays, IReadOnlyDictionary<string, string>? texts)
    {
        var output = new MemoryStream();
        WriteHead(output, frames[0], texts);
        Span<byte> control = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(control, frames.Count);
        BinaryPrimitives.WriteInt32BigEndian(control[4..], plays);
        Chunk(output, "acTL"u8, control);
        int sequence = 0;
        Span<byte> frame = stackalloc byte[26];
        for (int i = 0; i < frames.Count; i++)
        {
            frame.Clear();
            BinaryPrimitives.WriteInt32BigEndian(frame, sequence++);
            BinaryPrimitives.WriteInt32BigEndian(frame[4..], frames[i].Width);
            BinaryPrimitives.WriteInt32BigEndian(frame[8..], frames[i].Height);
            BinaryPrimitives.WriteInt16BigEndian(frame[20..], (short)delayMilliseconds);
            BinaryPrimitives.WriteInt16BigEndian(frame[22..], 1000);
            Chunk(output, "fcTL"u8, frame);
            var data = Compress(frames[i]);
            if (i == 0)
                Chunk(output, "IDAT"u8, data);
            else
            {
                var numbered = new byte[data.Length + 4];
                BinaryPrimitives.WriteInt32BigEndian(numbered, sequence++);
                data.CopyTo(numbered, 4);
                Chunk(output, "fdAT"u8, numbered);
            }
        }
        Chunk(output, "IEND"u8, []);
        return output.ToArray();
    }

    private static void WriteHead(MemoryStream output, RgbImage image, IReadOnlyDictionary<string, string>? texts)
    {
        output.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = 8;
        header[9] = 2;
        Chunk(output, "IHDR"u8, header);
        foreach (var (keyword, text) in texts ?? new Dictionary<string, string>())
        {
            if (keyword.Length is < 1 or > 79 || keyword.Any(c => c is < ' ' or > '~') || keyword != keyword.Trim())
                throw ImagingErrors.PngKeyword(keyword);
            // tEXt is Latin-1; whatever else goes into iTXt, which is UTF-8.
            if (text.All(c => c is >= ' ' and <= '~' or '\n'))
                Chunk(output, "tEXt"u8, [.. Encoding.Latin1.GetBytes(keyword), 0, .. Encoding.Latin1.GetBytes(text)]);
            else
                Chunk(output, "iTXt"u8, [.. Encoding.Latin1.GetBytes(keyword), 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text.Replace("\0", "", StringComparison.Ordinal))]);
        }
    }

    private static void ReadText(bool international, ReadOnlySpan<byte> data, Dictionary<string, string> texts)
    {
        int end = data.IndexOf((byte)0);
        if (end < 1)
            return;
        var keyword = Encoding.Latin1.GetString(data[..end]);
        var rest = data[(end + 1)..];
        if (!international)
        {
            texts.TryAdd(keyword, Encoding.Latin1.GetString(rest));
            return;
        }
        // Compression flag and method, language, translated keyword, text.
        if (rest.Length < 2 || rest[0] != 0)
            return;
        rest = rest[2..];
        for (int i = 0; i < 2; i++)
        {
            int zero = rest.IndexOf((byte)0);
            if (zero < 0)
                return;
            rest = rest[(zero + 1)..];
        }
        texts.TryAdd(keyword, Encoding.UTF8.GetString(rest));
    }

    private static void Chunk(MemoryStream output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        output.Write(number);
        output.Write(type);
        output.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(type, data));
        output.Write(number);
    }

    /// <summary>The CRC-32 of a chunk's type and data.</summary>
    private static uint Checksum(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in type)
            sum = ChecksumTable[(byte)sum ^ value] ^ (sum >> 8);
        foreach (byte value in data)
            sum = ChecksumTable[(byte)sum ^ value] ^ (sum >> 8);
        return ~sum;
    }

    private static uint[] MakeChecksumTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[i] = value;
        }
        return table;
    }

    private static byte[] Compress(RgbImage image)
    {
        var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true))
        {
            int stride = 3 * image.Width;
            var candidates = new byte[5][];
            for (int filter = 0; filter < candidates.Length; filter++)
                candidates[filter] = new byte[stride + 1];
            var above = new byte[stride];
            for (int y = 0; y < image.Height; y++)
            {
                var row = image.Pixels.AsSpan(y * stride, stride);
                zlib.Write(Filter(row, above, candidates));
                row.CopyTo(above);
            }
        }
        return output.ToArray();
    }

    /// <summary>The row by whichever of the five filters leaves the smallest numbers.</summary>
    private static byte[] Filter(ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, byte[][] candidates)
    {
        byte[] best = candidates[0];
        long least = long.MaxValue;
        for (int filter = 0; filter < candidates.Length; filter++)
        {
            var candidate = candidates[filter];
            candidate[0] = (byte)filter;
            long sum = 0;
            for (int i = 0; i < row.Length; i++)
            {
                int left = i >= 3 ? row[i - 3] : 0, up = above[i], corner = i >= 3 ? above[i - 3] : 0;
                int predicted = filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) };
                byte value = (byte)(row[i] - predicted);
                candidate[i + 1] = value;
                sum += Math.Abs((int)(sbyte)value);
            }
            if (sum < least)
                (best, least) = (candidate, sum);
        }
        return best;
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        int toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
}
