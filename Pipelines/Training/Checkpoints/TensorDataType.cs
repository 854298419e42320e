namespace MLPipelines.Training.Checkpoints;

/// <summary>The type of a tensor's elements, all little-endian.</summary>
/// <remarks>The order is that in which safetensors files rank types: those that need the wider alignment last.</remarks>
public enum TensorDataType
{
    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>Unsigned, 8 bits.</summary>
    UInt8,

    /// <summary>Signed, 8 bits.</summary>
    Int8,

    /// <summary>Signed, 16 bits.</summary>
    Int16,

    /// <summary>IEEE 754 half precision, 16 bits.</summary>
    Float16,

    /// <summary>The upper 16 bits of a single-precision number.</summary>
    BFloat16,

    /// <summary>Signed, 32 bits.</summary>
    Int32,

    /// <summary>IEEE 754 single precision, 32 bits.</summary>
    Float32,

    /// <summary>IEEE 754 double precision, 64 bits.</summary>
    Float64,

    /// <summary>Signed, 64 bits.</summary>
    Int64,
}

/// <summary>What is known of each <see cref="TensorDataType"/>.</summary>
public static class TensorDataTypeExtensions
{
    private static readonly string[] SafetensorsNames = ["BOOL", "U8", "I8", "I16", "F16", "BF16", "I32", "F32", "F64", "I64"];

    /// <summary>The size of one element in bytes: 1, 2, 4 or 8.</summary>
    public static int ByteSize(this TensorDataType type) => type switch
    {
        TensorDataType.Bool or TensorDataType.UInt8 or TensorDataType.Int8 => 1,
        TensorDataType.Int16 or TensorDataType.Float16 or TensorDataType.BFloat16 => 2,
        TensorDataType.Int32 or TensorDataType.Float32 => 4,
        TensorDataType.Float64 or TensorDataType.Int64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "It is not a member of TensorDataType."),
    };

    /// <summary>Whether elements are floating-point numbers.</summary>
    public static bool IsFloatingPoint(this TensorDataType type) =>
        type is TensorDataType.Float16 or TensorDataType.BFloat16 or TensorDataType.Float32 or TensorDataType.Float64;

    internal static string SafetensorsName(this TensorDataType type) => SafetensorsNames[(int)type];

    internal static TensorDataType? FromSafetensorsName(string name)
    {
        int index = Array.IndexOf(SafetensorsNames, name);
        return index < 0 ? null : (TensorDataType)index;
    }

    internal static string AllSafetensorsNames => string.Join(", ", SafetensorsNames);
}
