using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Gives words keys from 1 in the order in which they are added; 0 stands for any other.</summary>
/// <remarks>Thread-safe for reading.</remarks>
internal sealed class WordTable
{
    private (int Hash, uint Key)[] _entries = new (int, uint)[64];
    private char[] _characters = new char[256];
    private int[] _starts = new int[32];

    public int Count { get; private set; }

    /// <summary>The word of a key.</summary>
    public ReadOnlySpan<char> this[uint key] => _characters.AsSpan(_starts[key - 1], _starts[key] - _starts[key - 1]);

    public uint Find(ReadOnlySpan<char> word) => _entries[Locate(word, string.GetHashCode(word))].Key;

    /// <summary>The key of a word, which is added unless <paramref name="limit"/> words are there.</summary>
    public uint FindOrAdd(ReadOnlySpan<char> word, int limit)
    {
        int hash = string.GetHashCode(word);
        int place = Locate(word, hash);
        if (_entries[place].Key != 0 || Count >= limit)
            return _entries[place].Key;
        uint key = Append(word);
        _entries[place] = (hash, key);
        if (2 * (long)Count > _entries.Length)
            Grow();
        return key;
    }

    public ReadOnlyMemory<char>[] ToNames()
    {
        var all = _characters.AsSpan(0, _starts[Count]).ToString().AsMemory();
        var names = new ReadOnlyMemory<char>[Count];
        for (int i = 0; i < names.Length; i++)
            names[i] = all[_starts[i].._starts[i + 1]];
        return names;
    }

    public void Save(BinaryWriter writer)
    {
        writer.WriteArray<int>(_starts.AsSpan(0, Count + 1));
        writer.WriteArray<char>(_characters.AsSpan(0, _starts[Count]));
    }

    public static WordTable Load(BinaryReader reader)
    {
        var starts = reader.ReadArray<int>();
        var characters = reader.ReadArray<char>();
        Contracts.CheckDecode(starts.Length > 0 && starts[0] == 0 && starts[^1] == characters.Length);
        var table = new WordTable();
        for (int i = 0; i < starts.Length - 1; i++)
        {
            Contracts.CheckDecode(starts[i + 1] > starts[i] && starts[i + 1] <= characters.Length);
            Contracts.CheckDecode(table.FindOrAdd(characters.AsSpan(starts[i]..starts[i + 1]), int.MaxValue) == i + 1);
        }
        return table;
    }

    private uint Append(ReadOnlySpan<char> word)
    {
        int start = _starts[Count], end = checked(start + word.Length);
        if (++Count == _starts.Length)
            Array.Resize(ref _starts, 2 * _starts.Length);
        if (end > _characters.Length)
            Array.Resize(ref _characters, (int)Math.Min(Array.MaxLength, Math.Max(2L * _characters.Length, end)));
        word.CopyTo(_characters.AsSpan(start));
        _starts[Count] = end;
        return (uint)Count;
    }

    /// <summary>Where the word is, or the free place where it belongs.</summary>
    private int Locate(ReadOnlySpan<char> word, int hash)
    {
        var entries = _entries;
        int place = hash & entries.Length - 1;
        while (entries[place] is { Key: not 0 } entry && (entry.Hash != hash || !this[entry.Key].SequenceEqual(word)))
            place = place + 1 & entries.Length - 1;
        return place;
    }

    private void Grow()
    {
        var old = _entries;
        _entries = new (int, uint)[2 * old.Length];
        foreach (var entry in old)
        {
            if (entry.Key == 0)
                continue;
            int place = entry.Hash & _entries.Length - 1;
            while (_entries[place].Key != 0)
                place = place + 1 & _entries.Length - 1;
            _entries[place] = entry;
        }
    }
}
