using Microsoft.ML;
using MLPipelines.MLNet;

namespace MLPipelines.Scoring;

/// <summary>Scores rows with an ONNX model: rows are read ahead, sorted by length, run in batches, and given back in order.</summary>
/// <remarks>
/// Thread-safe for reading, and to be disposed: it holds a session of ONNX Runtime, which transformers of the same file and equal options share.
/// The same rows in the same order give the same values to the last bit. A row alone, or among others, may differ in the last digits, since matrix products of other sizes add up in
/// other orders: by about 1e-6 of a value in float32. Saved through <see cref="OnnxBatchCodec"/>.
/// </remarks>
public sealed class OnnxBatchTransformer : RowTransformer, IDisposable
{
    private readonly BatchRunner _runner;
    private readonly IDisposable? _files;

    internal OnnxBatchTransformer(OnnxModel model, OnnxBatchOptions options, string modelFile, IDisposable? files)
    {
        (Model, Options, ModelFile, _files) = (model, options, modelFile, files);
        _runner = new BatchRunner(model, new BatchPlan(model.Location, model.Inputs, model.Outputs, options), options);
    }

    /// <summary>The model; disposed with the transformer.</summary>
    public OnnxModel Model { get; }

    internal OnnxBatchOptions Options { get; }

    /// <summary>Where the model's file is, for saving.</summary>
    internal string ModelFile { get; }

    /// <summary>Gives up the session. Transforming afterwards throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Model.Dispose();
        _files?.Dispose();
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new OnnxBatchMapping(inputSchema, _runner, Options);
}
