using System.Globalization;
using Microsoft.ML.AutoML.CodeGen;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.AutoML;

/// <summary>Estimators one after another, with alternatives: both the choice among them and their parameters are searched.</summary>
/// <remarks>
/// The search space holds that of each estimator under its name, <c>e0</c>, <c>e1</c> and so on, and under <c>_SCHEMA_</c> the choice among all ways through
/// the pipeline, such as <c>e0 * e2</c>. A pipeline is not changed by an append, which makes another.
/// </remarks>
public class SweepablePipeline : ISweepable<EstimatorChain<ITransformer>>
{
    internal const string SchemaOption = "_SCHEMA_";

    private readonly Entity _schema;
    private string _currentSchema;

    internal SweepablePipeline()
        : this([], null)
    {
    }

    private SweepablePipeline(Dictionary<string, SweepableEstimator> estimators, Entity schema)
    {
        Estimators = estimators;
        _schema = schema;
        _currentSchema = schema is null ? null : TermText(schema.ToTerms().First());
    }

    public SearchSpace.SearchSpace SearchSpace
    {
        get
        {
            var space = new SearchSpace.SearchSpace();
            foreach (var (name, estimator) in Estimators)
                space.Add(name, estimator.SearchSpace);
            space.Add(SchemaOption, new ChoiceOption([.. Terms.Select(object (term) => TermText(term))]));
            return space;
        }
    }

    /// <summary>The parameters that were built last; before that, the defaults.</summary>
    public Parameter CurrentParameter
    {
        get
        {
            _ = Schema;
            var parameter = Parameter.CreateNestedParameter([.. Estimators.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Parameter))]);
            parameter[SchemaOption] = Parameter.FromString(_currentSchema);
            return parameter;
        }
    }

    /// <summary>The estimators by their names in the schema.</summary>
    public Dictionary<string, SweepableEstimator> Estimators { get; }

    internal Entity Schema => _schema ?? throw new InvalidOperationException("The pipeline has no estimators; append some.");

    internal IEnumerable<string[]> Terms => Schema.ToTerms();

    /// <summary>The pipeline with these parameters, which become <see cref="CurrentParameter"/>.</summary>
    /// <param name="context">The context that components are made in.</param>
    /// <param name="parameter">Parameters out of <see cref="SearchSpace"/>; an estimator whose parameters are left out has those that it had.</param>
    /// <exception cref="ArgumentException">The schema is left out though there are several, or is none of this pipeline.</exception>
    public EstimatorChain<ITransformer> BuildFromOption(MLContext context, Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(parameter);
        string[] names = TermOf(parameter);
        var chain = new EstimatorChain<ITransformer>();
        foreach (string name in names)
        {
            var estimator = Estimators[name];
            chain = chain.Append(estimator.BuildFromOption(context, parameter.TryGetValue(name, out var own) ? own : estimator.Parameter));
        }
        _currentSchema = TermText(names);
        return chain;
    }

    /// <summary>The estimators of one schema as a pipeline.</summary>
    /// <param name="schema">Such as <c>e0 * e2</c>.</param>
    public SweepablePipeline BuildSweepableEstimatorPipeline(string schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        var part = Entity.FromExpression(schema);
        Check(part.ToTerms().SelectMany(names => names));
        return new SweepablePipeline().Append(part, Estimators);
    }

    /// <summary>The pipeline followed by one of <paramref name="sweepables"/>, which may be pipelines themselves.</summary>
    public SweepablePipeline Append(params ISweepable<IEstimator<ITransformer>>[] sweepables)
    {
        ArgumentNullException.ThrowIfNull(sweepables);
        if (sweepables.Length == 0)
            throw new ArgumentException("There is nothing to append; give at least one estimator.", nameof(sweepables));
        var estimators = new Dictionary<string, SweepableEstimator>();
        Entity choice = null;
        foreach (var sweepable in sweepables)
        {
            var one = sweepable switch
            {
                SweepableEstimator estimator => Add(new NamedEntity("e0"), new() { ["e0"] = estimator }, estimators),
                SweepablePipeline pipeline => Add(pipeline.Schema, pipeline.Estimators, estimators),
                null => throw new ArgumentNullException(nameof(sweepables), "One of the alternatives is null."),
                _ => Add(new NamedEntity("e0"), new() { ["e0"] = new SweepableEstimator(sweepable.BuildFromOption, sweepable.SearchSpace) }, estimators),
            };
            choice = choice is null ? one : choice + one;
        }
        return Append(choice, estimators);
    }

    /// <summary>The types of the estimators that parameters choose, for people.</summary>
    internal string Describe(Parameter parameter) => string.Join("=>", TermOf(parameter).Select(name => Estimators[name].EstimatorType));

    internal string[] TermOf(Parameter parameter)
    {
        if (!parameter.TryGetValue(SchemaOption, out var schema))
        {
            string[][] terms = [.. Terms.Take(2)];
            return terms.Length == 1 ? terms[0] : throw new ArgumentException($"The parameters do not say which estimators are meant; set '{SchemaOption}' to a schema, such as '{TermText(terms[0])}'.", nameof(parameter));
        }
        string[][] read = [.. Entity.FromExpression(schema.AsType<string>()).ToTerms()];
        if (read.Length != 1)
            throw new ArgumentException($"The schema '{schema.AsType<string>()}' leaves a choice; give one of its terms.", nameof(parameter));
        Check(read[0]);
        return read[0];
    }

    private SweepablePipeline Append(Entity entity, Dictionary<string, SweepableEstimator> from)
    {
        var estimators = new Dictionary<string, SweepableEstimator>(Estimators);
        var added = Add(entity, from, estimators);
        return new SweepablePipeline(estimators, _schema is null ? added : _schema * added);
    }

    private static Entity Add(Entity entity, Dictionary<string, SweepableEstimator> from, Dictionary<string, SweepableEstimator> to) => entity.Rename(name =>
    {
        string next = "e" + to.Count.ToString(CultureInfo.InvariantCulture);
        to.Add(next, from[name]);
        return next;
    });

    private void Check(IEnumerable<string> names)
    {
        if (names.FirstOrDefault(name => !Estimators.ContainsKey(name)) is { } unknown)
            throw new ArgumentException($"The pipeline has no estimator '{unknown}'; it has {string.Join(", ", Estimators.Keys)}.");
    }

    private static string TermText(string[] names) => string.Join(" * ", names);
}

/// <summary>Appends estimators to estimators, whether their parameters are searched or not.</summary>
public static class SweepableExtension
{
    public static SweepablePipeline Append(this IEstimator<ITransformer> estimator, SweepableEstimator estimator1) => Begin(estimator).Append(estimator1);

    public static SweepablePipeline Append(this SweepablePipeline pipeline, IEstimator<ITransformer> estimator)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        return pipeline.Append(SweepableEstimator.Of(estimator));
    }

    public static SweepablePipeline Append(this SweepableEstimator estimator, SweepablePipeline estimator1) => Begin(estimator).Append(estimator1);

    public static SweepablePipeline Append(this SweepableEstimator estimator, IEstimator<ITransformer> estimator1) => Begin(estimator).Append(SweepableEstimator.Of(estimator1));

    public static SweepablePipeline Append(this IEstimator<ITransformer> estimator, SweepablePipeline pipeline) => Begin(estimator).Append(pipeline);

    /// <summary>The estimator followed by one of others.</summary>
    public static SweepablePipeline Append(this SweepableEstimator estimator, params SweepableEstimator[] estimators) => Begin(estimator).Append(estimators);

    /// <summary>The estimator followed by one of others.</summary>
    public static SweepablePipeline Append(this IEstimator<ITransformer> estimator, params SweepableEstimator[] estimators) => Begin(estimator).Append(estimators);

    private static SweepablePipeline Begin(IEstimator<ITransformer> estimator) => Begin(SweepableEstimator.Of(estimator));

    private static SweepablePipeline Begin(SweepableEstimator estimator)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        return new SweepablePipeline().Append(estimator);
    }
}
