using Microsoft.ML.Internal;

namespace Microsoft.ML.Data;

/// <summary>A line of a file in SVM-light format: a label, pairs of key and value, and a comment after <c>#</c>.</summary>
internal sealed class SvmLightLine
{
    public float Label { get; private set; }

    public float Weight { get; private set; }

    /// <summary>The group as a key from 1, 0 where it is missing.</summary>
    public ulong GroupId { get; private set; }

    public ReadOnlyMemory<char> Comment { get; private set; }

    public List<(ReadOnlyMemory<char> Key, float Value)> Features { get; } = [];

    /// <summary>Reads a line; false for a blank one or one that is a comment. What cannot be read is left out.</summary>
    public bool TryParse(string line)
    {
        var text = line.AsMemory().Trim();
        if (text.IsEmpty || text.Span[0] == '#')
            return false;
        int hash = text.Span.IndexOf('#');
        Comment = hash < 0 ? default : text[(hash + 1)..];
        if (hash >= 0)
            text = text[..hash];
        Features.Clear();
        GroupId = 0;
        bool isFirst = true;
        foreach (var range in text.Span.SplitAny(' ', '\t'))
        {
            var token = text[range];
            if (token.IsEmpty)
                continue;
            if (isFirst)
                ReadLabel(token.Span);
            else
                ReadPair(token);
            isFirst = false;
        }
        return true;
    }

    private void ReadLabel(ReadOnlySpan<char> token)
    {
        bool isNumber = Parser.TryParse(token, out float label);
        Label = isNumber ? label : float.NaN;
        Weight = isNumber ? 1 : float.NaN;
    }

    private void ReadPair(ReadOnlyMemory<char> token)
    {
        int colon = token.Span.LastIndexOf(':');
        if (colon < 0)
            return;
        var key = token[..colon];
        var text = token.Span[(colon + 1)..];
        switch (key.Span)
        {
            case "cost":
                if (Parser.TryParse(text, out float weight))
                    Weight = weight;
                break;
            case "qid":
                if (Parser.TryParse(text, out long group))
                    GroupId = group < 0 ? 0 : (ulong)group + 1;
                break;
            case "sid":
                break;
            default:
                if (Parser.TryParse(text, out float value))
                    Features.Add((key, value));
                break;
        }
    }

    /// <summary>The lines of all files of a source that hold a row, each in <paramref name="line"/>.</summary>
    public static IEnumerable<SvmLightLine> Read(IMultiStreamSource source, SvmLightLine line)
    {
        for (int i = 0; i < source.Count; i++)
        {
            using var reader = source.OpenTextReader(i);
            while (reader.ReadLine() is { } text)
            {
                if (line.TryParse(text))
                    yield return line;
            }
        }
    }
}
