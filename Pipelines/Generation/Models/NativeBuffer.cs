using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace MLPipelines.Generation;

/// <summary>Memory outside the managed heap that tensors are views of. It grows, never shrinks, and is given back when it is disposed.</summary>
/// <remarks>
/// What is large is mapped: freed, it goes back to the system at once, where allocators keep pieces of some megabytes for themselves. Only the pages that were written to take memory.
/// </remarks>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const int Alignment = 64;
    private const int LeastMapped = 256 << 10;
    private static long s_liveBytes;

    private MemoryMappedFile? _file;
    private MemoryMappedViewAccessor? _view;
    private void* _memory;
    private long _capacity;

    /// <summary>(bytes) What all buffers of the process hold at present.</summary>
    public static long LiveBytes => Interlocked.Read(ref s_liveBytes);

    public byte* Pointer => (byte*)_memory;

    public long Capacity => _capacity;

    /// <summary>Makes room; what the buffer held is lost where it has to grow.</summary>
    /// <param name="bytes">How much is needed now.</param>
    /// <param name="reserve">How much to take where it has to grow, for what is to come.</param>
    public void Ensure(long bytes, long reserve = 0)
    {
        if (bytes <= _capacity && _memory != null)
            return;
        Free();
        _capacity = Math.Max(Math.Max(bytes, reserve), Alignment);
        if (_capacity < LeastMapped)
        {
            _memory = NativeMemory.AlignedAlloc((nuint)_capacity, Alignment);
        }
        else
        {
            _file = MemoryMappedFile.CreateNew(null, _capacity);
            _view = _file.CreateViewAccessor(0, _capacity);
            _memory = (void*)_view.SafeMemoryMappedViewHandle.DangerousGetHandle();
        }
        Interlocked.Add(ref s_liveBytes, _capacity);
    }

    public Span<T> AsSpan<T>(int length) where T : unmanaged => new(_memory, length);

    /// <summary>A tensor over the start of the buffer; it must not outlive the buffer, nor the next growth.</summary>
    public OrtValue View(Microsoft.ML.OnnxRuntime.Tensors.TensorElementType type, long[] shape, int elementSize)
    {
        long bytes = elementSize;
        foreach (long size in shape)
            bytes *= size;
        return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (nint)_memory, bytes);
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    ~NativeBuffer() => Free();

    private void Free()
    {
        if (_memory == null)
            return;
        if (_file == null)
            NativeMemory.AlignedFree(_memory);
        _view?.Dispose();
        _file?.Dispose();
        (_view, _file) = (null, null);
        Interlocked.Add(ref s_liveBytes, -_capacity);
        _memory = null;
        _capacity = 0;
    }
}
