using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Generation.T5;

namespace MLPipelines.Tests.Generation.Training;

/// <summary>The logits of a fixture's forced targets by a folder's decoders.</summary>
internal sealed class OnnxT5Steps(T5Fixture fixture, string folder, float[] encoded)
{
    public static NamedOnnxValue Ids(T5Fixture fixture, string name)
    {
        var (values, rows, tokens) = fixture.Input(name);
        return NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(values, [rows, tokens]));
    }

    /// <summary>All positions in one pass: [rows, positions, vocabulary].</summary>
    public float[] AtOnce(int positions)
    {
        using var session = new InferenceSession(Path.Combine(folder, T5OnnxExporter.DecoderFile));
        using var outputs = session.Run([Mask(), Tokens(0, positions), Encoded()]);
        return [.. outputs.First(output => output.Name == "logits").AsEnumerable<float>()];
    }

    /// <summary>The same, one position at a time, or several after the first.</summary>
    public float[] StepByStep(int positions, int tokensEach = 1)
    {
        using var first = new InferenceSession(Path.Combine(folder, T5OnnxExporter.DecoderFile));
        using var later = new InferenceSession(Path.Combine(folder, T5OnnxExporter.DecoderWithPastFile));
        var steps = new List<float[]>();
        var past = new Dictionary<string, DenseTensor<float>>();
        for (int start = 0, count = 1; start < positions; start += count, count = Math.Min(tokensEach, positions - start))
        {
            List<NamedOnnxValue> inputs = [Mask(), Tokens(start, count)];
            if (start == 0)
                inputs.Add(Encoded());
            inputs.AddRange(past.Select(pair => NamedOnnxValue.CreateFromTensor(pair.Key, pair.Value)));
            using var outputs = (start == 0 ? first : later).Run(inputs);
            foreach (var output in outputs)
            {
                if (output.Name == "logits")
                    steps.Add([.. output.AsEnumerable<float>()]);
                else
                    past[output.Name.Replace("present", "past_key_values", StringComparison.Ordinal)] = output.AsTensor<float>().ToDenseTensor();
            }
        }
        int rows = fixture.Input("decoder_input_ids").Rows;
        return [.. Enumerable.Range(0, rows).SelectMany(row => steps.SelectMany(step => step.AsSpan(row * (step.Length / rows), step.Length / rows).ToArray()))];
    }

    private NamedOnnxValue Mask()
    {
        var (values, rows, tokens) = fixture.Input("attention_mask");
        return NamedOnnxValue.CreateFromTensor("encoder_attention_mask", new DenseTensor<long>(values, [rows, tokens]));
    }

    private NamedOnnxValue Encoded()
    {
        var (_, rows, tokens) = fixture.Input("attention_mask");
        return NamedOnnxValue.CreateFromTensor("encoder_hidden_states", new DenseTensor<float>(encoded, [rows, tokens, encoded.Length / (rows * tokens)]));
    }

    private NamedOnnxValue Tokens(int start, int count)
    {
        var (values, rows, tokens) = fixture.Input("decoder_input_ids");
        return NamedOnnxValue.CreateFromTensor("input_ids", new DenseTensor<long>(
            Enumerable.Range(0, rows).SelectMany(row => values.AsSpan((row * tokens) + start, count).ToArray()).ToArray(), [rows, count]));
    }
}
