using MLPipelines.Scoring.Writing;

namespace MLPipelines.Generation.T5;

/// <summary>How a T5 model is exported.</summary>
public sealed class T5ExportOptions
{
    /// <summary>
    /// Where the weights go. <see cref="OnnxWeightPlacement.Beside"/> writes what encoder and decoders share once, into <c>model.onnx_data</c>.
    /// The default value is <see cref="OnnxWeightPlacement.Auto"/>: into each file.
    /// </summary>
    public OnnxWeightPlacement Placement { get; set; } = OnnxWeightPlacement.Auto;

    /// <summary>In what the matrices are kept. The default value is <see cref="OnnxWeightType.Float32"/>.</summary>
    public OnnxWeightType WeightType { get; set; } = OnnxWeightType.Float32;

    /// <summary>
    /// Whether there is one decoder for all steps, <c>decoder_model_merged.onnx</c> with an input <c>use_cache_branch</c>, instead of two; for programs that want it so. This project
    /// takes less memory with two. The default value is <see langword="false"/>.
    /// </summary>
    public bool Merged { get; set; }

    /// <summary>
    /// Whether only ONNX's own operators are written. Else attention, and sums with the normalisation after them, are single operators of ONNX Runtime ("com.microsoft"): for one row up to
    /// a fifth more tokens a second, in programs that run on ONNX Runtime only. Matrices in blocks always need ONNX Runtime. The default value is <see langword="false"/>.
    /// </summary>
    public bool Portable { get; set; }

    /// <summary>Stops the export between two tensors when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(T5ExportOptions)).Weights(WeightType, Placement, Portable).Throw();
}
