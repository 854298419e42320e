using System.Globalization;
using TorchSharp;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>Prints what the sides of an encoder benchmark did, beside each other.</summary>
internal sealed class EncoderTables(EncoderBenchmarkOptions options, double peak, bool isTraining, EncoderTexts texts)
{
    private readonly List<(string Side, string Note, SideResult Result)> _sides = [];
    private SideResult? _reference;

    /// <summary>Measures and prints what the device's products come to.</summary>
    /// <returns>The rate in bfloat16.</returns>
    public static double PrintMachine(torch.Device device, EncoderBenchmarkOptions options)
    {
        double narrow = EncoderWork.Peak(torch.ScalarType.BFloat16, device);
        double wide = EncoderWork.Peak(torch.ScalarType.Float32, device);
        Console.WriteLine(FormattableString.Invariant($"{options.Device}, {options.Threads} threads: a large product runs at {narrow / 1e9:F0} GFLOP/s in bfloat16, {wide / 1e9:F0} in float32"));
        Console.WriteLine($"encoder: {options.Layers} layers, hidden {options.Hidden}, {options.Heads} heads, intermediate {options.FeedForward}");
        return narrow;
    }

    public static void PrintTexts(EncoderTexts texts, int length, int rows) =>
        Console.WriteLine(FormattableString.Invariant($"\n{texts.Name}: {texts.Rows.Length} texts of up to {length} tokens, {(double)texts.Tokens / texts.Rows.Length:F1} on average; {rows} a batch"));

    public void Add(string side, SideResult? result, bool isReference = false, string note = "")
    {
        if (result == null)
            return;
        _sides.Add((side, note, result));
        if (isReference)
            _reference = result;
    }

    public void Print()
    {
        Console.WriteLine($"{"",-62} {"tokens/s",9} {"padded/s",9} {"rows/s",8} {"of bf16 peak",13} {"to autocast",12} {"batches",8} {"s",6}");
        double operationsPerToken = EncoderWork.ForwardOperations(options, texts.Rows.Select(row => row.Length)) / texts.Tokens * (isTraining ? 3 : 1);
        foreach (var (side, note, result) in _sides)
        {
            string ratio = _reference == null ? "" : (result.TokensPerSecond / _reference.TokensPerSecond).ToString("F2", CultureInfo.InvariantCulture);
            string share = (result.TokensPerSecond * operationsPerToken / peak).ToString("P0", CultureInfo.InvariantCulture);
            string padded = result.Cells == 0 ? "" : (result.Cells / result.Seconds).ToString("N0", CultureInfo.InvariantCulture);
            Console.WriteLine(FormattableString.Invariant(
                $"{$"{side} ({result.Version}), {note}",-62} {result.TokensPerSecond,9:N0} {padded,9} {result.RowsPerSecond,8:N1} {share,13} {ratio,12} {result.Steps,8} {result.Seconds,6:F1}"));
        }
    }
}
