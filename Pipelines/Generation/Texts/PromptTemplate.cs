using System.Text;

namespace MLPipelines.Generation;

/// <summary>
/// A prompt with places to fill: <c>{name}</c> is what is given for the name, <c>{name|text}</c> falls back to the text where nothing is,
/// <c>{{</c> and <c>}}</c> are braces. Immutable and thread-safe.
/// </summary>
public sealed class PromptTemplate
{
    private readonly List<(string Text, string? Name)> _parts;

    private PromptTemplate(string text, List<(string Text, string? Name)> parts)
    {
        (Text, _parts) = (text, parts);
        Names = [.. parts.Select(part => part.Name).OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The template itself.</summary>
    public string Text { get; }

    /// <summary>The names of the places, in the order in which they first occur.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Reads a template.</summary>
    /// <exception cref="FormatException">A brace is not closed, or a place has no name; the message says where.</exception>
    public static PromptTemplate Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = new List<(string, string?)>();
        var literal = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is '{' or '}' && i + 1 < text.Length && text[i + 1] == text[i])
            {
                literal.Append(text[i++]);
                continue;
            }
            if (text[i] == '}')
                throw new FormatException($"The template '{text}' has a '}}' at {i} that closes nothing; write '}}}}' for a brace.");
            if (text[i] != '{')
            {
                literal.Append(text[i]);
                continue;
            }
            int end = text.IndexOfAny(['{', '}'], i + 1);
            if (end < 0 || text[end] == '{')
                throw new FormatException($"The template '{text}' has a '{{' at {i} that is not closed; write '{{{{' for a brace.");
            string[] place = text[(i + 1)..end].Split('|', 2);
            string name = place[0].Trim();
            if (name.Length == 0)
                throw new FormatException($"The template '{text}' has a place without a name at {i}.");
            if (literal.Length > 0)
                parts.Add((literal.ToString(), null));
            literal.Clear();
            parts.Add((place.Length > 1 ? place[1] : "", name));
            i = end;
        }
        if (literal.Length > 0)
            parts.Add((literal.ToString(), null));
        return new PromptTemplate(text, parts);
    }

    /// <summary>Fills the places.</summary>
    /// <param name="value">What is given for a name; null or "" where nothing is.</param>
    public string Fill(Func<string, string?> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var filled = new StringBuilder();
        foreach (var (text, name) in _parts)
            filled.Append(name != null && value(name) is { Length: > 0 } given ? given : text);
        return filled.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
