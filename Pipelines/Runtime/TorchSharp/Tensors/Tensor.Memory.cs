using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator SetSource = new("set_", "source_Tensor");
        private static readonly Operator CopyInto = new("copy_");

        /// <summary>
        /// The memory of a contiguous tensor on the CPU, as a view: it must not be used after the tensor is disposed of.
        /// Setting it copies the bytes in, and neither autograd nor the version counter hears of it.
        /// </summary>
        /// <exception cref="InvalidOperationException">The tensor is not on the CPU, or not contiguous.</exception>
        /// <exception cref="ArgumentException">Another number of bytes is given than the tensor has.</exception>
        public unsafe Span<byte> bytes
        {
            get
            {
                if (!is_cpu())
                    TorchErrors.NotOnCpu(device);
                if (!is_contiguous())
                    TorchErrors.NotContiguous(nameof(bytes));
                long length = NumberOfElements * ElementSize;
                if (length > int.MaxValue)
                    TorchErrors.Invalid($"The tensor has {length} bytes, more than a span can hold.");
                return new Span<byte>((void*)DataPointer(), (int)length);
            }
            set
            {
                var target = bytes;
                if (target.Length != value.Length)
                    TorchErrors.WrongByteCount(target.Length, value.Length);
                value.CopyTo(target);
            }
        }

        /// <summary>The elements of a tensor on the CPU.</summary>
        /// <exception cref="InvalidOperationException">The tensor is not on the CPU.</exception>
        /// <exception cref="ArgumentException">The elements are of another type.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            CheckReadable<T>();
            return new TensorAccessor<T>(this);
        }

        /// <summary>The one element of a tensor, whatever device it is on.</summary>
        /// <exception cref="ArgumentException">The tensor has more or fewer elements, or one of another type.</exception>
        public unsafe T item<T>() where T : unmanaged
        {
            long elements = NumberOfElements;
            if (elements != 1)
                TorchErrors.NotOneElement(elements);
            if (is_cpu())
            {
                CheckReadable<T>();
                var value = Unsafe.Read<T>((void*)DataPointer());
                GC.KeepAlive(this);
                return value;
            }
            using var local = cpu();
            local.DetachFromDisposeScope();
            return local.item<T>();
        }

        /// <summary>The one element of a tensor.</summary>
        public Scalar ToScalar()
        {
            var type = dtype;
            if (torch.is_floating_point(type))
                return ReadDouble();
            return type == ScalarType.Bool ? new Scalar(ReadLong() != 0) : new Scalar(ReadLong());
        }

        /// <summary>Copies the elements of another tensor in, converted and moved as need be; its shape may be broadcast.</summary>
        /// <param name="source">What to copy.</param>
        /// <param name="nonBlocking">Whether a copy between devices may go on after the return.</param>
        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            CopyInto.Run(this, source, nonBlocking);
            return this;
        }

        /// <summary>Becomes a view of the other tensor's memory, with its shape and strides.</summary>
        public Tensor set_(Tensor source)
        {
            SetSource.Run(this, source);
            return this;
        }

        internal unsafe nint DataPointer()
        {
            nint pointer;
            NativeMethods.Check(NativeMethods.shim_tensor_data(Handle, &pointer));
            return pointer;
        }

        internal double ReadDouble()
        {
            using var one = Local(ScalarType.Float64);
            return one.item<double>();
        }

        internal long ReadLong()
        {
            using var one = Local(ScalarType.Int64);
            return one.item<long>();
        }

        private Tensor Local(ScalarType type)
        {
            long elements = NumberOfElements;
            if (elements != 1)
                TorchErrors.NotOneElement(elements);
            return to(type, CPU, copy: true).DetachFromDisposeScope();
        }

        private string ScalarText() =>
            torch.is_floating_point(dtype) ? ReadDouble().ToString("g5", System.Globalization.CultureInfo.InvariantCulture)
            : torch.is_complex(dtype) ? "complex"
            : dtype == ScalarType.Bool ? (ReadLong() != 0).ToString() : ReadLong().ToString(System.Globalization.CultureInfo.InvariantCulture);

        private void CheckReadable<T>() where T : unmanaged
        {
            if (!is_cpu())
                TorchErrors.NotOnCpu(device);
            var type = dtype;
            bool fits = type switch
            {
                ScalarType.Byte => typeof(T) == typeof(byte),
                ScalarType.Int8 => typeof(T) == typeof(sbyte),
                ScalarType.Int16 => typeof(T) == typeof(short),
                ScalarType.Int32 => typeof(T) == typeof(int),
                ScalarType.Int64 => typeof(T) == typeof(long),
                ScalarType.Float16 => typeof(T) == typeof(Half),
                ScalarType.Float32 => typeof(T) == typeof(float),
                ScalarType.Float64 => typeof(T) == typeof(double),
                ScalarType.Bool => typeof(T) == typeof(bool),
                ScalarType.ComplexFloat32 => typeof(T) == typeof((float, float)),
                ScalarType.ComplexFloat64 => typeof(T) == typeof(Complex),
                _ => false,
            };
            if (!fits)
                TorchErrors.WrongElementType(typeof(T), type);
        }
    }
}
