using System.Runtime.CompilerServices;

namespace MLPipelines.Tokenization.Patterns;

/// <summary>
/// A regular expression over code points that finds what a backtracking engine would find, in one pass: its automaton
/// is built as texts need it. Thread-safe.
/// </summary>
internal sealed class Pattern
{
    /// <summary>What stands for the end of the text among code points.</summary>
    public const int EndOfText = 0x110000;

    private const int PageSize = 256;
    private const int MaximumStates = 5_000;
    private const int StepsPerCharacter = 200;
    private const int FreeSteps = 1_000_000;

    private readonly string source;
    private readonly Step[] program;
    private readonly CharacterSet[] sets;
    private readonly Lock gate = new();
    private readonly Dictionary<string, State> states = [];
    private readonly List<ulong[]> classMembers = [];
    private readonly Dictionary<string, byte> classes = [];
    private readonly byte[]?[] pages = new byte[EndOfText / PageSize + 1][];
    private readonly State start;
    private readonly byte[] asciiClasses;

    private Pattern(string source, Step[] program)
    {
        this.source = source;
        this.program = program;
        sets = [.. program.Where(step => step.Set != null).Select(step => step.Set!).Distinct()];
        asciiClasses = PageOf(0);
        start = Intern([0], matched: false);
    }

    /// <summary>Compiles a regular expression.</summary>
    /// <exception cref="TokenizationException">The expression is malformed or has what is not supported.</exception>
    public static Pattern Parse(string source) => new(source, PatternParser.Parse(source));

    /// <summary>Gives the matches in a text from left to right, none overlapping.</summary>
    public Enumerator Matches(ReadOnlySpan<char> text) => new(this, text);

    // One past the end of the match that starts at a position; -1 where none does.
    private int MatchAt(ReadOnlySpan<char> text, int position, ref long budget)
    {
        var state = start;
        int end = -1;
        int i = position;
        while (true)
        {
            int size = 1;
            int kind;
            if (i < text.Length)
            {
                char unit = text[i];
                if (unit < 0x80)
                {
                    kind = asciiClasses[unit];
                }
                else
                {
                    int codePoint = unit;
                    if (char.IsHighSurrogate(unit) && i + 1 < text.Length)
                    {
                        codePoint = char.ConvertToUtf32(unit, text[i + 1]);
                        size = 2;
                    }
                    kind = ClassOf(codePoint);
                }
            }
            else
            {
                kind = ClassOf(EndOfText);
            }
            state = (kind < state.Next.Length ? Volatile.Read(ref state.Next[kind]) : null) ?? Advance(state, kind);
            if (state.Matched)
                end = i;
            if (state.IsDead || i >= text.Length)
                break;
            i += size;
        }
        budget -= i - position;
        if (budget < 0)
            throw TokenizationErrors.PatternTooSlow(source);
        return end;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte ClassOf(int codePoint) => (pages[codePoint / PageSize] ?? PageOf(codePoint / PageSize))[codePoint % PageSize];

    // Code points that no set of the pattern tells apart are of one class.
    private byte[] PageOf(int page)
    {
        lock (gate)
        {
            if (pages[page] is { } known)
                return known;
            var made = new byte[PageSize];
            int count = page == EndOfText / PageSize ? 1 : PageSize;
            for (int i = 0; i < count; i++)
            {
                int codePoint = page * PageSize + i;
                var members = new ulong[(sets.Length + 63) / 64];
                for (int j = 0; j < sets.Length; j++)
                {
                    if (codePoint == EndOfText ? sets[j].HoldsEndOfText : !char.IsSurrogate((char)Math.Min(codePoint, char.MaxValue)) && sets[j].Contains(codePoint))
                        members[j / 64] |= 1UL << (j % 64);
                }
                made[i] = ClassOf(members);
            }
            Volatile.Write(ref pages[page], made);
            return made;
        }
    }

    private byte ClassOf(ulong[] members)
    {
        string key = string.Join(',', members);
        if (classes.TryGetValue(key, out byte known))
            return known;
        if (classMembers.Count > byte.MaxValue)
            throw TokenizationErrors.Malformed("tokenizer.json", $"the pattern '{source}' tells too many kinds of characters apart.");
        classMembers.Add(members);
        classes.Add(key, (byte)(classMembers.Count - 1));
        return (byte)(classMembers.Count - 1);
    }

    private State Advance(State state, int kind)
    {
        lock (gate)
        {
            if (kind >= state.Next.Length)
            {
                var longer = new State?[Math.Max(kind + 1, Math.Min(256, state.Next.Length * 2))];
                state.Next.CopyTo(longer, 0);
                state.Next = longer;
            }
            if (state.Next[kind] is { } known)
                return known;
            var threads = new List<int>();
            var next = new List<int>();
            var visited = new HashSet<int>();
            bool matched = false;
            foreach (int thread in state.Threads)
            {
                if (Follow(thread, kind, visited, next))
                {
                    matched = true;
                    break;
                }
            }
            var target = Intern([.. next], matched);
            Volatile.Write(ref state.Next[kind], target);
            return target;
        }
    }

    // Follows the steps that take no character, in order of preference; true where a match ends them all.
    private bool Follow(int thread, int kind, HashSet<int> visited, List<int> next)
    {
        var pending = new Stack<int>();
        pending.Push(thread);
        while (pending.TryPop(out int at))
        {
            if (!visited.Add(at))
                continue;
            var step = program[at];
            switch (step.Kind)
            {
                case StepKind.Match:
                    return true;
                case StepKind.Jump:
                    pending.Push(step.First);
                    break;
                case StepKind.Split:
                    pending.Push(step.Second);
                    pending.Push(step.First);
                    break;
                case StepKind.Ahead or StepKind.NotAhead:
                    if (Holds(step.Set!, kind) == (step.Kind == StepKind.Ahead))
                        pending.Push(at + 1);
                    break;
                default:
                    if (Holds(step.Set!, kind) && !next.Contains(at + 1))
                        next.Add(at + 1);
                    break;
            }
        }
        return false;
    }

    private bool Holds(CharacterSet set, int kind)
    {
        int index = Array.IndexOf(sets, set);
        return (classMembers[kind][index / 64] >> (index % 64) & 1) != 0;
    }

    private State Intern(int[] threads, bool matched)
    {
        string key = $"{(matched ? '+' : '-')}{string.Join(',', threads)}";
        if (states.TryGetValue(key, out var known))
            return known;
        if (states.Count >= MaximumStates)
            throw TokenizationErrors.PatternTooSlow(source);
        var state = new State(threads, matched);
        states.Add(key, state);
        return state;
    }

    private sealed class State(int[] threads, bool matched)
    {
        public int[] Threads => threads;

        public bool Matched => matched;

        public bool IsDead => threads.Length == 0;

        public State?[] Next = new State?[8];
    }

    /// <summary>Walks over the matches in a text.</summary>
    public ref struct Enumerator
    {
        private readonly Pattern pattern;
        private readonly ReadOnlySpan<char> text;
        private int from;
        private int lastEnd = -1;
        private long budget;

        internal Enumerator(Pattern pattern, ReadOnlySpan<char> text)
        {
            this.pattern = pattern;
            this.text = text;
            budget = FreeSteps + (long)StepsPerCharacter * text.Length;
        }

        /// <summary>First character of the match.</summary>
        public int Start { get; private set; }

        /// <summary>One past the last character of the match.</summary>
        public int End { get; private set; }

        public bool MoveNext()
        {
            while (from <= text.Length)
            {
                int end = pattern.MatchAt(text, from, ref budget);
                int next = from + 1;
                if (next < text.Length && char.IsLowSurrogate(text[next]))
                    next++;
                // An empty match right after a match does not count.
                if (end < 0 || end == from && end == lastEnd)
                {
                    from = next;
                    continue;
                }
                Start = from;
                End = end;
                lastEnd = end;
                from = end;
                return true;
            }
            return false;
        }
    }
}
