namespace MLPipelines.Training.Checkpoints;

/// <summary>What a pickle names: a function or a type of a module. It is only ever compared, never looked up.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    private const string Torch = "torch";

    private static readonly Dictionary<string, TensorDataType> Storages = new(StringComparer.Ordinal)
    {
        ["FloatStorage"] = TensorDataType.Float32, ["DoubleStorage"] = TensorDataType.Float64,
        ["HalfStorage"] = TensorDataType.Float16, ["BFloat16Storage"] = TensorDataType.BFloat16,
        ["LongStorage"] = TensorDataType.Int64, ["IntStorage"] = TensorDataType.Int32, ["ShortStorage"] = TensorDataType.Int16,
        ["CharStorage"] = TensorDataType.Int8, ["ByteStorage"] = TensorDataType.UInt8, ["BoolStorage"] = TensorDataType.Bool,
    };

    public bool IsOrderedDictionary => this is { Module: "collections", Name: "OrderedDict" };

    public bool IsRebuildTensor => this is { Module: "torch._utils", Name: "_rebuild_tensor_v2" };

    public bool IsRebuildParameter => this is { Module: "torch._utils", Name: "_rebuild_parameter" };

    /// <summary>The type of the elements where this is a storage, else null.</summary>
    public TensorDataType? StorageType => Module == Torch && Storages.TryGetValue(Name, out var type) ? type : null;

    public bool IsAllowed => IsOrderedDictionary || IsRebuildTensor || IsRebuildParameter || StorageType != null;

    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A dict, in the order in which it was filled.</summary>
internal sealed class PickleDictionary
{
    public List<(object Key, object Value)> Items { get; } = [];
}

/// <summary>A list.</summary>
internal sealed class PickleList
{
    public List<object> Items { get; } = [];
}

/// <summary>None.</summary>
internal sealed class PickleNone
{
    public static readonly PickleNone Value = new();
}

/// <summary>The bytes that one or more tensors look into.</summary>
internal sealed record PickleStorage(string Key, TensorDataType Type, long Count);

/// <summary>A tensor: where in a storage its elements are.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);
