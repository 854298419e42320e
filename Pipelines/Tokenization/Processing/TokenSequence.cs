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

    /// <summary>Takes spaces out of the ranges of tokens.</summary>
    public void TrimSpaces(bool spaceWasAdded, Func<int, string?> textOf)
    {
        int unusual = 0;
        for (int i = 0; i < Count; i++)
        {
            string? text;
            if (unusual < Unusual.Count && Unusual[unusual].Index == i)
                text = Unusual[unusual++].Text;
            else
                text = textOf(Ids[i]);
            if (text == null || text.Length == 0 || !IsSpace(text[0]) && !IsSpace(text[^1]))
                continue;
            int leading = 0, trailing = 0;
            while (leading < text.Length && IsSpace(text[leading]))
                leading++;
            while (trailing < text.Length && IsSpace(text[text.Length - 1 - trailing]))
                trailing++;
            if (leading > 0)
            {
                if (spaceWasAdded && (i == 0 || Starts[i] == 0))
                    leading--;
                Starts[i] = Math.Min(Starts[i] + leading, Ends[i]);
            }
            if (trailing > 0 && Ends[i] >= trailing)
                Ends[i] = Math.Max(Ends[i] - trailing, Starts[i]);
        }
    }

    private static bool IsSpace(char unit) => unit == ByteAlphabet.Space || char.IsWhiteSpace(unit);
}
