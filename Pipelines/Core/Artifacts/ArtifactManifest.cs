using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPipelines.Artifacts;

/// <summary>
/// What an artifact says of itself: the first entry of its zip, <c>manifest.json</c>. Everything needed to know
/// where a model came from, what it takes and gives, and how good it was, without loading it.
/// </summary>
public sealed record ArtifactManifest
{
    /// <summary>The format that this library writes and the only one it reads.</summary>
    public const string CurrentSchemaVersion = "1.0";

    /// <summary>The format of this manifest and of the zip around it.</summary>
    public string SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>The name under which it is published.</summary>
    public required string Name { get; init; }

    /// <summary>Its version, <c>major.minor.patch</c>.</summary>
    public required string Version { get; init; }

    /// <summary>What it does, such as <c>text-classification</c>.</summary>
    public required string Task { get; init; }

    /// <summary>When it was made, in UTC.</summary>
    public required DateTime CreatedUtc { get; init; }

    /// <summary>SHA-256 over the list of entries: the identity of the content.</summary>
    public string ContentDigest { get; init; } = "";

    /// <summary>The licence of the model, as an SPDX identifier where there is one.</summary>
    public string? License { get; init; }

    /// <summary>Versions of the libraries that trained it, by name.</summary>
    public SortedDictionary<string, string> Engines { get; init; } = [];

    /// <summary>The columns that it takes and gives.</summary>
    public ArtifactSignature Signature { get; init; } = new();

    /// <summary>The classes, for a classifier.</summary>
    public ArtifactLabels? Labels { get; init; }

    /// <summary>What it consists of, in the order in which rows pass. For people and for comparison: loading does not depend on it.</summary>
    public IReadOnlyList<ArtifactStage> Stages { get; init; } = [];

    /// <summary>How it was trained.</summary>
    public ArtifactTraining Training { get; init; } = new();

    /// <summary>The data sets that were used.</summary>
    public IReadOnlyList<ArtifactDataset> Data { get; init; } = [];

    /// <summary>How good it was, on which rows.</summary>
    public IReadOnlyList<ArtifactMetric> Metrics { get; init; } = [];

    /// <summary>What it was made from.</summary>
    public ArtifactLineage Lineage { get; init; } = new();

    /// <summary>The absolute difference allowed between a golden output and that of the loaded model; 0 for exact equality.</summary>
    public double GoldenTolerance { get; init; }

    /// <summary>Anything else worth knowing.</summary>
    public string? Notes { get; init; }

    /// <summary>Every other entry of the zip.</summary>
    public IReadOnlyList<ArtifactEntry> Entries { get; init; } = [];
}

/// <summary>The columns of a model.</summary>
public sealed record ArtifactSignature
{
    /// <summary>What it takes.</summary>
    public IReadOnlyList<ArtifactColumn> Inputs { get; init; } = [];

    /// <summary>What it adds.</summary>
    public IReadOnlyList<ArtifactColumn> Outputs { get; init; } = [];
}

/// <summary>A column: its name and its type as ML.NET prints it.</summary>
public sealed record ArtifactColumn(string Name, string Type);

/// <summary>The classes of a classifier.</summary>
public sealed record ArtifactLabels
{
    /// <summary>The classes in the order of the scores.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Whether an example may have several.</summary>
    public bool IsMultiLabel { get; init; }

    /// <summary>The score from which each class counts, where it is not simply the highest.</summary>
    public IReadOnlyList<double>? Thresholds { get; init; }

    /// <summary>By what the logits were divided to calibrate the probabilities.</summary>
    public double? Temperature { get; init; }
}

/// <summary>A stage of a model.</summary>
/// <param name="Kind">The kind, which is that of its codec.</param>
/// <param name="Transformers">The transformers in it, in order.</param>
public sealed record ArtifactStage(string Kind, IReadOnlyList<string> Transformers);

/// <summary>How a model was trained.</summary>
public sealed record ArtifactTraining
{
    /// <summary>The seed, where one was given.</summary>
    public int? Seed { get; init; }

    /// <summary>The options, by name.</summary>
    public SortedDictionary<string, JsonElement> Options { get; init; } = [];

    /// <summary>Wall time, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>On what, such as the processor's name.</summary>
    public string? Hardware { get; init; }
}

/// <summary>A data set that was used.</summary>
public sealed record ArtifactDataset
{
    /// <summary>Its name, such as the file name without folders.</summary>
    public required string Name { get; init; }

    /// <summary>What it was used for: <c>train</c>, <c>validation</c> or <c>test</c>.</summary>
    public required string Split { get; init; }

    /// <summary>How many rows it had.</summary>
    public long Rows { get; init; }

    /// <summary>SHA-256 of its bytes, in lower-case hexadecimal.</summary>
    public string? Sha256 { get; init; }

    /// <summary>A file, whose name is kept without its folders.</summary>
    public static ArtifactDataset OfFile(string file, string split, long rows, string? sha256) => new() { Name = Path.GetFileName(file), Split = split, Rows = rows, Sha256 = sha256 };
}

/// <summary>A figure of quality.</summary>
public sealed record ArtifactMetric
{
    /// <summary>Its name in camel case, such as <c>microAccuracy</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its value.</summary>
    public required double Value { get; init; }

    /// <summary>On which rows: <c>validation</c> or <c>test</c>.</summary>
    public required string Split { get; init; }

    /// <summary>On how many rows.</summary>
    public long Rows { get; init; }

    /// <summary>The bounds of its 95 % confidence interval.</summary>
    public IReadOnlyList<double>? Interval95 { get; init; }

    /// <summary>The same figure of the linear baseline on the same rows.</summary>
    public double? LinearBaseline { get; init; }
}

/// <summary>What a model was made from.</summary>
public sealed record ArtifactLineage
{
    /// <summary>The content digest of the version it continues, if any.</summary>
    public string? Parent { get; init; }

    /// <summary>The pretrained checkpoint, with revision.</summary>
    public string? BaseCheckpoint { get; init; }

    /// <summary>The sweep that found its options.</summary>
    public string? Sweep { get; init; }

    /// <summary>The trial of that sweep.</summary>
    public int? Trial { get; init; }

    /// <summary>What that trial tried, by name.</summary>
    public SortedDictionary<string, JsonElement>? Parameters { get; init; }

    /// <summary>The best of the other trials, the best first.</summary>
    public IReadOnlyList<ArtifactTrial>? RunnersUp { get; init; }
}

/// <summary>Another trial of the sweep that a model comes from.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Metric">What it reached, in the metric of the sweep.</param>
/// <param name="Parameters">What it tried, by name.</param>
public sealed record ArtifactTrial(int Trial, double Metric, SortedDictionary<string, JsonElement> Parameters);

/// <summary>An entry of the zip.</summary>
/// <param name="Path">Its name, with forward slashes.</param>
/// <param name="Role">What it is: <c>weights</c>, <c>config</c>, <c>golden</c>, <c>card</c> …</param>
/// <param name="Length">Its length in bytes, uncompressed.</param>
/// <param name="Sha256">SHA-256 of its bytes, in lower-case hexadecimal.</param>
public sealed record ArtifactEntry(string Path, string Role, long Length, string Sha256)
{
    /// <summary>The role of what is stored uncompressed, so that it can be mapped into memory and cannot grow on reading.</summary>
    public const string WeightsRole = "weights";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = MaximumDepth,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(ArtifactManifest))]
internal sealed partial class ArtifactJsonContext : JsonSerializerContext
{
    public const int MaximumDepth = 32;
}

/// <summary>Without white space, for digests.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ArtifactEntry[]))]
internal sealed partial class CanonicalJsonContext : JsonSerializerContext;
