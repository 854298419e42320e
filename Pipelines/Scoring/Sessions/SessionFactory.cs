using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;

namespace MLPipelines.Scoring;

/// <summary>A model that may be opened: a file, or bytes, whose values may be in files of the folder.</summary>
internal sealed record ModelSource(string Where, string? Folder, byte[]? Bytes, OnnxGraph Graph, string? ContentHash, RowTables? Tables = null);

/// <summary>Opens sessions of ONNX Runtime.</summary>
internal static partial class SessionFactory
{
    public static SharedSession Create(ModelSource source, OnnxSessionOptions options, string key, Action<SharedSession> closed)
    {
        var environment = OnnxEngine.Environment;
        options.CancellationToken.ThrowIfCancellationRequested();
        var provider = options.Provider;
        if (provider == OnnxExecutionProvider.Cuda && !environment.GetAvailableProviders().Contains("CUDAExecutionProvider"))
            provider = options.FallBackToCpu ? OnnxExecutionProvider.Cpu : throw ScoringErrors.NoProvider("CUDA", environment.GetAvailableProviders(), null);
        try
        {
            return Open(provider);
        }
        catch (OnnxException) when (provider == OnnxExecutionProvider.Cuda && options.FallBackToCpu)
        {
            return Open(OnnxExecutionProvider.Cpu);
        }

        SharedSession Open(OnnxExecutionProvider on) => new(OptimizedGraphs.Open(source, options, on), key, source.Graph, on, closed, source.Tables);
    }

    /// <summary>Opens a file, or bytes; translates what ONNX Runtime says.</summary>
    public static InferenceSession Open(string where, string? path, byte[]? bytes, OnnxSessionOptions options, OnnxExecutionProvider provider, Action<SessionOptions> adjust)
    {
        using var settings = Settings(options, provider);
        adjust(settings);
        using var cancelling = options.CancellationToken.Register(() => settings.SetLoadCancellationFlag(true));
        try
        {
            return bytes is not null ? new InferenceSession(bytes, settings) : new InferenceSession(path!, settings);
        }
        catch (OnnxRuntimeException e)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            throw UnknownOperatorIn(e.Message) is { } op
                ? ScoringErrors.UnknownOperator(where, op, OnnxEngine.Version, e)
                : ScoringErrors.CannotOpen(where, e);
        }
    }

    private static SessionOptions Settings(OnnxSessionOptions options, OnnxExecutionProvider provider)
    {
        var settings = new SessionOptions
        {
            IntraOpNumThreads = options.IntraOpThreads,
            InterOpNumThreads = options.InterOpThreads,
            ExecutionMode = options.InterOpThreads > 1 ? ExecutionMode.ORT_PARALLEL : ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = Level(options.GraphOptimization),
            EnableMemoryPattern = options.PlanMemory,
            EnableCpuMemArena = options.KeepMemory,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        try
        {
            settings.AddSessionConfigEntry("session.intra_op.allow_spinning", options.SpinThreads ? "1" : "0");
            settings.AddSessionConfigEntry("session.inter_op.allow_spinning", options.SpinThreads ? "1" : "0");
            foreach (var (name, value) in options.Configuration)
                settings.AddSessionConfigEntry(name, value);
            foreach (var (name, size) in options.FixedDimensions)
                settings.AddFreeDimensionOverrideByName(name, size);
            if (options.ProfilePrefix is { } prefix)
            {
                settings.ProfileOutputPathPrefix = prefix;
                settings.EnableProfiling = true;
            }
            if (provider == OnnxExecutionProvider.Cuda)
                AppendCuda(settings, options);
            return settings;
        }
        catch
        {
            settings.Dispose();
            throw;
        }
    }

    private static void AppendCuda(SessionOptions settings, OnnxSessionOptions options)
    {
        try
        {
            using var cuda = new OrtCUDAProviderOptions();
            var values = new Dictionary<string, string> { ["device_id"] = FormattableString.Invariant($"{options.GpuDeviceId}") };
            if (options.GpuMemoryLimit > 0)
                values["gpu_mem_limit"] = FormattableString.Invariant($"{options.GpuMemoryLimit}");
            cuda.UpdateOptions(values);
            settings.AppendExecutionProvider_CUDA(cuda);
        }
        catch (OnnxRuntimeException e)
        {
            throw ScoringErrors.NoProvider("CUDA", OnnxEngine.Providers, e);
        }
    }

    public static GraphOptimizationLevel Level(OnnxGraphOptimization level) => level switch
    {
        OnnxGraphOptimization.None => GraphOptimizationLevel.ORT_DISABLE_ALL,
        OnnxGraphOptimization.Basic => GraphOptimizationLevel.ORT_ENABLE_BASIC,
        OnnxGraphOptimization.Extended => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
        _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
    };

    private static string? UnknownOperatorIn(string message)
    {
        var match = UnknownOperator().Match(message);
        return match.Success ? match.Groups.Values.Skip(1).First(group => group.Success).Value : null;
    }

    [GeneratedRegex(@"No Op registered for ([\w.:]+)|([\w.:]+)(?:\(-?\d+\))? is not a registered function/op|Could not find an implementation for ([\w.:]+)")]
    private static partial Regex UnknownOperator();
}
