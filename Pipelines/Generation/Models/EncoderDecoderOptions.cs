using MLPipelines.Scoring;

namespace MLPipelines.Generation;

/// <summary>How an exported encoder-decoder is opened. Checked when it is; everything that is wrong is reported at once.</summary>
public sealed class EncoderDecoderOptions
{
    internal static readonly EncoderDecoderOptions Default = new();

    /// <summary>Which graphs are opened: "" for encoder_model.onnx and so on, "quantized" for encoder_model_quantized.onnx, likewise "fp16", "int8" and the like. The default value is "".</summary>
    public string Variant { get; set; } = "";

    /// <summary>(threads) Legal range: 0 for one a processor core, or 1 to 1024. The default value is 0.</summary>
    public int Threads { get; set; }

    /// <summary>(tokens) The longest prompt that is taken, end token included. Memory grows with its square. Legal range: 1 to 1,000,000. The default value is 512.</summary>
    public int MaximumPromptTokens { get; set; } = 512;

    /// <summary>(rows) The most sequences that are decoded together, beams counted; those of one beam search are never parted. Legal range: 1 to 65,536. The default value is 64.</summary>
    public int MaximumBatchRows { get; set; } = 64;

    /// <summary>Where to compute. Keys and values are kept in main memory either way. The default value is <see cref="OnnxExecutionProvider.Cpu"/>.</summary>
    public OnnxExecutionProvider Provider { get; set; } = OnnxExecutionProvider.Cpu;

    /// <summary>Whether the processor is used where there is no GPU. The default value is <see langword="false"/>: an error.</summary>
    public bool FallBackToCpu { get; set; }

    /// <summary>Ends the loading of the model. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(EncoderDecoderOptions))
        .If(Variant is null || Variant.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-')), $"{nameof(Variant)} is '{Variant}'; it must be \"\" or made of letters, digits, '_' and '-'")
        .Range(Threads, 0, 1024, nameof(Threads))
        .Range(MaximumPromptTokens, 1, 1_000_000, nameof(MaximumPromptTokens))
        .Range(MaximumBatchRows, 1, 65_536, nameof(MaximumBatchRows))
        .If(!Enum.IsDefined(Provider), $"{nameof(Provider)} is {Provider}; it must be {string.Join(" or ", Enum.GetNames<OnnxExecutionProvider>())}")
        .Throw();

    /// <param name="spin">Whether threads wait for work by spinning: worth it only where one step follows the other at once.</param>
    /// <param name="isFrequent">Whether the graph runs often enough for weights in memory, in the order in which products read them; else they stay in the file.</param>
    internal OnnxSessionOptions Session(bool spin, bool isFrequent = true)
    {
        // Without this, weights come out of an arena that grows by doubling.
        var configuration = new Dictionary<string, string> { ["session.use_device_allocator_for_initializers"] = "1" };
        if (!isFrequent)
            configuration["session.disable_prepacking"] = "1";
        return new OnnxSessionOptions
        {
            IntraOpThreads = Threads,
            Provider = Provider,
            FallBackToCpu = FallBackToCpu,
            SpinThreads = spin,
            // Every step has a shape of its own: plans would pile up.
            PlanMemory = false,
            MapWeights = true,
            // What runs once for many steps gives its memory back.
            KeepMemory = spin,
            Configuration = configuration,
            CancellationToken = CancellationToken,
        };
    }
}
