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
        var faults = new List<string>();
        AddFaults(faults);
        if (faults.Count > 0)
            throw TextErrors.BadOptions(nameof(LoraOptions), faults);
    }

    internal void AddFaults(List<string> faults)
    {
        if (Rank is < 1 or > 1024)
            faults.Add($"{nameof(Rank)} is {Rank}; it must be 1 to 1024");
        if (!(Alpha > 0 && double.IsFinite(Alpha)))
            faults.Add(FormattableString.Invariant($"{nameof(Alpha)} is {Alpha}; it must be above 0"));
        if (!(Dropout is >= 0 and < 1))
            faults.Add(FormattableString.Invariant($"{nameof(Dropout)} is {Dropout}; it must be at least 0 and below 1"));
        if (TargetNames is null || TargetNames.Any(string.IsNullOrWhiteSpace))
            faults.Add($"{nameof(TargetNames)} holds an empty name");
    }

    /// <summary>The names of the layers to update: those given, or else queries and values.</summary>
    internal IReadOnlyList<string> TargetsFor(EncoderArchitecture architecture)
    {
        if (TargetNames.Count > 0)
            return TargetNames;
        return architecture == EncoderArchitecture.DistilBert ? ["q_lin", "v_lin"] : ["query", "value"];
    }
}
