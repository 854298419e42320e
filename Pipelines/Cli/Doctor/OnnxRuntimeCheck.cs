using MLPipelines.Cli.Infrastructure;
using MLPipelines.Scoring;

namespace MLPipelines.Cli.Doctor;

/// <summary>Looks at ONNX Runtime: its version, and what this build of it computes with. It is optional: only ONNX models need it.</summary>
internal static class OnnxRuntimeCheck
{
    private const string Name = "ONNX Runtime";
    private const string Suffix = "ExecutionProvider";

    public static DoctorCheck Run()
    {
        try
        {
            var providers = OnnxEngine.Providers.Select(provider => provider.EndsWith(Suffix, StringComparison.Ordinal) ? provider[..^Suffix.Length] : provider);
            return new(Name, true, $"{OnnxEngine.Version}, providers: {string.Join(", ", providers)}", null);
        }
        catch (DllNotFoundException e)
        {
            return new(Name, false, e.Message, "Needed only for ONNX models: build again, or publish for the identifier of this system (such as linux-x64), so that the native library is copied.");
        }
    }
}
