using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace TorchSharp;

/// <summary>
/// Sees to the BLAS that Debian's LibTorch takes float32 products from, before LibTorch is loaded. The build of OpenBLAS over OpenMP shares LibTorch's
/// threads; any other starts threads that fight with them, unless it is held to one. And an OpenBLAS that is older than the processor falls back to
/// kernels for SSE, at a fifth of the speed of those that it has for AVX-512.
/// </summary>
/// <remarks>What the user set in the environment stays. A LibTorch with a BLAS of its own is not touched: libraries are loaded without giving their names to others.</remarks>
internal static unsafe class BlasLibrary
{
    internal const string ThreadsVariable = "OPENBLAS_NUM_THREADS";

    internal const string CoreVariable = "OPENBLAS_CORETYPE";

    // Debian's place for the build over OpenMP, whichever build libblas.so.3 stands for.
    private const string OpenMPFolder = "/usr/lib/x86_64-linux-gnu/openblas-openmp";

    // What OpenBLAS calls its kernels for processors without AVX2.
    private static readonly string[] OldCores =
        ["prescott", "core2", "katmai", "coppermine", "northwood", "banias", "penryn", "dunnington", "atom", "nehalem", "sandybridge", "athlon", "opteron", "barcelona", "bobcat", "generic", "unknown"];

    /// <param name="set">Sets a variable of the native environment unless it is set.</param>
    public static void Prepare(Action<string, string> set)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            set(ThreadsVariable, "1");
            return;
        }
        string shared = Path.Combine(OpenMPFolder, "libblas.so.3");
        bool isShared = File.Exists(shared);
        if (!isShared)
            set(ThreadsVariable, "1");
        if (Environment.GetEnvironmentVariable(CoreVariable) is null && BetterCore(CoreOf(isShared ? Path.Combine(OpenMPFolder, "libopenblas.so.0") : "libopenblas.so.0")) is { } core)
            set(CoreVariable, core);
        // LibTorch asks for libblas.so.3 by that name, which is then there already.
        if (isShared)
            NativeLibrary.TryLoad(shared, out _);
    }

    /// <summary>The kernels to ask for instead of those that OpenBLAS chose; null where these are as good.</summary>
    internal static string BetterCore(string chosen)
    {
        if (chosen is null || !OldCores.Contains(chosen.ToLowerInvariant()))
            return null;
        bool hasAvx512 = Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Avx512CD.IsSupported && Avx512F.VL.IsSupported;
        return hasAvx512 ? "SkylakeX" : Avx2.IsSupported && Fma.IsSupported ? "Haswell" : null;
    }

    // Asked of a copy that is let go of again: OpenBLAS reads its environment once, when it is loaded.
    private static string CoreOf(string library)
    {
        if (!NativeLibrary.TryLoad(library, out nint handle))
            return null;
        try
        {
            return NativeLibrary.TryGetExport(handle, "openblas_get_corename", out nint address) ? Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)address)()) : null;
        }
        finally
        {
            NativeLibrary.Free(handle);
        }
    }
}
