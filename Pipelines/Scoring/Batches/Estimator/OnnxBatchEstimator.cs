using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Scoring;

/// <summary>Scores rows with an ONNX model in batches.</summary>
/// <remarks>Fitting reads no rows: it opens the model, and checks its inputs and outputs against the columns.</remarks>
public sealed class OnnxBatchEstimator : IEstimator<OnnxBatchTransformer>
{
    private readonly OnnxBatchOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public OnnxBatchEstimator(OnnxBatchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Opens the model.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="OnnxException">The model is refused, or its inputs and outputs cannot be columns.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public OnnxBatchTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var model = Open();
        try
        {
            var transformer = new OnnxBatchTransformer(model, _options, Path.GetFullPath(_options.ModelFile), files: null);
            transformer.GetOutputSchema(input.Schema);
            return transformer;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        using var model = Open();
        var plan = new BatchPlan(model.Location, model.Inputs, model.Outputs, _options);
        foreach (var input in plan.Columns)
        {
            var column = inputSchema.Find(input.Input.ColumnName!);
            if (column.IsKey || !ElementTypes.Fits(column.ItemType, input.Type))
                throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Schema mismatch for input column '{column.Name}': expected {OnnxBatchMapping.Expected(input)}, got {column.ItemType}");
        }
        return inputSchema.With([.. plan.Outputs.Select(ShapeOf)]);
    }

    private static SchemaShape.Column ShapeOf(PlannedOutput output)
    {
        var kind = OnnxBatchMapping.TypeOf(output) switch
        {
            VectorDataViewType { IsKnownSize: true } => SchemaShape.Column.VectorKind.Vector,
            VectorDataViewType => SchemaShape.Column.VectorKind.VariableVector,
            _ => SchemaShape.Column.VectorKind.Scalar,
        };
        return SchemaShapes.Column(output.Output.Column, kind, ElementTypes.ColumnTypeOf(output.Type)!);
    }

    private OnnxModel Open()
    {
        _options.Validate();
        _options.CancellationToken.ThrowIfCancellationRequested();
        return OnnxModel.Open(_options.ModelFile, _options.Session);
    }
}
