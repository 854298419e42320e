using System.Text;
using System.Text.RegularExpressions;

namespace MLPipelines.Tests.Readme;

/// <summary>README.md and the parts of it that tests repeat.</summary>
internal static partial class ReadmeDocument
{
    private const string Mark = "// README: ";

    public static string Root { get; } = FindRoot();

    public static string File => Path.Combine(Root, "README.md");

    /// <summary>The contents of the code blocks in a language, in order.</summary>
    public static IReadOnlyList<string> Blocks(string language) =>
        [.. Fence().Matches(System.IO.File.ReadAllText(File)).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value.TrimEnd('\n'))];

    /// <summary>The commands of the console blocks, each with the output shown under it.</summary>
    public static IReadOnlyList<(string Command, string[] Output)> Commands()
    {
        var commands = new List<(string, string[])>();
        foreach (var block in Blocks("console"))
        {
            foreach (var part in block.Split('\n').Aggregate(new List<List<string>>(), (parts, line) =>
            {
                if (line.StartsWith("$ ", StringComparison.Ordinal))
                    parts.Add([line[2..]]);
                else
                    parts[^1].Add(line);
                return parts;
            }))
            {
                commands.Add((part[0], [.. part.Skip(1)]));
            }
        }
        return commands;
    }

    /// <summary>The regions of a name in the source of the snippets, without their indentation, one after another.</summary>
    public static string Snippet(string name)
    {
        var regions = new List<string>();
        List<string>? region = null;
        foreach (var line in System.IO.File.ReadLines(Path.Combine(Root, "Pipelines.Tests", "Readme", "ReadmeSnippets.cs")))
        {
            string trimmed = line.Trim();
            if (trimmed == Mark + name)
            {
                region = [];
            }
            else if (trimmed == Mark + "end" && region is not null)
            {
                int indent = region.Where(text => text.Length > 0).Min(text => text.Length - text.TrimStart().Length);
                regions.Add(string.Join('\n', region.Select(text => text.Length > 0 ? text[indent..] : "")).Trim('\n'));
                region = null;
            }
            else
            {
                region?.Add(line);
            }
        }
        return string.Join("\n\n", regions);
    }

    /// <summary>
    /// Whether an output is the one shown, up to blanks and to how much numbers may differ: seconds and dates freely, others by 3 or by a tenth,
    /// since processors round differently.
    /// </summary>
    public static string? Difference(string[] shown, string[] actual)
    {
        if (shown.Length != actual.Length)
            return $"{shown.Length} lines are shown, {actual.Length} came:\n{string.Join('\n', actual)}";
        for (int i = 0; i < shown.Length; i++)
        {
            if (!SameLine(shown[i], actual[i]))
                return $"line {i + 1}: shown is\n{shown[i]}\nbut there came\n{actual[i]}";
        }
        return null;
    }

    private static bool SameLine(string shown, string actual)
    {
        var (left, right) = (Parts(shown), Parts(actual));
        if (left.Text != right.Text || left.Numbers.Count != right.Numbers.Count)
            return false;
        return left.Numbers.Zip(right.Numbers).All(pair => pair.First.Free || Math.Abs(pair.First.Value - pair.Second.Value) <= Math.Max(pair.First.IsWhole ? 3 : 0.03, Math.Abs(pair.First.Value) / 10));
    }

    private static (string Text, List<(double Value, bool IsWhole, bool Free)> Numbers) Parts(string line)
    {
        var numbers = new List<(double, bool, bool)>();
        var text = new StringBuilder();
        string flat = Moment().Replace(line, "MOMENT");
        int at = 0;
        foreach (Match match in Number().Matches(flat))
        {
            text.Append(flat, at, match.Index - at).Append('#');
            at = match.Index + match.Length;
            bool seconds = flat.AsSpan(at).StartsWith(" s");
            numbers.Add((double.Parse(match.Value.Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture), !match.Value.Contains('.', StringComparison.Ordinal), seconds));
        }
        text.Append(flat, at, flat.Length - at);
        return (Blanks().Replace(text.ToString(), " ").Trim(), numbers);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "MLPipelines.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("The repository was not found above the tests.");
    }

    [GeneratedRegex("^```([a-z]+)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex Moment();

    [GeneratedRegex(@"\d+(,\d{3})*(\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"[\s─]+")]
    private static partial Regex Blanks();
}
