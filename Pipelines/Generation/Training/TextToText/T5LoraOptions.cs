namespace MLPipelines.Generation;

/// <summary>
/// How a T5 model is adapted by low-rank updates of its linear layers instead of by training all its weights
/// (Hu et al., "LoRA: Low-rank adaptation of large language models", 2021, <see href="https://arxiv.org/abs/2106.09685"/>).
/// </summary>
public sealed class T5LoraOptions
{
    private static readonly string[] Layers = ["q", "k", "v", "o", "wi", "wi_0", "wi_1", "wo"];

    /// <summary>The rank of the updates. Legal range: 1 to 1,024. The default value is 8.</summary>
    public int Rank { get; set; } = 8;

    /// <summary>The update is scaled by this over <see cref="Rank"/>. Legal range: above 0. The default value is 16.</summary>
    public double Alpha { get; set; } = 16;

    /// <summary>The dropout probability of what the updates are applied to. Legal range: 0 up to, not including, 1. The default value is 0.05.</summary>
    public double Dropout { get; set; } = 0.05;

    /// <summary>Which linear layers are updated: q, k, v, o, wi, wi_0, wi_1 or wo. The default value is q and v.</summary>
    public IReadOnlyList<string> Targets { get; set; } = ["q", "v"];

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(T5LoraOptions))
            .Range(Rank, 1, 1024, nameof(Rank))
            .Above(Alpha, 0, double.MaxValue, nameof(Alpha))
            .Share(Dropout, nameof(Dropout))
            .If(Targets is null || Targets.Count == 0 || Targets.Except(Layers).Any(), $"{nameof(Targets)} is {(Targets is null ? "null" : $"[{string.Join(", ", Targets)}]")}; it must name one or more of {string.Join(", ", Layers)}")
            .Throw();
    }

    /// <summary>Gives the layers their updates; nothing else of the model is trained then.</summary>
    internal void AddTo(T5.T5Model model, int seed)
    {
        var layers = T5.T5ParameterNames.Of(model.Config).Keys.Select(name => name[..^".weight".Length]).Where(name => Targets.Contains(name[(name.LastIndexOf('.') + 1)..])).ToList();
        foreach (var parameter in model.parameters())
            parameter.requires_grad_(false);
        foreach (string layer in layers)
            model.AddUpdate(layer, Rank, Alpha / Rank, Dropout, seed);
    }
}
