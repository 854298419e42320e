using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using MLPipelines.Cli.Infrastructure;
using TorchSharp;

namespace MLPipelines.Cli.Doctor;

/// <summary>
/// Looks at LibTorch: its version, what it uses of the processor, its threads, CUDA devices, and what OpenBLAS's own threads
/// would do to the step of a small encoder. LibTorch is optional: that it is absent is no fault, that it is broken is one.
/// </summary>
/// <remarks>It changes the threads of the process's BLAS for a moment: nothing else may multiply meanwhile.</remarks>
internal static unsafe class LibTorchCheck
{
    private const string Name = "LibTorch";
    private const string Install = "Needed only for encoders: install libtorch-dev, cmake and g++ (apt-get), or set LIBTORCH to the folder of another LibTorch (a pip-installed torch will do), and build again.";
    private const int Rows = 512;
    private const int Hidden = 128;
    private const int LeastSteps = 5;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    public static DoctorCheck Run()
    {
        try
        {
            int threads = torch.get_num_threads();
            string capability = Capability() is { } known ? $", {known} kernels" : "";
            string found = string.Create(CultureInfo.InvariantCulture, $"{torch.__version__}{capability}, {threads} threads, {Cuda()}; {Blas(threads, out string? advice)}");
            return new(Name, true, found, advice);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException { InnerException: DllNotFoundException })
        {
            string message = (e as DllNotFoundException ?? e.InnerException!).Message;
            return IsPresent() ? new(Name, false, message, null) : new(Name, true, "not installed", Install);
        }
    }

    // A shim that is there but does not load is a fault; that none was built is not.
    private static bool IsPresent() =>
        Environment.GetEnvironmentVariable("MLPIPELINES_TORCH_SHIM") is { Length: > 0 }
        || Directory.EnumerateFiles(AppContext.BaseDirectory, "libmlpipelines_torch.so", SearchOption.AllDirectories).Any();

    private static string Cuda()
    {
        int devices = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        return devices switch { 0 => "no CUDA device", 1 => "1 CUDA device", _ => $"{devices} CUDA devices" };
    }

    // No public member tells it; the bundled runtime knows.
    private static string? Capability() =>
        typeof(torch).Assembly.GetType("TorchSharp.TorchLibrary")?.GetProperty("Capability", BindingFlags.Static | BindingFlags.NonPublic)?.GetValue(null) as string;

    private static string Blas(int threads, out string? advice)
    {
        advice = null;
        double step = Measure();
        string measured = string.Create(CultureInfo.InvariantCulture, $"step of a small encoder {step:N1} ms");
        if (!OperatingSystem.IsLinux())
            return measured;
        string[] libraries = [.. File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..]).Where(file => file.Contains("blas", StringComparison.Ordinal)).Distinct()];
        foreach (string library in libraries)
        {
            if (!NativeLibrary.TryLoad(library, out nint handle))
                continue;
            if (!NativeLibrary.TryGetExport(handle, "openblas_set_num_threads", out nint set) || !NativeLibrary.TryGetExport(handle, "openblas_get_num_threads", out nint get))
                continue;
            int current = ((delegate* unmanaged<int>)get)();
            int others = current == 1 ? threads : 1;
            ((delegate* unmanaged<int, void>)set)(others);
            double other = Measure();
            ((delegate* unmanaged<int, void>)set)(current);
            if (current > 1 && other < step * 0.8)
                advice = "OpenBLAS's threads get in the way of LibTorch's: unset OPENBLAS_NUM_THREADS and install the build that shares them (apt-get install libopenblas0-openmp), or set it to 1.";
            return string.Create(CultureInfo.InvariantCulture, $"OpenBLAS on {Threads(current)}: {measured} (on {Threads(others)} {other:N1} ms)");
        }
        if (libraries.Length > 0)
            advice = "LibTorch multiplies with a plain BLAS, which is slow: install OpenBLAS (apt-get install libopenblas0-openmp).";
        return measured;
    }

    private static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";

    // Forward and backward pass of a feed-forward block and its attention scores; the best of a few, in milliseconds.
    private static double Measure()
    {
        using var all = torch.NewDisposeScope();
        var x = torch.randn(Rows, Hidden);
        var up = torch.randn(4 * Hidden, Hidden, requires_grad: true);
        var down = torch.randn(Hidden, 4 * Hidden, requires_grad: true);
        double best = double.MaxValue;
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < LeastSteps || watch.Elapsed < Patience; i++)
        {
            using var scope = torch.NewDisposeScope();
            long start = Stopwatch.GetTimestamp();
            var hidden = torch.nn.functional.linear(torch.nn.functional.gelu(torch.nn.functional.linear(x, up)), down);
            hidden.matmul(hidden.transpose(0, 1)).softmax(-1).matmul(hidden).sum().backward();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        return best;
    }
}
