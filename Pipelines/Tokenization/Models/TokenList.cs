using System.Runtime.CompilerServices;

namespace MLPipelines.Tokenization.Models;

/// <summary>Tokens of a word: ids, and the characters of the word that each stands for.</summary>
internal sealed class TokenList
{
    public int[] Ids = new int[64];
    public int[] Starts = new int[64];
    public int[] Ends = new int[64];

    public int Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int start, int end)
    {
        int count = Count;
        if (count == Ids.Length)
            Grow();
        Ids[count] = id;
        Starts[count] = start;
        Ends[count] = end;
        Count = count + 1;
    }

    private void Grow()
    {
        Array.Resize(ref Ids, Count * 2);
        Array.Resize(ref Starts, Count * 2);
        Array.Resize(ref Ends, Count * 2);
    }
}
