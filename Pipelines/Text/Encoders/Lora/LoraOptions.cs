namespace MLPipelines.Text.Encoders;

/// <summary>
/// How an encoder is adapted by low-rank updates of its linear layers instead of by training all its weights
/// (Hu et al., "LoRA: Low-rank adaptation of large language models", 2021, <see href="https://arxiv.org/abs/2106.09685"/>).
/// </summary>
public sealed class LoraOptions
{
    /// <summary>The rank of the updates. Legal range: 1 to 1,024. The default value is 8.</summary>
    public int Rank { get; set; } = 8;

    /// <summary>The update is scaled by this over <see cref="Rank"/>. Legal range: above 0. The default value is 16.</summary>
    public double Alpha { get; set; } = 16;

    /// <summary>The dropout probability of what the updates are applied to. Legal range: 0 up to, not including, 1. The default value is 0.05.</summary>
    public double Dropout { get; set; } = 0.05;

    /// <summary>
    /// Which linear layers of the encoder are updated: those whose name ends with one of these, such as "query" or "output.dense".
    /// Empty takes queries and values. The default value is empty.
    /// </summary>
    public IReadOnlyList<string> TargetNames { get; set; } = [];

    /// <summary>Seed of the factors to begin with. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(LoraOptions))
            .Range(Rank, 1, 1024, nameof(Rank))
            .Above(Alpha, 0, double.MaxValue, nameof(Alpha))
            .Share(Dropout, nameof(Dropout))
            .If(TargetNames is null || TargetNames.Any(string.IsNullOrWhiteSpace), $"{nameof(TargetNames)} holds an empty name")
            .Throw();
    }

    /// <summary>The names of the layers to update: those given, or else queries and values.</summary>
    internal IReadOnlyList<string> TargetsFor(EncoderArchitecture architecture)
    {
        if (TargetNames.Count > 0)
            return TargetNames;
        return architecture == EncoderArchitecture.DistilBert ? ["q_lin", "v_lin"] : ["query", "value"];
    }
}
