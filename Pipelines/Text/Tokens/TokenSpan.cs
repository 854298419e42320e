namespace MLPipelines.Text;

/// <summary>A span of tokens of one type, such as the name of a place.</summary>
/// <param name="Type">The type, such as <c>location</c>.</param>
/// <param name="Start">The first token, counted from 0.</param>
/// <param name="End">One past the last token.</param>
public readonly record struct TokenSpan(string Type, int Start, int End);

/// <summary>Which tags make a span, where they are not the B-… I-… … that they should be.</summary>
public enum SpanScheme
{
    /// <summary>As CoNLL's evaluation and seqeval's default mode do: I-x also begins a span where no span of type x is under way.</summary>
    Lenient,

    /// <summary>As seqeval's strict mode with IOB2: a span begins at B-x only, and an I-x that continues none counts for nothing.</summary>
    Strict,
}

/// <summary>Tags that say of each token whether it begins (B-type), continues (I-type) or is outside (O) a span.</summary>
public static class BioTags
{
    /// <summary>The tag of tokens outside any span.</summary>
    public const string Outside = "O";

    /// <summary>The spans that the tags of a text make, in order.</summary>
    /// <param name="tags">One tag a token. What is neither O nor begins with "B-" or "I-" is taken as I- of a type of that name.</param>
    /// <param name="scheme">Which tags make a span.</param>
    public static IReadOnlyList<TokenSpan> Decode(IReadOnlyList<string> tags, SpanScheme scheme = SpanScheme.Lenient)
    {
        ArgumentNullException.ThrowIfNull(tags);
        var spans = new List<TokenSpan>();
        string? type = null;
        int start = 0;
        for (int i = 0; i < tags.Count; i++)
        {
            var (begins, next) = Parse(tags[i]);
            if (next is not null && !begins && next == type)
                continue;
            End(i);
            if (next is not null && (begins || scheme == SpanScheme.Lenient))
                (type, start) = (next, i);
        }
        End(tags.Count);
        return spans;

        void End(int end)
        {
            if (type is not null)
                spans.Add(new TokenSpan(type, start, end));
            type = null;
        }
    }

    /// <summary>The tags of spans that do not overlap.</summary>
    /// <exception cref="ArgumentException">A span is empty, overlaps another, or lies outside the tokens.</exception>
    public static string[] Encode(IEnumerable<TokenSpan> spans, int tokens)
    {
        ArgumentNullException.ThrowIfNull(spans);
        var tags = new string[tokens];
        Array.Fill(tags, Outside);
        foreach (var span in spans)
        {
            if (span.Start < 0 || span.End > tokens || span.Start >= span.End || tags.AsSpan(span.Start, span.End - span.Start).ContainsAnyExcept(Outside))
                throw TextErrors.BadSpan(span, tokens);
            tags[span.Start] = "B-" + span.Type;
            tags.AsSpan(span.Start + 1, span.End - span.Start - 1).Fill("I-" + span.Type);
        }
        return tags;
    }

    /// <summary>Whether a tag begins a span, and its type; null outside.</summary>
    internal static (bool Begins, string? Type) Parse(string tag) => tag switch
    {
        Outside or "" => (false, null),
        _ when tag.StartsWith("B-", StringComparison.Ordinal) => (true, tag[2..]),
        _ when tag.StartsWith("I-", StringComparison.Ordinal) => (false, tag[2..]),
        _ => (false, tag),
    };
}
