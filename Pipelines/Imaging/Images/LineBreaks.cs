using System.Globalization;
using System.Text;

namespace MLPipelines.Imaging;

/// <summary>Breaks texts into lines: between words, between the characters of Chinese and Japanese, and within a word only where that is asked for.</summary>
internal static class LineBreaks
{
    private const string Closing = "、。，．・：；！？）」』】〉》〕］｝ー々…‥";
    private const string Opening = "（「『【〈《〔［｛";

    /// <summary>Greedy lines.</summary>
    /// <param name="text">The text; line ends are kept.</param>
    /// <param name="room">How wide a line may be.</param>
    /// <param name="measure">The width of a text.</param>
    /// <param name="breaksWords">Whether a word that is wider than the room is broken between characters; else it is reported.</param>
    /// <returns>The lines, and whether all of them have room.</returns>
    public static (List<(string Text, double Width)> Lines, bool Fits) Wrap(string text, double room, Func<string, double> measure, bool breaksWords = false)
    {
        var lines = new List<(string, double)>();
        bool fits = true;
        foreach (var paragraph in text.ReplaceLineEndings("\n").Split('\n'))
        {
            string line = "";
            foreach (var (unit, isWord) in Units(paragraph))
            {
                string longer = line.Length == 0 ? unit : isWord ? $"{line} {unit}" : line + unit;
                if (line.Length > 0 && measure(longer) > room)
                {
                    End(line);
                    longer = unit;
                }
                line = breaksWords && longer == unit && measure(unit) > room ? Broken(unit) : longer;
            }
            if (line.Length > 0)
                End(line);
        }
        return (lines, fits);

        // All but the last part become lines.
        string Broken(string word)
        {
            string part = "";
            foreach (string character in Characters(word))
            {
                if (part.Length > 0 && measure(part + character) > room)
                {
                    End(part);
                    part = "";
                }
                part += character;
            }
            return part;
        }

        void End(string line)
        {
            double width = measure(line);
            fits &= width <= room;
            lines.Add((line, width));
        }
    }

    /// <summary>What is not parted from itself, and whether white space stands before it.</summary>
    private static IEnumerable<(string Text, bool IsWord)> Units(string paragraph)
    {
        foreach (string word in paragraph.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            bool isWord = true;
            var unit = new StringBuilder();
            string before = "";
            foreach (string character in Characters(word))
            {
                bool mayBreak = (IsOfEastAsia(before) || IsOfEastAsia(character)) && !Closing.Contains(character, StringComparison.Ordinal) && !Opening.Contains(before, StringComparison.Ordinal);
                if (unit.Length > 0 && mayBreak)
                {
                    yield return (unit.ToString(), isWord);
                    unit.Clear();
                    isWord = false;
                }
                unit.Append(character);
                before = character;
            }
            yield return (unit.ToString(), isWord);
        }
    }

    private static bool IsOfEastAsia(string character) => character.Length > 0 && Rune.GetRuneAt(character, 0).Value
        is >= 0x2E80 and <= 0x303F or >= 0x3041 and <= 0x30FF or >= 0x3400 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0xFF01 and <= 0xFF60 or >= 0x20000 and <= 0x3FFFF;

    private static IEnumerable<string> Characters(string text)
    {
        for (var elements = StringInfo.GetTextElementEnumerator(text); elements.MoveNext();)
            yield return elements.GetTextElement();
    }
}
