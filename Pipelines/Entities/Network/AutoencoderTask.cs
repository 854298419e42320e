using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Entities;

/// <summary>Learns to reconstruct entities of which a part is hidden.</summary>
/// <param name="module">The network.</param>
/// <param name="space">The columns.</param>
/// <param name="train">What to train on.</param>
/// <param name="held">What is held out.</param>
/// <param name="maskedShare">How much to hide.</param>
internal sealed class AutoencoderTask(AutoencoderModule module, FeatureSpace space, EntityRow[] train, EntityRow[] held, double maskedShare) : TrainingTask
{
    public override torch.nn.Module Module => module;

    public override int ExampleCount => train.Length;

    public override int LengthOf(int example) => 1;

    public override bool Decays(string parameterName) => !parameterName.Contains("bias", StringComparison.Ordinal);

    public override MicroBatchLoss Loss(int[] examples, TrainingContext context)
    {
        int rows = examples.Length;
        var input = new float[rows * space.InputWidth];
        for (int i = 0; i < rows; i++)
            space.Fill(Hide(train[examples[i]], context.Random), input.AsSpan(i * space.InputWidth, space.InputWidth));
        var output = module.forward(torch.tensor(input, [rows, space.InputWidth], device: context.Device));
        var entities = Array.ConvertAll(examples, example => train[example]);
        torch.Tensor? sum = null;
        int numbers = space.Numbers.Length, start = numbers;
        for (int i = 0; i < numbers; i++)
            Add(SquaredError(output.select(1, i), [.. entities.Select(entity => space.Standardised(entity, i))], context.Device));
        for (int i = 0; i < space.Categories.Length; start += space.Categories[i++].Values.Length)
            Add(CrossEntropy(output.narrow(1, start, space.Categories[i].Values.Length), [.. entities.Select(entity => entity.Categories[i])], context.Device));
        for (int i = 0; i < space.Sets.Length; start += space.Sets[i++].Members.Length)
            Add(SetEntropy(output.narrow(1, start, space.Sets[i].Members.Length), [.. entities.Select(entity => entity.Sets[i])], space.Sets[i].MeanSize, context.Device));
        return sum is null ? new MicroBatchLoss(output.sum() * 0, 0) : new MicroBatchLoss(sum / space.Count, rows);

        void Add(torch.Tensor? loss) => sum = sum is null ? loss : loss is null ? sum : sum + loss;
    }

    public override ValidationResult? Validate(TrainingContext context, CancellationToken cancellationToken)
    {
        if (held.Length == 0)
            return null;
        var model = new AutoencoderModel(space, module.ToNetwork());
        double error = held.Average(entity =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (double)model.Describe(entity).Error;
        });
        return new ValidationResult("reconstruction error", error, false);
    }

    /// <summary>The entity with values, and members of sets, missing at random.</summary>
    private EntityRow Hide(EntityRow entity, Random random)
    {
        if (maskedShare == 0)
            return entity;
        return new EntityRow(
            Array.ConvertAll(entity.Numbers, value => Hides() ? float.NaN : value),
            Array.ConvertAll(entity.Categories, place => Hides() ? EntityRow.Missing : place),
            Array.ConvertAll(entity.Sets, set => set.Where(_ => !Hides()).ToArray()));

        bool Hides() => random.NextDouble() < maskedShare;
    }

    private static torch.Tensor? SquaredError(torch.Tensor output, float[] targets, torch.Device device)
    {
        long[] known = [.. Enumerable.Range(0, targets.Length).Where(i => !float.IsNaN(targets[i])).Select(i => (long)i)];
        if (known.Length == 0)
            return null;
        var difference = output.index_select(0, torch.tensor(known, device: device)) - torch.tensor(Array.ConvertAll(known, i => targets[i]), device: device);
        return difference.mul(difference).sum() / targets.Length;
    }

    private static torch.Tensor? CrossEntropy(torch.Tensor logits, int[] targets, torch.Device device)
    {
        long[] known = [.. Enumerable.Range(0, targets.Length).Where(i => targets[i] >= 0).Select(i => (long)i)];
        if (known.Length == 0)
            return null;
        var loss = torch.nn.functional.cross_entropy(logits.index_select(0, torch.tensor(known, device: device)), torch.tensor(Array.ConvertAll(known, i => (long)targets[i]), device: device));
        return loss * ((float)known.Length / targets.Length);
    }

    private static torch.Tensor SetEntropy(torch.Tensor logits, int[][] targets, float meanSize, torch.Device device)
    {
        int members = (int)logits.shape[1];
        var labels = new float[targets.Length * members];
        for (int i = 0; i < targets.Length; i++)
        {
            foreach (int member in targets[i])
                labels[i * members + member] = 1;
        }
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(labels, [targets.Length, members], device: device)) * (members / meanSize);
    }
}
