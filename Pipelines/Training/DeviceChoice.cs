using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace MLPipelines.Training;

/// <summary>Which device and precision a run uses.</summary>
internal static class DeviceChoice
{
    public static bool IsWellFormed(string? device) =>
        device is "auto" or "cpu" or "cuda" || (device?.StartsWith("cuda:", StringComparison.Ordinal) == true && int.TryParse(device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _));

    /// <exception cref="TrainingException">A GPU is asked for that LibTorch does not find.</exception>
    public static torch.Device Device(TrainingOptions options)
    {
        if (options.Device == "cpu" || (options.Device == "auto" && !torch.cuda.is_available()))
            return torch.CPU;
        int count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        int index = options.Device.StartsWith("cuda:", StringComparison.Ordinal)
            ? int.Parse(options.Device.AsSpan(5), CultureInfo.InvariantCulture)
            : options.Rank % Math.Max(1, count);
        if (index >= count)
            throw TrainingErrors.NoSuchGpu(options.Device, count);
        return torch.device(DeviceType.CUDA, index);
    }

    public static torch.ScalarType Precision(TrainingPrecision asked, torch.Device device) => asked switch
    {
        TrainingPrecision.Float32 => torch.ScalarType.Float32,
        TrainingPrecision.BFloat16 => torch.ScalarType.BFloat16,
        _ => IsBFloat16Faster(device) ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32,
    };

    // LibTorch computes bfloat16 on every GPU, but older ones have no hardware for it: a product tells.
    private static bool IsBFloat16Faster(torch.Device device)
    {
        if (device.type != DeviceType.CUDA)
            return Simd.ProcessorHasBFloat16();
        return Time(torch.ScalarType.BFloat16) < Time(torch.ScalarType.Float32);

        TimeSpan Time(torch.ScalarType type)
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var matrix = torch.ones(2048, 2048, dtype: type, device: device);
            var best = TimeSpan.MaxValue;
            for (int i = 0; i < 4; i++)
            {
                torch.cuda.synchronize();
                var watch = Stopwatch.StartNew();
                torch.matmul(matrix, matrix);
                torch.cuda.synchronize();
                if (watch.Elapsed < best)
                    best = watch.Elapsed;
            }
            return best;
        }
    }
}
