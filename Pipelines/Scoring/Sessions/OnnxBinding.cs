using Microsoft.ML.OnnxRuntime;

namespace MLPipelines.Scoring;

/// <summary>
/// Inputs and outputs that are bound to a model, so that values stay where they are from run to run, on a device too.
/// </summary>
/// <remarks>Not thread-safe, and to be disposed. Bound values stay the caller's and must live as long as they are bound.</remarks>
public sealed class OnnxBinding : IDisposable
{
    private readonly OnnxModel _model;
    private readonly OrtIoBinding _binding;
    private readonly HashSet<string> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OrtValue> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _outputs = [];
    private readonly Dictionary<string, bool> _allocated = new(StringComparer.Ordinal);

    internal OnnxBinding(OnnxModel model, OrtIoBinding binding) => (_model, _binding) = (model, binding);

    /// <summary>The outputs that are bound, in the order in which they first were.</summary>
    public IReadOnlyList<string> Outputs => _outputs;

    /// <summary>Binds an input, in place of what it was bound to.</summary>
    /// <exception cref="OnnxException">There is no such input.</exception>
    /// <exception cref="ObjectDisposedException">The model, or the binding, was disposed of.</exception>
    public void BindInput(string name, OrtValue value)
    {
        _model.Input(name);
        Bind(() => _binding.BindInput(name, value), $"'{name}' {OnnxTensors.Describe(value)}");
        _inputs.Add(name);
        if (_model.Tables is not null)
            _ids[name] = value;
    }

    /// <summary>Binds an output to a value of the shape that it will have.</summary>
    /// <exception cref="OnnxException">There is no such output.</exception>
    public void BindOutput(string name, OrtValue value)
    {
        _model.Output(name);
        Bind(() => _binding.BindOutput(name, value), $"'{name}' {OnnxTensors.Describe(value)}");
        _allocated.Remove(name);
        AddOutput(name);
    }

    /// <summary>Binds an output to memory that ONNX Runtime takes anew in each run: on the GPU where that computes, unless <paramref name="onCpu"/>.</summary>
    /// <exception cref="OnnxException">There is no such output.</exception>
    public void BindOutput(string name, bool onCpu = false)
    {
        _model.Output(name);
        _allocated[name] = onCpu || _model.Provider == OnnxExecutionProvider.Cpu;
        Bind(() => Allocate(name), $"'{name}'");
        AddOutput(name);
    }

    /// <summary>Runs the model with what is bound.</summary>
    /// <param name="cancellationToken">Stops the run between two operators.</param>
    /// <exception cref="OnnxException">An input is missing, or of another type or shape.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public void Run(CancellationToken cancellationToken = default) =>
        _model.Run(cancellationToken, (session, run) =>
        {
            // Else the next run would write into the values of this one.
            foreach (string name in _allocated.Keys)
                Allocate(name);
            var rows = (_model.Tables?.Lookups ?? []).Where(lookup => _ids.ContainsKey(lookup.Ids)).Select(lookup => (lookup.Rows, Value: _model.Tables!.Read(lookup, _ids[lookup.Ids]))).ToList();
            try
            {
                foreach (var (name, value) in rows)
                    _binding.BindInput(name, value);
                session.RunWithBinding(run, _binding);
            }
            finally
            {
                foreach (var (_, value) in rows)
                    value.Dispose();
            }
            return 0;
        }, _inputs, null, _outputs);

    /// <summary>The values of all bound outputs after a run, in the order of <see cref="Outputs"/>; the caller disposes of each.</summary>
    public OrtValue[] TakeOutputs() => [.. _binding.GetOutputValues()];

    /// <summary>Unbinds all outputs.</summary>
    public void ClearOutputs()
    {
        _binding.ClearBoundOutputs();
        _outputs.Clear();
        _allocated.Clear();
    }

    /// <summary>Unbinds all inputs.</summary>
    public void ClearInputs()
    {
        _binding.ClearBoundInputs();
        _inputs.Clear();
        _ids.Clear();
    }

    /// <summary>Releases the binding; the values stay.</summary>
    public void Dispose() => _binding.Dispose();

    private void Allocate(string name)
    {
        if (_allocated[name])
        {
            _binding.BindOutputToDevice(name, OrtMemoryInfo.DefaultInstance);
            return;
        }
        using var memory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA, OrtAllocatorType.DeviceAllocator, _model.GpuDeviceId, OrtMemType.Default);
        _binding.BindOutputToDevice(name, memory);
    }

    private void AddOutput(string name)
    {
        if (!_outputs.Contains(name))
            _outputs.Add(name);
    }

    private void Bind(Action bind, string what)
    {
        try
        {
            // What is bound goes to the session, which must be open for it.
            _model.WithSession(_ =>
            {
                bind();
                return 0;
            });
        }
        catch (OnnxRuntimeException e)
        {
            throw ScoringErrors.CannotRun(_model.Location, what, e);
        }
    }
}
