using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Every exception that this assembly raises of its own.</summary>
internal static class TorchErrors
{
    public static void ThrowIfNull(object value, string name)
    {
        if (value is null)
            throw new ArgumentNullException(name);
    }

    [DoesNotReturn]
    public static void Native(string message) => throw new ExternalException(message);

    [DoesNotReturn]
    public static void LibraryNotLoaded(string message) => throw new DllNotFoundException(message);

    [DoesNotReturn]
    public static nint TensorDisposed() => throw new InvalidOperationException("Tensor invalid -- empty handle. It was disposed of, by a dispose scope perhaps, or became the data of a Parameter.");

    [DoesNotReturn]
    public static void ScopeDisposed() => throw new ObjectDisposedException(nameof(DisposeScope), "This dispose scope was disposed of already.");

    [DoesNotReturn]
    public static void NotOnCpu(object device) => throw new InvalidOperationException($"The memory of a tensor on {device} cannot be read directly; copy the tensor with cpu() first.");

    [DoesNotReturn]
    public static void NotContiguous(string what) => throw new InvalidOperationException($"{what} needs a contiguous tensor; call contiguous() first.");

    [DoesNotReturn]
    public static void WrongElementType(Type asked, torch.ScalarType found) =>
        throw new ArgumentException($"The tensor's elements are {found}, which cannot be read as {asked.Name}; convert it first with to(ScalarType).");

    [DoesNotReturn]
    public static void NotOneElement(long elements) => throw new ArgumentException($"Only a tensor of one element has an item; this one has {elements}.");

    [DoesNotReturn]
    public static void WrongByteCount(long expected, long found) => throw new ArgumentException($"The tensor holds {expected} bytes, but {found} were given.");

    [DoesNotReturn]
    public static void WrongElementCount(long expected, long found) => throw new ArgumentException($"The shape asks for {expected} elements, but the data holds {found}.");

    [DoesNotReturn]
    public static void NotSupported(string what) => throw new NotSupportedException(what);

    [DoesNotReturn]
    public static void Argument(string message, string name) => throw new ArgumentException(message, name);

    [DoesNotReturn]
    public static void OutOfRange(string name, object value, string message) => throw new ArgumentOutOfRangeException(name, value, message);

    [DoesNotReturn]
    public static void Invalid(string message) => throw new InvalidOperationException(message);

    [DoesNotReturn]
    public static void UnknownDevice(string description) =>
        throw new ArgumentException($"'{description}' is no device; write cpu, cuda, cuda:INDEX or meta.", nameof(description));

    [DoesNotReturn]
    public static void NoCuda() => throw new InvalidOperationException("CUDA is not available: LibTorch was built without it, or no driver or device was found.");
}
