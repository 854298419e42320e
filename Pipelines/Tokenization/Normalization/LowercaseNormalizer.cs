namespace MLPipelines.Tokenization.Normalization;

/// <summary>Lower case, character by character (a final sigma is like any other).</summary>
internal sealed class LowercaseNormalizer : TextNormalizer
{
    private const char DottedI = '\u0130';
    private const char DotAbove = '\u0307';

    public override void Apply(AlignedText text)
    {
        if (text.Span.Contains(DottedI))
            Expand(text);
        var characters = text.Characters.AsSpan(0, text.Length);
        for (int i = 0; i < characters.Length; i++)
        {
            char unit = characters[i];
            if (unit < 0x80)
            {
                if (unit is >= 'A' and <= 'Z')
                    characters[i] = (char)(unit | 0x20);
            }
            else if (char.IsHighSurrogate(unit))
            {
                int lower = CharacterTests.ToLower(char.ConvertToUtf32(unit, characters[i + 1]));
                new System.Text.Rune(lower).EncodeToUtf16(characters[i..]);
                i++;
            }
            else
            {
                characters[i] = (char)CharacterTests.ToLower(unit);
            }
        }
    }

    private static void Expand(AlignedText text)
    {
        text.BeginRewrite(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            if (text.Characters[i] == DottedI)
            {
                text.PutLike('i', i);
                text.PutLike(DotAbove, i);
            }
            else
            {
                text.PutUnchanged(i, i + 1);
            }
        }
        text.EndRewrite();
    }
}
