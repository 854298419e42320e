using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Text;

/// <summary>Learns to guess masked tokens; each epoch masks others.</summary>
internal sealed class PretrainingTask(MaskedLanguageModel model, TokenBlock[] train, TokenBlock[] heldOut, TokenMasking masking, int seed) : TrainingTask
{
    private const int HeldOutEpoch = -1;
    private const int TokensPerBatch = 4096;

    public override torch.nn.Module Module => model;

    public override int ExampleCount => train.Length;

    public override int LengthOf(int example) => train[example].Ids.Length;

    public override int DepthOf(string parameterName) => model.DepthOf(parameterName);

    public override string DataFingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var block in train)
                hash.AppendData(MemoryMarshal.AsBytes(block.Ids.AsSpan()));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        var blocks = Array.ConvertAll(examples, example => train[example]);
        var (loss, count) = Loss(blocks, examples, context.Epoch, context.PaddedLength(blocks.Max(block => block.Ids.Length)), context.Device);
        return new MicroBatchLoss(loss, count);
    }

    public override ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken)
    {
        double loss = Measure(context.Device, cancellationToken);
        return new ValidationResult("loss", loss, false, new Dictionary<string, double> { ["loss"] = loss, ["perplexity"] = Math.Exp(loss) });
    }

    /// <summary>The mean loss on the blocks held out, masked the same each time.</summary>
    public double Measure(torch.Device device, CancellationToken cancellation)
    {
        int[] order = [.. Enumerable.Range(0, heldOut.Length).OrderBy(block => heldOut[block].Ids.Length).ThenBy(block => block)];
        double sum = 0;
        long total = 0;
        for (int start = 0; start < order.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int end = start + 1;
            while (end < order.Length && (end - start + 1L) * heldOut[order[end]].Ids.Length <= TokensPerBatch)
                end++;
            int[] examples = order[start..end];
            using var ungraded = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var blocks = Array.ConvertAll(examples, example => heldOut[example]);
            var (loss, count) = Loss(blocks, examples, HeldOutEpoch, blocks.Max(block => block.Ids.Length), device);
            sum += loss.item<float>() * (double)count;
            total += count;
            start = end;
        }
        return LabelMetrics.Ratio(sum, total);
    }

    private (torch.Tensor Loss, int Count) Loss(TokenBlock[] blocks, int[] examples, int epoch, int length, torch.Device device)
    {
        var rows = new int[blocks.Length][];
        var (positions, labels) = (new List<long>(), new List<long>());
        // As long as the batch will be: it is never longer than the encoder has positions for.
        int width = Math.Min(length, Math.Max(blocks.Max(block => block.Ids.Length), model.Config.MaximumTokens));
        for (int row = 0; row < rows.Length; row++)
        {
            // The same block in the same epoch is masked alike, in whatever batch it comes.
            var random = new Random(HashCode.Of(seed, epoch, examples[row]));
            (rows[row], int[] hidden) = masking.Mask(blocks[row], random);
            foreach (int position in hidden)
            {
                positions.Add((long)row * width + position);
                labels.Add(blocks[row].Ids[position]);
            }
        }
        var input = EncoderInput.Create(model.Config, rows, length: width, device: device);
        var logits = model.ForwardAt(input, torch.tensor(positions.ToArray(), [positions.Count], device: device));
        return (EncoderLosses.Tokens(logits, torch.tensor(labels.ToArray(), [labels.Count], device: device)), labels.Count);
    }

    /// <summary>Mixes numbers the same way in every process, unlike <see cref="System.HashCode"/>.</summary>
    private static class HashCode
    {
        public static int Of(int first, int second, int third)
        {
            ulong mixed = 0;
            foreach (int value in (ReadOnlySpan<int>)[first, second, third])
            {
                mixed = (mixed ^ (uint)value) + 0x9E3779B97F4A7C15;
                mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
                mixed ^= mixed >> 31;
            }
            return (int)(mixed & int.MaxValue);
        }
    }
}
