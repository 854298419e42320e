namespace MLPipelines.Artifacts;

/// <summary>
/// The one way in which this library packs a zip: entries back to back from byte 0, constant times, no flags, no attributes,
/// no comments, and no extra field but Zip64 where a length needs it. The writer makes nothing else and the reader accepts
/// nothing else, so that the same content is the same bytes and no other tool can see other entries than this one.
/// </summary>
/// <remarks>PKWARE APPNOTE 6.3.10.</remarks>
internal static class ZipFormat
{
    public const uint LocalSignature = 0x04034b50, CentralSignature = 0x02014b50, EndSignature = 0x06054b50;
    public const uint End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;
    public const int LocalLength = 30, CentralLength = 46, EndLength = 22, End64Length = 56, Locator64Length = 20;
    public const int ExtraHeaderLength = 4;
    public const ushort Zip64Field = 1;

    public const ushort Stored = 0, Deflated = 8;

    public const ushort PlainVersion = 20, Zip64Version = 45;

    // 1980-01-01 00:00, the earliest that the format can state.
    public const ushort Time = 0, Date = (1 << 5) | 1;
}
