namespace MLPipelines.Data;

/// <summary>Guesses what separates the fields of a header.</summary>
internal static class SeparatorSniffer
{
    /// <summary>How much of the file is looked at when no line ends earlier.</summary>
    public const int Horizon = 64 * 1024;

    private static ReadOnlySpan<byte> Candidates => ",;\t|"u8;

    /// <summary>The separator that an extension promises, or null.</summary>
    public static char? FromExtension(string file) =>
        Path.GetExtension(file).ToLowerInvariant() is ".tsv" or ".tab" ? '\t' : null;

    /// <summary>
    /// The candidate that the first line has most of outside quotes; a comma where it has none.
    /// False when the line is not all there yet.
    /// </summary>
    public static bool TrySniff(ReadOnlySpan<byte> text, bool isAll, int quote, out byte separator)
    {
        Span<int> counts = stackalloc int[4];
        bool quoted = false, ended = false;
        foreach (byte b in text[..Math.Min(text.Length, Horizon)])
        {
            if (b == quote)
                quoted = !quoted;
            else if (!quoted && b == (byte)'\n')
            {
                ended = true;
                break;
            }
            else if (!quoted && Candidates.IndexOf(b) is >= 0 and var candidate)
                counts[candidate]++;
        }
        int best = 0;
        for (int i = 1; i < counts.Length; i++)
        {
            if (counts[i] > counts[best])
                best = i;
        }
        separator = Candidates[best];
        return ended || isAll || text.Length >= Horizon;
    }

    /// <summary>The separator that splits <paramref name="header"/> when <paramref name="used"/> does not, or null.</summary>
    public static char? Alternative(string header, byte used)
    {
        char best = '\0';
        int most = 0;
        foreach (byte candidate in Candidates)
        {
            int count = candidate == used ? 0 : header.AsSpan().Count((char)candidate);
            if (count > most)
                (best, most) = ((char)candidate, count);
        }
        return most > 0 ? best : null;
    }
}
