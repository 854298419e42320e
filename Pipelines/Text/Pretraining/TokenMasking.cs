using MLPipelines.Tokenization;

namespace MLPipelines.Text;

/// <summary>A sequence of tokens to mask some of.</summary>
/// <param name="Ids">The ids.</param>
/// <param name="Words">Which word each is from; -1 for special tokens, which are never masked.</param>
internal sealed record TokenBlock(int[] Ids, int[] Words);

/// <summary>
/// Chooses tokens to be guessed (Devlin et al., 2018): of these 80 % become the mask, 10 % a random token, and 10 % stay.
/// </summary>
internal sealed class TokenMasking
{
    private readonly int _maskId;
    private readonly int[] _others;
    private readonly double _share;
    private readonly bool _wholeWords;

    public TokenMasking(TextTokenizer tokenizer, double share, bool wholeWords)
    {
        _maskId = tokenizer.MaskId ?? throw TextErrors.NoMaskToken();
        (_share, _wholeWords) = (share, wholeWords);
        int?[] special = [tokenizer.PadId, tokenizer.UnknownId, tokenizer.ClassId, tokenizer.SeparatorId, tokenizer.MaskId];
        _others = [.. Enumerable.Range(0, tokenizer.MaximumId + 1).Where(id => !special.Contains(id) && tokenizer.TokenOf(id) is not null)];
    }

    /// <summary>The ids with some hidden, and where: at least one, where there is one that can be.</summary>
    public (int[] Ids, int[] Positions) Mask(TokenBlock block, Random random)
    {
        var units = new List<(int Start, int Count)>();
        int candidates = 0;
        for (int i = 0; i < block.Ids.Length; i++)
        {
            if (block.Words[i] < 0)
                continue;
            candidates++;
            if (_wholeWords && i > 0 && block.Words[i] == block.Words[i - 1])
                units[^1] = units[^1] with { Count = units[^1].Count + 1 };
            else
                units.Add((i, 1));
        }
        int wanted = Math.Max(1, (int)Math.Round(_share * candidates));
        var chosen = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(units);
        random.Shuffle(chosen);
        int[] ids = (int[])block.Ids.Clone();
        var positions = new List<int>();
        foreach (var (start, count) in chosen)
        {
            if (positions.Count >= wanted)
                break;
            // A long word that would go far beyond the share is left for another time.
            if (positions.Count > 0 && positions.Count + count > wanted + 1)
                continue;
            for (int i = start; i < start + count; i++)
            {
                double draw = random.NextDouble();
                ids[i] = draw < 0.8 ? _maskId : draw < 0.9 && _others.Length > 0 ? _others[random.Next(_others.Length)] : ids[i];
                positions.Add(i);
            }
        }
        positions.Sort();
        return (ids, [.. positions]);
    }
}
