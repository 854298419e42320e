namespace MLPipelines.Tokenization.Normalization;

/// <summary>
/// BERT's clean-up: control characters go, whitespace becomes a space, ideographs get spaces around them, accents are
/// taken off, letters are lower-cased. Runs of ASCII take a short way.
/// </summary>
internal sealed class BertNormalizer(bool cleanText, bool handleIdeographs, bool stripAccents, bool lowercase) : TextNormalizer
{
    private readonly TextNormalizer? decomposition = stripAccents ? new UnicodeForm(compose: false, compatibility: false) : null;
    private readonly LowercaseNormalizer lower = new();

    public override void Apply(AlignedText text)
    {
        bool plain = true;
        var characters = text.Characters.AsSpan(0, text.Length);
        foreach (char unit in characters)
        {
            if (unit is >= (char)0x7F || unit < ' ' && unit is not ('\t' or '\n' or '\r'))
            {
                plain = false;
                break;
            }
        }
        if (plain)
            ApplyToPlain(characters);
        else
            ApplyToAny(text);
    }

    // Printable ASCII, tabs and line ends: nothing is added or taken away.
    private void ApplyToPlain(Span<char> characters)
    {
        for (int i = 0; i < characters.Length; i++)
        {
            char unit = characters[i];
            if (lowercase && unit is >= 'A' and <= 'Z')
                characters[i] = (char)(unit | 0x20);
            else if (cleanText && unit < ' ')
                characters[i] = ' ';
        }
    }

    private void ApplyToAny(AlignedText text)
    {
        if (cleanText)
            Clean(text);
        if (handleIdeographs)
            SetApart(text);
        if (decomposition != null)
        {
            decomposition.Apply(text);
            RemoveMarks(text);
        }
        if (lowercase)
            lower.Apply(text);
    }

    private static void Clean(AlignedText text)
    {
        text.BeginRewrite(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int codePoint = text.CodePointAt(i);
            int size = codePoint >= 0x10000 ? 2 : 1;
            if (codePoint is not (0 or 0xFFFD) && !CharacterTests.IsControl(codePoint))
            {
                if (CharacterTests.IsWhitespace(codePoint))
                    text.PutLike(' ', i);
                else
                    text.PutUnchanged(i, i + size);
            }
            i += size - 1;
        }
        text.EndRewrite();
    }

    // The spaces count as part of the ideograph.
    private static void SetApart(AlignedText text)
    {
        if (text.Span.IndexOfAnyInRange('\u3400', '\uFAFF') < 0)
            return;
        text.BeginRewrite(text.Length + 16);
        for (int i = 0; i < text.Length; i++)
        {
            int codePoint = text.CodePointAt(i);
            int size = codePoint >= 0x10000 ? 2 : 1;
            if (CharacterTests.IsIdeograph(codePoint))
            {
                text.PutLike(' ', i);
                text.PutUnchanged(i, i + size);
                text.PutLike(' ', i);
            }
            else
            {
                text.PutUnchanged(i, i + size);
            }
            i += size - 1;
        }
        text.EndRewrite();
    }

    private static void RemoveMarks(AlignedText text)
    {
        if (text.Span.IndexOfAnyExceptInRange('\0', '\u02FF') < 0)
            return;
        text.BeginRewrite(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            int codePoint = text.CodePointAt(i);
            int size = codePoint >= 0x10000 ? 2 : 1;
            if (!CharacterTests.IsNonSpacingMark(codePoint))
                text.PutUnchanged(i, i + size);
            i += size - 1;
        }
        text.EndRewrite();
    }
}
