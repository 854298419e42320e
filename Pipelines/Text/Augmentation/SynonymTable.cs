namespace MLPipelines.Text;

/// <summary>Words and their synonyms, found whatever their case.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class SynonymTable
{
    private readonly Dictionary<string, string[]> _synonyms = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A table of groups of words that can stand for each other.</summary>
    /// <param name="groups">Each group two words or more; a word may be in several groups.</param>
    public SynonymTable(IEnumerable<IReadOnlyCollection<string>> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        foreach (var group in groups)
        {
            foreach (string word in group)
            {
                var others = group.Where(other => !string.Equals(other, word, StringComparison.OrdinalIgnoreCase));
                string[] all = [.. _synonyms.GetValueOrDefault(word, []).Concat(others).Distinct(StringComparer.OrdinalIgnoreCase)];
                if (all.Length > 0)
                    _synonyms[word] = all;
            }
        }
    }

    /// <summary>The number of words that have synonyms.</summary>
    public int Count => _synonyms.Count;

    /// <summary>Reads a UTF-8 text file: one group a line, its words separated by commas; lines that begin with # say nothing.</summary>
    public static SynonymTable Load(string file) => new(
        File.ReadLines(file)
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 1));

    /// <summary>The synonyms of a word; none where it is not known.</summary>
    public IReadOnlyList<string> Of(string word) => _synonyms.GetValueOrDefault(word, []);
}
