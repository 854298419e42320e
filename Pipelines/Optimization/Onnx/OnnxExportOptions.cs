using MLPipelines.Scoring.Writing;

namespace MLPipelines.Optimization.Onnx;

/// <summary>How a checkpoint is exported to ONNX.</summary>
public sealed class OnnxExportOptions
{
    /// <summary>In what the matrices are kept. The default value is <see cref="OnnxWeightType.Float32"/>.</summary>
    public OnnxWeightType WeightType { get; set; } = OnnxWeightType.Float32;

    /// <summary>Where the weights go; beside the graphs, what T5's encoder and decoders share is there once. The default value is <see cref="OnnxWeightPlacement.Auto"/>.</summary>
    public OnnxWeightPlacement Placement { get; set; } = OnnxWeightPlacement.Auto;

    /// <summary>For T5: one decoder for all steps, <c>decoder_model_merged.onnx</c>, instead of two. The default value is <see langword="false"/>.</summary>
    public bool Merged { get; set; }

    /// <summary>
    /// For T5: whether only ONNX's own operators are written, for programs that do not run on ONNX Runtime; with it, its operators for attention and normalisation give up to a fifth more
    /// tokens a second. Matrices in blocks always need ONNX Runtime. The default value is <see langword="false"/>.
    /// </summary>
    public bool Portable { get; set; }

    /// <summary>How many batches of random tokens are run through the export and through LibTorch, to compare them; 0 compares nothing and needs no LibTorch for T5. Legal range: 0 to 1000. The default value is 3.</summary>
    public int ParitySamples { get; set; } = 3;

    /// <summary>By how much a logit may differ in float32 before the export is refused. Legal range: above 0. The default value is 1e-3.</summary>
    public double Tolerance { get; set; } = 1e-3;

    /// <summary>Seed of the random tokens. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Stops the export when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(OnnxExportOptions))
            .Weights(WeightType, Placement, Portable)
            .Range(ParitySamples, 0, 1000, nameof(ParitySamples))
            .Above(Tolerance, 0, double.PositiveInfinity, nameof(Tolerance))
            .Throw();
    }
}
