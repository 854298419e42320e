using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Runtime.InteropServices;
using MLPipelines.Generation.T5;
using MLPipelines.Tokenization;
using MLPipelines.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Generation;

/// <summary>An input and its target in tokens, end tokens included.</summary>
internal readonly record struct TextToTextExample(int[] Input, int[] Target)
{
    /// <summary>Tokenizes inputs as generators read them, and targets as they write them: without what tokenizers put before texts.</summary>
    public static TextToTextExample[] Make(
        TextTokenizer tokenizer, T5Config config, IReadOnlyList<string> inputs, IReadOnlyList<string> targets, int maximumInputTokens, int maximumTargetTokens, CancellationToken cancellation)
    {
        var read = tokenizer.TokenizeBatch(inputs, options: new TokenizingOptions { MaximumLength = maximumInputTokens }, cancellationToken: cancellation);
        var written = tokenizer.TokenizeBatch(targets, options: new TokenizingOptions { AddSpecialTokens = false, MaximumLength = maximumTargetTokens - 1 }, cancellationToken: cancellation);
        return [.. read.Select((text, i) => new TextToTextExample(text.Ids.Length > 0 ? text.Ids : [config.EosId], [.. written[i].Ids, config.EosId]))];
    }
}

/// <summary>Outputs to learn with the right ones given, and others to judge by.</summary>
internal sealed class TextToTextTask(T5Model model, TextToTextExample[] train, TextToTextExample[] validation, double labelSmoothing) : TrainingTask
{
    private const int TokensPerBatch = 4096;

    public override torch.nn.Module Module => model;

    public override int ExampleCount => train.Length;

    public override int LengthOf(int example) => train[example].Input.Length + train[example].Target.Length;

    public override int DepthOf(string parameterName) => model.DepthOf(parameterName);

    public override string DataFingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> length = stackalloc byte[4];
            foreach (var example in train)
            {
                foreach (int[] ids in (int[][])[example.Input, example.Target])
                {
                    BinaryPrimitives.WriteInt32LittleEndian(length, ids.Length);
                    hash.AppendData(length);
                    hash.AppendData(MemoryMarshal.AsBytes(ids.AsSpan()));
                }
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        TextToTextExample[] rows = Array.ConvertAll(examples, example => train[example]);
        return new MicroBatchLoss(Compute(rows, context, labelSmoothing), rows.Sum(row => row.Target.Length));
    }

    public override ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken)
    {
        if (validation.Length == 0)
            return null;
        double sum = 0;
        long tokens = 0;
        var ordered = validation.OrderBy(row => row.Input.Length + row.Target.Length).ToArray();
        for (int start = 0; start < ordered.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int end = start + 1;
            while (end < ordered.Length && (end - start + 1) * (ordered[end].Input.Length + ordered[end].Target.Length) <= TokensPerBatch)
                end++;
            using var scope = NewDisposeScope();
            int targets = ordered[start..end].Sum(row => row.Target.Length);
            sum += Compute(ordered[start..end], context, 0).ToDouble() * targets;
            tokens += targets;
            start = end;
        }
        double loss = sum / tokens;
        return new ValidationResult("loss", loss, HigherIsBetter: false, new Dictionary<string, double> { ["loss"] = loss, ["perplexity"] = Math.Exp(loss) });
    }

    private Tensor Compute(TextToTextExample[] rows, TrainingContext context, double smoothing)
    {
        int inputs = context.PaddedLength(rows.Max(row => row.Input.Length)), targets = context.PaddedLength(rows.Max(row => row.Target.Length));
        bool isPadded = rows.Any(row => row.Input.Length < inputs);
        var ids = new long[rows.Length * inputs];
        var mask = new long[ids.Length];
        var labels = new long[rows.Length * targets];
        Array.Fill(ids, model.Config.PadId);
        Array.Fill(labels, T5Losses.Ignored);
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < rows[i].Input.Length; j++)
                (ids[(i * inputs) + j], mask[(i * inputs) + j]) = (rows[i].Input[j], 1);
            for (int j = 0; j < rows[i].Target.Length; j++)
                labels[(i * targets) + j] = rows[i].Target[j];
        }
        var right = tensor(labels, rows.Length, targets, device: context.Device);
        var output = model.forward(new T5Input(
            tensor(ids, rows.Length, inputs, device: context.Device), isPadded ? tensor(mask, rows.Length, inputs, device: context.Device) : null, T5Losses.ShiftRight(right, model.Config)));
        return T5Losses.CrossEntropy(output.Logits, right, smoothing);
    }
}
