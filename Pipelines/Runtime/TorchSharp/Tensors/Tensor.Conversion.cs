namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator ToDeviceOperator = new("to", "device");
        private static readonly Operator ToTypeOperator = new("to", "dtype");
        private static readonly Operator CloneOperator = new("clone");
        private static readonly Operator ContiguousOperator = new("contiguous");
        private static readonly Operator DetachOperator = new("detach");
        private static readonly Operator DetachInPlace = new("detach_");
        private static readonly Operator PinOperator = new("pin_memory");
        private static readonly Operator IsPinnedOperator = new("is_pinned");
        private static readonly Operator AliasOperator = new("alias");

        /// <summary>The tensor on the CPU; itself where it is there.</summary>
        public Tensor cpu() => to(DeviceType.CPU);

        /// <summary>The tensor on a CUDA device; itself where it is there.</summary>
        public Tensor cuda(Device device = null, bool non_blocking = false) => to(device ?? CUDA, false, non_blocking);

        /// <summary>The tensor with elements of another type.</summary>
        public Tensor to_type(ScalarType type, bool copy = false, bool non_blocking = false) =>
            ToTypeOperator.Call(this, type, non_blocking, copy);

        /// <summary>The tensor with the other's element type.</summary>
        public Tensor type_as(Tensor tensor) => to_type(tensor.dtype);

        /// <summary>The tensor on another device.</summary>
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool non_blocking = false) =>
            to(new Device(deviceType, deviceIndex), copy, non_blocking);

        /// <summary>The tensor on another device and with elements of another type.</summary>
        public Tensor to(ScalarType type, Device device, bool copy = false, bool non_blocking = false) =>
            ToDeviceOperator.Call(this, device, type, non_blocking, copy);

        /// <summary>The tensor with elements of another type.</summary>
        public Tensor to(ScalarType type, bool non_blocking = false) => to_type(type, false, non_blocking);

        /// <summary>The tensor on another device.</summary>
        public Tensor to(string device, bool non_blocking = false) => to(new Device(device), false, non_blocking);

        /// <summary>The tensor on another device.</summary>
        public Tensor to(Device device, bool copy = false, bool non_blocking = false) => to(dtype, device, copy, non_blocking);

        /// <summary>The tensor on the other's device and with its element type.</summary>
        public Tensor to(Tensor other, bool non_blocking = false) => to(other.dtype, other.device, false, non_blocking);

        /// <summary>The tensor with elements of another type.</summary>
        public Tensor type(ScalarType dtype) => to_type(dtype);

        public Tensor @bool() => to_type(ScalarType.Bool);

        public Tensor @byte() => to_type(ScalarType.Byte);

        public Tensor @int() => to_type(ScalarType.Int32);

        public Tensor @long() => to_type(ScalarType.Int64);

        public Tensor @float() => to_type(ScalarType.Float32);

        public Tensor @double() => to_type(ScalarType.Float64);

        /// <summary>A copy; gradients flow through it.</summary>
        public Tensor clone() => CloneOperator.Call(this);

        /// <summary>Another tensor for the same memory and the same history.</summary>
        public Tensor alias() => AliasOperator.Call(this);

        /// <summary>The tensor with its elements one after another; itself where they are so.</summary>
        public Tensor contiguous() => ContiguousOperator.Call(this);

        /// <summary>A view of the memory that no gradient flows through.</summary>
        public Tensor detach() => DetachOperator.Call(this);

        /// <summary>Takes the tensor out of the graph that made it.</summary>
        public Tensor detach_()
        {
            DetachInPlace.Run(this);
            return this;
        }

        /// <summary>A copy in page-locked memory, from which copies to a CUDA device are faster.</summary>
        public Tensor pin_memory() => PinOperator.Call(this);

        /// <summary>Whether the memory is page-locked.</summary>
        public bool is_pinned() => IsPinnedOperator.CallBool(this);
    }

    /// <summary>A copy; gradients flow through it.</summary>
    public static Tensor clone(Tensor input) => input.clone();
}
