using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public sealed partial class ModelOperationsCatalog
{
    /// <summary>An engine that applies a model to single objects.</summary>
    /// <param name="transformer">The model.</param>
    /// <param name="ignoreMissingColumns">Whether members of the output class without a column of their name are left alone, rather than being an error.</param>
    /// <param name="inputSchemaDefinition">Which columns the input class gives; null for what its members say.</param>
    /// <param name="outputSchemaDefinition">Which columns go into the output class; null for what its members say.</param>
    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(
        ITransformer transformer,
        bool ignoreMissingColumns = true,
        SchemaDefinition inputSchemaDefinition = null,
        SchemaDefinition outputSchemaDefinition = null)
        where TSrc : class
        where TDst : class, new() =>
        CreatePredictionEngine<TSrc, TDst>(transformer, new PredictionEngineOptions
        {
            IgnoreMissingColumns = ignoreMissingColumns,
            InputSchemaDefinition = inputSchemaDefinition,
            OutputSchemaDefinition = outputSchemaDefinition,
        });

    /// <summary>An engine whose input class holds the columns of <paramref name="inputSchema"/>, with their annotations.</summary>
    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, DataViewSchema inputSchema)
        where TSrc : class
        where TDst : class, new()
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return CreatePredictionEngine<TSrc, TDst>(transformer, new PredictionEngineOptions
        {
            IgnoreMissingColumns = false,
            InputSchemaDefinition = RowSchema.DefinitionFor(typeof(TSrc), inputSchema),
        });
    }

    /// <inheritdoc cref="CreatePredictionEngine{TSrc, TDst}(ITransformer, bool, SchemaDefinition, SchemaDefinition)"/>
    public PredictionEngine<TSrc, TDst> CreatePredictionEngine<TSrc, TDst>(ITransformer transformer, PredictionEngineOptions options)
        where TSrc : class
        where TDst : class, new()
    {
        Contracts.CheckValue(transformer, nameof(transformer));
        Contracts.CheckValue(options, nameof(options));
        return new PredictionEngine<TSrc, TDst>(Environment, transformer, options);
    }
}
