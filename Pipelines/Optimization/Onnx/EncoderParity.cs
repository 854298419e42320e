using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Text.Encoders;
using TorchSharp;

namespace MLPipelines.Optimization.Onnx;

/// <summary>Runs random tokens through an exported classifier and through the model on LibTorch.</summary>
internal static class EncoderParity
{
    private const int Rows = 3;
    private const int MostTokens = 48;

    public static OnnxParity Measure(EncoderModel model, string file, OnnxExportOptions options)
    {
        var config = model.Config;
        var random = new Random(options.Seed);
        var counter = new ParityCounter();
        using var session = new InferenceSession(file);
        bool hasTypes = session.InputNames.Contains("token_type_ids");
        for (int sample = 0; sample < options.ParitySamples; sample++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            int longest = random.Next(1, Math.Min(MostTokens, config.MaximumTokens) + 1);
            // The first row is the longest, so that the others are padded.
            int[][] rows = [.. Enumerable.Range(0, Rows).Select(row => RandomIds(random, config, row == 0 ? longest : random.Next(1, longest + 1)))];
            int[][] types = [.. rows.Select(row => Array.ConvertAll(row, _ => random.Next(Math.Max(1, hasTypes ? config.TypeVocabularySize : 1))))];
            var (expected, width) = OnTorch(model, rows, types);
            using var outputs = session.Run(Inputs(rows, types, longest, config.PadId, hasTypes));
            float[] actual = [.. outputs[0].AsEnumerable<float>()];
            if (model is TokenClassifier)
            {
                for (int row = 0; row < Rows; row++)
                    counter.Add(expected.AsSpan(row * longest * width, rows[row].Length * width), actual.AsSpan(row * longest * width, rows[row].Length * width), width);
            }
            else
            {
                counter.Add(expected, actual, width);
            }
        }
        return counter.Result(isGenerator: false) with { Samples = options.ParitySamples };
    }

    private static (float[] Logits, int Width) OnTorch(EncoderModel model, int[][] rows, int[][] types)
    {
        using var inference = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        var device = model.parameters().First().device;
        var logits = model.forward(EncoderInput.Create(model.Config, rows, types, device: device)).to(torch.ScalarType.Float32).cpu().contiguous();
        return (logits.data<float>().ToArray(), (int)logits.shape[^1]);
    }

    private static List<NamedOnnxValue> Inputs(int[][] rows, int[][] types, int length, int padId, bool hasTypes)
    {
        var ids = new DenseTensor<long>([rows.Length, length]);
        var mask = new DenseTensor<long>([rows.Length, length]);
        var segments = new DenseTensor<long>([rows.Length, length]);
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < length; j++)
            {
                bool isToken = j < rows[i].Length;
                ids[i, j] = isToken ? rows[i][j] : padId;
                mask[i, j] = isToken ? 1 : 0;
                segments[i, j] = isToken ? types[i][j] : 0;
            }
        }
        List<NamedOnnxValue> inputs = [NamedOnnxValue.CreateFromTensor("input_ids", ids), NamedOnnxValue.CreateFromTensor("attention_mask", mask)];
        if (hasTypes)
            inputs.Add(NamedOnnxValue.CreateFromTensor("token_type_ids", segments));
        return inputs;
    }

    private static int[] RandomIds(Random random, EncoderConfig config, int length) => [.. Enumerable.Range(0, length).Select(_ =>
    {
        int id = random.Next(config.VocabularySize);
        return id == config.PadId ? (id + 1) % config.VocabularySize : id;
    })];
}
