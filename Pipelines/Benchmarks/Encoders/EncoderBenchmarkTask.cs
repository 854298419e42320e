using MLPipelines.Text.Encoders;
using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>Learning the labels of texts, as the Python loop does.</summary>
internal sealed class EncoderBenchmarkTask(SequenceClassifier model, EncoderTexts texts) : TrainingTask
{
    public override torch.nn.Module Module => model;

    public override int ExampleCount => texts.Rows.Length;

    public override int LengthOf(int example) => texts.Rows[example].Length;

    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        int[][] rows = Array.ConvertAll(examples, example => texts.Rows[example]);
        var input = EncoderInput.Create(model.Config, rows, length: context.PaddedLength(rows.Max(row => row.Length)), device: context.Device);
        var labels = torch.tensor(Array.ConvertAll(examples, example => (long)texts.Labels[example]), device: context.Device);
        return new MicroBatchLoss(torch.nn.functional.cross_entropy(model.forward(input).to(torch.ScalarType.Float32), labels), examples.Length);
    }
}
