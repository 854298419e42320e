using System.Text.RegularExpressions;

namespace MLPipelines.Tests.Notebooks;

/// <summary>A cell of a program in the percent format.</summary>
/// <param name="IsMarkdown">Whether it is text.</param>
/// <param name="Tags">Its tags; see <see cref="NotebookSource.Varies"/>.</param>
/// <param name="FirstLine">The line after its head, from 1.</param>
/// <param name="Lines">Its lines, without empty ones around them; those of texts without their slashes.</param>
internal sealed record NotebookCell(bool IsMarkdown, IReadOnlyList<string> Tags, int FirstLine, IReadOnlyList<string> Lines);

/// <summary>A file-based app as cells: <c>// %% [markdown]</c> begins a text, <c>// %%</c> begins code, each to the next such line.</summary>
internal sealed partial class NotebookSource
{
    /// <summary>The tag of a cell whose output is not the same on every machine.</summary>
    public const string Varies = "varies";

    private NotebookSource(string name, string text, IReadOnlyList<NotebookCell> cells) => (Name, Text, Cells) = (name, text, cells);

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>The whole file.</summary>
    public string Text { get; }

    public IReadOnlyList<NotebookCell> Cells { get; }

    /// <summary>The projects that the program names, relative to its folder.</summary>
    public IReadOnlyList<string> Projects => [.. Project().Matches(Text).Select(match => match.Groups[1].Value)];

    public static NotebookSource Read(string path) => Parse(Path.GetFileName(path), File.ReadAllText(path));

    /// <exception cref="FormatException">It is not in the percent format; the message names file and line.</exception>
    public static NotebookSource Parse(string name, string text)
    {
        var cells = new List<NotebookCell>();
        string[] lines = text.Split('\n');
        (Match Head, int Line, List<string> Lines)? open = null;
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("// %%", StringComparison.Ordinal))
            {
                Close();
                var head = Head().Match(lines[i]);
                open = head.Success ? (head, i + 2, []) : throw new FormatException($"{name}:{i + 1}: '{lines[i]}' begins no cell; write // %% or // %% [markdown], with tags=[\"{Varies}\"] after it if need be.");
            }
            else if (open is null)
            {
                if (lines[i].Length > 0)
                    throw new FormatException($"{name}:{i + 1}: '{lines[i]}' stands before the first cell; begin the file with // %% or // %% [markdown].");
            }
            else if (!open.Value.Head.Groups["markdown"].Success || lines[i].Length == 0)
            {
                open.Value.Lines.Add(lines[i]);
            }
            else
            {
                open.Value.Lines.Add(lines[i] == "//" ? "" : lines[i].StartsWith("// ", StringComparison.Ordinal) ? lines[i][3..] : throw new FormatException($"{name}:{i + 1}: '{lines[i]}' is no comment, but stands in a text; begin a cell with // %% above it."));
            }
        }
        Close();
        return new NotebookSource(name, text, cells);

        void Close()
        {
            if (open is not var (head, line, content))
                return;
            int first = content.FindIndex(text => text.Length > 0), last = content.FindLastIndex(text => text.Length > 0);
            if (first < 0)
                throw new FormatException($"{name}:{line - 1}: the cell is empty.");
            cells.Add(new NotebookCell(head.Groups["markdown"].Success, [.. head.Groups["tag"].Captures.Select(tag => tag.Value)], line, content[first..(last + 1)]));
        }
    }

    [GeneratedRegex("""^// %%(?<markdown> \[markdown\])?(?: tags=\["(?<tag>varies)"\])?$""")]
    private static partial Regex Head();

    [GeneratedRegex(@"^#:project (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Project();
}
