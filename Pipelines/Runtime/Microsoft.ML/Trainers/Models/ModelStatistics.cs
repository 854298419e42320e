using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>How well a model fits its training set.</summary>
public class ModelStatisticsBase : ICanSaveModel
{
    internal const string LoaderName = "LRStats";
    private const int FormatVersion = 1;

    public readonly long TrainingExampleCount;

    /// <summary>Twice the negative log-likelihood of the training set under the model.</summary>
    public readonly float Deviance;

    /// <summary>The deviance of the model that knows the bias alone.</summary>
    public readonly float NullDeviance;

    /// <summary>The number of weights that are not zero, the bias included.</summary>
    public readonly int ParametersCount;

    internal ModelStatisticsBase(IHostEnvironment env, long trainingExampleCount, int parametersCount, float deviance, float nullDeviance)
    {
        Contracts.CheckValue(env, nameof(env));
        TrainingExampleCount = trainingExampleCount;
        ParametersCount = parametersCount;
        Deviance = deviance;
        NullDeviance = nullDeviance;
    }

    internal static ModelStatisticsBase Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var (examples, parameters, deviance, nullDeviance) = ReadFields(ctx);
        return new ModelStatisticsBase(ctx.Env, examples, parameters, deviance, nullDeviance);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        SaveModel(ctx);
    }

    private protected virtual void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        WriteFields(ctx);
    }

    private protected void WriteFields(ModelSaveContext ctx)
    {
        ctx.Writer.Write(TrainingExampleCount);
        ctx.Writer.Write(ParametersCount);
        ctx.Writer.Write(Deviance);
        ctx.Writer.Write(NullDeviance);
    }

    private protected static (long Examples, int Parameters, float Deviance, float NullDeviance) ReadFields(ModelLoadContext ctx) =>
        (ctx.Reader.ReadInt64(), ctx.Reader.ReadInt32(), ctx.Reader.ReadSingle(), ctx.Reader.ReadSingle());
}
