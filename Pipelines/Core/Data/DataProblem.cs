namespace MLPipelines.Data;

/// <summary>How much a <see cref="DataProblem"/> matters.</summary>
public enum DataSeverity
{
    /// <summary>The data can be read, but probably not as its author meant.</summary>
    Warning,

    /// <summary>The row, or the whole file, cannot be used as it is.</summary>
    Error,
}

/// <summary>One thing that is wrong with a data file, and where.</summary>
/// <remarks>Immutable, and therefore safe to share between threads.</remarks>
public sealed record DataProblem
{
    /// <summary>Whether the data is unusable or merely suspicious.</summary>
    public required DataSeverity Severity { get; init; }

    /// <summary>The line, counted from 1 by line feeds.</summary>
    public required long Line { get; init; }

    /// <summary>The column within the line, counted from 1 in UTF-16 characters, as .NET strings and most editors count.</summary>
    public required long Column { get; init; }

    /// <summary>The byte in the file, counted from 0; a byte-order mark counts.</summary>
    public required long ByteOffset { get; init; }

    /// <summary>The column or property concerned, or <see langword="null"/> where none is.</summary>
    public string? Field { get; init; }

    /// <summary>What is wrong, what would be right, and what to do.</summary>
    public required string Reason { get; init; }

    /// <summary>The beginning of the offending value, with control characters escaped, or <see langword="null"/> where there is none.</summary>
    public string? Value { get; init; }

    /// <summary>For people: <c>error at line 3, column 7, field 'price': the price is negative; found "-5"</c>.</summary>
    public override string ToString()
    {
        string kind = Severity == DataSeverity.Error ? "error" : "warning";
        return $"{kind} at {Describe()}";
    }

    internal string Describe()
    {
        string field = Field is null ? "" : $", field '{Field}'";
        string found = Value is null ? "" : $"; found \"{Value}\"";
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {Line}, column {Column}{field}: {Reason}{found}");
    }
}
