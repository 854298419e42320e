using MLPipelines.Tokenization.Files;
using MLPipelines.Tokenization.Models;
using MLPipelines.Tokenization.Normalization;

namespace MLPipelines.Tokenization.Processing;

/// <summary>Turns a text into tokens: added tokens are taken out first, the rest is normalised, split into words, and these into tokens. Immutable.</summary>
internal sealed class SequenceEncoder(TokenizerDefinition definition, AddedVocabulary added)
{
    private readonly SubwordModel model = definition.Model;

    /// <summary>Appends the tokens of a text to a sequence.</summary>
    /// <param name="text">The text.</param>
    /// <param name="sequence">Where the tokens go.</param>
    /// <param name="work">Room to work in.</param>
    /// <param name="word">The word that all tokens are of, for words given one by one; -1 to count the text's own.</param>
    /// <param name="normalize">Whether the text is normalised.</param>
    /// <param name="split">Whether the text is split into words.</param>
    /// <param name="limit">Words after the one with which the sequence has this many tokens may be left out.</param>
    public void Encode(ReadOnlySpan<char> text, TokenSequence sequence, Workspace work, int word = -1, bool normalize = true, bool split = true, int limit = int.MaxValue)
    {
        int nextWord = 0;
        work.Words.Splitting = split;
        work.Limit = limit;
        if (added.Raw.IsEmpty)
        {
            EncodeRaw(text, 0, sequence, work, ref nextWord, word, normalize);
            return;
        }
        added.Raw.Split(text, work.RawRanges);
        foreach (var (start, end, id) in work.RawRanges)
        {
            if (id >= 0)
                AddToken(sequence, id, text[start..end], start, end, word >= 0 ? word : nextWord++);
            else if (!EncodeRaw(text[start..end], start, sequence, work, ref nextWord, word, normalize))
                return;
        }
    }

    // False where the limit is reached.
    private bool EncodeRaw(ReadOnlySpan<char> text, int place, TokenSequence sequence, Workspace work, ref int nextWord, int word, bool normalize)
    {
        var aligned = work.Text;
        aligned.Reset(text, place);
        if (normalize)
            definition.Normalizer?.Apply(aligned);
        if (added.Normalized.IsEmpty || !added.Normalized.Occurs(aligned.Span))
            return EncodePart(aligned, sequence, work, ref nextWord, word);
        added.Normalized.Split(aligned.Span, work.Ranges);
        foreach (var (start, end, id) in work.Ranges)
        {
            if (id >= 0)
            {
                AddToken(sequence, id, aligned.Span[start..end], aligned.StartOf(start), aligned.EndOf(end - 1), word >= 0 ? word : nextWord++);
                continue;
            }
            work.Part.Reset(aligned, start, end);
            if (!EncodePart(work.Part, sequence, work, ref nextWord, word))
                return false;
        }
        return true;
    }

    private bool EncodePart(AlignedText text, TokenSequence sequence, Workspace work, ref int nextWord, int word)
    {
        var words = work.Words;
        words.Reset(text.Length);
        definition.Splitter?.Apply(text, words);
        var tokens = work.Tokens;
        for (int i = 0; i < words.Count; i++)
        {
            var (start, end) = words[i];
            tokens.Count = 0;
            EncodeWord(text.Characters.AsSpan(start, end - start), tokens, work);
            Append(text, start, tokens, sequence, word >= 0 ? word : nextWord);
            nextWord++;
            if (sequence.Count >= work.Limit)
                return false;
        }
        return true;
    }

    private void EncodeWord(ReadOnlySpan<char> word, TokenList tokens, Workspace work)
    {
        if (word.Length > WordCache.MaximumWord)
        {
            model.Encode(word, tokens, work.Scratch);
            return;
        }
        uint hash = WordCache.HashOf(word);
        if (work.Cache.TryGet(word, hash, tokens))
            return;
        model.Encode(word, tokens, work.Scratch);
        work.Cache.Put(word, hash, tokens, 0);
    }

    private void Append(AlignedText text, int start, TokenList tokens, TokenSequence sequence, int word)
    {
        int count = tokens.Count;
        sequence.EnsureRoom(count);
        int at = sequence.Count;
        for (int i = 0; i < count; i++, at++)
        {
            int id = tokens.Ids[i];
            int first = start + tokens.Starts[i], end = start + tokens.Ends[i];
            sequence.Ids[at] = id;
            sequence.Words[at] = word;
            if (text.IsAligned)
            {
                sequence.Starts[at] = text.Starts[first];
                sequence.Ends[at] = text.Ends[end - 1];
            }
            else
            {
                sequence.Starts[at] = text.Base + first;
                sequence.Ends[at] = text.Base + end;
            }
            if (id == model.UnknownId && model.KeepsUnknownText)
                sequence.Unusual.Add((at, new string(text.Span[first..end])));
        }
        sequence.Count = at;
    }

    private void AddToken(TokenSequence sequence, int id, ReadOnlySpan<char> text, int start, int end, int word)
    {
        sequence.EnsureRoom(1);
        int at = sequence.Count++;
        sequence.AddedAt.Add(at);
        sequence.Ids[at] = id;
        sequence.Starts[at] = start;
        sequence.Ends[at] = end;
        sequence.Words[at] = word;
        if (!text.SequenceEqual(model.TokenOf(id) ?? added.TokenOf(id)))
            sequence.Unusual.Add((at, new string(text)));
    }
}
