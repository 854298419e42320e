using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private const int DescriptionLength = 8;

        private enum Fact
        {
            Dimensions,
            Elements,
            ElementType,
            DeviceType,
            DeviceIndex,
            ElementSize,
            Contiguous,
            Sparse,
        }

        /// <summary>The number of dimensions.</summary>
        public long Dimensions => Describe(Fact.Dimensions);

        /// <summary>The number of dimensions.</summary>
        public long ndim => Describe(Fact.Dimensions);

        /// <summary>The number of elements.</summary>
        public long NumberOfElements => Describe(Fact.Elements);

        /// <summary>The bytes of an element.</summary>
        public long ElementSize => Describe(Fact.ElementSize);

        /// <summary>The type of the elements.</summary>
        public ScalarType dtype => (ScalarType)Describe(Fact.ElementType);

        /// <summary>Where the tensor is.</summary>
        public Device device => new(device_type, device_index);

        /// <summary>The kind of device that the tensor is on.</summary>
        public DeviceType device_type => (DeviceType)Describe(Fact.DeviceType);

        /// <summary>The index of the device that the tensor is on; -1 on the CPU.</summary>
        public int device_index => (int)Describe(Fact.DeviceIndex);

        /// <summary>Whether it is on a CUDA device.</summary>
        public bool is_cuda => device_type == DeviceType.CUDA;

        /// <summary>Whether it has a shape but no memory.</summary>
        public bool is_meta => device_type == DeviceType.META;

        /// <summary>Whether it is sparse.</summary>
        public bool is_sparse => Describe(Fact.Sparse) != 0;

        /// <summary>The lengths of the dimensions; a copy.</summary>
        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Dimensions];
                fixed (long* pointer = sizes)
                    NativeMethods.Check(NativeMethods.shim_tensor_sizes(Handle, pointer));
                GC.KeepAlive(this);
                return sizes;
            }
        }

        /// <summary>The number of dimensions.</summary>
        public long dim() => Dimensions;

        /// <summary>The number of elements.</summary>
        public long numel() => NumberOfElements;

        /// <summary>The bytes of an element.</summary>
        public long element_size() => ElementSize;

        /// <summary>Whether the elements are integers; truth values are none.</summary>
        public bool is_integral() => torch.is_integral(dtype);

        /// <summary>Whether the elements are floating-point numbers.</summary>
        public bool is_floating_point() => torch.is_floating_point(dtype);

        /// <summary>Whether the elements are complex numbers.</summary>
        public bool is_complex() => torch.is_complex(dtype);

        /// <summary>Whether it is in the memory of the CPU.</summary>
        public bool is_cpu() => device_type == DeviceType.CPU;

        /// <summary>Whether the elements lie one after another in the order of the dimensions.</summary>
        public bool is_contiguous() => Describe(Fact.Contiguous) != 0;

        /// <summary>The length of a dimension; negative ones count from the end.</summary>
        public unsafe long size(int dim)
        {
            long rank = Dimensions;
            if (dim < -rank || dim >= rank)
                TorchErrors.OutOfRange(nameof(dim), dim, $"The tensor has {rank} dimensions.");
            long* sizes = stackalloc long[(int)rank];
            NativeMethods.Check(NativeMethods.shim_tensor_sizes(Handle, sizes));
            GC.KeepAlive(this);
            return sizes[dim < 0 ? dim + rank : dim];
        }

        /// <summary>The lengths of the dimensions.</summary>
        public long[] size() => shape;

        /// <summary>How many elements lie between neighbours, for each dimension.</summary>
        public unsafe long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* pointer = strides)
                NativeMethods.Check(NativeMethods.shim_tensor_strides(Handle, pointer));
            GC.KeepAlive(this);
            return strides;
        }

        /// <summary>How many elements lie between neighbours along a dimension.</summary>
        public long stride(int dim)
        {
            long[] all = stride();
            return all[dim < 0 ? dim + all.Length : dim];
        }

        /// <summary>The first element's place in the memory that the tensor is a view of, in elements.</summary>
        public unsafe long storage_offset()
        {
            long offset;
            NativeMethods.Check(NativeMethods.shim_tensor_offset(Handle, &offset));
            GC.KeepAlive(this);
            return offset;
        }

        /// <summary>What the tensor is, in a word: shape, type, device.</summary>
        public override string ToString() =>
            IsInvalid ? "[disposed]" : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}{(Dimensions == 0 && device_type != DeviceType.META ? $", value = {ScalarText()}" : "")}";

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private unsafe long Describe(Fact fact)
        {
            long* description = stackalloc long[DescriptionLength];
            NativeMethods.Check(NativeMethods.shim_tensor_describe(Handle, description));
            GC.KeepAlive(this);
            return description[(int)fact];
        }
    }
}
