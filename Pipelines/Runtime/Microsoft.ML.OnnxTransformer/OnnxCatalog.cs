using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML;

/// <summary>Scoring with ONNX models, a row at a time.</summary>
public static class OnnxCatalog
{
    private const int DefaultRecursionLimit = 100;

    /// <summary>All inputs of the model from columns of their names, all outputs to columns of theirs. Dimensions that the file leaves open count as 1.</summary>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, string modelFile, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [], [], OnnxSource.Of(modelFile), null, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, Stream modelBytes, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [], [], OnnxSource.Of(modelBytes), null, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, string modelFile, IDictionary<string, int[]> shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [], [], OnnxSource.Of(modelFile), shapeDictionary, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, Stream modelBytes, IDictionary<string, int[]> shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [], [], OnnxSource.Of(modelBytes), shapeDictionary, gpuDeviceId, fallbackToCpu);

    /// <summary>One input and one output, which have the names of the model's.</summary>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [outputColumnName], [inputColumnName ?? outputColumnName], OnnxSource.Of(modelFile), null, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string, string, string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, string outputColumnName, string inputColumnName, Stream modelBytes, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [outputColumnName], [inputColumnName ?? outputColumnName], OnnxSource.Of(modelBytes), null, gpuDeviceId, fallbackToCpu);

    /// <summary>As the options say.</summary>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, OnnxOptions options)
    {
        Contracts.CheckValue(options, nameof(options));
        return Make(
            catalog, options.OutputColumns ?? [], options.InputColumns ?? [], OnnxSource.Of(options.ModelFile), options.ShapeDictionary, options.GpuDeviceId, options.FallbackToCpu,
            options.RecursionLimit, options.InterOpNumThreads, options.IntraOpNumThreads);
    }

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string, string, string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, string modelFile, IDictionary<string, int[]> shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [outputColumnName], [inputColumnName ?? outputColumnName], OnnxSource.Of(modelFile), shapeDictionary, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string, string, string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, Stream modelBytes, IDictionary<string, int[]> shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, [outputColumnName], [inputColumnName ?? outputColumnName], OnnxSource.Of(modelBytes), shapeDictionary, gpuDeviceId, fallbackToCpu);

    /// <summary>Several inputs and outputs, which have the names of the model's.</summary>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, string modelFile, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, outputColumnNames, inputColumnNames, OnnxSource.Of(modelFile), null, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string[], string[], string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, Stream modelBytes, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, outputColumnNames, inputColumnNames, OnnxSource.Of(modelBytes), null, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string[], string[], string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, string modelFile, IDictionary<string, int[]> shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, outputColumnNames, inputColumnNames, OnnxSource.Of(modelFile), shapeDictionary, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string[], string[], string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, Stream modelBytes, IDictionary<string, int[]> shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false) =>
        Make(catalog, outputColumnNames, inputColumnNames, OnnxSource.Of(modelBytes), shapeDictionary, gpuDeviceId, fallbackToCpu);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string[], string[], string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, string modelFile, IDictionary<string, int[]> shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false, int recursionLimit = 100) =>
        Make(catalog, outputColumnNames, inputColumnNames, OnnxSource.Of(modelFile), shapeDictionary, gpuDeviceId, fallbackToCpu, recursionLimit);

    /// <inheritdoc cref="ApplyOnnxModel(TransformsCatalog, string[], string[], string, int?, bool)"/>
    public static OnnxScoringEstimator ApplyOnnxModel(
        this TransformsCatalog catalog, string[] outputColumnNames, string[] inputColumnNames, Stream modelBytes, IDictionary<string, int[]> shapeDictionary, int? gpuDeviceId = null, bool fallbackToCpu = false, int recursionLimit = 100) =>
        Make(catalog, outputColumnNames, inputColumnNames, OnnxSource.Of(modelBytes), shapeDictionary, gpuDeviceId, fallbackToCpu, recursionLimit);

    private static OnnxScoringEstimator Make(
        TransformsCatalog catalog, string[] outputs, string[] inputs, OnnxSource source, IDictionary<string, int[]> shapes, int? gpuDeviceId, bool fallbackToCpu,
        int recursionLimit = DefaultRecursionLimit, int? interOpThreads = null, int? intraOpThreads = null)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(outputs, "outputColumnNames");
        Contracts.CheckValue(inputs, "inputColumnNames");
        Contracts.CheckParam(recursionLimit >= 1, nameof(recursionLimit), $"The recursion limit is {recursionLimit}; it must be 1 or more.");
        var environment = catalog.Environment;
        // Where the call names no GPU, the context may, and then says whether the processor will do.
        if (gpuDeviceId == null && environment.GetState() is { GpuDeviceId: { } device } state)
            (gpuDeviceId, fallbackToCpu) = (device, state.FallbackToCpu ?? true);
        var settings = new OnnxSettings(inputs, outputs, shapes, gpuDeviceId, fallbackToCpu, interOpThreads, intraOpThreads);
        return new OnnxScoringEstimator(environment, new OnnxTransformer(environment, source, settings));
    }
}
