using Microsoft.ML.AutoML.CodeGen;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>Something with a search space.</summary>
public interface ISweepable
{
    SearchSpace.SearchSpace SearchSpace { get; }
}

/// <summary>Something with a search space that becomes an estimator when its parameters are chosen.</summary>
public interface ISweepable<out T> : ISweepable
    where T : IEstimator<ITransformer>
{
    T BuildFromOption(MLContext context, Parameter parameter);
}

/// <summary>An estimator whose parameters are searched.</summary>
public class SweepableEstimator : Estimator, ISweepable<IEstimator<ITransformer>>
{
    private readonly Func<MLContext, Parameter, IEstimator<ITransformer>> _factory;

    /// <summary>An estimator that <paramref name="factory"/> makes from parameters out of <paramref name="ss"/>.</summary>
    public SweepableEstimator(Func<MLContext, Parameter, IEstimator<ITransformer>> factory, SearchSpace.SearchSpace ss)
        : this(factory, ss, EstimatorType.Unknown)
    {
    }

    internal SweepableEstimator(Func<MLContext, Parameter, IEstimator<ITransformer>> factory, SearchSpace.SearchSpace ss, EstimatorType type)
        : base(type)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(ss);
        _factory = factory;
        SearchSpace = ss;
        Parameter = ss.SampleFromFeatureSpace(ss.Default);
    }

    public SearchSpace.SearchSpace SearchSpace { get; set; }

    /// <summary>The estimator with these parameters, which become <see cref="Estimator.Parameter"/>.</summary>
    public IEstimator<ITransformer> BuildFromOption(MLContext context, Parameter param)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(param);
        Parameter = param;
        return _factory(context, param);
    }

    /// <summary>An estimator of which nothing is searched.</summary>
    internal static SweepableEstimator Of(IEstimator<ITransformer> estimator)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        return new SweepableEstimator((_, _) => estimator, new SearchSpace.SearchSpace());
    }

    /// <summary>An estimator made from options of a type; what of them is not searched is as in <paramref name="space"/>.</summary>
    internal static SweepableEstimator Of<T>(Func<MLContext, T, IEstimator<ITransformer>> factory, SearchSpace<T> space, EstimatorType type = EstimatorType.Unknown)
        where T : class, new() =>
        new((context, parameter) => factory(context, space.Complete(parameter)), space, type);

    internal static SweepableEstimator Of(Func<MLContext, IEstimator<ITransformer>> factory, EstimatorType type) =>
        new((context, _) => factory(context), new SearchSpace.SearchSpace(), type);
}
