using Microsoft.ML.OnnxRuntime;

namespace MLPipelines.Scoring;

/// <summary>Runs rows through a model in batches.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class BatchRunner
{
    private readonly OnnxModel _model;
    private readonly OnnxBatchOptions _options;
    private readonly string[] _inputNames, _outputNames;

    public BatchRunner(OnnxModel model, BatchPlan plan, OnnxBatchOptions options)
    {
        (_model, Plan, _options) = (model, plan, options);
        _inputNames = [.. plan.Inputs.Select(input => input.Input.Name)];
        _outputNames = [.. plan.Outputs.Select(output => output.Output.Name)];
    }

    public BatchPlan Plan { get; }

    /// <returns>For each row an array for each output.</returns>
    public Array[][] Run(IReadOnlyList<OnnxRow> rows, CancellationToken cancellation)
    {
        var results = new Array[rows.Count][];
        var groups = RowGroups.Make(rows, Plan, _options);
        if (_options.ConcurrentBatches == 1 || groups.Count == 1)
        {
            foreach (int[] group in groups)
                RunGroup(rows, group, results, cancellation);
            return results;
        }
        // The longest first, so that no thread is left with it at the end.
        groups.Reverse();
        try
        {
            Parallel.ForEach(groups, new ParallelOptions { MaxDegreeOfParallelism = _options.ConcurrentBatches, CancellationToken = cancellation }, group => RunGroup(rows, group, results, cancellation));
        }
        catch (AggregateException e)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
        return results;
    }

    private void RunGroup(IReadOnlyList<OnnxRow> rows, int[] group, Array[][] results, CancellationToken cancellation)
    {
        OnnxRow[] batch = Array.ConvertAll(group, row => rows[row]);
        long count = Plan.FixedRows > 0 ? Plan.FixedRows : batch.Length;
        var inputs = new List<OrtValue>(_inputNames.Length);
        OrtValue[] outputs = [];
        try
        {
            long[] sizes = SizesOf(batch);
            foreach (var input in Plan.Inputs)
                inputs.Add(BatchTensors.Make(input, batch, count, sizes));
            outputs = _model.Provider == OnnxExecutionProvider.Cpu ? _model.Run(_inputNames, inputs, _outputNames, cancellation) : RunBound(inputs, cancellation);
            foreach (int row in group)
                results[row] = new Array[outputs.Length];
            for (int i = 0; i < outputs.Length; i++)
            {
                var slices = BatchResults.Split(_model.Location, Plan.Outputs[i], outputs[i], batch, count);
                for (int row = 0; row < group.Length; row++)
                    results[group[row]][i] = slices[row];
            }
        }
        finally
        {
            foreach (var value in inputs)
                value.Dispose();
            foreach (var value in outputs)
                value.Dispose();
        }
    }

    // On a device, a binding spares the copies that outputs would else take on their way.
    internal OrtValue[] RunBound(List<OrtValue> inputs, CancellationToken cancellation)
    {
        using var binding = _model.Bind();
        for (int i = 0; i < inputs.Count; i++)
            binding.BindInput(_inputNames[i], inputs[i]);
        foreach (string name in _outputNames)
            binding.BindOutput(name, onCpu: true);
        binding.Run(cancellation);
        return binding.TakeOutputs();
    }

    private long[] SizesOf(OnnxRow[] batch)
    {
        var sizes = new long[Plan.Axes];
        foreach (var row in batch)
        {
            for (int axis = 0; axis < sizes.Length; axis++)
                sizes[axis] = Math.Max(sizes[axis], row.Sizes[axis]);
        }
        return sizes;
    }
}
