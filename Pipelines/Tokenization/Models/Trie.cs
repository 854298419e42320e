using System.Runtime.CompilerServices;

namespace MLPipelines.Tokenization.Models;

/// <summary>A tree of texts by their UTF-16 code units; its edges are in one hash table. Immutable once built.</summary>
internal sealed class Trie
{
    public const int Root = 0;
    public const int None = -1;

    private ulong[] keys = new ulong[1024];
    private int[] targets = new int[1024];
    private int[] values = [None, 0, 0, 0, 0, 0, 0, 0];
    private int nodes = 1;
    private int edges;

    /// <summary>Puts a text; a text that is there already gets the new value.</summary>
    public void Add(ReadOnlySpan<char> text, int value)
    {
        int node = Root;
        foreach (char unit in text)
        {
            int next = Step(node, unit);
            if (next == None)
                next = AddEdge(node, unit);
            node = next;
        }
        values[node] = value;
    }

    /// <summary>The node one code unit further on; <see cref="None"/> where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Step(int node, char unit)
    {
        // A key of 0 marks a free slot, so nodes count from 1 in keys.
        ulong key = ((ulong)(uint)(node + 1) << 16) | unit;
        ulong[] table = keys;
        int mask = table.Length - 1;
        int slot = SlotOf(key) & mask;
        while (true)
        {
            ulong found = table[slot];
            if (found == key)
                return targets[slot];
            if (found == 0)
                return None;
            slot = (slot + 1) & mask;
        }
    }

    /// <summary>The value of a node; <see cref="None"/> where no text ends there.</summary>
    public int ValueOf(int node) => values[node];

    private int AddEdge(int node, char unit)
    {
        if (2 * ++edges > keys.Length)
            Grow();
        if (nodes == values.Length)
            Array.Resize(ref values, nodes * 2);
        values[nodes] = None;
        Put(((ulong)(uint)(node + 1) << 16) | unit, nodes);
        return nodes++;
    }

    private void Grow()
    {
        (ulong[] oldKeys, int[] oldTargets) = (keys, targets);
        keys = new ulong[oldKeys.Length * 2];
        targets = new int[keys.Length];
        for (int i = 0; i < oldKeys.Length; i++)
        {
            if (oldKeys[i] != 0)
                Put(oldKeys[i], oldTargets[i]);
        }
    }

    private void Put(ulong key, int target)
    {
        int slot = SlotOf(key) & (keys.Length - 1);
        while (keys[slot] != 0)
            slot = (slot + 1) & (keys.Length - 1);
        keys[slot] = key;
        targets[slot] = target;
    }

    private static int SlotOf(ulong key) => (int)((key * 0x9E3779B97F4A7C15UL) >> 33);
}
