using System.Globalization;
using MLPipelines.Tokenization.Normalization;

namespace MLPipelines.Tokenization.Patterns;

/// <summary>A set of code points in a pattern: ranges and kinds, possibly all but those.</summary>
internal sealed class CharacterSet
{
    private readonly List<(int First, int Last)> ranges = [];
    private readonly List<Func<int, bool>> kinds = [];

    public bool Negated { get; set; }

    public void AddRange(int first, int last) => ranges.Add((first, last));

    public void AddKind(Func<int, bool> kind) => kinds.Add(kind);

    /// <summary>Whether the end of the text was put in by name.</summary>
    public bool HoldsEndOfText => !Negated && ranges.Contains((Pattern.EndOfText, Pattern.EndOfText));

    public bool Contains(int codePoint) => Matches(codePoint) != Negated;

    private bool Matches(int codePoint)
    {
        foreach (var (first, last) in ranges)
        {
            if (codePoint >= first && codePoint <= last)
                return true;
        }
        foreach (var kind in kinds)
        {
            if (kind(codePoint))
                return true;
        }
        return false;
    }

    /// <summary>The set of a backslash letter; null where the letter names none.</summary>
    public static Func<int, bool>? Class(char letter, bool inBrackets) => letter switch
    {
        's' => CharacterTests.IsWhitespace,
        'S' => static c => !CharacterTests.IsWhitespace(c),
        'd' => static c => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.DecimalDigitNumber,
        'D' => static c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.DecimalDigitNumber,
        'w' => inBrackets ? CharacterTests.IsWord : CharacterTests.IsPatternWord,
        'W' => inBrackets ? static c => !CharacterTests.IsWord(c) : static c => !CharacterTests.IsPatternWord(c),
        'h' => static c => c is >= '0' and <= '9' or >= 'a' and <= 'f' or >= 'A' and <= 'F',
        _ => null,
    };

    /// <summary>The set of a Unicode property; null where it is not known.</summary>
    public static Func<int, bool>? Property(string name)
    {
        int mask = name switch
        {
            "L" or "Letter" => Mask(UnicodeCategory.UppercaseLetter, UnicodeCategory.OtherLetter),
            "Lu" => Mask(UnicodeCategory.UppercaseLetter),
            "Ll" => Mask(UnicodeCategory.LowercaseLetter),
            "Lt" => Mask(UnicodeCategory.TitlecaseLetter),
            "Lm" => Mask(UnicodeCategory.ModifierLetter),
            "Lo" => Mask(UnicodeCategory.OtherLetter),
            "M" or "Mark" => Mask(UnicodeCategory.NonSpacingMark, UnicodeCategory.EnclosingMark),
            "Mn" => Mask(UnicodeCategory.NonSpacingMark),
            "Mc" => Mask(UnicodeCategory.SpacingCombiningMark),
            "Me" => Mask(UnicodeCategory.EnclosingMark),
            "N" or "Number" => Mask(UnicodeCategory.DecimalDigitNumber, UnicodeCategory.OtherNumber),
            "Nd" => Mask(UnicodeCategory.DecimalDigitNumber),
            "Nl" => Mask(UnicodeCategory.LetterNumber),
            "No" => Mask(UnicodeCategory.OtherNumber),
            "P" or "Punctuation" => Mask(UnicodeCategory.ConnectorPunctuation, UnicodeCategory.OtherPunctuation),
            "Pc" => Mask(UnicodeCategory.ConnectorPunctuation),
            "Pd" => Mask(UnicodeCategory.DashPunctuation),
            "Ps" => Mask(UnicodeCategory.OpenPunctuation),
            "Pe" => Mask(UnicodeCategory.ClosePunctuation),
            "Pi" => Mask(UnicodeCategory.InitialQuotePunctuation),
            "Pf" => Mask(UnicodeCategory.FinalQuotePunctuation),
            "Po" => Mask(UnicodeCategory.OtherPunctuation),
            "S" or "Symbol" => Mask(UnicodeCategory.MathSymbol, UnicodeCategory.OtherSymbol),
            "Sm" => Mask(UnicodeCategory.MathSymbol),
            "Sc" => Mask(UnicodeCategory.CurrencySymbol),
            "Sk" => Mask(UnicodeCategory.ModifierSymbol),
            "So" => Mask(UnicodeCategory.OtherSymbol),
            "Z" or "Separator" => Mask(UnicodeCategory.SpaceSeparator, UnicodeCategory.ParagraphSeparator),
            "Zs" => Mask(UnicodeCategory.SpaceSeparator),
            "Zl" => Mask(UnicodeCategory.LineSeparator),
            "Zp" => Mask(UnicodeCategory.ParagraphSeparator),
            "C" or "Other" => Mask(UnicodeCategory.Control, UnicodeCategory.PrivateUse) | Mask(UnicodeCategory.OtherNotAssigned),
            "Cc" => Mask(UnicodeCategory.Control),
            "Cf" => Mask(UnicodeCategory.Format),
            "Co" => Mask(UnicodeCategory.PrivateUse),
            "Cn" => Mask(UnicodeCategory.OtherNotAssigned),
            _ => 0,
        };
        return mask == 0 ? null : codePoint => (mask >> (int)CharUnicodeInfo.GetUnicodeCategory(codePoint) & 1) != 0;
    }

    private static int Mask(UnicodeCategory category) => 1 << (int)category;

    private static int Mask(UnicodeCategory first, UnicodeCategory last) => (2 << (int)last) - (1 << (int)first);
}
