using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MLPipelines.Tokenization.Normalization;

/// <summary>
/// SentencePiece's table of replacements: a double-array trie over UTF-8 bytes and the texts that it points into. Whole
/// grapheme clusters of less than six bytes are looked up first, then single characters; of several keys that a lookup
/// starts with, the shortest counts, as in Hugging Face's tokenizers.
/// </summary>
internal sealed class CharsmapNormalizer : TextNormalizer
{
    private const int MaximumCluster = 6;

    private readonly uint[] trie;
    private readonly string[] texts;
    private readonly Dictionary<int, int> textAt = [];
    private readonly bool[] asciiIsStable = new bool[0x80];

    /// <exception cref="TokenizationException">The table is damaged.</exception>
    public CharsmapNormalizer(ReadOnlySpan<byte> charsmap, string file)
    {
        if (charsmap.Length < 4)
            throw TokenizationErrors.Malformed(file, "the precompiled charsmap is cut off.");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(charsmap);
        if (size % 4 != 0 || size > charsmap.Length - 4)
            throw TokenizationErrors.Malformed(file, string.Create(CultureInfo.InvariantCulture, $"the precompiled charsmap says that its trie has {size} bytes, of {charsmap.Length - 4}."));
        trie = new uint[size / 4];
        for (int i = 0; i < trie.Length; i++)
            trie[i] = BinaryPrimitives.ReadUInt32LittleEndian(charsmap[(4 + 4 * i)..]);
        var blob = charsmap[(4 + (int)size)..];
        var found = new List<string>();
        for (int start = 0; start < blob.Length;)
        {
            int length = blob[start..].IndexOf((byte)0);
            if (length < 0)
                length = blob.Length - start;
            textAt[start] = found.Count;
            found.Add(Encoding.UTF8.GetString(blob.Slice(start, length)));
            start += length + 1;
        }
        texts = [.. found];
        Span<byte> single = stackalloc byte[1];
        for (int unit = 0; unit < 0x80; unit++)
        {
            single[0] = (byte)unit;
            asciiIsStable[unit] = unit != '\r' && Lookup(single) == null;
        }
    }

    public override void Apply(AlignedText text)
    {
        int first = 0;
        while (first < text.Length && text.Characters[first] < 0x80 && asciiIsStable[text.Characters[first]])
            first++;
        if (first == text.Length)
            return;
        var changed = new List<(int CodePoint, int Change)>(text.Length + 16);
        var span = text.Span;
        Span<byte> bytes = stackalloc byte[MaximumCluster * 4];
        for (int i = 0; i < span.Length;)
        {
            // ASCII before ASCII is a cluster of its own.
            if (span[i] < 0x80 && asciiIsStable[span[i]] && (i + 1 == span.Length || span[i + 1] < 0x80))
            {
                changed.Add((span[i++], 0));
                continue;
            }
            int length = StringInfo.GetNextTextElementLength(span[i..]);
            var cluster = span.Slice(i, length);
            if (length < MaximumCluster && Encoding.UTF8.GetByteCount(cluster) is var count && count < MaximumCluster)
            {
                Encoding.UTF8.GetBytes(cluster, bytes);
                if (Lookup(bytes[..count]) is { } replacement)
                {
                    Replace(changed, cluster, replacement);
                    i += length;
                    continue;
                }
            }
            foreach (var rune in cluster.EnumerateRunes())
            {
                int size = rune.EncodeToUtf8(bytes);
                if (Lookup(bytes[..size]) is { } single)
                    Replace(changed, span.Slice(i, rune.Utf16SequenceLength), single);
                else
                    changed.Add((rune.Value, 0));
                i += rune.Utf16SequenceLength;
            }
        }
        text.BeginRewrite(text.Length);
        UnicodeForm.Transform(text, changed);
        text.EndRewrite();
    }

    private static void Replace(List<(int CodePoint, int Change)> changed, ReadOnlySpan<char> old, string replacement)
    {
        int oldCount = 0, newCount = 0;
        foreach (var _ in old.EnumerateRunes())
            oldCount++;
        foreach (var rune in replacement.EnumerateRunes())
        {
            changed.Add((rune.Value, 0));
            newCount++;
        }
        if (newCount > oldCount)
        {
            for (int i = changed.Count - (newCount - oldCount); i < changed.Count; i++)
                changed[i] = (changed[i].CodePoint, 1);
        }
        else if (newCount < oldCount && changed.Count > 0)
        {
            changed[^1] = (changed[^1].CodePoint, changed[^1].Change + newCount - oldCount);
        }
    }

    // The text for the shortest key that the bytes start with.
    private string? Lookup(ReadOnlySpan<byte> bytes)
    {
        if (trie.Length == 0)
            return null;
        uint position = OffsetOf(trie[0]);
        foreach (byte value in bytes)
        {
            if (value == 0)
                return null;
            position ^= value;
            if (position >= trie.Length)
                return null;
            uint unit = trie[position];
            if ((unit & 0x800000FF) != value)
                return null;
            position ^= OffsetOf(unit);
            if ((unit >> 8 & 1) == 0)
                continue;
            if (position >= trie.Length)
                return null;
            int index = (int)(trie[position] & 0x7FFFFFFF);
            return textAt.TryGetValue(index, out int known) ? texts[known] : Tail(index);
        }
        return null;
    }

    // A key may point into the middle of a text: its end counts then.
    private string? Tail(int index)
    {
        for (int start = index - 1; start >= 0 && index - start < 64; start--)
        {
            if (!textAt.TryGetValue(start, out int known))
                continue;
            byte[] text = Encoding.UTF8.GetBytes(texts[known]);
            return index - start <= text.Length ? Encoding.UTF8.GetString(text.AsSpan(index - start)) : null;
        }
        return null;
    }

    private static uint OffsetOf(uint unit) => (unit >> 10) << (int)((unit & (1 << 9)) >> 6);
}
