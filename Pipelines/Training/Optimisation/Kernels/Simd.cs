using System.Runtime.Intrinsics;

namespace MLPipelines.Training;

/// <summary>Which instructions the optimiser's kernels use.</summary>
internal enum SimdPath
{
    /// <summary>One element at a time.</summary>
    Scalar,

    /// <summary>Eight float32 at a time.</summary>
    Vector256,

    /// <summary>Sixteen float32 at a time.</summary>
    Vector512,
}

internal static class Simd
{
    /// <summary>The environment variable that forces a path: "scalar", "256" or "512". What the processor lacks is not taken.</summary>
    public const string Variable = "MLPIPELINES_TRAINING_SIMD";

    /// <summary>The path in use; tests set it.</summary>
    public static SimdPath Path { get; set; } = Choose(Environment.GetEnvironmentVariable(Variable));

    public static bool Has(SimdPath path) => path switch
    {
        SimdPath.Vector512 => Vector512.IsHardwareAccelerated,
        SimdPath.Vector256 => Vector256.IsHardwareAccelerated,
        _ => true,
    };

    public static SimdPath Choose(string? forced)
    {
        SimdPath? wanted = forced switch { "scalar" => SimdPath.Scalar, "256" => SimdPath.Vector256, "512" => SimdPath.Vector512, _ => null };
        if (wanted is { } path && Has(path))
            return path;
        return Has(SimdPath.Vector512) ? SimdPath.Vector512 : Has(SimdPath.Vector256) ? SimdPath.Vector256 : SimdPath.Scalar;
    }
}
