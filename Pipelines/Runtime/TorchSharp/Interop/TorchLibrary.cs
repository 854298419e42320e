using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace TorchSharp;

/// <summary>
/// Finds and loads the C shim, and LibTorch with it, at the first use of either. Before that it sees to the native
/// environment (<see cref="BlasLibrary"/>).
/// </summary>
internal static partial class TorchLibrary
{
    /// <summary>Names the shim's file; nothing else is tried then.</summary>
    internal const string PathVariable = "MLPIPELINES_TORCH_SHIM";

    private const string FileName = "libmlpipelines_torch.so";

    private static readonly Lock Loading = new();
    private static nint handle;

    /// <summary>The file that was loaded; null before that.</summary>
    internal static string LoadedFrom { get; private set; }

    /// <summary>Which of the processor's vector instructions LibTorch uses, in its own word; null where it does not tell.</summary>
    internal static unsafe string Capability
    {
        get
        {
            const string Key = "CPU capability usage: ";
            string configuration = Marshal.PtrToStringUTF8((nint)NativeMethods.shim_configuration());
            return configuration.Split('\n').FirstOrDefault(line => line.Contains(Key, StringComparison.Ordinal)) is { } line
                ? line[(line.IndexOf(Key, StringComparison.Ordinal) + Key.Length)..].Trim()
                : null;
        }
    }

    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "The only place from which every P/Invoke of the assembly is sure to find its library.")]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(TorchLibrary).Assembly, Resolve);

    /// <summary>The version of a LibTorch as its configuration tells it; null where it does not.</summary>
    internal static string VersionIn(string configuration)
    {
        const string Key = "TORCH_VERSION=";
        int start = configuration.IndexOf(Key, StringComparison.Ordinal);
        if (start < 0)
            return null;
        start += Key.Length;
        int end = configuration.AsSpan(start).IndexOfAny(", \n\r");
        return end < 0 ? configuration[start..] : configuration.Substring(start, end);
    }

    /// <summary>What is wrong where the shim was compiled against another LibTorch than was loaded; null where nothing is.</summary>
    internal static string Disagreement(string compiled, string loaded) =>
        loaded is null || compiled == loaded
            ? null
            : $"The C shim was compiled against LibTorch {compiled}, but LibTorch {loaded} was loaded. Build again with LIBTORCH set to the folder of the one to use, and see that LD_LIBRARY_PATH names no other.";

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != NativeMethods.Library)
            return 0;
        lock (Loading)
        {
            if (handle == 0)
                handle = Load();
            return handle;
        }
    }

    private static unsafe nint Load()
    {
        PrepareEnvironment();
        var tried = new List<string>();
        foreach (string file in Candidates())
        {
            if (!File.Exists(file))
            {
                tried.Add($"{file}: there is no such file");
                continue;
            }
            try
            {
                nint library = NativeLibrary.Load(file);
                var compiled = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "shim_compiled_version");
                var configuration = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "shim_configuration");
                string loaded = VersionIn(Marshal.PtrToStringUTF8((nint)configuration()));
                if (Disagreement(Marshal.PtrToStringUTF8((nint)compiled()), loaded) is { } disagreement)
                {
                    tried.Add($"{file}: {disagreement}");
                    continue;
                }
                LoadedFrom = file;
                return library;
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
            {
                tried.Add($"{file}: {e.Message.ReplaceLineEndings(" ").Trim()}");
            }
        }
        TorchErrors.LibraryNotLoaded(Explain(tried));
        return 0;
    }

    internal static string Explain(IReadOnlyList<string> tried)
    {
        var text = new StringBuilder("LibTorch could not be loaded. Tried were:");
        foreach (string place in tried)
            text.AppendLine().Append("  ").Append(place);
        text.AppendLine().Append("Likely causes: LibTorch was not installed when the solution was built, so that the C shim over it was not compiled; or LibTorch was removed or exchanged since.")
            .AppendLine().Append("What to do: install LibTorch and the compiler, for instance with 'apt-get install libtorch-dev cmake g++', and build again; or set LIBTORCH to the folder of another LibTorch (that of a pip-installed torch will do) and build again; or set ")
            .Append(PathVariable).Append(" to the file of a shim that was built elsewhere.");
        return text.ToString();
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } chosen)
        {
            yield return Path.GetFullPath(chosen);
            yield break;
        }
        string home = Path.GetDirectoryName(typeof(TorchLibrary).Assembly.Location);
        string[] folders = string.IsNullOrEmpty(home) || home == AppContext.BaseDirectory.TrimEnd('/') ? [AppContext.BaseDirectory] : [home, AppContext.BaseDirectory];
        foreach (string folder in folders)
        {
            yield return Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", FileName);
            yield return Path.Combine(folder, FileName);
        }
        for (var folder = new DirectoryInfo(folders[0]); folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, ".native", "torch")))
            {
                yield return Path.Combine(folder.FullName, ".native", "torch", FileName);
                yield break;
            }
        }
    }

    // What the user set stays; what was set from managed code is handed on, since native code does not see it.
    private static void PrepareEnvironment()
    {
        if (OperatingSystem.IsWindows())
            return;
        Set("OMP_NUM_THREADS", Cores().ToString(CultureInfo.InvariantCulture));
        foreach (string name in (ReadOnlySpan<string>)[BlasLibrary.ThreadsVariable, BlasLibrary.CoreVariable, "OMP_WAIT_POLICY", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA"])
            Set(name, null);
        BlasLibrary.Prepare(Set);

        static void Set(string name, string standard)
        {
            if ((Environment.GetEnvironmentVariable(name) ?? standard) is { } value)
                _ = setenv(name, value, 0);
        }
    }

    // Cores rather than the hardware threads on them, and no more than this process may use: LibTorch's own guess knows of no limit set for a
    // container, and in some virtual machines finds one core alone.
    private static int Cores()
    {
        var cores = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (string cpu in Directory.EnumerateDirectories("/sys/devices/system/cpu", "cpu*"))
            {
                string siblings = Path.Combine(cpu, "topology", "thread_siblings_list");
                if (File.Exists(siblings))
                    cores.Add(File.ReadAllText(siblings).Trim());
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            cores.Clear();
        }
        return cores.Count == 0 ? Environment.ProcessorCount : Math.Min(cores.Count, Environment.ProcessorCount);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
