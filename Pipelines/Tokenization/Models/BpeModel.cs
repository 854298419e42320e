using System.Globalization;
using System.Text;

namespace MLPipelines.Tokenization.Models;

/// <summary>How a <see cref="BpeModel"/> differs from the plain one.</summary>
internal sealed record BpeSettings(string? UnknownToken, string Prefix, string Suffix, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges);

/// <summary>
/// Starts with the characters of a word and merges the two neighbours whose merge was learnt first, until none is left.
/// Short words are searched directly, long ones through a queue, so that the time grows with n log n.
/// </summary>
internal sealed class BpeModel : SubwordModel
{
    private const int LongWord = 48;
    private const int DirectCharacters = 0x400;

    private readonly Vocabulary vocabulary;
    private readonly MergeTable merges;
    private readonly BpeSettings settings;
    private readonly int[] characterIds = new int[DirectCharacters];
    private readonly int[]? byteIds;

    public BpeModel(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> mergeList, BpeSettings settings, string file)
    {
        this.vocabulary = vocabulary;
        this.settings = settings;
        UnknownId = settings.UnknownToken == null ? null : vocabulary.IdOf(settings.UnknownToken);
        merges = new MergeTable(mergeList.Count);
        for (int rank = 0; rank < mergeList.Count; rank++)
        {
            var (left, right) = mergeList[rank];
            int leftId = IdOfMerged(left), rightId = IdOfMerged(right);
            string whole = string.Concat(left, right.AsSpan(Math.Min(right.Length, settings.Prefix.Length)));
            merges.Set(leftId, rightId, rank, IdOfMerged(whole));

            int IdOfMerged(string token) => vocabulary.IdOf(token)
                ?? throw TokenizationErrors.Malformed(file, string.Create(CultureInfo.InvariantCulture, $"merge {rank + 1} ('{left}' and '{right}') needs the token '{token}', which the vocabulary does not hold."));
        }
        for (int unit = 0; unit < DirectCharacters; unit++)
            characterIds[unit] = vocabulary.IdOf(((char)unit).ToString()) ?? -1;
        if (settings.ByteFallback)
            byteIds = [.. Enumerable.Range(0, 256).Select(value => vocabulary.IdOf(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")) ?? -1)];
    }

    public override int Count => vocabulary.Count;

    public override int MaximumId => vocabulary.MaximumId;

    public override int? UnknownId { get; }

    public override int? IdOf(string token) => vocabulary.IdOf(token);

    public override string? TokenOf(int id) => vocabulary.TokenOf(id);

    public override void Encode(ReadOnlySpan<char> word, TokenList tokens, ModelScratch scratch)
    {
        if (settings.IgnoreMerges && vocabulary.TryGetId(word, out int whole))
        {
            tokens.Add(whole, 0, word.Length);
            return;
        }
        int count = Start(word, scratch, out bool dropped);
        count = count <= LongWord ? MergeShort(scratch, count) : MergeLong(scratch, count);
        for (int i = 0; i < count; i++)
        {
            int start = scratch.SymbolStarts[i], end = scratch.SymbolStarts[i + 1];
            if (dropped)
                (start, end) = (CharacterAt(word, start).Start, CharacterAt(word, end - 1).End);
            else if (end == start)
                end += char.IsHighSurrogate(word[start]) ? 2 : 1;
            tokens.Add(scratch.Symbols[i], start, end);
        }
    }

    // Symbols of single characters; their number. Characters that are unknown to a model without an unknown token are dropped;
    // positions then are in UTF-8 bytes of what is left, which is how the reference implementation places tokens.
    private int Start(ReadOnlySpan<char> word, ModelScratch scratch, out bool dropped)
    {
        dropped = false;
        if (settings.UnknownToken == null)
        {
            for (int i = 0; i < word.Length && !dropped; i++)
            {
                int size = char.IsHighSurrogate(word[i]) ? 2 : 1;
                dropped = IdOfCharacter(word, i, size) < 0 && !HasBytes(word.Slice(i, size));
                i += size - 1;
            }
        }
        scratch.EnsureSymbols(byteIds == null ? word.Length : 4 * word.Length);
        int[] symbols = scratch.Symbols, starts = scratch.SymbolStarts;
        int count = 0;
        bool afterUnknown = false;
        int position = 0;
        for (int i = 0; i < word.Length;)
        {
            int size = char.IsHighSurrogate(word[i]) ? 2 : 1;
            int id = IdOfCharacter(word, i, size);
            if (id >= 0)
            {
                symbols[count] = id;
                starts[count++] = position;
                position += dropped ? Encoding.UTF8.GetByteCount(word.Slice(i, size)) : size;
                afterUnknown = false;
            }
            else if (HasBytes(word.Slice(i, size)))
            {
                AddBytes(word.Slice(i, size), symbols, starts, ref count, ref position, dropped);
                afterUnknown = false;
            }
            else if (settings.UnknownToken != null)
            {
                if (!afterUnknown || !settings.FuseUnknown)
                {
                    symbols[count] = UnknownId ?? throw TokenizationErrors.NoUnknownToken("BPE");
                    starts[count++] = position;
                }
                position += size;
                afterUnknown = true;
            }
            i += size;
        }
        starts[count] = position;
        return count;
    }

    private int IdOfCharacter(ReadOnlySpan<char> word, int start, int size)
    {
        bool prefixed = settings.Prefix.Length > 0 && start > 0;
        bool suffixed = settings.Suffix.Length > 0 && start + size == word.Length;
        if (!prefixed && !suffixed)
        {
            if (word[start] < DirectCharacters)
                return characterIds[word[start]];
            return vocabulary.TryGetId(word.Slice(start, size), out int id) ? id : -1;
        }
        string token = string.Concat(prefixed ? settings.Prefix : "", word.Slice(start, size), suffixed ? settings.Suffix : "");
        return vocabulary.IdOf(token) ?? -1;
    }

    private bool HasBytes(ReadOnlySpan<char> character)
    {
        if (byteIds == null)
            return false;
        Span<byte> bytes = stackalloc byte[4];
        foreach (byte value in bytes[..Encoding.UTF8.GetBytes(character, bytes)])
        {
            if (byteIds[value] < 0)
                return false;
        }
        return true;
    }

    // All bytes start with the character; Encode gives each the whole of it.
    private void AddBytes(ReadOnlySpan<char> character, int[] symbols, int[] starts, ref int count, ref int position, bool dropped)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (byte value in bytes[..Encoding.UTF8.GetBytes(character, bytes)])
        {
            symbols[count] = byteIds![value];
            starts[count++] = position;
            position += dropped ? 1 : 0;
        }
        position += dropped ? 0 : character.Length;
    }

    // The character that a byte of the word's UTF-8 form is of.
    private static (int Start, int End) CharacterAt(ReadOnlySpan<char> word, int position)
    {
        for (int i = 0; i < word.Length;)
        {
            int size = char.IsHighSurrogate(word[i]) ? 2 : 1;
            position -= Encoding.UTF8.GetByteCount(word.Slice(i, size));
            if (position < 0)
                return (i, i + size);
            i += size;
        }
        return (0, word.Length);
    }

    private int MergeShort(ModelScratch scratch, int count)
    {
        int[] symbols = scratch.Symbols, starts = scratch.SymbolStarts, ranks = scratch.Ranks, merged = scratch.Merged;
        for (int i = 0; i + 1 < count; i++)
            ranks[i] = merges.RankOf(symbols[i], symbols[i + 1], out merged[i]);
        while (count > 1)
        {
            int best = 0, rank = ranks[0];
            for (int i = 1; i < count - 1; i++)
            {
                if (ranks[i] < rank)
                    (best, rank) = (i, ranks[i]);
            }
            if (rank == MergeTable.None)
                break;
            symbols[best] = merged[best];
            count--;
            int moved = count - best - 1;
            Array.Copy(symbols, best + 2, symbols, best + 1, moved);
            Array.Copy(starts, best + 2, starts, best + 1, moved + 1);
            if (moved > 0)
            {
                Array.Copy(ranks, best + 2, ranks, best + 1, moved - 1);
                Array.Copy(merged, best + 2, merged, best + 1, moved - 1);
                ranks[best] = merges.RankOf(symbols[best], symbols[best + 1], out merged[best]);
            }
            if (best > 0)
                ranks[best - 1] = merges.RankOf(symbols[best - 1], symbols[best], out merged[best - 1]);
        }
        return count;
    }

    // Symbols are linked; a merge that is taken from the queue counts only if its two are still neighbours.
    private int MergeLong(ModelScratch scratch, int count)
    {
        scratch.EnsureLinks(count + 1);
        int[] symbols = scratch.Symbols, starts = scratch.SymbolStarts, ranks = scratch.Ranks, merged = scratch.Merged;
        int[] previous = scratch.Previous, next = scratch.Next;
        var queue = scratch.Queue;
        queue.Clear();
        for (int i = 0; i < count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1;
        }
        ranks[count - 1] = MergeTable.None;
        for (int i = 0; i + 1 < count; i++)
            Offer(i);
        while (queue.TryDequeue(out int at, out long order))
        {
            if (ranks[at] != (int)(order >> 32))
                continue;
            int gone = next[at];
            symbols[at] = merged[at];
            ranks[gone] = MergeTable.None;
            next[at] = next[gone];
            if (next[at] < count)
            {
                previous[next[at]] = at;
                Offer(at);
            }
            else
            {
                ranks[at] = MergeTable.None;
            }
            if (previous[at] >= 0)
                Offer(previous[at]);
        }
        int kept = 0;
        for (int i = 0; i < count; i = next[i])
        {
            symbols[kept] = symbols[i];
            starts[kept++] = starts[i];
        }
        starts[kept] = starts[count];
        return kept;

        void Offer(int at)
        {
            ranks[at] = merges.RankOf(symbols[at], symbols[next[at]], out merged[at]);
            if (ranks[at] != MergeTable.None)
                queue.Enqueue(at, ((long)ranks[at] << 32) | (uint)at);
        }
    }
}
