using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML;
using MLPipelines.Cli.Demo;
using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Doctor;

/// <summary><c>mlp doctor</c>: checks the installation and says what to do about each fault.</summary>
internal static class DoctorCommand
{
    private const long LeastFreeBytes = 1L << 30;
    private const long LeastMemoryBytes = 1L << 30;
    private const int NeededRuntime = 10;

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("doctor", "Checks the installation: runtime, processor, memory, engines, store, sample data.");
        command.WithExamples("mlp doctor", "mlp doctor --json");
        command.SetHandler(invocation => Task.Run(() => Run(invocation)), terminal);
        return command;
    }

    private static int Run(Invocation invocation)
    {
        string store = Path.GetFullPath(invocation.Get(CommonOptions.Store));
        DoctorCheck[] checks = [Runtime(), System(), Processor(), Memory(), Engine(), LibTorchCheck.Run(), OnnxRuntimeCheck.Run(), Writable(store), Space(store), Sample()];
        bool healthy = Array.TrueForAll(checks, check => check.Good);
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(new DoctorResult(healthy, checks), CliJson.Default.DoctorResult);
        }
        else
        {
            foreach (var check in checks)
            {
                invocation.Terminal.WriteLine($"{(check.Good ? "good" : "BAD "),-4}  {check.Name,-12}  {check.Found}");
                if (check.Advice is not null)
                    invocation.Terminal.WriteLine($"      {"",-12}  {check.Advice}");
            }
            invocation.Terminal.WriteLine(healthy ? "all is well" : "see the advice above");
        }
        return healthy ? ExitCode.Success : ExitCode.Failure;
    }

    private static DoctorCheck Runtime() =>
        Environment.Version.Major >= NeededRuntime
            ? new("runtime", true, $"{RuntimeInformation.FrameworkDescription}, MLPipelines {Machine.Version}", null)
            : new("runtime", false, RuntimeInformation.FrameworkDescription, $"Install .NET {NeededRuntime} or later, see https://dot.net/download.");

    private static DoctorCheck System() => new("system", true, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}", null);

    private static DoctorCheck Processor()
    {
        string vectors = Vector512.IsHardwareAccelerated ? "512-bit vectors" : Vector256.IsHardwareAccelerated ? "256-bit vectors" : Vector128.IsHardwareAccelerated ? "128-bit vectors" : "no vectors";
        string fused = Fma.IsSupported ? ", fused multiply-add" : "";
        return Vector128.IsHardwareAccelerated
            ? new("processor", true, $"{Machine.Processor}; {vectors}{fused}", null)
            : new("processor", false, $"{Machine.Processor}; {vectors}", "Everything works, but slowly: the vector instructions are absent or were switched off (DOTNET_EnableHWIntrinsic).");
    }

    private static DoctorCheck Memory()
    {
        long bytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return new("memory", bytes >= LeastMemoryBytes, $"{Gibibytes(bytes)} GiB available to this process", bytes >= LeastMemoryBytes ? null : "Training needs about 1 GiB for 100,000 short texts; give the container or process more.");
    }

    private static DoctorCheck Engine()
    {
        var assembly = typeof(MLContext).Assembly.GetName();
        string source = Machine.HasBundledRuntime ? "bundled (MLNetSource=Bundled)" : "official packages (MLNetSource=NuGet)";
        return new("ML.NET", true, $"{source}: {assembly.Name} {Machine.Engines[assembly.Name!]}", null);
    }

    private static DoctorCheck Writable(string store)
    {
        string folder = Existing(store);
        string probe = Path.Combine(folder, $".mlp-doctor-{Environment.ProcessId}");
        try
        {
            File.WriteAllBytes(probe, [0]);
            File.Delete(probe);
            return new("store", true, $"{store} can be written{(folder == store ? "" : " (it does not exist yet)")}", null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new("store", false, $"{store} cannot be written: {e.Message}", $"Choose another folder with --store, or by setting {CommonOptions.StoreVariable}.");
        }
    }

    private static DoctorCheck Space(string store)
    {
        long free = new DriveInfo(Existing(store)).AvailableFreeSpace;
        return new("free space", free >= LeastFreeBytes, $"{Gibibytes(free)} GiB at the store", free >= LeastFreeBytes ? null : "Free some space, or choose a store on another disk with --store.");
    }

    private static DoctorCheck Sample() =>
        SampleData.FindTickets() is { } file
            ? new("sample data", true, file, null)
            : new("sample data", false, $"{SampleData.Tickets} was not found", "It belongs to the repository and is copied beside mlp when it is built; build again. Only 'mlp demo' needs it.");

    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder) ?? Path.GetPathRoot(folder)!;
        return folder;
    }

    private static string Gibibytes(long bytes) => (bytes / (double)(1L << 30)).ToString("N1", CultureInfo.InvariantCulture);
}
