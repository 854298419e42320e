namespace MLPipelines.Data;

/// <summary>How far a reader has come.</summary>
/// <param name="BytesRead">Bytes taken from the stream so far.</param>
/// <param name="TotalBytes">The length of the stream, or <see langword="null"/> where it cannot be known.</param>
public readonly record struct DataReadProgress(long BytesRead, long? TotalBytes);

/// <summary>What every data reader can be told.</summary>
public abstract class DataReadOptions
{
    internal const int DefaultMaxRecordBytes = 16 * 1024 * 1024;
    internal const int SmallestMaxRecordBytes = 1024;
    internal const int LargestMaxRecordBytes = 1024 * 1024 * 1024;

    private protected DataReadOptions()
    {
    }

    /// <summary>
    /// The longest row or JSON element accepted, in bytes; also the bound of the reader's memory.
    /// 1,024 to 1,073,741,824; the default value is 16,777,216 (16 MiB).
    /// </summary>
    public int MaxRecordBytes { get; init; } = DefaultMaxRecordBytes;

    /// <summary>Told of the bytes read, about once per mebibyte and at the end; the default value is <see langword="null"/>.</summary>
    public IProgress<DataReadProgress>? Progress { get; init; }

    /// <summary>
    /// Called for every problem of a row; the row is then left out and reading goes on.
    /// The default value is <see langword="null"/>: the first problem is thrown as a <see cref="DataFormatException"/>.
    /// Problems after which nothing can be read (a missing column, invalid JSON) are thrown in either case.
    /// </summary>
    public Action<DataProblem>? OnBadRow { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">One or more values are out of range; the message lists them all.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(GetType().Name);
        AddFaults(faults);
        faults.Throw();
    }

    private protected virtual void AddFaults(OptionFaults faults) => faults
        .If(MaxRecordBytes is < SmallestMaxRecordBytes or > LargestMaxRecordBytes, $"{nameof(MaxRecordBytes)} is {MaxRecordBytes}; it must be from {SmallestMaxRecordBytes} to {LargestMaxRecordBytes}");
}

/// <summary>How delimited text (CSV, TSV) is read.</summary>
public sealed class DelimitedOptions : DataReadOptions
{
    /// <summary>
    /// The character between fields; ASCII, and neither the quote, a line end nor NUL.
    /// The default value is <see langword="null"/>: a tab for <c>.tsv</c> and <c>.tab</c> files, and otherwise
    /// whichever of comma, semicolon, tab and bar the header has most of.
    /// </summary>
    public char? Separator { get; init; }

    /// <summary>
    /// The character around fields that contain separators, line ends or (doubled) quotes;
    /// <see langword="null"/> where a file does not quote. ASCII; the default value is <c>"</c>.
    /// </summary>
    public char? Quote { get; init; } = '"';

    /// <summary>Whether the first row names the columns; the default value is <see langword="true"/>.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>The options themselves, or the defaults; refuses files without a header, whose columns have no names.</summary>
    internal static DelimitedOptions ForNamedColumns(DelimitedOptions? options)
    {
        options ??= new DelimitedOptions();
        return options.HasHeader
            ? options
            : throw new OptionFaults(nameof(DelimitedOptions)).Add($"{nameof(HasHeader)} is false; columns are found by their names, so the first row must have them").ToException();
    }

    private protected override void AddFaults(OptionFaults faults)
    {
        base.AddFaults(faults);
        AddFault(nameof(Separator), Separator);
        AddFault(nameof(Quote), Quote);
        if (Separator is not null && Separator == Quote)
            faults.Add($"{nameof(Separator)} and {nameof(Quote)} are both '{Separator}'; they must differ");

        void AddFault(string name, char? value)
        {
            if (value is { } c && (c is '\0' or '\r' or '\n' || !char.IsAscii(c)))
                faults.Add($"{name} is U+{(int)c:X4}; it must be an ASCII character other than a line end or NUL");
        }
    }
}

/// <summary>How the JSON data formats are read.</summary>
public sealed class JsonDataOptions : DataReadOptions
{
    /// <summary>
    /// Whether the counts in the file's metadata are compared with its content when the end is reached;
    /// the default value is <see langword="true"/>.
    /// </summary>
    public bool CheckMetadata { get; init; } = true;
}
