namespace TorchSharp;

using TorchSharp.Modules;

/// <summary>Conversions of tensors.</summary>
public static class TensorExtensionMethods
{
    /// <summary>A parameter that takes over what the tensor holds; the tensor is invalid then.</summary>
    public static Parameter AsParameter(this torch.Tensor tensor) => new(tensor);

    /// <summary>The one element, converted.</summary>
    public static float ToSingle(this torch.Tensor value) => (float)value;

    /// <summary>The one element, converted.</summary>
    public static double ToDouble(this torch.Tensor value) => (double)value;

    /// <summary>The one element, converted.</summary>
    public static sbyte ToSByte(this torch.Tensor value) => (sbyte)value;

    /// <summary>The one element, converted.</summary>
    public static byte ToByte(this torch.Tensor value) => (byte)value;

    /// <summary>The one element, converted.</summary>
    public static short ToInt16(this torch.Tensor value) => (short)value;

    /// <summary>The one element, converted.</summary>
    public static int ToInt32(this torch.Tensor value) => (int)value;

    /// <summary>The one element, converted.</summary>
    public static long ToInt64(this torch.Tensor value) => (long)value;

    /// <summary>The one element, converted.</summary>
    public static bool ToBoolean(this torch.Tensor value) => (bool)value;

    /// <summary>The number of elements of a shape.</summary>
    public static long TotalSize(this IEnumerable<long> shape) => shape.Aggregate(1L, (product, length) => product * length);
}
