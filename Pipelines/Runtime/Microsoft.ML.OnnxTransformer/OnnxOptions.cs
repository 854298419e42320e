namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Options of <see cref="OnnxScoringEstimator"/>.</summary>
public sealed class OnnxOptions
{
    /// <summary>Path of the .onnx file.</summary>
    public string ModelFile;

    /// <summary>Input columns, named as the model's inputs; null or empty for all of them.</summary>
    public string[] InputColumns;

    /// <summary>Output columns, named as the model's outputs; null or empty for all of them.</summary>
    public string[] OutputColumns;

    /// <summary>The GPU to compute on, such as 0; null for the processor.</summary>
    public int? GpuDeviceId = null;

    /// <summary>Whether the processor computes where the GPU cannot; else that is an error.</summary>
    public bool FallbackToCpu = false;

    /// <summary>Shapes, by name of an input or output, in place of those of the file.</summary>
    public IDictionary<string, int[]> ShapeDictionary;

    /// <summary>How deep messages may be nested in the file: 1 or more. ONNX Runtime reads the file, and has a limit of its own.</summary>
    public int RecursionLimit = 100;

    /// <summary>Threads that run operators of one graph at once; null leaves it to ONNX Runtime.</summary>
    public int? InterOpNumThreads = null;

    /// <summary>Threads that share the work of one operator; null leaves it to ONNX Runtime.</summary>
    public int? IntraOpNumThreads = null;
}
