using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Where a model is: in a file, or in memory.</summary>
internal sealed record OnnxSource(string File, byte[] Bytes)
{
    public static OnnxSource Of(string file)
    {
        Contracts.CheckNonWhiteSpace(file, "modelFile");
        return System.IO.File.Exists(file) ? new OnnxSource(Path.GetFullPath(file), null) : throw Contracts.ExceptIO($"Model file {file} does not exist.");
    }

    public static OnnxSource Of(Stream stream)
    {
        Contracts.CheckValue(stream, "modelBytes");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return new OnnxSource(null, copy.ToArray());
    }

    public byte[] ReadBytes() => Bytes ?? System.IO.File.ReadAllBytes(File);
}

/// <summary>What a model is asked for, and how it is opened.</summary>
internal sealed record OnnxSettings(
    string[] Inputs, string[] Outputs, IDictionary<string, int[]> Shapes, int? GpuDeviceId, bool FallbackToCpu, int? InterOpThreads, int? IntraOpThreads);

/// <summary>An input or output of a model, with the shape that rows have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="ItemType">The type of columns that it goes with.</param>
/// <param name="Shape">Its shape: as the caller says, else as the file says; what that leaves open is 1.</param>
internal sealed record OnnxNode(string Name, TensorElementType Type, PrimitiveDataViewType ItemType, int[] Shape)
{
    public long Count => Shape.Aggregate(1L, (count, size) => count * size);
}

/// <summary>A session of ONNX Runtime for a model.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly Lock _gate = new();
    private int _users = 1;
    private bool _isDisposed;

    public OnnxSession(OnnxSource source, OnnxSettings settings)
    {
        if (!OrtEnv.IsCreated)
        {
            var options = new EnvironmentCreationOptions { logId = "ML.NET", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            OrtEnv.CreateInstanceWithOptions(ref options);
        }
        try
        {
            _session = Open(source, settings);
        }
        catch (OnnxRuntimeException e)
        {
            throw Contracts.Except(e, $"Error initializing model :{e.Message}");
        }
        CheckShapes(settings.Shapes);
        InputNames = [.. _session.InputNames];
        OutputNames = [.. _session.OutputNames];
    }

    public IReadOnlyList<string> InputNames { get; }

    public IReadOnlyList<string> OutputNames { get; }

    public OnnxNode Input(string name, IDictionary<string, int[]> shapes) =>
        _session.InputMetadata.TryGetValue(name, out var node) ? Node(name, node, shapes) : throw Contracts.Except($"Column {name} doesn't match input node names of model.");

    public OnnxNode Output(string name, IDictionary<string, int[]> shapes) =>
        _session.OutputMetadata.TryGetValue(name, out var node) ? Node(name, node, shapes) : throw Contracts.Except($"Column {name} doesn't match output node names of model.");

    public IDisposableReadOnlyCollection<OrtValue> Run(string[] inputNames, OrtValue[] inputs, string[] outputNames)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(OnnxTransformer));
            _users++;
        }
        try
        {
            using var options = new RunOptions();
            return _session.Run(options, inputNames, inputs, outputNames);
        }
        catch (OnnxRuntimeException e)
        {
            throw Contracts.Except(e, $"Error scoring with the model :{e.Message}");
        }
        finally
        {
            Leave();
        }
    }

    // A run in progress is completed first: the session's memory must not go from under it.
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
        }
        Leave();
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0)
                return;
        }
        _session.Dispose();
    }

    private static InferenceSession Open(OnnxSource source, OnnxSettings settings)
    {
        using var options = MakeOptions(settings);
        if (settings.GpuDeviceId is { } device)
        {
            try
            {
                options.AppendExecutionProvider_CUDA(device);
                return Open(source, options);
            }
            catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
            {
                if (!settings.FallbackToCpu)
                    throw Contracts.Except(e, $"The model cannot be run on GPU {device}, and falling back to the CPU is not allowed: {e.Message}");
                using var cpu = MakeOptions(settings);
                return Open(source, cpu);
            }
        }
        return Open(source, options);
    }

    private static InferenceSession Open(OnnxSource source, SessionOptions options) =>
        source.Bytes is { } bytes ? new InferenceSession(bytes, options) : new InferenceSession(source.File, options);

    private static SessionOptions MakeOptions(OnnxSettings settings)
    {
        var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (settings.InterOpThreads is { } interOp)
            options.InterOpNumThreads = interOp;
        if (settings.IntraOpThreads is { } intraOp)
            options.IntraOpNumThreads = intraOp;
        return options;
    }

    private void CheckShapes(IDictionary<string, int[]> shapes)
    {
        foreach (var (name, shape) in shapes ?? new Dictionary<string, int[]>())
        {
            Contracts.CheckValue(shape, "shapeDictionary");
            if (!_session.InputMetadata.TryGetValue(name, out var node) && !_session.OutputMetadata.TryGetValue(name, out node))
                throw Contracts.ExceptParam("shapeDictionary", $"The model has no input or output '{name}'; it has {string.Join(", ", _session.InputNames.Concat(_session.OutputNames).Select(known => $"'{known}'"))}.");
            bool fits = node.IsTensor && shape.Length == node.Dimensions.Length && !shape.Where((size, i) => node.Dimensions[i] > 0 && size != node.Dimensions[i]).Any();
            Contracts.CheckParam(fits, "shapeDictionary", $"The shape [{string.Join(", ", shape)}] for '{name}' does not fit that of the model, [{string.Join(", ", node.Dimensions)}].");
        }
    }

    private static OnnxNode Node(string name, NodeMetadata node, IDictionary<string, int[]> shapes)
    {
        if (!node.IsTensor)
            throw Contracts.ExceptNotSupp($"'{name}' of the model is no tensor, but {node.OnnxValueType}; name the outputs that are tensors.");
        int[] shape = shapes != null && shapes.TryGetValue(name, out int[] given) ? given : node.Dimensions;
        return new OnnxNode(name, node.ElementDataType, OnnxTypes.ItemTypeOf(name, node.ElementDataType), [.. shape.DefaultIfEmpty(1).Select(size => size <= 0 ? 1 : size)]);
    }
}
