namespace MLPipelines.Data;

/// <summary>Makes sentences of expanded templates: capitals, full stops and question marks.</summary>
internal static class Sentences
{
    private static readonly string[] Asking =
    [
        "how", "what", "where", "when", "which", "who", "why", "whose",
        "can", "could", "may", "should", "would", "will", "is", "are", "am", "was", "were", "do", "does", "did", "has", "any",
    ];

    private static readonly string[] NotAsking = ["not", "be", "been", "better", "you believe", "never"];

    public static string Finish(string text)
    {
        text = text.Trim().Replace(" !", "!", StringComparison.Ordinal).Replace(" 'd", "'d", StringComparison.Ordinal);
        text = Capitalise(text);
        return text[^1] is '.' or '!' or '?' ? text : text + (IsQuestion(text) ? '?' : Exclaims(text) ? '!' : '.');
    }

    public static string Capitalise(string text) =>
        char.IsAsciiLetterLower(text[0]) ? char.ToUpperInvariant(text[0]) + text[1..] : text;

    public static string Uncapitalise(string text)
    {
        int end = text.IndexOf(' ', StringComparison.Ordinal);
        string first = end < 0 ? text : text[..end];
        return first is "I" || first.StartsWith("I'", StringComparison.Ordinal) || first.Skip(1).Any(char.IsAsciiLetterUpper)
            ? text
            : char.ToLowerInvariant(text[0]) + text[1..];
    }

    public static string Article(string noun) =>
        ("aeiouAEIOU".Contains(noun[0], StringComparison.Ordinal) ? "an " : "a ") + noun;

    private static bool Exclaims(string text) =>
        text.StartsWith("What a ", StringComparison.Ordinal) || text.StartsWith("Wow", StringComparison.Ordinal)
        || text.StartsWith("Such ", StringComparison.Ordinal);

    /// <summary>Whether the whole, its last sentence or the clause after its last comma asks something.</summary>
    private static bool IsQuestion(string text)
    {
        int start = text.Length;
        do
        {
            start = start < 1 ? -1 : text.LastIndexOfAny(['.', '?'], start - 1);
        }
        while (start >= 0 && !(start + 2 < text.Length && text[start + 1] == ' ' && char.IsAsciiLetterUpper(text[start + 2])));

        string last = start < 0 ? text : text[(start + 2)..];
        int clause = Math.Max(last.LastIndexOf(", ", StringComparison.Ordinal), last.LastIndexOf(": ", StringComparison.Ordinal));
        return Asks(last) || (clause >= 0 && Asks(last[(clause + 2)..]));
    }

    private static bool Asks(string clause)
    {
        string[] words = clause.ToLowerInvariant().Split(' ');
        string second = words.Length > 1 ? words[1] : "";
        if (words[0] is "have")
        {
            return second is "you";
        }

        if (words[0] is "what")
        {
            return second is not "a";
        }

        if (words[0] is "next" or "on" or "by" or "up")
        {
            return second is "step" or "which" or "whom" || clause.StartsWith("Up to when", StringComparison.Ordinal);
        }

        return Array.IndexOf(Asking, words[0]) >= 0 && Array.IndexOf(NotAsking, second) < 0
            && !(words[0] is "which" && second is "keeps")
            && !(words[0] is "when" or "who" && clause.Contains(" did not ", StringComparison.Ordinal));
    }
}
