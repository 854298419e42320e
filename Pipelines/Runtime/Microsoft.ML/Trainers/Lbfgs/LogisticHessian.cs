using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Computes the standard errors of the weights of a logistic regression.</summary>
public abstract class ComputeLogisticRegressionStandardDeviation
{
    /// <summary>Computes the standard error of the bias and of each weight that is not zero.</summary>
    /// <param name="hessian">The lower triangle of the Hessian, row by row.</param>
    /// <param name="weightIndices">The parameters to which its rows belong (0 is the bias); null where it has all.</param>
    /// <param name="parametersCount">The number of its rows.</param>
    /// <param name="currentWeightsCount">The number of all parameters.</param>
    /// <param name="ch">Where to say what is wrong.</param>
    /// <param name="l2Weight">The weight of the L2 penalty.</param>
    public abstract VBuffer<float> ComputeStandardDeviation(double[] hessian, int[] weightIndices, int parametersCount, int currentWeightsCount, IChannel ch, float l2Weight);
}

/// <summary>The Hessian of the logistic loss, for the bias and the weights that are not zero.</summary>
internal static class LogisticHessian
{
    /// <summary>The bias and the weights that are not zero.</summary>
    public static int[] Selected(float[] parameters) =>
        [.. Enumerable.Range(0, parameters.Length).Where(i => i == 0 || parameters[i] != 0)];

    /// <summary>The lower triangle, row by row, of the rows and columns of the selected parameters.</summary>
    public static double[] Compute(TrainingSet examples, float[] parameters, int[] selected, float l2)
    {
        var hessian = new double[selected.Length * (selected.Length + 1) / 2];
        for (int i = 1; i < selected.Length; i++)
            hessian[Row(i) + i] = l2;
        var positions = new int[parameters.Length];
        for (int i = 1; i < selected.Length; i++)
            positions[selected[i]] = i;
        foreach (int row in examples.Order())
        {
            var features = examples.Features(row);
            float score = parameters[0] + features.Dot(parameters.AsSpan(1));
            double variance = examples.Weight(row) / (2 + 2 * Math.Cosh(score));
            hessian[0] += variance;
            for (int i = 0; i < features.Values.Length; i++)
            {
                int at = positions[Feature(features, i) + 1];
                if (at == 0)
                    continue;
                double value = features.Values[i] * variance;
                hessian[Row(at)] += value;
                for (int j = 0; j <= i; j++)
                {
                    int other = positions[Feature(features, j) + 1];
                    if (other != 0)
                        hessian[Row(at) + other] += value * features.Values[j];
                }
            }
        }
        return hessian;
    }

    private static int Row(int index) => index * (index + 1) / 2;

    private static int Feature(FeatureRow features, int i) => features.IsDense ? i : features.Indices[i];
}
