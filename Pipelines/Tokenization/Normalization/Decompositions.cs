using System.Collections.Frozen;
using System.Globalization;

namespace MLPipelines.Tokenization.Normalization;

/// <summary>
/// The decompositions, compositions and combining classes of Unicode 12, as the reference implementation has them. .NET's own String.Normalize leaves text as it
/// is where globalisation is invariant, and it does not say which character came from which.
/// The embedded table has one line per fact: "CP = A B" decomposes and composes, "CP - A B" decomposes only,
/// "CP ~ A B" decomposes for compatibility only, "CP * LAST CLASS" gives the combining class of a range.
/// </summary>
internal static class Decompositions
{
    private const int HangulBase = 0xAC00, HangulCount = 11172, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    private static readonly FrozenDictionary<int, int[]> Canonical;
    private static readonly FrozenDictionary<int, int[]> Compatible;
    private static readonly FrozenDictionary<long, int> Compositions;
    private static readonly FrozenDictionary<int, byte> Classes;

    static Decompositions()
    {
        var canonical = new Dictionary<int, int[]>();
        var compatible = new Dictionary<int, int[]>();
        var compositions = new Dictionary<long, int>();
        var classes = new Dictionary<int, byte>();
        using var stream = typeof(Decompositions).Assembly.GetManifestResourceStream("decompositions.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            string[] parts = line.Split(' ');
            int codePoint = Hexadecimal(parts[0]);
            if (parts[1] == "*")
            {
                for (int i = codePoint; i <= Hexadecimal(parts[2]); i++)
                    classes.Add(i, byte.Parse(parts[3], CultureInfo.InvariantCulture));
                continue;
            }
            int[] target = [.. parts[2..].Select(Hexadecimal)];
            compatible.Add(codePoint, target);
            if (parts[1] == "~")
                continue;
            canonical.Add(codePoint, target);
            if (parts[1] == "=")
                compositions.Add(Pair(target[0], target[1]), codePoint);
        }
        Canonical = canonical.ToDictionary(entry => entry.Key, entry => Expand(entry.Key, canonical)).ToFrozenDictionary();
        Compatible = compatible.ToDictionary(entry => entry.Key, entry => Expand(entry.Key, compatible)).ToFrozenDictionary();
        Compositions = compositions.ToFrozenDictionary();
        Classes = classes.ToFrozenDictionary();
    }

    /// <summary>The canonical combining class.</summary>
    public static int ClassOf(int codePoint) =>
        codePoint < 0x300 ? 0 : Classes.GetValueOrDefault(codePoint);

    /// <summary>Writes the full decomposition of a code point (itself where it has none) and returns how many code points that are.</summary>
    /// <param name="codePoint">The code point.</param>
    /// <param name="compatibility">Whether compatibility decompositions count.</param>
    /// <param name="target">Room for 18 code points.</param>
    public static int Decompose(int codePoint, bool compatibility, Span<int> target)
    {
        if (codePoint < 0xA0)
        {
            target[0] = codePoint;
            return 1;
        }
        int syllable = codePoint - HangulBase;
        if (syllable is >= 0 and < HangulCount)
        {
            target[0] = LeadBase + syllable / (VowelCount * TailCount);
            target[1] = VowelBase + syllable % (VowelCount * TailCount) / TailCount;
            target[2] = TailBase + syllable % TailCount;
            return target[2] == TailBase ? 2 : 3;
        }
        if (!(compatibility ? Compatible : Canonical).TryGetValue(codePoint, out int[]? expansion))
        {
            target[0] = codePoint;
            return 1;
        }
        expansion.CopyTo(target);
        return expansion.Length;
    }

    /// <summary>The code point that two compose to; -1 where they do not.</summary>
    public static int Compose(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + LeadCount && second is >= VowelBase and < VowelBase + VowelCount)
            return HangulBase + ((first - LeadBase) * VowelCount + second - VowelBase) * TailCount;
        if (first is >= HangulBase and < HangulBase + HangulCount && (first - HangulBase) % TailCount == 0 && second is > TailBase and < TailBase + TailCount)
            return first + second - TailBase;
        return Compositions.GetValueOrDefault(Pair(first, second), -1);
    }

    private static int[] Expand(int codePoint, Dictionary<int, int[]> table) =>
        table.TryGetValue(codePoint, out int[]? parts) ? [.. parts.SelectMany(part => Expand(part, table))] : [codePoint];

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;

    private static int Hexadecimal(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
