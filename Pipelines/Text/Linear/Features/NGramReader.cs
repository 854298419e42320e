using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace MLPipelines.Text;

/// <summary>Receives the n-grams of one text, all word n-grams before the first character n-gram.</summary>
internal interface INGramSink
{
    /// <param name="hash">64-bit hash of the n-gram; its lowest bit is set for character n-grams.</param>
    void Add(ulong hash);
}

/// <summary>Which n-grams are taken from a text.</summary>
/// <param name="MaximumWords">Word n-grams of 1 up to this many words; 0 for none.</param>
/// <param name="MinimumCharacters">Shortest character n-gram.</param>
/// <param name="MaximumCharacters">Longest character n-gram; 0 for none.</param>
/// <param name="SkippedWords">Pairs of words with 1 up to this many words between them.</param>
/// <param name="AcrossWords">Whether character n-grams run over the spaces between tokens.</param>
internal readonly record struct NGramShape(int MaximumWords, int MinimumCharacters, int MaximumCharacters, int SkippedWords = 0, bool AcrossWords = false);

/// <summary>
/// Cuts texts into word and character n-grams and hands out their hashes. Text is lower-cased by code point.
/// A word is a run of letters, digits, marks and underscores; an ideograph or symbol is a word of its own; a run of
/// punctuation counts as a word, because "?!" and ":(" carry meaning. Character n-grams are those of each
/// whitespace-delimited token with one space at either end, or of the whole text with one space between tokens. Not thread-safe: one reader per thread.
/// </summary>
internal sealed class NGramReader
{
    private const ulong Multiplier = 0x9E3779B97F4A7C15UL;
    private const ulong WordSeed = 0x51ED270B0A1F39C1UL;
    private const ulong WordGramSeed = 0x2545F4914F6CDD1DUL;
    private const ulong SkipSeed = 0x7F4A7C15F39CC060UL;
    private const ulong CharacterSeed = 0x6A09E667F3BCC909UL;
    private const int LongestKeptBuffer = 1 << 20;

    private int[] _codes = new int[256];
    private CharacterClass[] _classes = new CharacterClass[256];
    private ulong[] _words = new ulong[64];

    private enum CharacterClass : byte { Space, Word, Single, Punctuation, Ignored }

    public void Read<TSink>(ReadOnlySpan<char> text, in NGramShape shape, ref TSink sink)
        where TSink : struct, INGramSink, allows ref struct
    {
        int length = Decode(text);
        if (shape.MaximumWords > 0)
            AddWordNGrams(length, shape.MaximumWords, shape.SkippedWords, ref sink);
        if (shape.MaximumCharacters > 0 && shape.AcrossWords)
            AddCharacterNGrams(_codes.AsSpan(0, JoinTokens(length)), shape.MinimumCharacters, shape.MaximumCharacters, ref sink);
        else if (shape.MaximumCharacters > 0)
            AddCharacterNGrams(length, shape.MinimumCharacters, shape.MaximumCharacters, ref sink);
        if (_codes.Length > LongestKeptBuffer)
            (_codes, _classes, _words) = (new int[256], new CharacterClass[256], new ulong[64]);
    }

    /// <summary>True for a hash of a character n-gram.</summary>
    public static bool IsOfCharacters(ulong hash) => (hash & 1) != 0;

    // Leaves lower-cased code points and their classes in the buffers, with one space before and one after.
    private int Decode(ReadOnlySpan<char> text)
    {
        if (_codes.Length < text.Length + 2)
        {
            int size = (int)Math.Min(Array.MaxLength, Math.Max(text.Length + 2L, 2L * _codes.Length));
            _codes = new int[size];
            _classes = new CharacterClass[size];
        }
        int[] codes = _codes;
        CharacterClass[] classes = _classes;
        codes[0] = ' ';
        classes[0] = CharacterClass.Space;
        int count = 1;
        for (int i = 0; i < text.Length;)
        {
            char c = text[i];
            if (c < 128)
            {
                codes[count] = c is >= 'A' and <= 'Z' ? c | 0x20 : c;
                classes[count++] = (CharacterClass)AsciiClasses[c];
                i++;
                continue;
            }
            Rune.DecodeFromUtf16(text[i..], out Rune rune, out int used);
            i += used;
            CharacterClass kind = Classify(rune);
            if (kind == CharacterClass.Ignored)
                continue;
            codes[count] = kind switch
            {
                CharacterClass.Space => ' ',
                CharacterClass.Word => Rune.ToLowerInvariant(rune).Value,
                _ => rune.Value is 0x2018 or 0x2019 ? '\'' : rune.Value is 0x201C or 0x201D ? '"' : rune.Value,
            };
            classes[count++] = kind;
        }
        codes[count] = ' ';
        classes[count++] = CharacterClass.Space;
        return count;
    }

    private static CharacterClass Classify(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Control => CharacterClass.Space,
        UnicodeCategory.Format => CharacterClass.Ignored,
        UnicodeCategory.NonSpacingMark when rune.Value is >= 0xFE00 and <= 0xFE0F => CharacterClass.Ignored,
        UnicodeCategory.OtherLetter when IsIdeographic(rune.Value) => CharacterClass.Single,
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.DecimalDigitNumber
            or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterClass.Word,
        UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol or UnicodeCategory.Surrogate
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse => CharacterClass.Single,
        _ => CharacterClass.Punctuation,
    };

    // Scripts written without spaces between words, where a run of letters would be a sentence.
    private static bool IsIdeographic(int code) =>
        code is >= 0x2E80 and <= 0x312F or >= 0x31A0 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x323AF
            or >= 0x0E00 and <= 0x0EFF or >= 0x1000 and <= 0x109F or >= 0x1780 and <= 0x17FF;

    private void AddWordNGrams<TSink>(int length, int longest, int skipped, ref TSink sink)
        where TSink : struct, INGramSink, allows ref struct
    {
        ReadOnlySpan<int> codes = _codes.AsSpan(0, length);
        ReadOnlySpan<CharacterClass> classes = _classes.AsSpan(0, length);
        int words = 0;
        for (int i = 0; i < length;)
        {
            CharacterClass kind = classes[i];
            if (kind == CharacterClass.Space)
            {
                i++;
                continue;
            }
            ulong hash = WordSeed;
            do
                hash = Step(hash, (uint)codes[i++]);
            while (kind != CharacterClass.Single && i < length && classes[i] == kind);
            if (words == _words.Length)
                Array.Resize(ref _words, 2 * words);
            _words[words++] = hash;
        }
        for (int start = 0; start < words; start++)
        {
            ulong hash = WordGramSeed;
            for (int end = start; end < words && end < start + longest; end++)
            {
                hash = (BitOperations.RotateLeft(hash, 29) ^ _words[end]) * Multiplier;
                sink.Add(Finish(hash) & ~1UL);
            }
            for (int second = start + 2; second < words && second <= start + 1 + skipped; second++)
                sink.Add(Finish(((BitOperations.RotateLeft(SkipSeed ^ _words[start], 29) * Multiplier) ^ _words[second]) * Multiplier) & ~1UL);
        }
    }

    // Leaves one space before, between and after tokens, and returns the new length.
    private int JoinTokens(int length)
    {
        int used = 0;
        for (int i = 0; i < length; i++)
        {
            if (_classes[i] != CharacterClass.Space)
                _codes[used++] = _codes[i];
            else if (used == 0 || _codes[used - 1] != ' ')
                _codes[used++] = ' ';
        }
        return used;
    }

    private void AddCharacterNGrams<TSink>(int length, int shortest, int longest, ref TSink sink)
        where TSink : struct, INGramSink, allows ref struct
    {
        ReadOnlySpan<int> codes = _codes.AsSpan(0, length);
        ReadOnlySpan<CharacterClass> classes = _classes.AsSpan(0, length);
        for (int next = 1; next < length;)
        {
            if (classes[next] == CharacterClass.Space)
            {
                next++;
                continue;
            }
            int first = next - 1;
            while (classes[next] != CharacterClass.Space)
                next++;
            AddCharacterNGrams(codes[first..(next + 1)], shortest, longest, ref sink);
        }
    }

    private static void AddCharacterNGrams<TSink>(ReadOnlySpan<int> token, int shortest, int longest, ref TSink sink)
        where TSink : struct, INGramSink, allows ref struct
    {
        for (int start = 0; start <= token.Length - shortest; start++)
        {
            ulong hash = CharacterSeed;
            int end = Math.Min(token.Length, start + longest);
            for (int i = start; i < end; i++)
            {
                // The space at either end is one whatever separates the tokens.
                uint code = i == 0 || i == token.Length - 1 ? ' ' : (uint)token[i];
                hash = Step(hash, code);
                if (i - start + 1 >= shortest)
                    sink.Add(Finish(hash + (uint)(i - start)) | 1UL);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Step(ulong hash, uint code) => (BitOperations.RotateLeft(hash, 23) ^ code) * Multiplier;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Finish(ulong hash)
    {
        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93UL;
        return hash ^ (hash >> 32);
    }

    private static readonly byte[] AsciiClasses = MakeAsciiClasses();

    private static byte[] MakeAsciiClasses()
    {
        var table = new byte[128];
        for (int c = 0; c < table.Length; c++)
        {
            table[c] = (byte)(c <= ' ' || c == 127 ? CharacterClass.Space
                : char.IsAsciiLetterOrDigit((char)c) || c == '_' ? CharacterClass.Word
                : CharacterClass.Punctuation);
        }
        return table;
    }
}
