using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>SDCA of one linear function: two classes, or a number.</summary>
internal sealed class ScalarSdca(IHostEnvironment env, TrainingSet examples, ISupportSdcaLoss loss, in SdcaSettings settings, int[] seeds)
    : SdcaSolver(env, examples, loss, in settings, seeds, functionCount: 1)
{
    protected override float WeightOf(int row)
    {
        float weight = Examples.Weight(row);
        return Examples.Labels[row] > 0 ? weight * Settings.PositiveInstanceWeight : weight;
    }

    protected override Action<int> MakeVisitor()
    {
        var product = new float[1];
        return row =>
        {
            var features = Examples.Features(row);
            float label = Examples.Labels[row];
            for (int trial = 0; trial < MaximumTrials; trial++)
            {
                float dual = Duals[row];
                Functions.Dot(in features, product);
                float output = product[0] + (RegularisedBias[0] + UnregularisedBias[0]);
                float adjustment = Adjustment(0);
                float dualUpdate = Loss.DualUpdate(output, label, dual, Invariants[row], Settings.Threads) - adjustment;
                if (!TryUpdateDual(row, dual, dualUpdate))
                    continue;
                float weight = WeightOf(row);
                float primalUpdate = dualUpdate * InverseLambdaN * weight;
                UnregularisedBias[0] += adjustment * InverseLambdaN * weight;
                product[0] = primalUpdate;
                Functions.Add(in features, product);
                AddToRegularisedBias(0, primalUpdate);
                break;
            }
        };
    }

    protected override (double Loss, double DualLoss) Evaluate()
    {
        CompensatedSum lossSum = default, dualLossSum = default;
        float regularised = RegularisedBias[0], unregularised = UnregularisedBias[0];
        float bias = regularised + unregularised;
        Span<float> product = stackalloc float[1];
        foreach (int row in Examples.Order())
        {
            float weight = WeightOf(row);
            float label = Examples.Labels[row];
            Functions.Dot(Examples.Features(row), product);
            lossSum.Add(Loss.Loss(product[0] + bias, label) * weight);
            dualLossSum.Add(Loss.DualLoss(label, Duals[row]) * weight);
        }
        Span<float> magnitudes = stackalloc float[1], squares = stackalloc float[1];
        Functions.Norms(magnitudes, squares);
        double l2 = Settings.L2;
        double l1Penalty = (double)Settings.L1Threshold * l2 * (magnitudes[0] + Math.Abs(regularised));
        double l2Penalty = l2 * (squares[0] + regularised * regularised) * 0.5;
        double loss = lossSum.Value / Examples.Count + l2Penalty + l1Penalty;
        double dualLoss = dualLossSum.Value / Examples.Count - l2Penalty - l2 * unregularised * regularised;
        return (loss, dualLoss);
    }
}
