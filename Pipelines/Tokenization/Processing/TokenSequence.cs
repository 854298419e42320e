using MLPipelines.Tokenization.Splitting;

namespace MLPipelines.Tokenization.Processing;

/// <summary>The tokens of one text before they become part of an encoding.</summary>
internal sealed class TokenSequence
{
    public int[] Ids = new int[128];
    public int[] Starts = new int[128];
    public int[] Ends = new int[128];
    public int[] Words = new int[128];
    public int Count;

    /// <summary>Texts of tokens that are not the vocabulary's, by index.</summary>
    public readonly List<(int Index, string Text)> Unusual = [];

    /// <summary>Indices of added tokens that the text had, in order.</summary>
    public readonly List<int> AddedAt = [];

    /// <summary>First and one past the last token that truncation leaves.</summary>
    public int First, Last;

    public void Clear()
    {
        Count = 0;
        Unusual.Clear();
        AddedAt.Clear();
    }

    /// <summary>Takes away the words that come before those, from the end, with which there are so many tokens; added tokens end no such count.</summary>
    public void DropLeading(int limit)
    {
        int total = 0;
        int start = Count;
        while (start > 0)
        {
            int end = start;
            bool isAdded = AddedAt.BinarySearch(--start) >= 0;
            while (!isAdded && start > 0 && Words[start - 1] == Words[start] && AddedAt.BinarySearch(start - 1) < 0)
                start--;
            total += end - start;
            if (!isAdded && total >= limit)
                break;
        }
        if (start == 0)
            return;
        Count -= start;
        foreach (int[] array in new[] { Ids, Starts, Ends, Words })
            Array.Copy(array, start, array, 0, Count);
        Shift(Unusual, entry => entry.Index >= start, entry => (entry.Index - start, entry.Text));
        Shift(AddedAt, index => index >= start, index => index - start);

        static void Shift<T>(List<T> list, Func<T, bool> stays, Func<T, T> shift)
        {
            T[] kept = [.. list.Where(stays).Select(shift)];
            list.Clear();
            list.AddRange(kept);
        }
    }

    public void EnsureRoom(int more)
    {
        if (Count + more <= Ids.Length)
            return;
        int length = Math.Max(Count + more, 2 * Ids.Length);
        Array.Resize(ref Ids, length);
        Array.Resize(ref Starts, length);
        Array.Resize(ref Ends, length);
        Array.Resize(ref Words, length);
    }

    /// <summary>Marks the tokens that are left when all but some are cut off at one end.</summary>
    public void Keep(int length, Side cutSide)
    {
        length = Math.Min(length, Count);
        First = cutSide == Side.Right ? 0 : Count - length;
        Last = First + length;
    }

    /// <summary>Takes spaces out of the ranges of the tokens that truncation leaves.</summary>
    /// <param name="spaceWasAdded">Whether one space at the start of the first token stands for nothing in the text.</param>
    /// <param name="textOf">The texts of tokens.</param>
    /// <param name="source">The text that the tokens are of; null where each word is its own.</param>
    public void TrimSpaces(bool spaceWasAdded, Func<int, string?> textOf, string? source)
    {
        int unusual = 0;
        for (int i = First; i < Last; i++)
        {
            while (unusual < Unusual.Count && Unusual[unusual].Index < i)
                unusual++;
            string? text = unusual < Unusual.Count && Unusual[unusual].Index == i ? Unusual[unusual].Text : textOf(Ids[i]);
            if (text == null || text.Length == 0 || !IsSpace(text[0]) && !IsSpace(text[^1]))
                continue;
            int leading = 0, trailing = 0;
            while (leading < text.Length && IsSpace(text[leading]))
                leading++;
            while (trailing < text.Length && IsSpace(text[text.Length - 1 - trailing]))
                trailing++;
            if (leading == 1 && spaceWasAdded && (i == First || Starts[i] == 0))
                leading = 0;
            if (leading > 0)
                Starts[i] = Math.Min(Forward(source, Starts[i], leading), Ends[i]);
            if (trailing > 0 && Back(source, Ends[i], trailing) is var end && end >= 0)
                Ends[i] = Math.Max(end, Starts[i]);
        }
    }

    // Positions so many code points further on or back; -1 before the text.
    private static int Forward(string? source, int position, int count)
    {
        for (; count > 0; count--)
            position += source != null && position < source.Length && char.IsHighSurrogate(source[position]) ? 2 : 1;
        return position;
    }

    private static int Back(string? source, int position, int count)
    {
        for (; count > 0 && position >= 0; count--)
            position -= source != null && position >= 2 && position <= source.Length && char.IsLowSurrogate(source[position - 1]) ? 2 : 1;
        return position;
    }

    private static bool IsSpace(char unit) => unit == ByteAlphabet.Space || char.IsWhiteSpace(unit);
}
