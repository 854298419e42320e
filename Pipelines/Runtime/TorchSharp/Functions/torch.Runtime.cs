namespace TorchSharp;

public static partial class torch
{
    /// <summary>The version of the LibTorch in use.</summary>
    public static unsafe string __version__ => System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)NativeMethods.shim_compiled_version());

    /// <summary>The threads that one operation runs on.</summary>
    public static int get_num_threads() => NativeMethods.shim_threads();

    /// <summary>Sets the threads that one operation runs on.</summary>
    public static void set_num_threads(int num) => NativeMethods.Check(NativeMethods.shim_set_threads(num));

    /// <summary>The threads that operations run on beside each other.</summary>
    public static int get_num_interop_threads() => NativeMethods.shim_interop_threads();

    /// <summary>Sets the threads that operations run on beside each other; once in a process, before any is used.</summary>
    public static void set_num_interop_threads(int num) => NativeMethods.Check(NativeMethods.shim_set_interop_threads(num));

    /// <summary>Whether CUDA can be used.</summary>
    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>Makes sure that a kind of device can be used.</summary>
    /// <exception cref="InvalidOperationException">It cannot.</exception>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType))
            TorchErrors.NoCuda();
    }

    /// <summary>Whether a kind of device can be used.</summary>
    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType != DeviceType.CUDA || cuda.is_available();

    /// <summary>Makes sure that a device can be used.</summary>
    public static Device InitializeDevice(Device device)
    {
        device ??= CPU;
        InitializeDeviceType(device.type);
        return device;
    }

    /// <summary>NVIDIA's graphics processors.</summary>
    public static partial class cuda
    {
        /// <summary>Whether LibTorch was built with CUDA and sees a device.</summary>
        public static bool is_available() => NativeMethods.shim_cuda_count() > 0;

        /// <summary>Whether cuDNN can be used.</summary>
        public static bool is_cudnn_available() => is_available() && NativeMethods.shim_cudnn() != 0;

        /// <summary>The number of devices; 0 where CUDA is not available.</summary>
        public static int device_count() => NativeMethods.shim_cuda_count();

        /// <summary>Sets the seed of the current device's default generator.</summary>
        public static void manual_seed(long seed)
        {
            if (!is_available())
                return;
            using var generator = new Generator(CUDA);
            generator.manual_seed(seed);
        }

        /// <summary>Sets the seed of all devices' default generators.</summary>
        public static void manual_seed_all(long seed)
        {
            for (int i = 0; i < device_count(); i++)
            {
                using var generator = new Generator(new Device(DeviceType.CUDA, i));
                generator.manual_seed(seed);
            }
        }

        /// <summary>Waits for all work on a device.</summary>
        /// <param name="seed">The index of the device; -1 for the current one.</param>
        public static void synchronize(long seed = -1) => NativeMethods.Check(NativeMethods.shim_cuda_synchronize(seed));
    }

    /// <summary>Switches of the engines below LibTorch.</summary>
    public static class backends
    {
        /// <summary>CUDA.</summary>
        public static class cuda
        {
            /// <summary>Matrix products.</summary>
            public static class matmul
            {
                /// <summary>Whether products of 32-bit floating-point numbers may be taken with fewer digits.</summary>
                public static bool allow_tf32
                {
                    get => NativeMethods.shim_allow_tf32(-1) != 0;
                    set => NativeMethods.shim_allow_tf32(value ? 1 : 0);
                }
            }
        }
    }
}
