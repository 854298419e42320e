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

    /// <summary>The same, one position at a time.</summary>
    public float[] StepByStep(int positions)
    {
        using var first = new InferenceSession(Path.Combine(folder, T5OnnxExporter.DecoderFile));
        using var later = new InferenceSession(Path.Combine(folder, T5OnnxExporter.DecoderWithPastFile));
        var steps = new List<float[]>();
        var past = new Dictionary<string, DenseTensor<float>>();
        for (int step = 0; step < positions; step++)
        {
            List<NamedOnnxValue> inputs = [Mask(), Tokens(step, 1)];
            if (step == 0)
                inputs.Add(Encoded());
            inputs.AddRange(past.Select(pair => NamedOnnxValue.CreateFromTensor(pair.Key, pair.Value)));
            using var outputs = (step == 0 ? first : later).Run(inputs);
            foreach (var output in outputs)
            {
                if (output.Name == "logits")
                    steps.Add([.. output.AsEnumerable<float>()]);
                else
                    past[output.Name.Replace("present", "past_key_values", StringComparison.Ordinal)] = output.AsTensor<float>().ToDenseTensor();
            }
        }
        int rows = fixture.Input("decoder_input_ids").Rows, width = steps[0].Length / rows;
        return [.. Enumerable.Range(0, rows).SelectMany(row => steps.SelectMany(step => step.AsSpan(row * width, width).ToArray()))];
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
