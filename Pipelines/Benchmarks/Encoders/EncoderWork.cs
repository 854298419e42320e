using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using MLPipelines.Text.Encoders;
using TorchSharp;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>Operations of an encoder, and how many the machine can do.</summary>
internal static class EncoderWork
{
    /// <summary>Tokens, padding included, that are classified at once: few enough that their texts are of one length, and enough for products at full speed.</summary>
    public static int InferenceTokens(torch.Device device) => device.type == DeviceType.CUDA ? 16384 : 1024;

    /// <summary>The kernels that this project has an OpenBLAS use that does not know the processor; null where it takes its own choice.</summary>
    public static string? OpenBlasCore => Avx512BW.IsSupported && Avx512F.VL.IsSupported ? "SkylakeX" : null;

    /// <summary>Floating-point operations of the products of a forward pass over rows of these lengths, attention included; training does three times as many.</summary>
    public static double ForwardOperations(EncoderBenchmarkOptions shape, IEnumerable<int> lengths)
    {
        double dense = 2.0 * shape.Layers * (4.0 * shape.Hidden * shape.Hidden + 2.0 * shape.Hidden * shape.FeedForward);
        double attention = 4.0 * shape.Layers * shape.Hidden;
        return lengths.Sum(length => length * (dense + attention * length));
    }

    /// <summary>The rate of a large matrix product, in operations a second.</summary>
    public static double Peak(torch.ScalarType type, torch.Device device)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        bool isCuda = device.type == DeviceType.CUDA;
        int size = isCuda ? 8192 : 2048;
        var a = torch.randn(size, size, dtype: torch.ScalarType.Float32, device: device).to(type);
        var b = torch.randn(size, size, dtype: torch.ScalarType.Float32, device: device).to(type);
        double best = double.MaxValue;
        for (int i = 0; i < 6; i++)
        {
            var clock = Stopwatch.StartNew();
            using var product = torch.matmul(a, b);
            if (isCuda)
                torch.cuda.synchronize();
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return 2.0 * size * size * size / best;
    }

    /// <summary>An untrained classifier of the shape.</summary>
    public static SequenceClassifier NewClassifier(EncoderBenchmarkOptions shape, int vocabulary, int classes) => EncoderModels.CreateSequenceClassifier(new EncoderConfig
    {
        ModelType = "bert",
        VocabularySize = vocabulary,
        HiddenSize = shape.Hidden,
        Layers = shape.Layers,
        Heads = shape.Heads,
        IntermediateSize = shape.FeedForward,
        MaximumPositions = 512,
        TypeVocabularySize = 2,
        Labels = [.. Enumerable.Range(0, classes).Select(i => $"LABEL_{i}")],
    });

    public static PeerConfig PeerConfig(EncoderBenchmarkOptions shape, int vocabulary, int classes) =>
        new(vocabulary, shape.Hidden, shape.Layers, shape.Heads, shape.FeedForward, 512, 2, classes);
}
