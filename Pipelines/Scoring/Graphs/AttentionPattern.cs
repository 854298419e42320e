namespace MLPipelines.Scoring;

/// <summary>What is done to the scores of attention, row by row, before they weigh the values.</summary>
/// <param name="Node">The number of the operator.</param>
/// <param name="Slot">Which of its inputs the scores are.</param>
/// <param name="Other">What its other input is.</param>
internal readonly record struct AttentionStep(int Node, int Slot, AttentionOperand Other);

/// <summary>What is added to, or multiplied with, the scores of attention.</summary>
internal enum AttentionOperand
{
    /// <summary>Nothing: the operator has one input.</summary>
    None,

    /// <summary>One number.</summary>
    Number,

    /// <summary>A constant mask that is the same for every query.</summary>
    Row,

    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>A mask, which may have a row for each query.</summary>
    Mask,
}

/// <summary>Attention as exporters write it: the product of queries and keys, their scores through scale, mask and softmax, and the product of these and the values.</summary>
/// <param name="Scores">The number of the first product.</param>
/// <param name="Steps">What follows it.</param>
/// <param name="Mix">The number of the second product.</param>
internal sealed record AttentionPattern(int Scores, IReadOnlyList<AttentionStep> Steps, int Mix)
{
    /// <summary>The numbers of all its operators.</summary>
    public IEnumerable<int> Nodes => Steps.Select(step => step.Node).Prepend(Scores).Append(Mix);
}
