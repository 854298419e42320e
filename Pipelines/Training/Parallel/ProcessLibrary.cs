using System.Runtime.InteropServices;
using System.Text;

namespace MLPipelines.Training;

/// <summary>The native library beside this assembly that joins processes.</summary>
internal sealed unsafe class ProcessLibrary
{
    /// <summary>Names the library's file; nothing else is tried then.</summary>
    private const string PathVariable = "MLPIPELINES_PROCESS_LIBRARY";

    private const string FileName = "libmlpipelines_processes.so";
    private const int ErrorLength = 4096;

    private static readonly Lazy<ProcessLibrary> Loaded = new(() => new ProcessLibrary());

    private readonly delegate* unmanaged<byte*, int, byte*, byte*, int, int, long, int, byte*, int, nint> _join;
    private readonly delegate* unmanaged<nint, nint, byte*, int, int> _sum;
    private readonly delegate* unmanaged<nint, void> _leave;
    private readonly int _abilities;

    private ProcessLibrary()
    {
        Path = Find();
        nint library;
        try
        {
            library = NativeLibrary.Load(Path);
        }
        catch (DllNotFoundException exception)
        {
            throw TrainingErrors.NoProcessLibrary(Path, exception);
        }
        _join = (delegate* unmanaged<byte*, int, byte*, byte*, int, int, long, int, byte*, int, nint>)NativeLibrary.GetExport(library, "mlp_processes_join");
        _sum = (delegate* unmanaged<nint, nint, byte*, int, int>)NativeLibrary.GetExport(library, "mlp_processes_sum");
        _leave = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(library, "mlp_processes_leave");
        _abilities = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "mlp_processes_abilities"))();
    }

    /// <summary>The library's file.</summary>
    public string Path { get; }

    /// <exception cref="TrainingException">The library cannot be loaded.</exception>
    public static ProcessLibrary Load() => Loaded.Value;

    public bool CanSum(bool gpu) => (_abilities & (gpu ? 2 : 1)) != 0;

    public nint Join(string? host, int port, string? file, string address, int rank, int size, long timeoutMilliseconds, bool gpu, out string error)
    {
        byte* message = stackalloc byte[ErrorLength];
        message[0] = 0;
        fixed (byte* hostBytes = Bytes(host), fileBytes = Bytes(file), addressBytes = Bytes(address))
        {
            nint handle = _join(hostBytes, port, fileBytes, addressBytes, rank, size, timeoutMilliseconds, gpu ? 1 : 0, message, ErrorLength);
            error = Marshal.PtrToStringUTF8((nint)message)!;
            return handle;
        }
    }

    public bool Sum(nint group, nint tensor, out string error)
    {
        byte* message = stackalloc byte[ErrorLength];
        message[0] = 0;
        bool done = _sum(group, tensor, message, ErrorLength) != 0;
        error = Marshal.PtrToStringUTF8((nint)message)!;
        return done;
    }

    public void Leave(nint group) => _leave(group);

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } chosen)
            return System.IO.Path.GetFullPath(chosen);
        string folder = System.IO.Path.GetDirectoryName(typeof(ProcessLibrary).Assembly.Location) is { Length: > 0 } home ? home : AppContext.BaseDirectory;
        string file = System.IO.Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", FileName);
        return File.Exists(file) ? file : System.IO.Path.Combine(folder, FileName);
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text + '\0');
}
