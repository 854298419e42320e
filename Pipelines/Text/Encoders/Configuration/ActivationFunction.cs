using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>The activation functions that configurations name.</summary>
internal static class ActivationFunction
{
    private static readonly Dictionary<string, Func<Tensor, Tensor>> ByName = new(StringComparer.Ordinal)
    {
        ["gelu"] = static x => nn.functional.gelu(x),
        ["gelu_python"] = static x => nn.functional.gelu(x),
        ["gelu_new"] = TanhGelu,
        ["gelu_fast"] = TanhGelu,
        ["gelu_pytorch_tanh"] = TanhGelu,
        ["relu"] = static x => nn.functional.relu(x),
        ["silu"] = static x => x.silu(),
        ["swish"] = static x => x.silu(),
        ["tanh"] = static x => x.tanh(),
    };

    /// <summary>All names, for messages.</summary>
    public static string Names => string.Join(", ", ByName.Keys.Order(StringComparer.Ordinal));

    public static bool IsKnown(string name) => ByName.ContainsKey(name);

    /// <summary>The function of that name, which is known to exist.</summary>
    public static Func<Tensor, Tensor> Find(string name) => ByName[name];

    /// <summary>The approximation of GELU by a tanh, computed in float32 at least.</summary>
    private static Tensor TanhGelu(Tensor x)
    {
        using var scope = NewDisposeScope();
        var type = x.dtype;
        var wide = type is ScalarType.BFloat16 or ScalarType.Float16 ? x.to(ScalarType.Float32) : x;
        var inner = wide * (wide * wide * 0.044715 + 1) * Math.Sqrt(2 / Math.PI);
        var result = wide * (inner.tanh() + 1) * 0.5;
        return (result.dtype == type ? result : result.to(type)).MoveToOuterDisposeScope();
    }
}
