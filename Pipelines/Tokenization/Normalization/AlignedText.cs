using System.Runtime.CompilerServices;

namespace MLPipelines.Tokenization.Normalization;

/// <summary>
/// A piece of a text on its way through normalisation: its characters as they are now, and for each the range of the
/// original text that it comes from. While nothing but one-to-one changes were made the ranges are not stored.
/// A rewrite goes into spare arrays that then take the place of the current ones.
/// </summary>
internal sealed class AlignedText
{
    private char[] spareCharacters = new char[256];
    private int[] spareStarts = [];
    private int[] spareEnds = [];
    private int spareLength;

    /// <summary>The characters; lone surrogates of the original are U+FFFD.</summary>
    public char[] Characters { get; private set; } = new char[256];

    public int Length { get; private set; }

    /// <summary>The place of the piece in the original text, in UTF-16 code units.</summary>
    public int Base { get; private set; }

    /// <summary>Whether <see cref="Starts"/> and <see cref="Ends"/> are in use; otherwise character i is at Base + i.</summary>
    public bool IsAligned { get; private set; }

    public int[] Starts { get; private set; } = [];

    public int[] Ends { get; private set; } = [];

    public ReadOnlySpan<char> Span => Characters.AsSpan(0, Length);

    public void Reset(ReadOnlySpan<char> text, int place)
    {
        if (Characters.Length < text.Length)
            Characters = new char[Grown(text.Length)];
        text.CopyTo(Characters);
        Length = text.Length;
        Base = place;
        IsAligned = false;
        ReplaceLoneSurrogates();
    }

    /// <summary>Becomes a part of another text.</summary>
    public void Reset(AlignedText source, int start, int end)
    {
        int place = source.StartOf(start);
        bool aligned = source.IsAligned;
        Length = end - start;
        if (Characters.Length < Length)
            Characters = new char[Grown(Length)];
        Array.Copy(source.Characters, start, Characters, 0, Length);
        Base = place;
        IsAligned = aligned;
        if (!aligned)
            return;
        if (Starts.Length < Length)
        {
            Starts = new int[Grown(Length)];
            Ends = new int[Starts.Length];
        }
        Array.Copy(source.Starts, start, Starts, 0, Length);
        Array.Copy(source.Ends, start, Ends, 0, Length);
    }

    /// <summary>First code unit of the original that the character at an index comes from.</summary>
    public int StartOf(int index) => IsAligned ? Starts[index] : Base + index;

    /// <summary>One past the last code unit of the original that the character whose last unit is at an index comes from.</summary>
    public int EndOf(int index) => IsAligned ? Ends[index] : Base + index + 1;

    /// <summary>The code point at an index; surrogates are always paired.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CodePointAt(int index)
    {
        char first = Characters[index];
        return char.IsHighSurrogate(first) ? char.ConvertToUtf32(first, Characters[index + 1]) : first;
    }

    /// <summary>Stores the ranges, so that changes other than one-to-one can be made.</summary>
    public void Align()
    {
        if (IsAligned)
            return;
        if (Starts.Length < Length)
        {
            Starts = new int[Grown(Length)];
            Ends = new int[Starts.Length];
        }
        for (int i = 0; i < Length; i++)
        {
            Starts[i] = Base + i;
            Ends[i] = Base + i + 1;
            if (char.IsHighSurrogate(Characters[i]))
            {
                Starts[i + 1] = Base + i;
                Ends[i] = Ends[i + 1] = Base + i + 2;
                i++;
            }
        }
        IsAligned = true;
    }

    /// <summary>Starts a rewrite: what is put from now on becomes the text when <see cref="EndRewrite"/> is called.</summary>
    public void BeginRewrite(int room)
    {
        Align();
        spareLength = 0;
        EnsureSpare(room);
    }

    public int RewriteLength => spareLength;

    public void EndRewrite()
    {
        (Characters, spareCharacters) = (spareCharacters, Characters);
        (Starts, spareStarts) = (spareStarts, Starts);
        (Ends, spareEnds) = (spareEnds, Ends);
        Length = spareLength;
    }

    /// <summary>Puts a code point with a range of the original.</summary>
    public void Put(int codePoint, int start, int end)
    {
        EnsureSpare(spareLength + 2);
        if (codePoint >= 0x10000)
        {
            PutUnit((char)(0xD800 + ((codePoint - 0x10000) >> 10)), start, end);
            PutUnit((char)(0xDC00 + ((codePoint - 0x10000) & 0x3FF)), start, end);
        }
        else
        {
            PutUnit((char)codePoint, start, end);
        }
    }

    /// <summary>Puts a code point with the range of the character at an index of the current text.</summary>
    public void PutLike(int codePoint, int index) => Put(codePoint, Starts[index], Ends[index]);

    /// <summary>Puts a part of the current text unchanged.</summary>
    public void PutUnchanged(int start, int end)
    {
        int count = end - start;
        EnsureSpare(spareLength + count);
        Array.Copy(Characters, start, spareCharacters, spareLength, count);
        Array.Copy(Starts, start, spareStarts, spareLength, count);
        Array.Copy(Ends, start, spareEnds, spareLength, count);
        spareLength += count;
    }

    /// <summary>Keeps a part of the text only.</summary>
    public void Slice(int start, int length)
    {
        if (start > 0)
        {
            Array.Copy(Characters, start, Characters, 0, length);
            if (IsAligned)
            {
                Array.Copy(Starts, start, Starts, 0, length);
                Array.Copy(Ends, start, Ends, 0, length);
            }
            else
            {
                Base += start;
            }
        }
        Length = length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PutUnit(char unit, int start, int end)
    {
        spareCharacters[spareLength] = unit;
        spareStarts[spareLength] = start;
        spareEnds[spareLength++] = end;
    }

    private void EnsureSpare(int length)
    {
        if (spareCharacters.Length < length)
            Array.Resize(ref spareCharacters, Grown(length));
        if (spareStarts.Length < length)
        {
            Array.Resize(ref spareStarts, Grown(length));
            Array.Resize(ref spareEnds, spareStarts.Length);
        }
    }

    private void ReplaceLoneSurrogates()
    {
        int i = Span.IndexOfAnyInRange('\uD800', '\uDFFF');
        if (i < 0)
            return;
        for (; i < Length; i++)
        {
            char unit = Characters[i];
            if (!char.IsSurrogate(unit))
                continue;
            if (char.IsHighSurrogate(unit) && i + 1 < Length && char.IsLowSurrogate(Characters[i + 1]))
                i++;
            else
                Characters[i] = '\uFFFD';
        }
    }

    private static int Grown(int length) => Math.Max(256, length + (length >> 1));
}
