using System.Runtime.InteropServices;

namespace MLPipelines.Tokenization.Models;

/// <summary>The tokens of words seen before. Belongs to one caller at a time; when it is full it starts again.</summary>
internal sealed class WordCache
{
    /// <summary>Longer words are not kept.</summary>
    public const int MaximumWord = 48;

    private const int Slots = 1 << 15;
    private const int MaximumEntries = Slots / 2;

    private readonly int[] slots = new int[Slots];
    private Entry[] entries = new Entry[1024];
    private char[] characters = new char[8192];
    private int[] tokens = new int[8192];
    private int entryCount, characterCount, tokenCount;

    private struct Entry
    {
        public uint Hash;
        public int Characters;
        public int Tokens;
        public ushort Length;
        public ushort Count;
    }

    /// <summary>Adds the tokens of a word that is kept.</summary>
    public bool TryGet(ReadOnlySpan<char> word, uint hash, TokenList target)
    {
        int slot = (int)(hash & (Slots - 1));
        while (true)
        {
            int index = slots[slot] - 1;
            if (index < 0)
                return false;
            ref readonly var entry = ref entries[index];
            if (entry.Hash == hash && entry.Length == word.Length && characters.AsSpan(entry.Characters, entry.Length).SequenceEqual(word))
            {
                int at = entry.Tokens;
                for (int i = 0; i < entry.Count; i++, at += 2)
                    target.Add(tokens[at], tokens[at + 1] & 0xFFFF, tokens[at + 1] >> 16);
                return true;
            }
            slot = (slot + 1) & (Slots - 1);
        }
    }

    /// <summary>Keeps the tokens of a word: those of the list from an index on.</summary>
    public void Put(ReadOnlySpan<char> word, uint hash, TokenList source, int first)
    {
        if (entryCount == MaximumEntries)
        {
            Array.Clear(slots);
            entryCount = characterCount = tokenCount = 0;
        }
        int count = source.Count - first;
        Ensure(ref entries, entryCount + 1);
        Ensure(ref characters, characterCount + word.Length);
        Ensure(ref tokens, tokenCount + 2 * count);
        entries[entryCount] = new Entry { Hash = hash, Characters = characterCount, Tokens = tokenCount, Length = (ushort)word.Length, Count = (ushort)count };
        word.CopyTo(characters.AsSpan(characterCount));
        characterCount += word.Length;
        for (int i = first; i < source.Count; i++)
        {
            tokens[tokenCount++] = source.Ids[i];
            tokens[tokenCount++] = source.Starts[i] | source.Ends[i] << 16;
        }
        int slot = (int)(hash & (Slots - 1));
        while (slots[slot] != 0)
            slot = (slot + 1) & (Slots - 1);
        slots[slot] = ++entryCount;
    }

    public static uint HashOf(ReadOnlySpan<char> word)
    {
        ulong hash = (ulong)word.Length * 0x9E3779B97F4A7C15UL;
        var whole = MemoryMarshal.Cast<char, ulong>(word);
        foreach (ulong part in whole)
            hash = Mix(hash ^ part);
        ulong rest = 0;
        for (int i = whole.Length * 4; i < word.Length; i++)
            rest = rest << 16 | word[i];
        hash = Mix(hash ^ rest);
        return (uint)(hash >> 32) ^ (uint)hash;
    }

    private static ulong Mix(ulong value)
    {
        value *= 0xFF51AFD7ED558CCDUL;
        return value ^ value >> 32;
    }

    private static void Ensure<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            Array.Resize(ref array, Math.Max(length, array.Length * 2));
    }
}
