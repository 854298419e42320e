namespace MLPipelines.Training.Checkpoints;

/// <summary>How the names of a checkpoint relate to those of the module that it is loaded into, and what may be lacking.</summary>
public sealed class CheckpointLoadOptions
{
    /// <summary>
    /// A prefix, such as "bert.", that stands before the encoder's names where the encoder is part of a larger model. With it a checkpoint of the bare encoder fits
    /// the larger model, and the other way round. The default value is <see langword="null"/>: names must be equal.
    /// </summary>
    public string? BasePrefix { get; set; }

    /// <summary>
    /// What beginnings of the checkpoint's names are called in the module; the longest that fits is replaced, before <see cref="BasePrefix"/>
    /// is considered. The default value is empty.
    /// </summary>
    public IReadOnlyDictionary<string, string> PrefixMap { get; set; } = new Dictionary<string, string>();

    /// <summary>
    /// Beginnings of the module's names, such as "classifier.", that the checkpoint may lack: these tensors keep the values that they have.
    /// The default value is empty.
    /// </summary>
    public IReadOnlyList<string> AllowedMissing { get; set; } = [];

    /// <summary>
    /// Beginnings of the checkpoint's names, such as "cls.", that the module may lack: these tensors are not loaded. The default value is empty.
    /// </summary>
    public IReadOnlyList<string> AllowedUnexpected { get; set; } = [];

    /// <summary>
    /// Whether the names that the first checkpoints of BERT gave to layer norms, <c>gamma</c> and <c>beta</c>, mean <c>weight</c> and <c>bias</c>.
    /// The default value is <see langword="true"/>.
    /// </summary>
    public bool AcceptLegacyNames { get; set; } = true;

    /// <summary>
    /// Last parts of names that older versions of Python's <c>transformers</c> saved though they follow from the configuration: the module may lack
    /// them. The default value is { "position_ids", "token_type_ids" }.
    /// </summary>
    public IReadOnlyList<string> DerivedBuffers { get; set; } = ["position_ids", "token_type_ids"];

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(CheckpointLoadOptions))
            .If(BasePrefix is { Length: 0 }, $"{nameof(BasePrefix)} is empty; give a prefix such as \"bert.\", or null")
            .If(PrefixMap is null || PrefixMap.Any(pair => pair.Value is null), $"{nameof(PrefixMap)} or a value of it is null")
            .If(HasEmptyName(AllowedMissing), EmptyName(nameof(AllowedMissing)))
            .If(HasEmptyName(AllowedUnexpected), EmptyName(nameof(AllowedUnexpected)))
            .If(HasEmptyName(DerivedBuffers), EmptyName(nameof(DerivedBuffers)))
            .Throw();

        static bool HasEmptyName(IReadOnlyList<string> names) => names is null || names.Any(string.IsNullOrEmpty);

        static string EmptyName(string option) => $"{option} is null or holds an empty name, which every name begins with";
    }
}

/// <summary>What became of a checkpoint that was loaded into a module.</summary>
/// <param name="Loaded">How many tensors of the checkpoint were loaded.</param>
/// <param name="Missing">The module's tensors that the checkpoint lacked and was allowed to; they keep the values that they had. Sorted.</param>
/// <param name="Unexpected">The checkpoint's tensors that the module lacked and was allowed to; they were not loaded. Sorted.</param>
public sealed record CheckpointLoadReport(int Loaded, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected);
