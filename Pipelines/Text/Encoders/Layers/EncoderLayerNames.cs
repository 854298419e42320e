namespace MLPipelines.Text.Encoders;

/// <summary>What an architecture's checkpoints call the parts of a layer.</summary>
internal sealed record EncoderLayerNames
{
    /// <summary>What precedes the number of the layer.</summary>
    public required string Prefix { get; init; }

    public required string Query { get; init; }

    public required string Key { get; init; }

    public required string Value { get; init; }

    public required string Projection { get; init; }

    public required string AttentionNorm { get; init; }

    public required string Intermediate { get; init; }

    public required string Output { get; init; }

    public required string OutputNorm { get; init; }

    /// <summary>Whether the output of attention goes through dropout before it is added to the residual.</summary>
    public required bool DropsAttentionOutput { get; init; }
}
