using MLPipelines.Tokenization.Normalization;

namespace MLPipelines.Tokenization.Splitting;

/// <summary>What becomes of a delimiter between words.</summary>
internal enum DelimiterBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>Splits at matches of something; what becomes of the matches is the behaviour's to say.</summary>
internal abstract class DelimiterSplitter(DelimiterBehavior behavior, bool invert = false) : TextSplitter
{
    public sealed override void Apply(AlignedText text, Words words)
    {
        if (!words.Splitting)
            return;
        words.Begin();
        var pieces = new Pieces(behavior, invert, words);
        for (int i = 0; i < words.Count; i++)
        {
            var (start, end) = words[i];
            pieces.Start(start);
            Find(text.Characters.AsSpan(start, end - start), start, ref pieces);
            pieces.Finish(end);
        }
        words.End();
    }

    /// <summary>Reports each match in a part of the text, in order, in characters of the whole text.</summary>
    protected abstract void Find(ReadOnlySpan<char> part, int start, ref Pieces pieces);

    /// <summary>Turns matches and what is between them into words.</summary>
    protected ref struct Pieces(DelimiterBehavior behavior, bool invert, Words words)
    {
        private int last, pendingStart, pendingEnd;
        private bool hasPending, previousMatch;

        public void Start(int start)
        {
            last = start;
            hasPending = false;
            previousMatch = false;
        }

        public void Match(int start, int end)
        {
            if (last != start)
                Piece(last, start, invert);
            Piece(start, end, !invert);
            last = end;
        }

        public void Finish(int end)
        {
            if (last != end)
                Piece(last, end, invert);
            Flush();
        }

        private void Piece(int start, int end, bool match)
        {
            switch (behavior)
            {
                case DelimiterBehavior.Isolated:
                    words.Add(start, end);
                    return;
                case DelimiterBehavior.Removed:
                    if (!match)
                        words.Add(start, end);
                    return;
                case DelimiterBehavior.MergedWithPrevious:
                    if (match && !previousMatch && hasPending)
                        pendingEnd = end;
                    else
                        Hold(start, end);
                    break;
                case DelimiterBehavior.MergedWithNext:
                    // The delimiter goes with what follows, unless that is another delimiter.
                    if (!match && previousMatch && hasPending)
                        pendingEnd = end;
                    else
                        Hold(start, end);
                    break;
                default:
                    if (match == previousMatch && hasPending)
                        pendingEnd = end;
                    else
                        Hold(start, end);
                    break;
            }
            previousMatch = match;
        }

        private void Hold(int start, int end)
        {
            Flush();
            (pendingStart, pendingEnd, hasPending) = (start, end, true);
        }

        private void Flush()
        {
            if (hasPending)
                words.Add(pendingStart, pendingEnd);
            hasPending = false;
        }
    }
}

/// <summary>Splits at characters of a kind.</summary>
internal sealed class CharacterSplitter(Func<int, bool> isDelimiter, DelimiterBehavior behavior) : DelimiterSplitter(behavior)
{
    protected override void Find(ReadOnlySpan<char> part, int start, ref Pieces pieces)
    {
        for (int i = 0; i < part.Length; i++)
        {
            int codePoint = part[i];
            int size = 1;
            if (char.IsHighSurrogate(part[i]))
            {
                codePoint = char.ConvertToUtf32(part[i], part[i + 1]);
                size = 2;
            }
            if (isDelimiter(codePoint))
                pieces.Match(start + i, start + i + size);
            i += size - 1;
        }
    }
}

/// <summary>Splits at a text.</summary>
internal sealed class TextSplit(string delimiter, DelimiterBehavior behavior, bool invert) : DelimiterSplitter(behavior, invert)
{
    protected override void Find(ReadOnlySpan<char> part, int start, ref Pieces pieces)
    {
        int from = 0;
        while (delimiter.Length > 0)
        {
            int found = part[from..].IndexOf(delimiter, StringComparison.Ordinal);
            if (found < 0)
                return;
            pieces.Match(start + from + found, start + from + found + delimiter.Length);
            from += found + delimiter.Length;
        }
    }
}

/// <summary>Splits at the matches of a pattern.</summary>
internal sealed class PatternSplit(Patterns.Pattern pattern, DelimiterBehavior behavior, bool invert) : DelimiterSplitter(behavior, invert)
{
    protected override void Find(ReadOnlySpan<char> part, int start, ref Pieces pieces)
    {
        var matches = pattern.Matches(part);
        while (matches.MoveNext())
            pieces.Match(start + matches.Start, start + matches.End);
    }
}
