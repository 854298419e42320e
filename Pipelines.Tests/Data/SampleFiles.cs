using System.Text;
using System.Text.Json;

namespace MLPipelines.Tests.Data;

/// <summary>Finds and reads the sample data with readers independent of the product's.</summary>
internal static class SampleFiles
{
    public static readonly string[] Generated =
    [
        "tickets/messages.csv", "shop/products.csv", "shop/interactions.csv", "shop/interactions.json",
        "reviews/reviews.csv", "taxonomy/classification.json",
    ];

    public static string Root { get; } = FindRoot();

    public static string PathOf(string file) => Path.Combine(Root, "Data", file);

    public static JsonDocument ReadJson(string file) => JsonDocument.Parse(File.ReadAllBytes(PathOf(file)));

    /// <summary>All records, the header first.</summary>
    public static List<string[]> ReadCsv(string file) => [.. File.ReadLines(PathOf(file)).Select(Split)];

    public static HashSet<string> Words(string text)
    {
        var spaced = new string([.. text.Select(c => char.IsLetterOrDigit(c) ? char.ToLowerInvariant(c) : ' ')]);
        return [.. spaced.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>How many sets have another with a Jaccard index above the limit.</summary>
    public static int CountWithNeighbour(List<HashSet<string>> sets, double above)
    {
        Dictionary<string, List<int>> byWord = [];
        for (int i = 0; i < sets.Count; i++)
        {
            foreach (string word in sets[i])
            {
                (byWord.TryGetValue(word, out List<int>? list) ? list : byWord[word] = []).Add(i);
            }
        }

        int found = 0;
        var shared = new int[sets.Count];
        for (int i = 0; i < sets.Count; i++)
        {
            Array.Clear(shared);
            foreach (int other in sets[i].SelectMany(word => byWord[word]))
            {
                shared[other]++;
            }

            for (int j = 0; j < sets.Count; j++)
            {
                if (j != i && shared[j] > above * (sets[i].Count + sets[j].Count - shared[j]))
                {
                    found++;
                    break;
                }
            }
        }

        return found;
    }

    private static string[] Split(string line)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quoted && c == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        Assert.IsFalse(quoted, $"A quote is left open in: {line}");
        fields.Add(field.ToString());
        return [.. fields];
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MLPipelines.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("No folder above the tests holds MLPipelines.sln.");
    }
}
