namespace MLPipelines.Training.Checkpoints;

/// <summary>A tensor of a module. Names that share a tensor have the same identity.</summary>
internal sealed record ModuleTensor(string Name, TensorDataType Type, long[] Shape, object Identity);

/// <summary>Which tensor of a checkpoint belongs to which of a module. Where they do not fit, nothing is loaded and every fault is told.</summary>
internal sealed class LoadPlan
{
    private LoadPlan(IReadOnlyList<(string Name, CheckpointTensor Tensor)> pairs, CheckpointLoadReport report)
    {
        Pairs = pairs;
        Report = report;
    }

    /// <summary>The module's names with what is to be loaded there.</summary>
    public IReadOnlyList<(string Name, CheckpointTensor Tensor)> Pairs { get; }

    public CheckpointLoadReport Report { get; }

    /// <exception cref="CheckpointException">Tensors are missing, unexpected, or have another shape or type; the message lists all of them.</exception>
    public static LoadPlan Make(Checkpoint checkpoint, IReadOnlyList<ModuleTensor> module, CheckpointLoadOptions options)
    {
        var targets = module.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var pairs = new SortedDictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        var faults = new List<string>();
        var unexpected = new List<string>();
        foreach (var tensor in checkpoint.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            var name = Candidates(tensor.Name, options).FirstOrDefault(targets.ContainsKey);
            if (name != null && pairs.TryGetValue(name, out var other))
                faults.Add($"'{other.Name}' and '{tensor.Name}' both mean '{name}'");
            else if (name != null)
                pairs.Add(name, tensor);
            else if (StartsWithOne(tensor.Name, options.AllowedUnexpected) || options.DerivedBuffers.Contains(LastPart(tensor.Name)))
                unexpected.Add(tensor.Name);
            else
                faults.Add($"'{tensor.Name}' {TensorShape.Text(tensor.Shape)} is unexpected");
        }
        var loaded = pairs.Keys.Select(name => targets[name].Identity).ToHashSet();
        var missing = new List<string>();
        foreach (var target in module.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            if (pairs.TryGetValue(target.Name, out var tensor))
                AddMisfits(target, tensor, faults);
            else if (loaded.Contains(target.Identity))
                continue;
            else if (StartsWithOne(target.Name, options.AllowedMissing))
                missing.Add(target.Name);
            else
                faults.Add($"'{target.Name}' {TensorShape.Text(target.Shape)} is missing");
        }
        return faults.Count == 0
            ? new LoadPlan([.. pairs.Select(pair => (pair.Key, pair.Value))], new CheckpointLoadReport(pairs.Count, missing, unexpected))
            : throw CheckpointErrors.DoesNotFit(checkpoint.Location, faults);
    }

    /// <summary>
    /// Whether elements may be converted on loading: between the floating-point types of up to 32 bits, and from these to 64.
    /// </summary>
    public static bool CanConvert(TensorDataType from, TensorDataType to) =>
        from == to || (from.IsFloatingPoint() && to.IsFloatingPoint() && from != TensorDataType.Float64);

    private static void AddMisfits(ModuleTensor target, CheckpointTensor tensor, List<string> faults)
    {
        var name = tensor.Name == target.Name ? $"'{target.Name}'" : $"'{target.Name}' (there '{tensor.Name}')";
        if (!tensor.Shape.AsSpan().SequenceEqual(target.Shape))
            faults.Add($"{name} has the shape {TensorShape.Text(tensor.Shape)} where {TensorShape.Text(target.Shape)} is expected");
        if (!CanConvert(tensor.DataType, target.Type))
            faults.Add($"{name} has the type {tensor.DataType} where {target.Type} is expected");
    }

    /// <summary>What a name of the checkpoint may be called in the module, the likeliest first.</summary>
    private static IEnumerable<string> Candidates(string name, CheckpointLoadOptions options)
    {
        foreach (var spelled in options.AcceptLegacyNames && Modern(name) is { } modern ? new[] { name, modern } : [name])
        {
            var mapped = Map(spelled, options.PrefixMap);
            yield return mapped;
            if (options.BasePrefix is not { } prefix)
                continue;
            yield return mapped.StartsWith(prefix, StringComparison.Ordinal) ? mapped[prefix.Length..] : prefix + mapped;
        }
    }

    private static string Map(string name, IReadOnlyDictionary<string, string> map)
    {
        var prefix = map.Keys.Where(key => name.StartsWith(key, StringComparison.Ordinal)).MaxBy(key => key.Length);
        return prefix == null ? name : map[prefix] + name[prefix.Length..];
    }

    private static string? Modern(string name) =>
        name.EndsWith(".gamma", StringComparison.Ordinal) ? name[..^"gamma".Length] + "weight"
        : name.EndsWith(".beta", StringComparison.Ordinal) ? name[..^"beta".Length] + "bias"
        : null;

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];

    private static bool StartsWithOne(string name, IReadOnlyList<string> prefixes) => prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
