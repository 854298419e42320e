using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Recommendation;

/// <summary>The base of recommenders: learns from rows of a user, an item and, where known, a weight, a type and a time.</summary>
/// <typeparam name="TOptions">The options of the algorithm.</typeparam>
public abstract class RecommenderEstimator<TOptions> : IEstimator<RecommenderTransformer>
    where TOptions : RecommenderOptions, new()
{
    private protected RecommenderEstimator(TOptions? options)
    {
        Options = options ?? new TOptions();
    }

    /// <summary>The options, checked when <c>Fit</c> is called.</summary>
    private protected TOptions Options { get; }

    /// <summary>Trains on all rows that have a user and an item.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is no interaction, or a weight is negative or not a number.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public RecommenderTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        Options.Validate();
        var model = Learn(input);
        return new RecommenderTransformer(model, RecommenderColumns.Of(Options));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(Options.UserColumnName);
        inputSchema.Find(Options.ItemColumnName);
        return inputSchema.With(SchemaShapes.Column(Options.ScoreColumnName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single));
    }

    private protected virtual InteractionMatrix Read(IDataView input) => InteractionReader.Read(input, Options);

    /// <summary>Learns from rows; what needs more of them than their matrix overrides this.</summary>
    private protected virtual RecommenderModel Learn(IDataView input) => Train(Read(input));

    private protected abstract RecommenderModel Train(InteractionMatrix data);
}
