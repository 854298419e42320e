using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>What a training set says of one parameter of a model.</summary>
public sealed class CoefficientStatistics
{
    internal CoefficientStatistics(int index, float estimate, float standardError)
    {
        // The published square root of 2.
        const double Sqrt2 = 1.41421356237;

        Index = index;
        Estimate = estimate;
        StandardError = standardError;
        ZScore = estimate / standardError;
        PValue = 1 - (float)ScalarMath.Erf(Math.Abs(ZScore / Sqrt2));
    }

    /// <summary>The parameter.</summary>
    public readonly float Estimate;

    /// <summary>The standard error of the parameter.</summary>
    public readonly float StandardError;

    /// <summary>By how many standard errors the parameter differs from zero.</summary>
    public readonly float ZScore;

    /// <summary>The probability of a difference as large where the parameter is zero.</summary>
    public readonly float PValue;

    /// <summary>The feature to which the parameter belongs; 0 for the bias.</summary>
    public readonly int Index;
}

/// <summary>How well a linear model fits its training set, with the standard errors of its parameters.</summary>
public sealed class LinearModelParameterStatistics : ModelStatisticsBase
{
    internal new const string LoaderName = "LinearModelStats";
    private const int FormatVersion = 1;

    private readonly VBuffer<float> _errors;
    private readonly VBuffer<float> _weights;
    private readonly float _bias;

    /// <param name="env">Not used.</param>
    /// <param name="trainingExampleCount">The number of examples.</param>
    /// <param name="parametersCount">The number of weights that are not zero, the bias included.</param>
    /// <param name="deviance">The deviance of the model.</param>
    /// <param name="nullDeviance">The deviance of the model that knows the bias alone.</param>
    /// <param name="errors">The standard errors: of the bias, then of each weight.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="bias">The bias.</param>
    internal LinearModelParameterStatistics(IHostEnvironment env, long trainingExampleCount, int parametersCount, float deviance, float nullDeviance, VBuffer<float> errors, VBuffer<float> weights, float bias)
        : base(env, trainingExampleCount, parametersCount, deviance, nullDeviance)
    {
        _errors = errors;
        _weights = weights;
        _bias = bias;
    }

    /// <summary>The statistics of the bias.</summary>
    public CoefficientStatistics GetBiasStatistics() => GetBiasStatisticsForValue(_bias);

    /// <summary>The statistics of a bias with the given value.</summary>
    public CoefficientStatistics GetBiasStatisticsForValue(float bias) => new(0, bias, _errors.GetValues()[0]);

    /// <summary>The statistics of the weights that are not zero, in falling order of their z-scores.</summary>
    /// <param name="paramCountCap">One more than the number of weights wanted.</param>
    public CoefficientStatistics[] GetWeightsCoefficientStatistics(int paramCountCap)
    {
        Contracts.CheckParam(paramCountCap >= 0, nameof(paramCountCap));
        var errors = _errors.GetValues();
        var statistics = new CoefficientStatistics[ParametersCount - 1];
        for (int i = 1; i < ParametersCount; i++)
        {
            int feature = _errors.IsDense ? i - 1 : _errors.GetIndices()[i] - 1;
            statistics[i - 1] = new CoefficientStatistics(feature, _weights.GetItemOrDefault(feature), errors[i]);
        }
        return [.. statistics.OrderByDescending(weight => weight.ZScore).Take(Math.Min(paramCountCap, ParametersCount) - 1)];
    }

    internal static new LinearModelParameterStatistics Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var (examples, parameters, deviance, nullDeviance) = ReadFields(ctx);
        var errors = ctx.Reader.ReadVBuffer<float>();
        var weights = ctx.Reader.ReadVBuffer<float>();
        Contracts.CheckDecode(errors.GetValues().Length == parameters && errors.Length == weights.Length + 1);
        return new LinearModelParameterStatistics(ctx.Env, examples, parameters, deviance, nullDeviance, errors, weights, ctx.Reader.ReadSingle());
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        WriteFields(ctx);
        ctx.Writer.WriteVBuffer(in _errors);
        ctx.Writer.WriteVBuffer(in _weights);
        ctx.Writer.Write(_bias);
    }
}
