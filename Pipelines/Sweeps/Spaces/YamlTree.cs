using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MLPipelines.Sweeps;

/// <summary>A node of a YAML text, with the line on which it begins.</summary>
internal abstract record YamlTree(int Line)
{
    private const int DeepestNesting = 16;
    private const int LongestText = 1 << 20;

    /// <summary>A value; a quoted one is always a text.</summary>
    public sealed record Scalar(string Text, bool IsQuoted, int Line) : YamlTree(Line);

    /// <summary>Several nodes in order.</summary>
    public sealed record List(IReadOnlyList<YamlTree> Items, int Line) : YamlTree(Line);

    /// <summary>Nodes by name, in order.</summary>
    public sealed record Map(IReadOnlyList<(string Key, int Line, YamlTree Value)> Entries, int Line) : YamlTree(Line)
    {
        public YamlTree? Find(string key) => Entries.FirstOrDefault(entry => entry.Key == key).Value;
    }

    /// <summary>Reads a text with one document; what is wrong is added to <paramref name="faults"/>.</summary>
    /// <returns>The root, or null where the text is no YAML.</returns>
    public static YamlTree? Parse(string text, SpaceFaults faults)
    {
        if (text.Length > LongestText)
        {
            faults.Add(1, $"the text has {text.Length} characters; at most {LongestText} are read");
            return null;
        }
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
                return new Map([], 1);
            parser.Consume<DocumentStart>();
            var root = Read(parser, faults, depth: 0);
            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
                faults.Add((int)parser.Current!.Start.Line, "a second document begins; write one only");
            return root;
        }
        catch (YamlException e)
        {
            faults.Add((int)e.Start.Line, $"this is no YAML: {(e.InnerException ?? e).Message}");
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // The scanner fails of itself at odd uses of marks and tags.
            faults.Add((int)(parser.Current?.End.Line ?? 1), "this is no YAML");
            return null;
        }
    }

    private static YamlTree Read(Parser parser, SpaceFaults faults, int depth)
    {
        var start = parser.Current!;
        int line = (int)start.Start.Line;
        if (depth > DeepestNesting)
            throw new YamlException(start.Start, start.End, $"lists and maps are nested deeper than {DeepestNesting}");
        if (parser.TryConsume<YamlDotNet.Core.Events.Scalar>(out var scalar))
            return new Scalar(scalar.Value, scalar.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted, line);
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var items = new List<YamlTree>();
            while (!parser.TryConsume<SequenceEnd>(out _))
                items.Add(Read(parser, faults, depth + 1));
            return new List(items, line);
        }
        if (!parser.TryConsume<MappingStart>(out _))
            throw new YamlException(start.Start, start.End, "references to other parts (&name, *name) are not read; write the values out");
        var entries = new List<(string Key, int Line, YamlTree Value)>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            int keyLine = (int)parser.Current!.Start.Line;
            if (!parser.TryConsume<YamlDotNet.Core.Events.Scalar>(out var key))
                throw new YamlException(parser.Current.Start, parser.Current.End, "a name is a list or a map; it must be a text");
            var value = Read(parser, faults, depth + 1);
            if (entries.Find(entry => entry.Key == key.Value) is { Key: not null } first)
                faults.Add(keyLine, $"'{key.Value}' stands on line {first.Line} too; name it once");
            else
                entries.Add((key.Value, keyLine, value));
        }
        return new Map(entries, line);
    }
}

/// <summary>What is wrong with a space file, by line.</summary>
internal sealed class SpaceFaults
{
    private readonly List<(int Line, string Fault)> _faults = [];

    public bool Any => _faults.Count > 0;

    public IEnumerable<string> InOrder => _faults.OrderBy(fault => fault.Line).Select(fault => FormattableString.Invariant($"line {fault.Line}: {fault.Fault}")).Distinct();

    public void Add(int line, string fault) => _faults.Add((line, fault));
}
