using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Gives the output of a model for a vector of features, reusing <paramref name="output"/> where it can.</summary>
internal delegate void FeatureMapper<TOutput>(in VBuffer<float> features, ref TOutput output);

/// <summary>A model of any output.</summary>
internal interface IPredictor
{
    /// <summary>The type of the features; a vector of variable size where any will do, null where none are needed.</summary>
    VectorDataViewType InputType { get; }

    DataViewType OutputType { get; }
}

/// <summary>A model whose outputs are <typeparamref name="TOutput"/>.</summary>
internal interface IPredictor<TOutput> : IPredictor
{
    /// <summary>A function for one thread, with its own scratch memory.</summary>
    FeatureMapper<TOutput> GetMapper();
}

/// <summary>A model that gives a probability beside its score.</summary>
internal interface IDistributionPredictor : IPredictor<float>
{
    float ToProbability(float score);
}

/// <summary>The base of trained models.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public abstract class ModelParametersBase<TOutput> : ICanSaveModel, IPredictor<TOutput>
{
    private protected readonly IHost Host;

    private protected ModelParametersBase(IHostEnvironment env, string name)
    {
        Contracts.CheckValue(env, nameof(env));
        Host = env.Register(name);
    }

    VectorDataViewType IPredictor.InputType => FeatureType;

    DataViewType IPredictor.OutputType => OutputType;

    FeatureMapper<TOutput> IPredictor<TOutput>.GetMapper() => MakeMapper();

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        Contracts.CheckValue(ctx, nameof(ctx));
        SaveModel(ctx);
    }

    private protected abstract VectorDataViewType FeatureType { get; }

    private protected abstract DataViewType OutputType { get; }

    private protected abstract FeatureMapper<TOutput> MakeMapper();

    private protected abstract void SaveModel(ModelSaveContext ctx);
}
