namespace Microsoft.ML.Trainers;

/// <summary>What a prediction costs.</summary>
public interface ILossFunction<in TOutput, in TLabel>
{
    double Loss(TOutput output, TLabel label);
}

/// <summary>The loss of a score.</summary>
public interface IScalarLoss : ILossFunction<float, float>
{
    /// <summary>The derivative of the loss by the score.</summary>
    float Derivative(float output, float label);
}

/// <summary>The loss of a score of two classes; a label above 0 is positive.</summary>
public interface IClassificationLoss : IScalarLoss
{
}

/// <summary>The loss of a predicted number.</summary>
public interface IRegressionLoss : IScalarLoss
{
}

/// <summary>A loss with a closed form of the updates of stochastic dual coordinate ascent.</summary>
/// <remarks>S. Shalev-Shwartz and T. Zhang, "Stochastic Dual Coordinate Ascent Methods for Regularized Loss Minimization" (2013), section 6.2.</remarks>
public interface ISupportSdcaLoss : IScalarLoss
{
    /// <summary>What the dual updates of an example have in common.</summary>
    /// <param name="scaledFeaturesNormSquared">weight · (|features|² + 1) / (L2 constant · number of examples)</param>
    float ComputeDualUpdateInvariant(float scaledFeaturesNormSquared);

    /// <summary>The change of the dual variable of an example.</summary>
    float DualUpdate(float output, float label, float dual, float invariant, int maxNumThreads);

    /// <summary>The dual loss of an example: -f*(-x*), where f* is the Fenchel conjugate of the loss.</summary>
    double DualLoss(float label, float dual);
}

/// <inheritdoc cref="ISupportSdcaLoss"/>
public interface ISupportSdcaClassificationLoss : ISupportSdcaLoss, IClassificationLoss
{
}

/// <inheritdoc cref="ISupportSdcaLoss"/>
public interface ISupportSdcaRegressionLoss : ISupportSdcaLoss, IRegressionLoss
{
}
