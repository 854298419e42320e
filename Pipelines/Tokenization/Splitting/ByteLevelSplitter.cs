using MLPipelines.Tokenization.Normalization;
using MLPipelines.Tokenization.Patterns;

namespace MLPipelines.Tokenization.Splitting;

/// <summary>GPT-2's way: words keep the space before them, and each byte of their UTF-8 form becomes a visible character.</summary>
internal sealed class ByteLevelSplitter(bool addPrefixSpace, bool useRegex) : TextSplitter
{
    private static readonly Pattern WordPattern = Pattern.Parse(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+");

    private readonly PatternSplit words = new(WordPattern, DelimiterBehavior.Isolated, invert: false);

    public override void Apply(AlignedText text, Words words)
    {
        if (addPrefixSpace)
            AddSpaces(text, words);
        if (useRegex)
            this.words.Apply(text, words);
        ByteAlphabet.Rewrite(text, words);
    }

    private static void AddSpaces(AlignedText text, Words words)
    {
        bool missing = false;
        for (int i = 0; i < words.Count && !missing; i++)
            missing = text.Characters[words[i].Start] != ' ';
        if (!missing)
            return;
        words.Begin();
        text.BeginRewrite(text.Length + words.Count);
        for (int i = 0; i < words.Count; i++)
        {
            var (start, end) = words[i];
            int first = text.RewriteLength;
            if (text.Characters[start] != ' ')
                text.PutLike(' ', start);
            text.PutUnchanged(start, end);
            words.Add(first, text.RewriteLength);
        }
        text.EndRewrite();
        words.End();
    }
}

/// <summary>The 256 visible characters that stand for bytes.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] CharacterOfByte = MakeCharacters();
    private static readonly short[] ByteOfCharacter = MakeBytes();

    /// <summary>The character that stands for a space.</summary>
    public const char Space = '\u0120';

    public static ReadOnlySpan<char> Characters => CharacterOfByte;

    /// <summary>The byte that a character stands for; -1 for other characters.</summary>
    public static int ByteOf(char character) => character < ByteOfCharacter.Length ? ByteOfCharacter[character] : -1;

    /// <summary>Puts the characters for the UTF-8 bytes of the words in place of their own. Characters outside the words go.</summary>
    public static void Rewrite(AlignedText text, Words words)
    {
        if (text.Span.IndexOfAnyExceptInRange('\0', '\x7F') < 0)
        {
            foreach (ref char unit in text.Characters.AsSpan(0, text.Length))
                unit = CharacterOfByte[unit];
            return;
        }
        words.Begin();
        text.BeginRewrite(text.Length * 2);
        for (int i = 0; i < words.Count; i++)
        {
            var (start, end) = words[i];
            int first = text.RewriteLength;
            Rewrite(text, start, end);
            words.Add(first, text.RewriteLength);
        }
        text.EndRewrite();
        words.End();
    }

    public static void Rewrite(AlignedText text, int start, int end)
    {
        Span<byte> bytes = stackalloc byte[4];
        for (int i = start; i < end; i++)
        {
            char unit = text.Characters[i];
            if (unit < 0x80)
            {
                text.PutLike(CharacterOfByte[unit], i);
                continue;
            }
            int codePoint = text.CodePointAt(i);
            int count = new System.Text.Rune(codePoint).EncodeToUtf8(bytes);
            foreach (byte value in bytes[..count])
                text.PutLike(CharacterOfByte[value], i);
            if (codePoint >= 0x10000)
                i++;
        }
    }

    // Printable Latin-1 characters stand for themselves, the other bytes take the characters from U+0100 on.
    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        int next = 0x100;
        for (int i = 0; i < 256; i++)
            characters[i] = i is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)i : (char)next++;
        return characters;
    }

    private static short[] MakeBytes()
    {
        var bytes = new short[CharacterOfByte.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int i = 0; i < 256; i++)
            bytes[CharacterOfByte[i]] = (short)i;
        return bytes;
    }
}
