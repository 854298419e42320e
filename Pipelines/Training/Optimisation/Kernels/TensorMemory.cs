using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace MLPipelines.Training;

/// <summary>Where the elements of a tensor lie in the processor's memory.</summary>
internal static unsafe class TensorMemory
{
    /// <summary>The address of the first element; valid as long as the tensor's storage lives.</summary>
    /// <param name="tensor">A contiguous tensor on the processor with an element or more.</param>
    public static byte* Address(torch.Tensor tensor)
    {
        if (tensor.numel() <= int.MaxValue / tensor.element_size())
            return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
        // A span cannot cover more than 2 GiB: one element will do.
        using var flat = tensor.detach();
        using var line = flat.view(-1);
        using var one = line.narrow(0, 0, 1);
        return (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(one.bytes));
    }
}
