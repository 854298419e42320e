using MLPipelines.Scoring;

namespace MLPipelines.Imaging;

/// <summary>How a pipeline's models are opened and how much memory they may take.</summary>
public sealed class StableDiffusionOptions
{
    /// <summary>Threads, provider and further settings of ONNX Runtime. The default value is the processor, with all its cores.</summary>
    public OnnxSessionOptions Session { get; set; } = new();

    /// <summary>
    /// Whether a stage's model (text encoder, UNet, VAE) is closed when the stage ends, so that only one is in memory at a time; the next picture waits
    /// for it to be opened again. The default value is <see langword="false"/>.
    /// </summary>
    public bool ReleaseBetweenStages { get; set; }

    /// <summary>
    /// How many pictures a run of the UNet makes together. Legal range: 1 to 64. The default value is 1: on processors more are no faster, and a picture
    /// is then the same to the last bit, however many others are asked for.
    /// </summary>
    public int ImagesPerRun { get; set; } = 1;

    /// <summary>
    /// Whether the two evaluations of guidance run one after the other and not together: less memory, and on processors faster, whose caches hold one better than two. The default value
    /// is <see langword="null"/>: one after the other on a processor, together on a GPU.
    /// </summary>
    public bool? SplitGuidance { get; set; }

    /// <summary>
    /// The side, in pixels, of the tiles that the UNet works on where pictures are larger (MultiDiffusion, Bar-Tal et al. 2023: predictions of overlapping
    /// tiles are averaged). The memory of attention grows with the fourth power of the side: tiles bound it for any graph. Legal range: 0, or 64 to 16384. The default value is 0: no tiles.
    /// </summary>
    public int UnetTileSize { get; set; }

    /// <summary>The side, in pixels, of the tiles that the VAE works on where pictures are larger; their overlapping quarters are blended. Legal range: 0, or 64 to 16384. The default value is 0: no tiles.</summary>
    public int VaeTileSize { get; set; }

    /// <summary>
    /// Into how many slices the attention of the UNet and the VAE is cut, by its queries, which are computed one after the other: 1/n of the scores is in memory at a time, and the picture is the
    /// same but for the last bits. The graphs are rewritten when they are opened; a UNet whose attention is not in the form of exporters is refused. Legal range: 1 to 64. The default value is
    /// 1: attention as exported.
    /// </summary>
    public int AttentionSlices { get; set; } = 1;

    /// <summary>
    /// Whether the attention of the UNet and the VAE is computed by ONNX Runtime's own operator, which holds no scores but a block of them (Dao et al. 2022): models in 32-bit floats on the processor.
    /// <see cref="AttentionSlices"/> must then be 1. Where it is <see langword="true"/>, a UNet whose attention has another form is refused; where it is <see langword="null"/>, it is done for each
    /// model that has the form, on the processor and without slices. The default value is <see langword="null"/>.
    /// </summary>
    public bool? FusedAttention { get; set; }

    /// <summary>Stops the opening of models when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(StableDiffusionOptions))
        .If(Session is null, $"{nameof(Session)} is null; give options, or leave it alone")
        .Check(() => Session?.Validate())
        .If(Session is { AttentionSlices: not 1 } or { FusedAttention: true }, $"{nameof(Session)} says how attention is computed; say it in {nameof(AttentionSlices)} or {nameof(FusedAttention)} of these options, which leave the text encoder alone")
        .Range(AttentionSlices, 1, 64, nameof(AttentionSlices))
        .If(AttentionSlices > 1 && FusedAttention == true, $"{nameof(AttentionSlices)} is {AttentionSlices} and {nameof(FusedAttention)} is set; choose one of the two")
        .If(AttentionSlices > 1 && Session is { InterOpThreads: > 1 }, $"{nameof(AttentionSlices)} is {AttentionSlices} and {nameof(Session)}.{nameof(OnnxSessionOptions.InterOpThreads)} is {Session?.InterOpThreads}; that must be 1, or the slices are computed at once")
        .Range(ImagesPerRun, 1, 64, nameof(ImagesPerRun))
        .If(UnetTileSize != 0 && UnetTileSize is < 64 or > RgbImage.MaximumSide, $"{nameof(UnetTileSize)} is {UnetTileSize}; it must be 0, or 64 to {RgbImage.MaximumSide}")
        .If(VaeTileSize != 0 && VaeTileSize is < 64 or > RgbImage.MaximumSide, $"{nameof(VaeTileSize)} is {VaeTileSize}; it must be 0, or 64 to {RgbImage.MaximumSide}")
        .Throw();

    internal bool SplitsGuidance => SplitGuidance ?? Session.Provider == OnnxExecutionProvider.Cpu;

    internal bool RewritesAttention => AttentionSlices > 1 || FusedAttention == true;

    internal StableDiffusionOptions Copy() => (StableDiffusionOptions)MemberwiseClone();
}
