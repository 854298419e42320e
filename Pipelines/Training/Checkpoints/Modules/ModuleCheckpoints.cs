using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Training.Checkpoints;

/// <summary>Loads checkpoints into modules, and saves modules as checkpoints that Python's <c>transformers</c> opens.</summary>
/// <remarks>
/// As thread-safe as the module: nothing else may use it meanwhile. Elements pass through a buffer of a few megabytes; no second copy of the weights is made.
/// </remarks>
public static class ModuleCheckpoints
{
    /// <summary>How many elements are copied at a time.</summary>
    private const long ChunkElements = 1 << 22;

    /// <summary>
    /// Loads all tensors of a checkpoint into the parameters and buffers of the same names, whatever device they are on. 16-bit and 32-bit floating-point numbers are
    /// converted to what the module has. Either all is loaded or, where something does not fit, nothing.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="options">How names relate and what may be lacking. By default nothing may.</param>
    /// <param name="cancellationToken">Honoured once per tensor; the module is then loaded in part.</param>
    /// <exception cref="CheckpointException">Tensors are missing, unexpected, or have another shape or type (the message lists all of them), or a file cannot be read.</exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static CheckpointLoadReport LoadInto(this nn.Module module, Checkpoint checkpoint, CheckpointLoadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(checkpoint);
        options ??= new CheckpointLoadOptions();
        options.Validate();
        var state = module.state_dict();
        var plan = LoadPlan.Make(checkpoint, [.. state.Select(pair => new ModuleTensor(pair.Key, DataTypeOf(pair.Key, pair.Value), pair.Value.shape, pair.Value.Handle))], options);
        using var _ = no_grad();
        foreach (var (name, tensor) in plan.Pairs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Load(state[name], tensor);
        }
        return plan.Report;
    }

    /// <summary>The parameters and buffers of a module, to write with <see cref="SafetensorsWriter"/>. A tensor that has several names is given once, under the first in ordinal order.</summary>
    /// <param name="module">It must not change until the tensors are written.</param>
    /// <param name="floatingPoint">The type in which floating-point numbers are to be written. The default value is <see langword="null"/>: as they are.</param>
    public static IReadOnlyList<TensorToWrite> TensorsToWrite(this nn.Module module, TensorDataType? floatingPoint = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        if (floatingPoint is { } wanted && !wanted.IsFloatingPoint())
            throw new ArgumentOutOfRangeException(nameof(floatingPoint), floatingPoint, "It must be one of the floating-point types, or null.");
        var seen = new HashSet<IntPtr>();
        return [.. module.state_dict().OrderBy(pair => pair.Key, StringComparer.Ordinal).Where(pair => seen.Add(pair.Value.Handle)).Select(pair => ToWrite(pair.Key, pair.Value, floatingPoint))];
    }

    /// <summary>Writes the parameters and buffers of a module as one safetensors file.</summary>
    /// <param name="module">The module.</param>
    /// <param name="stream">Written from where it stands; it is not closed.</param>
    /// <param name="floatingPoint">The type in which floating-point numbers are written. The default value is <see langword="null"/>: as they are.</param>
    /// <param name="cancellationToken">Honoured once per tensor.</param>
    public static void Save(this nn.Module module, Stream stream, TensorDataType? floatingPoint = null, CancellationToken cancellationToken = default) =>
        SafetensorsWriter.Write(stream, module.TensorsToWrite(floatingPoint), cancellationToken: cancellationToken);

    /// <summary>Writes the parameters and buffers of a module into a folder, as <see cref="SafetensorsWriter.WriteSharded"/> does.</summary>
    /// <param name="module">The module.</param>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="floatingPoint">The type in which floating-point numbers are written. The default value is <see langword="null"/>: as they are.</param>
    /// <param name="cancellationToken">Honoured once per tensor.</param>
    public static void Save(this nn.Module module, string folder, TensorDataType? floatingPoint = null, CancellationToken cancellationToken = default) =>
        SafetensorsWriter.WriteSharded(folder, module.TensorsToWrite(floatingPoint), cancellationToken: cancellationToken);

    /// <summary>What TorchSharp calls a type.</summary>
    public static ScalarType ToScalarType(this TensorDataType type) => type switch
    {
        TensorDataType.Bool => ScalarType.Bool,
        TensorDataType.UInt8 => ScalarType.Byte,
        TensorDataType.Int8 => ScalarType.Int8,
        TensorDataType.Int16 => ScalarType.Int16,
        TensorDataType.Int32 => ScalarType.Int32,
        TensorDataType.Int64 => ScalarType.Int64,
        TensorDataType.Float16 => ScalarType.Float16,
        TensorDataType.BFloat16 => ScalarType.BFloat16,
        TensorDataType.Float32 => ScalarType.Float32,
        TensorDataType.Float64 => ScalarType.Float64,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "It is not a member of TensorDataType."),
    };

    private static TensorDataType DataTypeOf(string name, Tensor tensor)
    {
        foreach (var type in Enum.GetValues<TensorDataType>())
        {
            if (type.ToScalarType() == tensor.dtype)
                return type;
        }
        throw CheckpointErrors.CannotWrite(name, $"a checkpoint holds no numbers of type {tensor.dtype}");
    }

    private static void Load(Tensor target, CheckpointTensor source)
    {
        using var scope = NewDisposeScope();
        var type = source.DataType.ToScalarType();
        bool isPlain = target.is_contiguous();
        // A tensor that is not contiguous gets its elements by way of one that is.
        var whole = isPlain ? target.detach() : empty(target.shape, dtype: target.dtype, device: target.device);
        var flat = whole.view(-1);
        bool isDirect = target.dtype == type && target.device_type == DeviceType.CPU;
        int size = source.DataType.ByteSize();
        for (long start = 0; start < source.ElementCount; start += ChunkElements)
        {
            using var inner = NewDisposeScope();
            long count = Math.Min(ChunkElements, source.ElementCount - start);
            var part = flat.narrow(0, start, count);
            if (isDirect)
            {
                source.Read(start * size, part.bytes);
                continue;
            }
            var read = empty(count, dtype: type);
            source.Read(start * size, read.bytes);
            part.copy_(read);
        }
        if (!isPlain)
            target.detach().copy_(whole);
    }

    private static TensorToWrite ToWrite(string name, Tensor tensor, TensorDataType? floatingPoint)
    {
        var type = DataTypeOf(name, tensor);
        var written = floatingPoint is { } wanted && type.IsFloatingPoint() ? wanted : type;
        return new TensorToWrite(name, written, tensor.shape, stream => Write(tensor, written.ToScalarType(), stream));
    }

    private static void Write(Tensor tensor, ScalarType type, Stream stream)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var flat = tensor.detach().contiguous().view(-1);
        for (long start = 0; start < flat.NumberOfElements; start += ChunkElements)
        {
            using var inner = NewDisposeScope();
            var part = flat.narrow(0, start, Math.Min(ChunkElements, flat.NumberOfElements - start));
            stream.Write(part.to(type).cpu().bytes);
        }
    }
}
