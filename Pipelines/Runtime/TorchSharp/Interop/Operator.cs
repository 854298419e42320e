using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace TorchSharp;

/// <summary>
/// An operator of ATen by its name and overload, looked up at its first call. Arguments left off at the end take the
/// defaults of the operator's schema. Thread-safe.
/// </summary>
internal sealed unsafe class Operator
{
    private const int MaximumResults = 5;
    private const int StackWords = 128;

    private readonly string _name;
    private readonly string _overload;
    private nint _handle;

    public Operator(string name, string overload = "")
    {
        _name = name;
        _overload = overload;
    }

    /// <summary>Whether the LibTorch in use has it.</summary>
    public bool Exists
    {
        get
        {
            fixed (byte* name = Name())
            fixed (byte* overload = Encoding.UTF8.GetBytes(_overload + '\0'))
                return NativeMethods.shim_has(name, overload) != 0;
        }
    }

    /// <summary>Calls it for its one tensor; null where that is undefined.</summary>
    public torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result = default;
        Invoke(arguments, &result, 1);
        return ToTensor(result);
    }

    /// <summary>Calls it for what it does to its first argument.</summary>
    public void Run(params ReadOnlySpan<Argument> arguments) => Invoke(arguments, null, 0);

    /// <summary>Calls it for its two tensors.</summary>
    public (torch.Tensor, torch.Tensor) CallPair(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[2];
        Invoke(arguments, results, 2);
        return (ToTensor(results[0]), ToTensor(results[1]));
    }

    /// <summary>Calls it for its three tensors.</summary>
    public (torch.Tensor, torch.Tensor, torch.Tensor) CallTriple(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[3];
        Invoke(arguments, results, 3);
        return (ToTensor(results[0]), ToTensor(results[1]), ToTensor(results[2]));
    }

    /// <summary>Calls it for its list of tensors.</summary>
    public torch.Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result = default;
        Invoke(arguments, &result, 1);
        var tensors = new torch.Tensor[result.Count];
        nint* handles = (nint*)result.Data;
        for (int i = 0; i < tensors.Length; i++)
            tensors[i] = handles[i] == 0 ? null : new torch.Tensor(handles[i]);
        NativeMethods.shim_free_list((nint)handles);
        return tensors;
    }

    /// <summary>Calls it for its truth value.</summary>
    public bool CallBool(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result = default;
        Invoke(arguments, &result, 1);
        return result.Data != 0;
    }

    private static torch.Tensor ToTensor(in NativeValue value) => value.Kind == NativeKind.Tensor ? new torch.Tensor((nint)value.Data) : null;

    private void Invoke(ReadOnlySpan<Argument> arguments, NativeValue* results, int capacity)
    {
        nint handle = _handle;
        if (handle == 0)
            handle = Find();
        int words = 0;
        foreach (ref readonly var argument in arguments)
            words += argument.Words;
        long[] rented = words > StackWords ? ArrayPool<long>.Shared.Rent(words) : null;
        long* buffer = stackalloc long[rented is null ? words : 1];
        fixed (long* pooled = rented)
        {
            long* next = rented is null ? buffer : pooled;
            var values = stackalloc NativeValue[arguments.Length];
            for (int i = 0; i < arguments.Length; i++)
            {
                arguments[i].Write(values + i, next);
                next += arguments[i].Words;
            }
            int status = NativeMethods.shim_call(handle, values, arguments.Length, results, capacity);
            if (rented is not null)
                ArrayPool<long>.Shared.Return(rented);
            NativeMethods.Check(status);
        }
    }

    private byte[] Name() => Encoding.UTF8.GetBytes($"aten::{_name}\0");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint Find()
    {
        nint found;
        fixed (byte* name = Name())
        fixed (byte* overload = Encoding.UTF8.GetBytes(_overload + '\0'))
            NativeMethods.Check(NativeMethods.shim_find(name, overload, &found));
        _handle = found;
        return found;
    }
}
