using TorchSharp;

namespace MLPipelines.Training;

/// <summary>The processes that train together, joined by LibTorch's c10d: gloo on processors, NCCL on GPUs. Each makes the same calls in the same order.</summary>
internal sealed unsafe class ProcessGroup : IDisposable
{
    private readonly ProcessLibrary _library;
    private readonly int _rank;
    private readonly int _processes;
    private nint _handle;

    private ProcessGroup(ProcessLibrary library, TrainingOptions options, nint handle)
    {
        _library = library;
        _rank = options.Rank;
        _processes = options.Processes;
        _handle = handle;
    }

    /// <summary>Meets the other processes.</summary>
    /// <exception cref="TrainingException">They do not all come in time, or this installation cannot join processes on that device.</exception>
    public static ProcessGroup Join(TrainingOptions options, torch.Device device)
    {
        // LibTorch is to be loaded before the library that stands on it.
        torch.zeros(1).Dispose();
        var library = ProcessLibrary.Load();
        bool gpu = device.type == DeviceType.CUDA;
        if (!library.CanSum(gpu))
            throw TrainingErrors.CannotJoin(library.Path, gpu);
        var (host, port, file) = Parse(options.Rendezvous!);
        string address = file != null || host is "localhost" or "127.0.0.1" ? "127.0.0.1" : System.Net.Dns.GetHostName();
        nint handle = library.Join(host, port, file, address, options.Rank, options.Processes, (long)options.ProcessTimeout.TotalMilliseconds, gpu, out string error);
        return handle != 0 ? new ProcessGroup(library, options, handle) : throw TrainingErrors.NotJoined(options, error);
    }

    /// <summary>Replaces the elements of a contiguous tensor by their sums over all processes.</summary>
    /// <exception cref="TrainingException">Another process is gone, or takes too long.</exception>
    public void Sum(torch.Tensor values)
    {
        nint tensor = values.Handle;
#if MLNET_BUNDLED
        // The library takes an at::Tensor, which is what the official binding's handle points to; the bundled one's handle is what an at::Tensor holds.
        bool done = _library.Sum(_handle, (nint)(&tensor), out string error);
#else
        bool done = _library.Sum(_handle, tensor, out string error);
#endif
        GC.KeepAlive(values);
        if (!done)
            throw TrainingErrors.ProcessLost(_rank, _processes, error);
    }

    /// <summary>Replaces numbers by their sums over all processes.</summary>
    /// <exception cref="TrainingException">Another process is gone, or takes too long.</exception>
    public void Sum(Span<double> values)
    {
        using var scope = torch.NewDisposeScope();
        var tensor = torch.tensor(values.ToArray());
        Sum(tensor);
        tensor.data<double>().ToArray().CopyTo(values);
    }

    public void Dispose()
    {
        if (_handle != 0)
            _library.Leave(_handle);
        _handle = 0;
    }

    /// <summary>Reads "tcp://host:port", or takes a text for the path of a file.</summary>
    internal static (string? Host, int Port, string? File) Parse(string rendezvous)
    {
        if (!rendezvous.StartsWith("tcp://", StringComparison.Ordinal))
            return (null, 0, Path.GetFullPath(rendezvous));
        return Uri.TryCreate(rendezvous, UriKind.Absolute, out var uri) && uri.Port > 0
            ? (uri.Host, uri.Port, null)
            : throw TrainingErrors.BadRendezvous(rendezvous);
    }
}
