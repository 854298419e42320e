using MLPipelines.Tokenization;

namespace MLPipelines.Generation;

/// <summary>What a stream of text is given out in.</summary>
public enum StreamUnit
{
    /// <summary>As soon as whole characters are certain.</summary>
    Characters,

    /// <summary>As soon as whole words are certain: a piece ends before the space that follows its last word.</summary>
    Words,
}

/// <summary>
/// Turns tokens, as they come, into pieces of text that put together are the text of all tokens. A piece never ends within a character, though a token may,
/// and holds nothing of a stop string.
/// </summary>
internal sealed class TextStream(TextTokenizer tokenizer, IReadOnlyList<string> stopStrings, StreamUnit unit)
{
    private const char Incomplete = '\uFFFD';

    private readonly List<int> _ids = [];
    private int _contextStart;
    private int _contextEnd;
    private string _pending = "";

    /// <summary>Whether a stop string occurred; nothing comes after it.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes a token, and gives what is certain now; "" where nothing is.</summary>
    public string Add(int id)
    {
        _ids.Add(id);
        // A token's text can depend on the one before it (a space between words), so a few old ones are decoded with the new.
        string text = Decode(_contextStart, _ids.Count);
        string known = Decode(_contextStart, _contextEnd);
        if (text.Length <= known.Length || text[^1] == Incomplete)
            return "";
        _contextStart = _contextEnd;
        _contextEnd = _ids.Count;
        return Release(text[known.Length..], isLast: false);
    }

    /// <summary>Gives what is left when no token will come.</summary>
    public string Complete()
    {
        string text = Decode(_contextStart, _ids.Count);
        string known = Decode(_contextStart, _contextEnd);
        return Release(text.Length > known.Length ? text[known.Length..] : "", isLast: true);
    }

    private string Decode(int start, int end) => tokenizer.Detokenize(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids)[start..end]);

    private string Release(string text, bool isLast)
    {
        if (IsStopped)
            return "";
        _pending += text;
        int stop = StopStrings.Find(_pending, stopStrings);
        if (stop >= 0)
        {
            IsStopped = true;
            return _pending[..stop];
        }
        int certain = isLast ? _pending.Length : _pending.Length - StopStrings.Begun(_pending, stopStrings);
        if (!isLast && unit == StreamUnit.Words)
        {
            while (certain > 0 && !(certain < _pending.Length && char.IsWhiteSpace(_pending[certain])))
                certain--;
        }
        string released = _pending[..certain];
        _pending = _pending[certain..];
        return released;
    }
}

/// <summary>Looks for the texts that end an output.</summary>
internal static class StopStrings
{
    /// <summary>Where the first of them starts; -1 where there is none.</summary>
    public static int Find(string text, IReadOnlyList<string> stops)
    {
        int first = -1;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (first < 0 || at < first))
                first = at;
        }
        return first;
    }

    /// <summary>How many characters at the end of a text may be the beginning of one of them.</summary>
    public static int Begun(string text, IReadOnlyList<string> stops)
    {
        int most = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, text.Length); length > most; length--)
            {
                if (text.AsSpan().EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal))
                    most = length;
            }
        }
        return most;
    }
}
