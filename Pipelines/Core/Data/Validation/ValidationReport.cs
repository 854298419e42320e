using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPipelines.Data;

/// <summary>Everything that a validation found in one file. Immutable.</summary>
public sealed record ValidationReport
{
    /// <summary>The path of the file as the caller gave it, or the name of the stream.</summary>
    public required string File { get; init; }

    /// <summary>The format that the file was read as.</summary>
    public required string Format { get; init; }

    /// <summary>Whether the file can be used: it has no errors, though it may have warnings.</summary>
    public bool IsValid => ErrorCount == 0;

    /// <summary>Errors found, listed or not.</summary>
    public required long ErrorCount { get; init; }

    /// <summary>Warnings found, listed or not.</summary>
    public required long WarningCount { get; init; }

    /// <summary>Whether the file could be read to its end; false after a missing column or invalid JSON, for instance.</summary>
    public required bool ReadToEnd { get; init; }

    /// <summary>The problems in the order of the file; at most <see cref="ValidationOptions.MaxProblems"/> of each severity.</summary>
    public required IReadOnlyList<DataProblem> Problems { get; init; }

    /// <summary>Where a check had to stop short of the whole file.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Figures over the rows that have no error.</summary>
    public required DataStatistics Statistics { get; init; }

    /// <summary>The report as indented JSON with camel-case names.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DataJsonContext.Default.ValidationReport);

    /// <summary>The report for people: a line of summary, the problems, and the statistics.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{File} ({Format}): {Count(ErrorCount, "error")}, {Count(WarningCount, "warning")}");
        text.Append(ReadToEnd ? "\n" : "; reading stopped early\n");
        foreach (var problem in Problems)
            text.Append(CultureInfo.InvariantCulture, $"  {problem}\n");
        long unlisted = ErrorCount + WarningCount - Problems.Count;
        if (unlisted > 0)
            text.Append(CultureInfo.InvariantCulture, $"  … and {Count(unlisted, "problem")} more\n");
        foreach (string note in Notes)
            text.Append(CultureInfo.InvariantCulture, $"  note: {note}\n");
        return text.Append(Statistics).ToString();
    }

    private static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : "s")}");
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ValidationReport))]
internal sealed partial class DataJsonContext : JsonSerializerContext;
