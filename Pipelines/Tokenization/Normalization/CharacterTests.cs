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
            && !LaterThanUnicode8.IsPunctuation(codePoint);

    public static bool IsNonSpacingMark(int codePoint) =>
        codePoint >= 0x300 && CharUnicodeInfo.GetUnicodeCategory(codePoint) == UnicodeCategory.NonSpacingMark && !LaterThanUnicode8.IsNonSpacingMark(codePoint);

    public static bool IsCombiningMark(int codePoint) => codePoint >= 0x300
        && CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>Control, format and private-use characters but tab, line feed and carriage return.</summary>
    public static bool IsControl(int codePoint) => codePoint < 0x80
        ? codePoint is < ' ' and not ('\t' or '\n' or '\r') or 0x7F
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            && !LaterThanUnicode8.IsFormat(codePoint);

    public static bool IsNumeric(int codePoint) => codePoint < 0x80
        ? codePoint is >= '0' and <= '9'
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>Letters, marks, decimal digits and connectors: what \w stands for.</summary>
    public static bool IsWord(int codePoint) => codePoint < 0x80
        ? codePoint is >= '0' and <= '9' or >= 'A' and <= 'Z' or >= 'a' and <= 'z' or '_'
        : CharUnicodeInfo.GetUnicodeCategory(codePoint) is <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation;

    /// <summary>The blocks of CJK ideographs, with the gap that the reference implementation has.</summary>
    public static bool IsIdeograph(int codePoint) => codePoint is >= 0x3400 and (
        >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
        or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F);

    /// <summary>The simple lower case; the one character with two (İ) is the caller's.</summary>
    public static int ToLower(int codePoint)
    {
        if (codePoint < 0x80)
            return codePoint is >= 'A' and <= 'Z' ? codePoint | 0x20 : codePoint;
        return codePoint < 0x10000 ? char.ToLowerInvariant((char)codePoint) : System.Text.Rune.ToLowerInvariant(new System.Text.Rune(codePoint)).Value;
    }
}
