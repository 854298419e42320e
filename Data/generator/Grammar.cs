using System.Text;

namespace MLPipelines.Data;

/// <summary>One line of a phrase file: its template and the tag after "!", if any.</summary>
internal sealed record Phrase(string Template, string Tag);

/// <summary>A section of a phrase file. Its lines are dealt like cards: none returns before all were used.</summary>
internal sealed class Section(string name, string[] words)
{
    private readonly List<Phrase> _phrases = [];
    private readonly Dictionary<Prng, Queue<Phrase>> _decks = [];

    public string Name => name;

    /// <summary>The words after the name in the section's header.</summary>
    public IReadOnlyList<string> Words => words;

    /// <summary>Short topics, from lines that begin with "*".</summary>
    public List<string> Topics { get; } = [];

    public IReadOnlyList<Phrase> Phrases => _phrases;

    public void Add(string line)
    {
        if (line.StartsWith('*'))
        {
            Topics.AddRange(line[1..].Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            return;
        }

        int tag = line.LastIndexOf(" !", StringComparison.Ordinal);
        bool tagged = tag >= 0 && line.AsSpan(tag + 2) is "pos" or "neg" or "neu" or "item";
        _phrases.Add(tagged ? new Phrase(line[..tag], line[(tag + 2)..]) : new Phrase(line, ""));
    }

    public Phrase Deal(Prng random)
    {
        if (!_decks.TryGetValue(random, out Queue<Phrase>? deck))
        {
            _decks[random] = deck = new Queue<Phrase>();
        }

        if (deck.Count == 0)
        {
            var cards = new List<Phrase>(_phrases);
            random.Shuffle(cards);
            cards.ForEach(deck.Enqueue);
        }

        return deck.Dequeue();
    }
}

/// <summary>
/// A phrase file: sections "# name words…" of templates in which (a|b|c) chooses and {x} is filled in.
/// "//" begins a comment line.
/// </summary>
internal sealed class Grammar
{
    private readonly Dictionary<string, Section> _sections = new(StringComparer.Ordinal);
    private readonly List<Section> _order = [];

    public Section this[string name] => _sections.TryGetValue(name, out Section? section)
        ? section
        : throw new KeyNotFoundException($"The phrase files have no section '{name}'.");

    public IReadOnlyList<Section> Sections => _order;

    public static Grammar Read(string path)
    {
        var grammar = new Grammar();
        Section? current = null;
        foreach (string raw in File.ReadLines(path))
        {
            string line = raw.Trim();
            if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal))
            {
                continue;
            }

            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                string[] words = line[2..].Split(' ');
                current = new Section(words[0], words[1..]);
                grammar._sections.Add(current.Name, current);
                grammar._order.Add(current);
            }
            else
            {
                (current ?? throw new InvalidDataException($"{path}: a line before the first section: {line}")).Add(line);
            }
        }

        return grammar;
    }

    /// <summary>Chooses among the alternatives of a template and fills its holes.</summary>
    public static string Expand(string template, Prng random, Func<string, string> fill)
    {
        var text = new StringBuilder();
        int at = 0;
        Sequence(template, ref at, random, fill, text);
        return at == template.Length
            ? text.ToString()
            : throw new InvalidDataException($"Unbalanced parentheses at {at} in: {template}");
    }

    private static void Sequence(string template, ref int at, Prng random, Func<string, string> fill, StringBuilder text)
    {
        while (at < template.Length && template[at] is not ('|' or ')'))
        {
            char c = template[at++];
            if (c == '(')
            {
                Choice(template, ref at, random, fill, text);
            }
            else if (c == '{')
            {
                int end = template.IndexOf('}', at);
                text.Append(fill(template[at..end]));
                at = end + 1;
            }
            else
            {
                text.Append(c);
            }
        }
    }

    private static void Choice(string template, ref int at, Prng random, Func<string, string> fill, StringBuilder text)
    {
        var starts = new List<int> { at };
        int depth = 0;
        int end = at;
        for (; template[end] != ')' || depth > 0; end++)
        {
            depth += template[end] switch { '(' => 1, ')' => -1, _ => 0 };
            if (template[end] == '|' && depth == 0)
            {
                starts.Add(end + 1);
            }
        }

        at = random.Pick(starts);
        Sequence(template, ref at, random, fill, text);
        at = end + 1;
    }
}
