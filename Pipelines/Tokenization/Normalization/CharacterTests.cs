using System.Globalization;

namespace MLPipelines.Tokenization.Normalization;

/// <summary>What kind a code point is, as the reference implementation sees it.</summary>
internal static class CharacterTests
{
    public static bool IsWhitespace(int codePoint) => codePoint <= 0xFFFF && char.IsWhiteSpace((char)codePoint);

    /// <summary>ASCII punctuation and symbols, and Unicode punctuation.</summary>
    public static bool IsPunctuation(int codePoint) => codePoint < 0x80
        ? codePoint is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~'
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation
            != OlderUnicode.SeesPunctuationDifferently(codePoint);

    public static bool IsNonSpacingMark(int codePoint) => codePoint >= 0x300
        && (CharUnicodeInfo.GetUnicodeCategory(codePoint) == UnicodeCategory.NonSpacingMark) != OlderUnicode.SeesNonSpacingMarkDifferently(codePoint);

    public static bool IsCombiningMark(int codePoint) => codePoint >= 0x300
        && CharUnicodeInfo.GetUnicodeCategory(codePoint) is >= UnicodeCategory.NonSpacingMark and <= UnicodeCategory.EnclosingMark
            != OlderUnicode.SeesCombiningMarkDifferently(codePoint);

    /// <summary>Control, format and private-use characters but tab, line feed and carriage return.</summary>
    public static bool IsControl(int codePoint) => codePoint < 0x80
        ? codePoint is < ' ' and not ('\t' or '\n' or '\r') or 0x7F
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            != OlderUnicode.SeesControlDifferently(codePoint);

    public static bool IsNumeric(int codePoint) => codePoint < 0x80
        ? codePoint is >= '0' and <= '9'
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
            || codePoint is >= 0x11DE0 and <= 0x11DE9 or >= 0x16FF4 and <= 0x16FF6;

    /// <summary>What \w stands for in a pattern of a tokenizer.json outside brackets: also the superscripts and fractions of Latin-1, an oddity of the engine there.</summary>
    public static bool IsPatternWord(int codePoint) => IsWord(codePoint) || codePoint is 0xB2 or 0xB3 or 0xB9 or 0xBC or 0xBD or 0xBE;

    /// <summary>What \w stands for where whole words are looked for: also joiners.</summary>
    public static bool IsWholeWord(int codePoint) => IsWord(codePoint) || codePoint is 0x200C or 0x200D;

    /// <summary>Letters, marks, decimal digits, letter-like numbers, connectors and circled letters: what \w stands for in brackets.</summary>
    public static bool IsWord(int codePoint) => codePoint < 0x80
        ? codePoint is >= '0' and <= '9' or >= 'A' and <= 'Z' or >= 'a' and <= 'z' or '_'
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is <= UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation
            || codePoint is >= 0x24B6 and <= 0x24E9 or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169 or >= 0x1F170 and <= 0x1F189;

    /// <summary>The blocks of CJK ideographs, with the gap that the reference implementation has.</summary>
    public static bool IsIdeograph(int codePoint) => codePoint is >= 0x3400 and (
        >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
        or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F);

    /// <summary>The simple lower case; the one character with two (İ) is the caller's.</summary>
    public static int ToLower(int codePoint)
    {
        if (codePoint < 0x80)
            return codePoint is >= 'A' and <= 'Z' ? codePoint | 0x20 : codePoint;
        // Pairs that .NET does not know yet.
        if (codePoint is 0xA7CE or 0xA7D2 or 0xA7D4)
            return codePoint + 1;
        if (codePoint is >= 0x16EA0 and <= 0x16EB8)
            return codePoint + 0x1B;
        return codePoint < 0x10000 ? char.ToLowerInvariant((char)codePoint) : System.Text.Rune.ToLowerInvariant(new System.Text.Rune(codePoint)).Value;
    }
}
