using MLPipelines.Scoring.Writing;

namespace MLPipelines.Generation.T5;

/// <summary>How a T5 model is exported.</summary>
public sealed class T5ExportOptions
{
    /// <summary>
    /// Where the weights go. <see cref="OnnxWeightPlacement.Beside"/> writes those of both decoders once, into <c>decoder.onnx_data</c>.
    /// The default value is <see cref="OnnxWeightPlacement.Auto"/>: into each file.
    /// </summary>
    public OnnxWeightPlacement Placement { get; set; } = OnnxWeightPlacement.Auto;

    /// <summary>Stops the export between two tensors when cancelled. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Placement))
            throw new ArgumentException($"{nameof(T5ExportOptions)}: {nameof(Placement)} is {Placement}; it must be {string.Join(" or ", Enum.GetNames<OnnxWeightPlacement>())}.");
    }
}
