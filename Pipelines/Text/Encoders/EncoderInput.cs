using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>A batch of token sequences, padded to one length.</summary>
/// <param name="InputIds">Token ids, int64 [rows, tokens].</param>
/// <param name="AttentionMask">1 where there is a token and 0 where there is padding, int64 or bool [rows, tokens]; <see langword="null"/> where no row is padded, which is faster.</param>
/// <param name="TokenTypeIds">Segments, int64 [rows, tokens]; <see langword="null"/> where all are 0. Encoders without segments leave it out of account.</param>
public sealed record EncoderInput(Tensor InputIds, Tensor? AttentionMask = null, Tensor? TokenTypeIds = null)
{
    /// <summary>
    /// What stands for the rows of the word embedding, [rows, tokens, width]; <see langword="null"/> looks <see cref="InputIds"/> up. For attributions and for mixing texts:
    /// take <see cref="EncoderModule.EmbedWords"/>, change it, and give it here.
    /// </summary>
    public Tensor? WordEmbeddings { get; init; }

    /// <summary>Makes a batch, padding each row at its end.</summary>
    /// <param name="config">The encoder's configuration, whose limits the rows are checked against.</param>
    /// <param name="rows">The token ids of each row, special tokens included; one row or more, one token or more each.</param>
    /// <param name="types">The segments of each row, or <see langword="null"/> for all 0; encoders that have but one leave them out of account.</param>
    /// <param name="length">To what length to pad; the longest row's where <see langword="null"/> or shorter.</param>
    /// <param name="device">Where the tensors are to be; the processor where <see langword="null"/>.</param>
    /// <exception cref="EncoderException">A row is empty or too long, or has an id or a segment that the encoder has no embedding for.</exception>
    public static EncoderInput Create(EncoderConfig config, IReadOnlyList<int[]> rows, IReadOnlyList<int[]?>? types = null, int? length = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfZero(rows.Count);
        int longest = rows.Max(row => row.Length);
        if (longest > config.MaximumTokens)
            throw TextErrors.TooLong(longest, config);
        int width = Math.Clamp(length ?? 0, longest, Math.Max(longest, config.MaximumTokens));
        var ids = new long[(long)rows.Count * width];
        var mask = new long[ids.Length];
        // Tokenizers number the segments of pairs for encoders without segments too.
        types = config.TypeVocabularySize > 1 ? types : null;
        var segments = types is not null ? new long[ids.Length] : null;
        Array.Fill(ids, config.PadId);
        bool padded = false;
        for (int i = 0; i < rows.Count; i++)
        {
            int[] row = rows[i];
            if (row.Length == 0)
                throw TextErrors.BadInput($"Row {i}", [0], "one token or more; encode empty texts with their special tokens");
            padded |= row.Length < width;
            int[]? rowTypes = types?[i];
            if (rowTypes is not null && rowTypes.Length != row.Length)
                throw TextErrors.BadInput($"The segments of row {i}", [rowTypes.Length], $"[{row.Length}], as many as its tokens");
            for (int j = 0; j < row.Length; j++)
            {
                if ((uint)row[j] >= (uint)config.VocabularySize)
                    throw TextErrors.IdOutOfRange(i, j, row[j], config);
                ids[i * width + j] = row[j];
                mask[i * width + j] = 1;
                if (rowTypes is null)
                    continue;
                if ((uint)rowTypes[j] >= (uint)config.TypeVocabularySize)
                    throw TextErrors.TypeOutOfRange(i, j, rowTypes[j], config);
                segments![i * width + j] = rowTypes[j];
            }
        }
        bool hasSegments = segments is not null && segments.AsSpan().ContainsAnyExcept(0L);
        return new EncoderInput(Place(ids), padded ? Place(mask) : null, hasSegments ? Place(segments!) : null);

        Tensor Place(long[] values) => tensor(values, rows.Count, width, device: device);
    }
}

/// <summary>What an encoder is to give besides its last hidden state.</summary>
[Flags]
public enum EncoderExtras
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The hidden states of all layers.</summary>
    HiddenStates = 1,

    /// <summary>The attention weights of all layers.</summary>
    Attentions = 2,

    /// <summary>
    /// The last layer for the first token of each row alone: all that a classifier of texts reads, and less to compute. <see cref="EncoderOutput.LastHiddenState"/> is then [rows, 1, width].
    /// It has no effect together with the others.
    /// </summary>
    FirstTokenOnly = 4,
}

/// <summary>What an encoder makes of a batch.</summary>
/// <param name="LastHiddenState">[rows, tokens, width] (with <see cref="EncoderExtras.FirstTokenOnly"/> [rows, 1, width]), the values at padding being meaningless.</param>
/// <param name="PoolerOutput">[rows, width], values in [-1, 1]; <see langword="null"/> where the encoder has no pooler.</param>
/// <param name="HiddenStates">The embeddings and each layer's output, [rows, tokens, width] each; <see langword="null"/> unless asked for.</param>
/// <param name="Attentions">Each layer's attention weights, [rows, heads, tokens, tokens] each, the last dimension summing to 1; <see langword="null"/> unless asked for.</param>
public sealed record EncoderOutput(Tensor LastHiddenState, Tensor? PoolerOutput, IReadOnlyList<Tensor>? HiddenStates = null, IReadOnlyList<Tensor>? Attentions = null);
