using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>
/// SDCA of one linear function for each class: the loss is that of the margin of the label's score over each other score.
/// </summary>
internal sealed class MulticlassSdca : SdcaSolver
{
    private readonly float[] _normsSquared;

    public MulticlassSdca(IHostEnvironment env, TrainingSet examples, ISupportSdcaLoss loss, in SdcaSettings settings, int[] seeds, int classCount)
        : base(env, examples, loss, in settings, seeds, classCount)
    {
        _normsSquared = new float[examples.RowCount];
    }

    protected override void KeepNorm(int row, float normSquared) => _normsSquared[row] = normSquared;

    protected override Action<int> MakeVisitor()
    {
        var products = new float[FunctionCount];
        var updates = new float[FunctionCount];
        return row => Visit(row, products, updates);
    }

    private void Visit(int row, float[] products, float[] updates)
    {
        var features = Examples.Features(row);
        int label = (int)Examples.Labels[row];
        int firstDual = row * FunctionCount;
        float invariant = Invariants[row], normSquared = _normsSquared[row];
        float weight = WeightOf(row);
        Functions.Dot(in features, products);
        float labelOutput = products[label] + (RegularisedBias[label] + UnregularisedBias[label]);
        float labelDual = 0, labelUpdate = 0, labelAdjustment = 0;
        for (int i = 0; i < products.Length; i++)
        {
            updates[i] = 0;
            if (i == label)
                continue;
            for (int trial = 0; trial < MaximumTrials; trial++)
            {
                float dual = Duals[firstDual + i];
                float output = labelOutput + labelUpdate * normSquared - (products[i] + (RegularisedBias[i] + UnregularisedBias[i]));
                float adjustment = Adjustment(i);
                float dualUpdate = Loss.DualUpdate(output, 1, dual, invariant, Settings.Threads) - adjustment;
                if (!TryUpdateDual(firstDual + i, dual, dualUpdate))
                    continue;
                float primalUpdate = dualUpdate * InverseLambdaN * weight;
                labelDual -= dual + dualUpdate;
                labelUpdate += primalUpdate;
                UnregularisedBias[i] += adjustment * InverseLambdaN * weight;
                labelAdjustment -= adjustment;
                updates[i] = -primalUpdate;
                AddToRegularisedBias(i, -primalUpdate);
                break;
            }
        }
        updates[label] = labelUpdate;
        Functions.Add(in features, updates);
        Duals[firstDual + label] = labelDual;
        UnregularisedBias[label] += labelAdjustment * InverseLambdaN * weight;
        AddToRegularisedBias(label, labelUpdate, alwaysShrinks: true);
    }

    protected override (double Loss, double DualLoss) Evaluate()
    {
        CompensatedSum lossSum = default, dualLossSum = default;
        var products = new float[FunctionCount];
        foreach (int row in Examples.Order())
        {
            float weight = WeightOf(row);
            int label = (int)Examples.Labels[row];
            Functions.Dot(Examples.Features(row), products);
            for (int i = 0; i < products.Length; i++)
                products[i] += RegularisedBias[i] + UnregularisedBias[i];
            double loss = 0, dualLoss = 0;
            for (int i = 0; i < products.Length; i++)
            {
                if (i == label)
                    continue;
                loss += Loss.Loss(products[label] - products[i], 1);
                dualLoss += Loss.DualLoss(1, Duals[row * FunctionCount + i]);
            }
            lossSum.Add(loss * weight);
            dualLossSum.Add(dualLoss * weight);
        }
        return AddPenalties(lossSum.Value / Examples.Count, dualLossSum.Value / Examples.Count);
    }

    private (double Loss, double DualLoss) AddPenalties(double loss, double dualLoss)
    {
        double l1Norm = 0, l2NormSquared = 0, biasProducts = 0;
        float[] magnitudes = new float[FunctionCount], squares = new float[FunctionCount];
        Functions.Norms(magnitudes, squares);
        for (int i = 0; i < FunctionCount; i++)
        {
            float bias = RegularisedBias[i];
            l1Norm += magnitudes[i] + Math.Abs(bias);
            l2NormSquared += squares[i] + bias * bias;
            biasProducts += bias * UnregularisedBias[i];
        }
        double l2 = Settings.L2;
        double l1Penalty = Settings.L1Threshold * l2 * l1Norm;
        double l2Penalty = l2 * l2NormSquared * 0.5;
        return (loss + l2Penalty + l1Penalty, dualLoss - l2Penalty - l2 * biasProducts);
    }
}
