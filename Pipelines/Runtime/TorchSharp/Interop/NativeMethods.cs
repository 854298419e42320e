using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp;

/// <summary>The functions of the C shim (see <c>native/</c>). Those that return an integer status return 0 where all went well.</summary>
internal static unsafe partial class NativeMethods
{
    internal const string Library = "mlpipelines_torch";

    [DllImport(Library)]
    public static extern byte* shim_error();

    [DllImport(Library)]
    public static extern byte* shim_compiled_version();

    [DllImport(Library)]
    public static extern byte* shim_configuration();

    [DllImport(Library)]
    public static extern int shim_find(byte* name, byte* overload, nint* operation);

    [DllImport(Library)]
    public static extern int shim_has(byte* name, byte* overload);

    [DllImport(Library)]
    public static extern int shim_call(nint operation, NativeValue* arguments, int count, NativeValue* results, int capacity);

    [DllImport(Library)]
    public static extern void shim_free_list(nint list);

    [DllImport(Library)]
    public static extern void shim_tensor_release(nint handle);

    [DllImport(Library)]
    public static extern nint shim_tensor_share(nint handle);

    [DllImport(Library), SuppressGCTransition]
    public static extern int shim_tensor_describe(nint handle, long* description);

    [DllImport(Library), SuppressGCTransition]
    public static extern int shim_tensor_sizes(nint handle, long* sizes);

    [DllImport(Library), SuppressGCTransition]
    public static extern int shim_tensor_strides(nint handle, long* strides);

    [DllImport(Library), SuppressGCTransition]
    public static extern int shim_tensor_offset(nint handle, long* offset);

    [DllImport(Library)]
    public static extern int shim_tensor_data(nint handle, nint* data);

    [DllImport(Library)]
    public static extern int shim_requires_grad(nint handle);

    [DllImport(Library)]
    public static extern int shim_set_requires_grad(nint handle, int value);

    [DllImport(Library)]
    public static extern int shim_is_leaf(nint handle);

    [DllImport(Library)]
    public static extern int shim_retain_grad(nint handle);

    [DllImport(Library)]
    public static extern int shim_grad(nint handle, nint* gradient);

    [DllImport(Library)]
    public static extern int shim_set_grad(nint handle, nint gradient);

    [DllImport(Library)]
    public static extern int shim_backward(nint* tensors, int count, nint* gradients, int gradientCount, nint* inputs, int inputCount, int retainGraph, int createGraph);

    [DllImport(Library)]
    public static extern int shim_autograd_grad(nint* outputs, int outputCount, nint* inputs, int inputCount, nint* gradients, int gradientCount, int retainGraph, int createGraph, int allowUnused, nint* results);

    [DllImport(Library), SuppressGCTransition]
    public static extern int shim_grad_enabled();

    [DllImport(Library), SuppressGCTransition]
    public static extern void shim_set_grad_enabled(int enabled);

    [DllImport(Library), SuppressGCTransition]
    public static extern int shim_inference_enabled();

    [DllImport(Library)]
    public static extern nint shim_inference_begin(int enabled);

    [DllImport(Library)]
    public static extern void shim_inference_end(nint guard);

    [DllImport(Library)]
    public static extern int shim_threads();

    [DllImport(Library)]
    public static extern int shim_set_threads(int count);

    [DllImport(Library)]
    public static extern int shim_interop_threads();

    [DllImport(Library)]
    public static extern int shim_set_interop_threads(int count);

    [DllImport(Library)]
    public static extern int shim_cuda_count();

    [DllImport(Library)]
    public static extern int shim_cudnn();

    [DllImport(Library)]
    public static extern int shim_cuda_synchronize(long index);

    [DllImport(Library)]
    public static extern int shim_allow_tf32(int value);

    [DllImport(Library)]
    public static extern int shim_manual_seed(long seed);

    [DllImport(Library)]
    public static extern int shim_generator(int deviceType, int index, int shared, nint* generator);

    [DllImport(Library)]
    public static extern void shim_generator_release(nint generator);

    [DllImport(Library)]
    public static extern int shim_generator_set_seed(nint generator, long seed);

    [DllImport(Library)]
    public static extern int shim_generator_seed(nint generator, long* seed);

    [DllImport(Library)]
    public static extern int shim_generator_current_seed(nint generator, long* seed);

    [DllImport(Library)]
    public static extern int shim_generator_state(nint generator, nint* state);

    [DllImport(Library)]
    public static extern int shim_generator_set_state(nint generator, nint state);

    /// <summary>Raises what the last call on this thread reported.</summary>
    public static void Check(int status)
    {
        if (status != 0)
            Fail();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail() => TorchErrors.Native(Marshal.PtrToStringUTF8((nint)shim_error()));
}

/// <summary>What a value of <see cref="NativeValue"/> is.</summary>
internal enum NativeKind
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    Ints = 5,
    Tensors = 6,
    OptionalTensors = 7,
    String = 8,
    Device = 9,
    Generator = 10,
    Default = 11,
    Doubles = 12,
}

/// <summary>An argument or a result as the shim sees it.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeValue
{
    public NativeKind Kind;
    public int Count;
    public long Data;
    public double Number;
}
