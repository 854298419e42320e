namespace MLPipelines.Training;

/// <summary>What a step's micro-batches came to.</summary>
internal readonly record struct StepFigures
{
    /// <summary>The sum of losses times weights.</summary>
    public double WeightedLoss { get; init; }

    /// <summary>The sum of weights.</summary>
    public double Weight { get; init; }

    /// <summary>Tokens of the examples.</summary>
    public long RealTokens { get; init; }

    /// <summary>Tokens computed, padding included.</summary>
    public long PaddedTokens { get; init; }

    /// <summary>Micro-batches of this process.</summary>
    public int MicroBatches { get; init; }

    /// <summary>The mean loss of the batch; 0 where nothing in it has a weight.</summary>
    public double Loss => Weight == 0 ? 0 : WeightedLoss / Weight;
}
