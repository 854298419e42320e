namespace MLPipelines.Data;

/// <summary>What the first bytes of a file say about it.</summary>
internal static class FileSignature
{
    /// <summary>How many bytes <see cref="Examine"/> would like to see.</summary>
    public const int Length = 4;

    /// <summary>The length of the byte-order mark, and why the file is no UTF-8 text (or null).</summary>
    public static (int MarkLength, string? Refusal) Examine(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (3, null),
        [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] => (0, "the file is UTF-16 (by its byte-order mark); save it as UTF-8"),
        [0x1F, 0x8B, ..] => (0, "the file is compressed with gzip; decompress it first"),
        [(byte)'P', (byte)'K', 3, 4, ..] => (0, "the file is a zip archive or an Excel workbook; unpack it, or save it as CSV in UTF-8"),
        _ => (0, null),
    };
}
