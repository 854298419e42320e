using System.Globalization;
using System.Text;

namespace MLPipelines.Tokenization.Models;

/// <summary>The most probable split of a word into scored pieces (SentencePiece's Unigram), found in one pass over it.</summary>
internal sealed class UnigramModel : SubwordModel
{
    // How far below the least probable piece an unknown character is.
    private const double UnknownPenalty = 10;

    private readonly string[] pieces;
    private readonly double[] scores;
    private readonly Dictionary<string, int> ids = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> idsBySpan;
    private readonly Trie trie = new();
    private readonly double unknownScore;
    private readonly int[]? byteIds;

    public UnigramModel(string[] pieces, double[] scores, int? unknownId, bool byteFallback)
    {
        this.pieces = pieces;
        this.scores = scores;
        UnknownId = unknownId;
        double minimum = double.PositiveInfinity;
        for (int id = 0; id < pieces.Length; id++)
        {
            ids[pieces[id]] = id;
            if (pieces[id].Length > 0)
                trie.Add(pieces[id], id);
            minimum = Math.Min(minimum, scores[id]);
        }
        unknownScore = minimum - UnknownPenalty;
        idsBySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        if (byteFallback)
            byteIds = [.. Enumerable.Range(0, 256).Select(value => ids.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>"), -1))];
    }

    public override int Count => pieces.Length;

    public override int MaximumId => pieces.Length - 1;

    public override int? UnknownId { get; }

    public override bool KeepsUnknownText => true;

    public override int? IdOf(string token) => ids.TryGetValue(token, out int id) ? id : null;

    public override string? TokenOf(int id) => (uint)id < (uint)pieces.Length ? pieces[id] : null;

    public override void Encode(ReadOnlySpan<char> word, TokenList tokens, ModelScratch scratch)
    {
        FindBest(word, scratch);
        int first = tokens.Count;
        int[] bestStarts = scratch.BestStarts, bestIds = scratch.BestIds;
        int end = word.Length;
        while (end > 0)
        {
            int start = bestStarts[end];
            // Unknown characters that touch are one token.
            if (bestIds[end] == UnknownId)
            {
                while (start > 0 && bestIds[start] == UnknownId)
                    start = bestStarts[start];
                AddUnknown(word, start, end, tokens);
            }
            else
            {
                tokens.Add(bestIds[end], start, end);
            }
            end = start;
        }
        int count = tokens.Count - first;
        Array.Reverse(tokens.Ids, first, count);
        Array.Reverse(tokens.Starts, first, count);
        Array.Reverse(tokens.Ends, first, count);
    }

    // For each position the best piece that ends there: the first of equals in order of their starts.
    private void FindBest(ReadOnlySpan<char> word, ModelScratch scratch)
    {
        scratch.EnsurePositions(word.Length + 1);
        double[] best = scratch.Scores;
        int[] bestStarts = scratch.BestStarts, bestIds = scratch.BestIds;
        Array.Fill(bestStarts, -1, 0, word.Length + 1);
        best[0] = 0;
        for (int start = 0; start < word.Length;)
        {
            double scoreHere = best[start];
            int size = char.IsHighSurrogate(word[start]) ? 2 : 1;
            bool hasSingle = false;
            int node = Trie.Root;
            for (int i = start; i < word.Length; i++)
            {
                node = trie.Step(node, word[i]);
                if (node == Trie.None)
                    break;
                int id = trie.ValueOf(node);
                if (id == Trie.None)
                    continue;
                Offer(i + 1, scores[id] + scoreHere, start, id);
                hasSingle |= i + 1 - start == size;
            }
            if (!hasSingle)
                Offer(start + size, unknownScore + scoreHere, start, UnknownId ?? throw TokenizationErrors.NoUnknownToken("Unigram"));
            start += size;
        }

        void Offer(int end, double score, int start, int id)
        {
            if (bestStarts[end] >= 0 && !(score > best[end]))
                return;
            best[end] = score;
            bestStarts[end] = start;
            bestIds[end] = id;
        }
    }

    // The list is filled from the end of the word.
    private void AddUnknown(ReadOnlySpan<char> word, int start, int end, TokenList tokens)
    {
        var text = word[start..end];
        if (idsBySpan.TryGetValue(text, out int id))
        {
            tokens.Add(id, start, end);
            return;
        }
        if (byteIds != null)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text.ToArray());
            if (Array.TrueForAll(bytes, value => byteIds[value] >= 0))
            {
                for (int i = bytes.Length - 1; i >= 0; i--)
                    tokens.Add(byteIds[bytes[i]], start, end);
                return;
            }
        }
        tokens.Add(UnknownId!.Value, start, end);
    }
}
