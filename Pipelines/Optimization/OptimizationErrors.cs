using System.Globalization;
using MLPipelines.Optimization.Onnx;

namespace MLPipelines.Optimization;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw OptimizationErrors.X(…)</c>.</summary>
internal static class OptimizationErrors
{
    public static OnnxExportException UnknownModelType(string location, string? type) =>
        new($"'{location}' holds a model of type '{type}'; exported are t5, mt5, bert, distilbert, roberta, xlm-roberta and camembert.");

    public static OnnxExportException NoConfig(string location) =>
        new($"'{location}' has no config.json; give a folder with a checkpoint as Python's transformers writes it.");

    public static OnnxExportException BadConfig(string location, Exception cause) => new($"'{location}': config.json is not a JSON object: {cause.Message}", cause);

    public static OnnxExportException UnknownActivation(string name) => new($"The activation '{name}' cannot be exported; known are gelu, gelu_new, gelu_pytorch_tanh, relu, silu and tanh.");

    public static OnnxExportException ParityFailed(string model, OnnxParity parity, double tolerance) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The exported model '{model}' differs from the one on LibTorch by up to {parity.MaximumDifference:g3} in {parity.Samples} samples, more than {tolerance:g3}. Do not use it; please report the model's config.json."));
}
