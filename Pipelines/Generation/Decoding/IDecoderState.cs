namespace MLPipelines.Generation;

/// <summary>What decoding asks of a model: the logits of the next token for rows that grow by a token a step, change places and go.</summary>
/// <remarks>Used by one thread at a time. Disposing it gives back what it holds at once.</remarks>
public interface IDecoderState : IDisposable
{
    /// <summary>The number of rows.</summary>
    int Rows { get; }

    /// <summary>The number of logits a row.</summary>
    int VocabularySize { get; }

    /// <summary>Runs over the first tokens, which are the same for all rows, and then puts copies of each row beside it.</summary>
    /// <param name="tokens">One or more tokens.</param>
    /// <param name="copies">How many rows each row becomes.</param>
    /// <param name="cancellationToken">Ends the step early.</param>
    /// <returns>[rows × copies, vocabulary]; the caller may write into it, and it lives until the next call.</returns>
    Span<float> Start(ReadOnlySpan<int> tokens, int copies, CancellationToken cancellationToken);

    /// <summary>Runs over one further token of each row.</summary>
    /// <param name="tokens">A token for each row.</param>
    /// <param name="cancellationToken">Ends the step early.</param>
    /// <returns>[rows, vocabulary]; the caller may write into it, and it lives until the next call.</returns>
    Span<float> Step(ReadOnlySpan<int> tokens, CancellationToken cancellationToken);

    /// <summary>Puts what is known of row <c>sources[i]</c> into row <c>i</c>, for all at once; there are then as many rows as sources.</summary>
    /// <param name="sources">At most as many as there are rows; in any order, with repetitions.</param>
    void Reorder(ReadOnlySpan<int> sources);
}
