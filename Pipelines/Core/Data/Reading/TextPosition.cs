using System.Text;

namespace MLPipelines.Data;

/// <summary>A place in a UTF-8 text: line and column from 1 (column in UTF-16 characters), byte from 0.</summary>
internal readonly record struct TextPosition(long Line, long Column, long ByteOffset)
{
    /// <summary>The place right after <paramref name="text"/>, when the text starts here.</summary>
    public TextPosition Advance(ReadOnlySpan<byte> text)
    {
        int lineFeed = text.LastIndexOf((byte)'\n');
        return lineFeed < 0
            ? new(Line, Column + Encoding.UTF8.GetCharCount(text), ByteOffset + text.Length)
            : new(Line + text.Count((byte)'\n'), 1 + Encoding.UTF8.GetCharCount(text[(lineFeed + 1)..]), ByteOffset + text.Length);
    }
}
