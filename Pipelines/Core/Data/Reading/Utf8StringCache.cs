using System.Text;

namespace MLPipelines.Data;

/// <summary>Gives back the same string for the same bytes when they come often, as labels and identifiers do.</summary>
internal sealed class Utf8StringCache
{
    private const int LongestCached = 64;
    private readonly string?[] _slots = new string?[4096];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
            return "";
        if (utf8.Length > LongestCached)
            return Encoding.UTF8.GetString(utf8);
        Span<char> chars = stackalloc char[LongestCached];
        ReadOnlySpan<char> text = chars[..Encoding.UTF8.GetChars(utf8, chars)];
        ref string? slot = ref _slots[StableHash.Of(text) & (ulong)(_slots.Length - 1)];
        if (slot is null || !text.SequenceEqual(slot))
            slot = text.ToString();
        return slot;
    }
}
