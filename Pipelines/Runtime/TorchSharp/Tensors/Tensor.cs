using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of LibTorch. It holds native memory: dispose of it, or make it in a dispose scope; the finalizer is but a
    /// net. Reading from several threads is safe, writing is not.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private static long total;
        private static long peak;

        internal nint handle;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            Count();
            DisposeScopeManager.Register(this);
        }

        // What another tensor held passes to this one, and its place in the scope with it.
        private protected Tensor(Tensor source)
        {
            handle = source.DecoupleFromNativeHandle(out var scope);
            Count();
            scope?.Add(this);
        }

        /// <summary>The finalizer, a net for those that nobody disposed of.</summary>
        ~Tensor() => Dispose(false);

        /// <summary>How many tensors are alive in this process.</summary>
        public static long TotalCount => Interlocked.Read(ref total);

        /// <summary>The most tensors that were alive at once in this process.</summary>
        public static long PeakCount => Interlocked.Read(ref peak);

        /// <summary>A name for people; it has no effect.</summary>
        public string name { get; set; }

        /// <summary>Whether it was disposed of, or lost what it held to a Parameter.</summary>
        public bool IsInvalid => handle == 0;

        /// <summary>The native handle.</summary>
        /// <exception cref="InvalidOperationException">The tensor was disposed of.</exception>
        public IntPtr Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get
            {
                nint value = handle;
                return value != 0 ? value : TorchErrors.TensorDisposed();
            }
        }

        internal DisposeScope OwningDisposeScope { get; set; }

        internal int ScopeIndex { get; set; }

        /// <summary>A tensor that takes over a native handle.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        /// <summary>Frees what the tensor holds; the memory goes where no other tensor shares it.</summary>
        public void Dispose()
        {
            OwningDisposeScope?.Remove(this);
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        /// <summary>Frees what the tensor holds.</summary>
        protected virtual void Dispose(bool disposing)
        {
            nint value = Interlocked.Exchange(ref handle, 0);
            if (value != 0)
            {
                NativeMethods.shim_tensor_release(value);
                Interlocked.Decrement(ref total);
            }
        }

        /// <summary>Hands the tensor to the dispose scope around its own; without one, it belongs to none.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of its dispose scope.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Remove(this);
            return this;
        }

        /// <summary>Hands the native handle to the caller, who must free it; the tensor is invalid then.</summary>
        public IntPtr DecoupleFromNativeHandle() => DecoupleFromNativeHandle(out _);

        internal nint DecoupleFromNativeHandle(out DisposeScope scope)
        {
            GC.SuppressFinalize(this);
            scope = OwningDisposeScope;
            scope?.Remove(this);
            nint value = Interlocked.Exchange(ref handle, 0);
            if (value == 0)
                TorchErrors.TensorDisposed();
            Interlocked.Decrement(ref total);
            return value;
        }

        // What the other holds replaces what this one held; this object, and whoever refers to it, stays.
        internal void Exchange(Tensor source)
        {
            nint value = source.DecoupleFromNativeHandle(out _);
            nint old = Interlocked.Exchange(ref handle, value);
            NativeMethods.shim_tensor_release(old);
        }

        private static void Count()
        {
            long now = Interlocked.Increment(ref total);
            for (long seen = Interlocked.Read(ref peak); now > seen; seen = Interlocked.Read(ref peak))
            {
                if (Interlocked.CompareExchange(ref peak, now, seen) == seen)
                    break;
            }
        }
    }
}
