namespace TorchSharp;

public static partial class torch
{
#pragma warning disable CA2211 // These are fields in the published API.
    public static ScalarType @bool = ScalarType.Bool;
    public static ScalarType uint8 = ScalarType.Byte;
    public static ScalarType int8 = ScalarType.Int8;
    public static ScalarType int16 = ScalarType.Int16;
    public static ScalarType int32 = ScalarType.Int32;
    public static ScalarType int64 = ScalarType.Int64;
    public static ScalarType bfloat16 = ScalarType.BFloat16;
    public static ScalarType float16 = ScalarType.Float16;
    public static ScalarType float32 = ScalarType.Float32;
    public static ScalarType float64 = ScalarType.Float64;
    public static ScalarType @short = ScalarType.Int16;
    public static ScalarType @int = ScalarType.Int32;
    public static ScalarType @long = ScalarType.Int64;
    public static ScalarType half = ScalarType.Float16;
    public static ScalarType @float = ScalarType.Float32;
    public static ScalarType @double = ScalarType.Float64;
    public static Device CPU = new(DeviceType.CPU, -1);
    public static Device CUDA = new(DeviceType.CUDA, -1);
    public static Device META = new(DeviceType.META, -1);
#pragma warning restore CA2211

    /// <summary>The type of a tensor's elements.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        ComplexFloat32 = 9,
        ComplexFloat64 = 10,
        Bool = 11,
        BFloat16 = 15,
    }

    /// <summary>How a quotient is rounded.</summary>
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    /// <summary>Whether elements of the type are integers; truth values are none.</summary>
    public static bool is_integral(ScalarType type) => type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64;

    /// <summary>Whether elements of the type are floating-point numbers.</summary>
    public static bool is_floating_point(ScalarType type) => type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

    /// <summary>Whether elements of the type are complex numbers.</summary>
    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    /// <summary>Whether the elements are integers.</summary>
    public static bool is_integral(Tensor t) => t.is_integral();

    /// <summary>Whether the elements are floating-point numbers.</summary>
    public static bool is_floating_point(Tensor input) => input.is_floating_point();

    /// <summary>Opens a scope that disposes of the tensors made within it on this thread.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.NewDisposeScope();

    /// <summary>A device by its description: cpu, cuda, cuda:INDEX or meta.</summary>
    public static Device device(string description) => new(description);

    /// <summary>A device by its kind and index; -1 for the current one.</summary>
    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    /// <summary>A device by its kind and index; -1 for the current one.</summary>
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    /// <summary>The CUDA device of an index.</summary>
    public static Device device(int index) => new(index);

    /// <summary>Where a tensor is or shall be.</summary>
    public class Device
    {
        /// <summary>A device by its description: cpu, cuda, cuda:INDEX or meta.</summary>
        /// <exception cref="ArgumentException">It describes no device.</exception>
        public Device(string description)
        {
            string[] parts = description.Split(':');
            type = Parse(parts[0], description);
            int position = -1;
            if (parts.Length > 2 || (parts.Length == 2 && !(int.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out position))))
                TorchErrors.UnknownDevice(description);
            index = Normal(type, parts.Length == 2 ? position : -1);
        }

        /// <summary>A device by its kind and index; -1 for the current one.</summary>
        public Device(string deviceType, int index = -1)
        {
            type = Parse(deviceType, deviceType);
            this.index = Normal(type, index);
        }

        /// <summary>A device by its kind and index; -1 for the current one.</summary>
        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = Normal(type, index);
        }

        /// <summary>The CUDA device of an index.</summary>
        public Device(int index)
            : this(DeviceType.CUDA, index)
        {
        }

        /// <summary>The kind of device.</summary>
        public DeviceType type { get; }

        /// <summary>The index among devices of the kind; -1 for the current one, and on the CPU.</summary>
        public int index { get; }

        public static implicit operator Device(string description) => new(description);

        /// <summary>The description: cpu, cuda, cuda:INDEX or meta.</summary>
        public override string ToString() => index < 0 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";

        private static int Normal(DeviceType type, int index) => type == DeviceType.CUDA ? index : -1;

        private static DeviceType Parse(string kind, string description)
        {
            switch (kind.ToLowerInvariant())
            {
                case "cpu":
                    return DeviceType.CPU;
                case "cuda":
                    return DeviceType.CUDA;
                case "meta":
                    return DeviceType.META;
                default:
                    TorchErrors.UnknownDevice(description);
                    return default;
            }
        }
    }
}
