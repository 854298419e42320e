using System.Globalization;

namespace MLPipelines.Tokenization.Patterns;

/// <summary>
/// Compiles a regular expression into a program of simple steps. What no automaton can run in linear time (back
/// references, look-behind, look-ahead of more than one character, possessive and atomic parts) is refused by name.
/// </summary>
internal sealed class PatternParser
{
    private const int MaximumRepeats = 1000;
    private const int MaximumSteps = 20_000;
    private const int MaximumDepth = 100;

    private readonly string source;
    private readonly List<Step> steps = [];
    private int at;
    private int depth;
    private bool ignoreCase;

    private PatternParser(string source) => this.source = source;

    public static Step[] Parse(string source)
    {
        var parser = new PatternParser(source);
        parser.ParseAlternatives();
        if (parser.at < source.Length)
            throw parser.Refuse("an unmatched ')'");
        parser.Add(new Step(StepKind.Match));
        return [.. parser.steps];
    }

    private void ParseAlternatives()
    {
        if (++depth > MaximumDepth)
            throw Refuse("groups nested too deeply");
        bool outerCase = ignoreCase;
        int start = steps.Count;
        var jumps = new List<int>();
        ParseSequence();
        while (Peek() == '|')
        {
            at++;
            // Before the alternative so far goes a choice between it and what follows; after it a jump to the end.
            Insert(start, new Step(StepKind.Split));
            Shift(jumps, start);
            jumps.Add(Add(new Step(StepKind.Jump)));
            steps[start] = steps[start] with { First = start + 1, Second = steps.Count };
            start = steps.Count;
            ignoreCase = outerCase;
            ParseSequence();
        }
        foreach (int jump in jumps)
            steps[jump] = steps[jump] with { First = steps.Count };
        ignoreCase = outerCase;
        depth--;
    }

    private void ParseSequence()
    {
        while (at < source.Length && source[at] is not ('|' or ')'))
        {
            int start = steps.Count;
            ParseAtom();
            ParseQuantifiers(start);
        }
    }

    private void ParseAtom()
    {
        char unit = source[at++];
        switch (unit)
        {
            case '(':
                ParseGroup();
                return;
            case '[':
                AddSet(ParseSet());
                return;
            case '.':
                var any = new CharacterSet { Negated = true };
                any.AddRange('\n', '\n');
                AddSet(any);
                return;
            case '\\':
                ParseEscape();
                return;
            case '$':
                var lineEnd = new CharacterSet();
                lineEnd.AddRange('\n', '\n');
                lineEnd.AddRange(Pattern.EndOfText, Pattern.EndOfText);
                Add(new Step(StepKind.Ahead, lineEnd));
                return;
            case '^':
                throw Refuse("'^'");
            case '*' or '+' or '?' or '{' when unit != '{':
                throw Refuse($"'{unit}' with nothing before it");
            default:
                AddLiteral(char.IsHighSurrogate(unit) && at < source.Length ? char.ConvertToUtf32(unit, source[at++]) : unit);
                return;
        }
    }

    private void ParseGroup()
    {
        if (Peek() == '?')
        {
            at++;
            string rest = source[at..];
            if (rest.StartsWith("=", StringComparison.Ordinal) || rest.StartsWith('!'))
            {
                ParseLookAhead(negative: rest[0] == '!');
                return;
            }
            if (rest.StartsWith("i:", StringComparison.Ordinal))
            {
                at += 2;
                bool outer = ignoreCase;
                ignoreCase = true;
                ParseAlternatives();
                ignoreCase = outer;
                Expect(')');
                return;
            }
            if (rest.StartsWith("i)", StringComparison.Ordinal))
            {
                at += 2;
                ignoreCase = true;
                return;
            }
            if (!rest.StartsWith(':'))
                throw Refuse($"'(?{rest[..Math.Min(2, rest.Length)]}'");
            at++;
        }
        ParseAlternatives();
        Expect(')');
    }

    private void ParseLookAhead(bool negative)
    {
        at++;
        int start = steps.Count;
        ParseSequence();
        if (steps.Count != start + 1 || steps[start].Kind != StepKind.Set || Peek() != ')')
            throw Refuse("a look-ahead of more than one character");
        at++;
        var set = steps[start].Set!;
        steps[start] = new Step(negative ? StepKind.NotAhead : StepKind.Ahead, set);
    }

    private void ParseQuantifiers(int start)
    {
        bool quantified = false;
        while (at < source.Length)
        {
            int minimum, maximum;
            switch (source[at])
            {
                case '*':
                    (minimum, maximum) = (0, -1);
                    break;
                case '+':
                    (minimum, maximum) = (1, -1);
                    break;
                case '?':
                    (minimum, maximum) = (0, 1);
                    break;
                case '{' when TryReadRepeats(out minimum, out maximum):
                    break;
                default:
                    return;
            }
            if (quantified)
                throw Refuse($"a possessive or doubled '{source[at]}'");
            at++;
            bool lazy = Peek() == '?';
            if (lazy)
                at++;
            Repeat(start, minimum, maximum, lazy);
            quantified = true;
        }
    }

    // Leaves the position on the closing brace.
    private bool TryReadRepeats(out int minimum, out int maximum)
    {
        minimum = maximum = 0;
        int end = source.IndexOf('}', at);
        if (end < 0)
            return false;
        string[] parts = source[(at + 1)..end].Split(',');
        if (parts.Length > 2 || !int.TryParse(parts[0].Length == 0 && parts.Length == 2 ? "0" : parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out minimum))
            return false;
        maximum = minimum;
        if (parts.Length == 2)
        {
            if (parts[1].Length == 0)
                maximum = -1;
            else if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out maximum))
                return false;
        }
        if (minimum > MaximumRepeats || maximum > MaximumRepeats || maximum >= 0 && maximum < minimum)
            throw Refuse($"the repetition '{source[at..(end + 1)]}'");
        at = end;
        return true;
    }

    private void Repeat(int start, int minimum, int maximum, bool lazy)
    {
        Step[] body = [.. steps.Skip(start)];
        steps.RemoveRange(start, steps.Count - start);
        for (int i = 0; i < minimum; i++)
            Copy(body, start);
        if (maximum < 0)
        {
            int split = Add(new Step(StepKind.Split));
            Copy(body, start);
            Add(new Step(StepKind.Jump, First: split));
            Choose(split, split + 1, steps.Count, lazy);
            return;
        }
        var splits = new List<int>();
        for (int i = minimum; i < maximum; i++)
        {
            splits.Add(Add(new Step(StepKind.Split)));
            Copy(body, start);
        }
        foreach (int split in splits)
            Choose(split, split + 1, steps.Count, lazy);
    }

    private void Choose(int split, int inside, int outside, bool lazy) =>
        steps[split] = lazy ? new Step(StepKind.Split, First: outside, Second: inside) : new Step(StepKind.Split, First: inside, Second: outside);

    private void Copy(Step[] body, int origin)
    {
        int shift = steps.Count - origin;
        foreach (var step in body)
            Add(step.Kind is StepKind.Split or StepKind.Jump ? step with { First = step.First + shift, Second = step.Second + shift } : step);
    }

    private void ParseEscape()
    {
        var set = new CharacterSet();
        if (at < source.Length && source[at] is 'z' or 'Z')
        {
            at++;
            set.AddRange(Pattern.EndOfText, Pattern.EndOfText);
            Add(new Step(StepKind.Ahead, set));
            return;
        }
        int literal = ReadEscape(set, inBrackets: false);
        if (literal >= 0)
            AddLiteral(literal);
        else
            AddSet(set);
    }

    // A literal code point, or -1 where a kind was added to the set.
    private int ReadEscape(CharacterSet set, bool inBrackets)
    {
        if (at == source.Length)
            throw Refuse("a '\\' at the end");
        char unit = source[at++];
        if (unit is 'p' or 'P')
        {
            AddProperty(set, negated: unit == 'P');
            return -1;
        }
        if (CharacterSet.Class(unit, inBrackets) is { } kind)
        {
            set.AddKind(kind);
            return -1;
        }
        switch (unit)
        {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'x':
                return ReadHexadecimal(2);
            case 'u':
                return ReadHexadecimal(4);
            default:
                if (char.IsAsciiLetterOrDigit(unit))
                    throw Refuse($"'\\{unit}'");
                return unit;
        }
    }

    private int ReadHexadecimal(int digits)
    {
        string text;
        if (Peek() == '{')
        {
            int end = source.IndexOf('}', at);
            text = end < 0 ? "" : source[(at + 1)..end];
            at = end + 1;
        }
        else
        {
            text = source[at..Math.Min(source.Length, at + digits)];
            at += text.Length;
        }
        if (!int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value) || value is < 0 or > 0x10FFFF)
            throw Refuse($"the code point '{text}'");
        return value;
    }

    private void AddProperty(CharacterSet set, bool negated)
    {
        string name;
        if (Peek() == '{')
        {
            int end = source.IndexOf('}', at);
            if (end < 0)
                throw Refuse("an unclosed '\\p{'");
            name = source[(at + 1)..end];
            at = end + 1;
        }
        else
        {
            name = source[at..Math.Min(source.Length, at + 1)];
            at += name.Length;
        }
        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }
        var kind = CharacterSet.Property(name) ?? throw Refuse($"the property '{name}'");
        set.AddKind(negated ? codePoint => !kind(codePoint) : kind);
    }

    private CharacterSet ParseSet()
    {
        var set = new CharacterSet();
        if (Peek() == '^')
        {
            set.Negated = true;
            at++;
        }
        bool first = true;
        while (true)
        {
            if (at >= source.Length)
                throw Refuse("an unclosed '['");
            if (source[at] == ']' && !first)
                break;
            first = false;
            if (source[at] == '[' || source.AsSpan(at).StartsWith("&&"))
                throw Refuse($"'{source[at]}' inside a set");
            int low = ReadSetItem(set);
            if (low < 0)
                continue;
            int high = low;
            if (Peek() == '-' && at + 1 < source.Length && source[at + 1] != ']')
            {
                at++;
                high = ReadSetItem(set);
                if (high < low)
                    throw Refuse("a range that ends before it starts");
            }
            AddCases(set, low, high);
        }
        at++;
        return set;
    }

    private int ReadSetItem(CharacterSet set)
    {
        char unit = source[at++];
        if (unit == '\\')
            return ReadEscape(set, inBrackets: true);
        return char.IsHighSurrogate(unit) && at < source.Length ? char.ConvertToUtf32(unit, source[at++]) : unit;
    }

    private void AddLiteral(int codePoint)
    {
        var set = new CharacterSet();
        AddCases(set, codePoint, codePoint);
        AddSet(set);
    }

    private void AddCases(CharacterSet set, int low, int high)
    {
        set.AddRange(low, high);
        if (!ignoreCase)
            return;
        for (int codePoint = low; codePoint <= Math.Min(high, char.MaxValue); codePoint++)
        {
            char lower = char.ToLowerInvariant((char)codePoint), upper = char.ToUpperInvariant((char)codePoint);
            set.AddRange(lower, lower);
            set.AddRange(upper, upper);
            if (lower == 's')
                set.AddRange('\u017F', '\u017F');
            if (lower == 'k')
                set.AddRange('\u212A', '\u212A');
        }
    }

    private void AddSet(CharacterSet set) => Add(new Step(StepKind.Set, set));

    private int Add(Step step)
    {
        if (steps.Count >= MaximumSteps)
            throw Refuse("too many repetitions");
        steps.Add(step);
        return steps.Count - 1;
    }

    private void Insert(int index, Step step)
    {
        steps.Insert(index, step);
        for (int i = index + 1; i < steps.Count; i++)
        {
            if (steps[i].Kind is StepKind.Split or StepKind.Jump)
                steps[i] = steps[i] with { First = Moved(steps[i].First), Second = Moved(steps[i].Second) };
        }

        int Moved(int target) => target >= index ? target + 1 : target;
    }

    private static void Shift(List<int> jumps, int index)
    {
        for (int i = 0; i < jumps.Count; i++)
        {
            if (jumps[i] >= index)
                jumps[i]++;
        }
    }

    private char Peek() => at < source.Length ? source[at] : '\0';

    private void Expect(char unit)
    {
        if (Peek() != unit)
            throw Refuse($"a group without '{unit}'");
        at++;
    }

    private TokenizationException Refuse(string what) =>
        TokenizationErrors.Malformed("tokenizer.json", $"the pattern '{source}' has {what}, which is not supported.");
}

/// <summary>What a step of a compiled pattern does.</summary>
internal enum StepKind
{
    /// <summary>Takes one code point of a set.</summary>
    Set,

    /// <summary>Goes on in two places, the first preferred.</summary>
    Split,

    Jump,

    /// <summary>Goes on if the next code point (or the end of the text) is in a set.</summary>
    Ahead,

    /// <summary>Goes on if the next code point (or the end of the text) is not in a set.</summary>
    NotAhead,

    Match,
}

/// <summary>A step of a compiled pattern.</summary>
internal readonly record struct Step(StepKind Kind, CharacterSet? Set = null, int First = 0, int Second = 0);
