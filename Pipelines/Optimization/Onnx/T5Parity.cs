using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Generation.T5;
using TorchSharp;

namespace MLPipelines.Optimization.Onnx;

/// <summary>Runs random tokens through an exported T5 model, at once and step by step, and through the model on LibTorch.</summary>
internal static class T5Parity
{
    private const int Rows = 3;
    private const int MostTokens = 48;
    private const int Steps = 8;

    public static OnnxParity Measure(T5Weights weights, string folder, OnnxExportOptions options)
    {
        using var model = T5Model.Load(weights);
        using var encoder = new InferenceSession(Path.Combine(folder, T5OnnxExporter.EncoderFile));
        using var first = new InferenceSession(Path.Combine(folder, options.Merged ? T5OnnxExporter.MergedDecoderFile : T5OnnxExporter.DecoderFile));
        using var past = options.Merged ? null : new InferenceSession(Path.Combine(folder, T5OnnxExporter.DecoderWithPastFile));
        var later = past ?? first;
        var counter = new ParityCounter();
        var random = new Random(options.Seed);
        for (int sample = 0; sample < options.ParitySamples; sample++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            var batch = Batch.Random(model.Config, random);
            float[] expected = OnTorch(model, batch);
            var states = Encode(encoder, batch);
            int width = model.Config.VocabularySize;
            counter.Add(expected, Decode(first, batch, states), width);
            counter.Add(expected, DecodeByStep(first, later, batch, states, width), width);
        }
        return counter.Result(isGenerator: true) with { Samples = options.ParitySamples };
    }

    private static float[] OnTorch(T5Model model, Batch batch)
    {
        using var inference = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        var output = model.forward(new T5Input(
            torch.tensor(batch.Ids.ToArray(), Rows, batch.Length), torch.tensor(batch.Mask.ToArray(), Rows, batch.Length), torch.tensor(batch.Decoder.ToArray(), Rows, Steps)));
        return output.Logits.contiguous().data<float>().ToArray();
    }

    private static DenseTensor<float> Encode(InferenceSession session, Batch batch)
    {
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("input_ids", batch.Ids), NamedOnnxValue.CreateFromTensor("attention_mask", batch.Mask)]);
        return outputs[0].AsTensor<float>().ToDenseTensor();
    }

    private static float[] Decode(InferenceSession session, Batch batch, DenseTensor<float> states)
    {
        using var outputs = session.Run(
            [Mask(batch), NamedOnnxValue.CreateFromTensor("input_ids", batch.Decoder), NamedOnnxValue.CreateFromTensor("encoder_hidden_states", states), .. OfMerged(session, useCache: false)], ["logits"]);
        return [.. outputs[0].AsEnumerable<float>()];
    }

    private static float[] DecodeByStep(InferenceSession first, InferenceSession later, Batch batch, DenseTensor<float> states, int width)
    {
        var logits = new float[Rows * Steps * width];
        var past = new Dictionary<string, DenseTensor<float>>(StringComparer.Ordinal);
        for (int step = 0; step < Steps; step++)
        {
            var ids = new DenseTensor<long>([Rows, 1]);
            for (int row = 0; row < Rows; row++)
                ids[row, 0] = batch.Decoder[row, step];
            List<NamedOnnxValue> inputs = [Mask(batch), NamedOnnxValue.CreateFromTensor("input_ids", ids)];
            if (step == 0 || ReferenceEquals(first, later))
                inputs.Add(NamedOnnxValue.CreateFromTensor("encoder_hidden_states", states));
            inputs.AddRange(OfMerged(step == 0 ? first : later, useCache: step > 0));
            inputs.AddRange(past.Select(pair => NamedOnnxValue.CreateFromTensor(pair.Key, pair.Value)));
            using var outputs = (step == 0 ? first : later).Run(inputs);
            foreach (var output in outputs)
            {
                // A merged decoder leaves keys and values over the prompt out after the first step.
                if (step > 0 && output.Name.Contains(".encoder.", StringComparison.Ordinal))
                    continue;
                var values = output.AsTensor<float>().ToDenseTensor();
                if (output.Name != "logits")
                {
                    past[output.Name.Replace("present", "past_key_values", StringComparison.Ordinal)] = values;
                    continue;
                }
                for (int row = 0; row < Rows; row++)
                    values.Buffer.Span.Slice(row * width, width).CopyTo(logits.AsSpan(((row * Steps) + step) * width, width));
            }
        }
        return logits;
    }

    /// <summary>What a merged decoder asks for besides; keys and values in the first step, which it does not use.</summary>
    private static IEnumerable<NamedOnnxValue> OfMerged(InferenceSession session, bool useCache)
    {
        if (!session.InputNames.Contains("use_cache_branch"))
            yield break;
        yield return NamedOnnxValue.CreateFromTensor("use_cache_branch", new DenseTensor<bool>(new[] { useCache }, [1]));
        foreach (string name in session.InputNames.Where(name => !useCache && name.StartsWith("past_key_values.", StringComparison.Ordinal)))
        {
            int[] shape = session.InputMetadata[name].Dimensions;
            yield return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>([Rows, shape[1], 1, shape[3]]));
        }
    }

    private static NamedOnnxValue Mask(Batch batch) => NamedOnnxValue.CreateFromTensor("encoder_attention_mask", batch.Mask);

    /// <summary>Prompts of several lengths, and beginnings of outputs.</summary>
    private sealed record Batch(DenseTensor<long> Ids, DenseTensor<long> Mask, DenseTensor<long> Decoder, int Length)
    {
        public static Batch Random(T5Config config, Random random)
        {
            int longest = random.Next(2, MostTokens + 1);
            var (ids, mask, decoder) = (new DenseTensor<long>([Rows, longest]), new DenseTensor<long>([Rows, longest]), new DenseTensor<long>([Rows, Steps]));
            for (int row = 0; row < Rows; row++)
            {
                int length = row == 0 ? longest : random.Next(1, longest + 1);
                for (int i = 0; i < longest; i++)
                    (ids[row, i], mask[row, i]) = i < length ? (random.Next(config.VocabularySize), 1) : (config.PadId, 0);
                for (int i = 0; i < Steps; i++)
                    decoder[row, i] = i == 0 ? config.DecoderStartId : random.Next(config.VocabularySize);
            }
            return new Batch(ids, mask, decoder, longest);
        }
    }
}
