using Microsoft.ML.OnnxRuntime;

namespace MLPipelines.Scoring;

/// <summary>ONNX Runtime itself, whose native library is loaded when it is first needed.</summary>
/// <remarks>Thread-safe.</remarks>
public static class OnnxEngine
{
    private static readonly Lock Gate = new();

    /// <summary>The version of the native library.</summary>
    /// <exception cref="DllNotFoundException">It cannot be loaded; the message says where it was looked for, and what to do.</exception>
    public static string Version => Environment.GetVersionString();

    /// <summary>What this build of it can compute with: "CPUExecutionProvider", "CUDAExecutionProvider" …; whether a GPU is there, and its libraries, shows when a model is opened.</summary>
    /// <exception cref="DllNotFoundException">It cannot be loaded.</exception>
    public static IReadOnlyList<string> Providers => Environment.GetAvailableProviders();

    // Its warnings go to the standard error of the process unless the first to use it says otherwise; what goes wrong is thrown anyway.
    internal static OrtEnv Environment
    {
        get
        {
            try
            {
                lock (Gate)
                {
                    if (!OrtEnv.IsCreated)
                    {
                        var options = new EnvironmentCreationOptions { logId = "MLPipelines", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
                        return OrtEnv.CreateInstanceWithOptions(ref options);
                    }
                    return OrtEnv.Instance();
                }
            }
            catch (Exception e) when (e is DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException or EntryPointNotFoundException })
            {
                throw ScoringErrors.NoEngine("onnxruntime", AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? AppContext.BaseDirectory, e.InnerException ?? e);
            }
        }
    }
}
