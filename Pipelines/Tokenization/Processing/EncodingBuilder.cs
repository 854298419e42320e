namespace MLPipelines.Tokenization.Processing;

/// <summary>Makes encodings of the tokens of one or two texts.</summary>
internal static class EncodingBuilder
{
    /// <summary>Truncates, then puts the tokens into the template.</summary>
    public static TokenizedText Build(TextTokenizer tokenizer, PostProcessor processor, TokenSequence first, TokenSequence? second, TokenizingOptions options, string? text = null, string? pair = null)
    {
        bool isPair = second != null;
        first.Keep(first.Count, Side.Right);
        second?.Keep(second.Count, Side.Right);
        if (options.MaximumLength is { } maximum)
        {
            int special = options.AddSpecialTokens ? processor.SpecialCount(isPair) : 0;
            Truncation.Apply(first, second, maximum - special, options);
        }
        foreach (bool spaceWasAdded in processor.TrimSpaces)
        {
            first.TrimSpaces(spaceWasAdded, tokenizer.TextOf, text);
            second?.TrimSpaces(spaceWasAdded, tokenizer.TextOf, pair);
        }
        var template = processor.Template(isPair);
        int length = 0;
        var unusual = new List<(int, string)>();
        foreach (var part in template)
        {
            if (part.Sequence < 0)
            {
                if (!options.AddSpecialTokens)
                    continue;
                for (int i = 0; i < part.Ids.Length; i++)
                {
                    if (tokenizer.TextOf(part.Ids[i]) != part.Tokens[i])
                        unusual.Add((length + i, part.Tokens[i]));
                }
                length += part.Ids.Length;
                continue;
            }
            var sequence = part.Sequence == 0 ? first : second!;
            foreach (var (index, own) in sequence.Unusual)
            {
                if (index >= sequence.First && index < sequence.Last)
                    unusual.Add((length + index - sequence.First, own));
            }
            length += sequence.Last - sequence.First;
        }
        var result = new TokenizedText(tokenizer, length, unusual.Count == 0 ? [] : [.. unusual]);
        int at = 0;
        foreach (var part in template)
        {
            if (part.Sequence >= 0)
                at = Put(result, at, part.Sequence == 0 ? first : second!, part.TypeId);
            else if (options.AddSpecialTokens)
                at = PutSpecial(result, at, part);
        }
        Array.Fill(result.AttentionMask, 1);
        return result;
    }

    /// <summary>The encoding with padding up to a length; the encoding itself where it is as long.</summary>
    public static TokenizedText Pad(TextTokenizer tokenizer, TokenizedText text, int length, int padId, TokenizingOptions options)
    {
        int padding = length - text.Length;
        if (padding <= 0)
            return text;
        int shift = options.PaddingSide == Side.Left ? padding : 0;
        var result = new TokenizedText(tokenizer, length, [.. text.Unusual.Select(entry => (entry.Index + shift, entry.Text))]);
        text.Ids.CopyTo(result.Ids, shift);
        text.Offsets.CopyTo(result.Offsets, shift);
        text.TypeIds.CopyTo(result.TypeIds, shift);
        text.AttentionMask.CopyTo(result.AttentionMask, shift);
        text.IsSpecial.CopyTo(result.IsSpecial, shift);
        text.WordIds.CopyTo(result.WordIds, shift);
        int start = shift == 0 ? text.Length : 0;
        Array.Fill(result.Ids, padId, start, padding);
        Array.Fill(result.TypeIds, options.PaddingTypeId, start, padding);
        Array.Fill(result.IsSpecial, true, start, padding);
        Array.Fill(result.WordIds, -1, start, padding);
        return result;
    }

    private static int Put(TokenizedText result, int at, TokenSequence sequence, int typeId)
    {
        int count = sequence.Last - sequence.First;
        Array.Copy(sequence.Ids, sequence.First, result.Ids, at, count);
        Array.Copy(sequence.Words, sequence.First, result.WordIds, at, count);
        for (int i = 0; i < count; i++)
            result.Offsets[at + i] = (sequence.Starts[sequence.First + i], sequence.Ends[sequence.First + i]);
        if (typeId != 0)
            Array.Fill(result.TypeIds, typeId, at, count);
        return at + count;
    }

    private static int PutSpecial(TokenizedText result, int at, TemplatePart part)
    {
        foreach (int id in part.Ids)
        {
            result.Ids[at] = id;
            result.TypeIds[at] = part.TypeId;
            result.IsSpecial[at] = true;
            result.WordIds[at++] = -1;
        }
        return at;
    }
}
