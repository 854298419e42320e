using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>Makes parameters that outlive the dispose scope they are made in.</summary>
internal static class NewParameter
{
    /// <summary>A float32 parameter on the processor, whose elements are still to be set.</summary>
    public static Parameter Empty(params long[] shape) =>
        (Parameter)new Parameter(empty(shape, ScalarType.Float32)).DetachFromDisposeScope();
}
