using System.Runtime.CompilerServices;

namespace MLPipelines.Tokenization.Models;

/// <summary>Which two tokens merge into which, and how early. Immutable once filled.</summary>
internal sealed class MergeTable
{
    public const int None = int.MaxValue;

    private readonly ulong[] keys;
    private readonly (int Rank, int Id)[] values;

    public MergeTable(int count)
    {
        int length = 16;
        while (length < 2 * count)
            length *= 2;
        keys = new ulong[length];
        values = new (int, int)[length];
    }

    /// <summary>Puts a merge; one that is there already is replaced.</summary>
    public void Set(int left, int right, int rank, int id)
    {
        ulong key = KeyOf(left, right);
        int slot = SlotOf(key);
        while (keys[slot] != 0 && keys[slot] != key)
            slot = (slot + 1) & (keys.Length - 1);
        keys[slot] = key;
        values[slot] = (rank, id);
    }

    /// <summary>The rank of a merge, <see cref="None"/> where there is none, and the token it makes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int RankOf(int left, int right, out int id)
    {
        ulong key = KeyOf(left, right);
        int slot = SlotOf(key);
        while (true)
        {
            ulong found = keys[slot];
            if (found == key)
            {
                (int rank, id) = values[slot];
                return rank;
            }
            if (found == 0)
            {
                id = 0;
                return None;
            }
            slot = (slot + 1) & (keys.Length - 1);
        }
    }

    // Never 0, which marks a free slot.
    private static ulong KeyOf(int left, int right) => ((ulong)(uint)(left + 1) << 32) | (uint)right;

    private int SlotOf(ulong key) => (int)((key * 0x9E3779B97F4A7C15UL) >> 33) & (keys.Length - 1);
}
