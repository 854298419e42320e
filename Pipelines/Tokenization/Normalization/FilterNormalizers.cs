namespace MLPipelines.Tokenization.Normalization;

/// <summary>Takes away combining accents (after a decomposition, if they are to be found).</summary>
internal sealed class StripAccentsNormalizer : TextNormalizer
{
    public override void Apply(AlignedText text)
    {
        if (text.Span.IndexOfAnyExceptInRange('\0', '\u02FF') < 0)
            return;
        text.BeginRewrite(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int codePoint = text.CodePointAt(i);
            int size = codePoint >= 0x10000 ? 2 : 1;
            if (!CharacterTests.IsCombiningMark(codePoint))
                text.PutUnchanged(i, i + size);
            i += size - 1;
        }
        text.EndRewrite();
    }
}

/// <summary>Takes away whitespace at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : TextNormalizer
{
    public override void Apply(AlignedText text)
    {
        int start = 0, end = text.Length;
        while (left && start < end && char.IsWhiteSpace(text.Characters[start]))
            start++;
        while (right && end > start && char.IsWhiteSpace(text.Characters[end - 1]))
            end--;
        text.Slice(start, end - start);
    }
}
