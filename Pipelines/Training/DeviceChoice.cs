using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace MLPipelines.Training;

/// <summary>Which device and precision a run uses.</summary>
internal static class DeviceChoice
{
    private static readonly Lazy<bool> OnProcessor = new(() => IsBFloat16Faster(torch.CPU, 640));

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

    // What the hardware is said to have does not tell: bfloat16 is emulated on older GPUs, processors without AMX multiply it at half the rate of
    // float32, and float32 products of LibTorch are as good as the BLAS that is installed. A product of each tells.
    private static bool IsBFloat16Faster(torch.Device device) =>
        device.type == DeviceType.CUDA ? IsBFloat16Faster(device, 2048) : OnProcessor.Value;

    // Both in turns, so that what else the machine does meets both; on a processor with one thread too, which others that are busy disturb less.
    // bfloat16 is to gain enough to be worth its rounding.
    private static bool IsBFloat16Faster(torch.Device device, int size)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        bool isCuda = device.type == DeviceType.CUDA;
        var single = torch.ones(size, size, dtype: torch.ScalarType.Float32, device: device);
        var half = single.to(torch.ScalarType.BFloat16);
        double bestSingle = double.MaxValue, bestHalf = double.MaxValue;
        Measure();
        int threads = torch.get_num_threads();
        if (!isCuda && threads > 1)
        {
            torch.set_num_threads(1);
            Measure();
            torch.set_num_threads(threads);
        }
        return bestHalf < bestSingle * 0.8;

        void Measure()
        {
            var clock = Stopwatch.StartNew();
            for (int i = 0; i < 20 && (i < 3 || clock.Elapsed.TotalSeconds < 0.3); i++)
            {
                bestSingle = Math.Min(bestSingle, TimeOfProduct(single));
                bestHalf = Math.Min(bestHalf, TimeOfProduct(half));
            }
        }

        double TimeOfProduct(torch.Tensor matrix)
        {
            if (isCuda)
                torch.cuda.synchronize();
            var watch = Stopwatch.StartNew();
            using var product = torch.matmul(matrix, matrix);
            if (isCuda)
                torch.cuda.synchronize();
            return watch.Elapsed.TotalSeconds;
        }
    }
}
