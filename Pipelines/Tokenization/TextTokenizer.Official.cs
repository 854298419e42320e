using System.Buffers;
using Microsoft.ML.Tokenizers;
using MLPipelines.Tokenization.Processing;

namespace MLPipelines.Tokenization;

// Microsoft.ML.Tokenizers' view: encodings have their special tokens, and offsets are of the text as it was given.
public sealed partial class TextTokenizer
{
    /// <inheritdoc/>
    public override string? Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Detokenize([.. ids], skipSpecialTokens: false);
    }

    /// <inheritdoc/>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        string text = Detokenize(all, skipSpecialTokens: false);
        int fitting = all.Length;
        if (text.Length > destination.Length)
        {
            int tooMany = all.Length;
            fitting = 0;
            while (tooMany - fitting > 1)
            {
                int middle = (fitting + tooMany) / 2;
                if (Detokenize(all.AsSpan(0, middle), skipSpecialTokens: false).Length <= destination.Length)
                    fitting = middle;
                else
                    tooMany = middle;
            }
            text = Detokenize(all.AsSpan(0, fitting), skipSpecialTokens: false);
        }
        text.CopyTo(destination);
        idsConsumed = fitting;
        charsWritten = text.Length;
        return fitting == all.Length ? OperationStatus.Done : OperationStatus.DestinationTooSmall;
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var encoded = Encode(text, textSpan, settings, out int consumed);
        return new EncodeResults<int> { Tokens = encoded.Ids, CharsConsumed = consumed };
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        var encoded = Encode(text, textSpan, settings, out int consumed);
        var tokens = new EncodedToken[encoded.Length];
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = new EncodedToken(encoded.Ids[i], encoded.Tokens[i], encoded.Offsets[i].Start..encoded.Offsets[i].End);
        return new EncodeResults<EncodedToken> { Tokens = tokens, CharsConsumed = consumed };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Encode(text, textSpan, settings, out _).Length;

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        normalizedText = null;
        int length = text?.Length ?? textSpan.Length;
        var encoded = Encode(text, textSpan, settings, out int consumed, fromEnd);
        tokenCount = encoded.Length;
        return fromEnd ? length - consumed : consumed;
    }

    private TokenizedText Encode(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, out int consumed, bool fromEnd = false)
    {
        if (text != null)
            textSpan = text;
        ArgumentOutOfRangeException.ThrowIfNegative(settings.MaxTokenCount);
        var work = Rent();
        work.First.Clear();
        encoder.Encode(textSpan, work.First, work, normalize: settings.ConsiderNormalization, split: settings.ConsiderPreTokenization);
        var options = new TokenizingOptions
        {
            MaximumLength = settings.MaxTokenCount,
            TruncationSide = fromEnd ? Side.Left : Side.Right,
            // Too few for the special tokens alone: none of them.
            AddSpecialTokens = settings.MaxTokenCount >= definition.PostProcessor.SpecialCount(isPair: false),
        };
        int count = work.First.Count;
        var result = EncodingBuilder.Build(this, definition.PostProcessor, work.First, null, options, definition.PostProcessor.TrimSpaces.Length == 0 ? null : text ?? textSpan.ToString());
        consumed = Consumed(work.First, count, textSpan.Length, fromEnd);
        Return(work);
        return result;
    }

    // All of the text where no token was cut off, else up to the tokens that are left.
    private static int Consumed(TokenSequence sequence, int count, int length, bool fromEnd)
    {
        if (sequence.Last - sequence.First == count)
            return length;
        if (sequence.Last == sequence.First)
            return 0;
        return fromEnd ? length - sequence.Starts[sequence.First] : sequence.Ends[sequence.Last - 1];
    }
}
