namespace MLPipelines.Data;

/// <summary>
/// Reads delimited text (CSV, TSV) record by record: RFC 4180 quoting with quoted line ends, LF or CR LF, an optional
/// byte-order mark, and strict UTF-8.
/// </summary>
/// <remarks>
/// A field costs no allocation beyond what the caller takes, and memory is bounded by
/// <see cref="DataReadOptions.MaxRecordBytes"/>. Empty lines are skipped where a record has more than one field.
/// Not thread-safe. The file is opened for reading only.
/// </remarks>
/// <example><code>
/// using var reader = new DelimitedReader("products.csv");
/// int price = reader.IndexOf("price");
/// while (reader.ReadRecord())
///     total += float.Parse(reader[price], CultureInfo.InvariantCulture);
/// </code></example>
public sealed class DelimitedReader : IDisposable
{
    private readonly DelimitedParser _parser;
    private readonly bool _hasHeader;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="options">How to read it; <see langword="null"/> for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public DelimitedReader(string path, DelimitedOptions? options = null)
        : this(Checked(options), path, o => ByteWindow.Open(path, o.Progress))
    {
    }

    /// <summary>Reads a stream from where it stands.</summary>
    /// <param name="stream">The stream to read.</param>
    /// <param name="options">How to read it; <see langword="null"/> for the defaults.</param>
    /// <param name="name">What errors call the stream; an extension counts as a file's would.</param>
    /// <param name="leaveOpen">Whether disposing the reader leaves the stream open.</param>
    /// <exception cref="ArgumentException">The stream cannot be read, or the options are out of range.</exception>
    public DelimitedReader(Stream stream, DelimitedOptions? options = null, string name = "stream", bool leaveOpen = false)
        : this(Checked(options), name, o => ByteWindow.Over(stream, name, leaveOpen, o.Progress))
    {
    }

    private DelimitedReader(DelimitedOptions options, string name, Func<DelimitedOptions, ByteWindow> open)
    {
        _hasHeader = options.HasHeader;
        _parser = new DelimitedParser(open(options), ProblemSink.For(name, options), options);
    }

    /// <summary>The column names; reads the header if that has not happened yet. Empty where there is no header.</summary>
    /// <exception cref="DataFormatException">The header cannot be read.</exception>
    public IReadOnlyList<string> Header
    {
        get
        {
            while (_hasHeader && _parser.NextHeader() == ReadStatus.NeedsData)
                _parser.Window.Fill(_parser.Demand, CancellationToken.None);
            return _parser.Header;
        }
    }

    /// <summary>The separator in use; known once <see cref="Header"/> or a record has been read.</summary>
    public char Separator => _parser.Separator;

    /// <summary>Fields of the current record; 0 before the first and after the last.</summary>
    public int FieldCount => _parser.FieldCount;

    /// <summary>The line on which the current record begins, from 1.</summary>
    public long Line => _parser.Origin.Line;

    /// <summary>The byte at which the current record begins, from 0.</summary>
    public long ByteOffset => _parser.Origin.ByteOffset;

    /// <summary>Bytes taken from the file so far.</summary>
    public long BytesRead => _parser.Window.BytesRead;

    /// <summary>The UTF-8 content of a field, unquoted; valid until the next record is read.</summary>
    /// <param name="field">0 to <see cref="FieldCount"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such field.</exception>
    /// <exception cref="InvalidOperationException">There is no current record.</exception>
    public ReadOnlySpan<byte> this[int field] => _parser[field];

    /// <summary>The content of a field as a new string.</summary>
    /// <inheritdoc cref="this[int]"/>
    public string GetString(int field) => _parser.GetString(field);

    /// <summary>The index of a named column: the exact name, or else the only one that differs in case alone.</summary>
    /// <param name="column">The name as in the header.</param>
    /// <exception cref="DataFormatException">There is no such column; the reason lists those that exist.</exception>
    public int IndexOf(string column)
    {
        _ = Header;
        return ColumnLookup.Require(_parser, column);
    }

    /// <summary>Moves to the next record.</summary>
    /// <param name="cancellationToken">Checked whenever more bytes are read.</param>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="DataFormatException">
    /// The record is not UTF-8, contains NUL, is too long, has a broken quote or another number of fields than the header.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public bool ReadRecord(CancellationToken cancellationToken = default)
    {
        ReadStatus status;
        while ((status = _parser.Next()) == ReadStatus.NeedsData)
            _parser.Window.Fill(_parser.Demand, cancellationToken);
        return status == ReadStatus.Item;
    }

    /// <inheritdoc cref="ReadRecord"/>
    public ValueTask<bool> ReadRecordAsync(CancellationToken cancellationToken = default)
    {
        var status = _parser.Next();
        return status == ReadStatus.NeedsData ? FillAndReadAsync(cancellationToken) : new(status == ReadStatus.Item);
    }

    private async ValueTask<bool> FillAndReadAsync(CancellationToken cancellationToken)
    {
        ReadStatus status;
        do
            await _parser.Window.FillAsync(_parser.Demand, cancellationToken).ConfigureAwait(false);
        while ((status = _parser.Next()) == ReadStatus.NeedsData);
        return status == ReadStatus.Item;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _parser.Window.Dispose();

    private static DelimitedOptions Checked(DelimitedOptions? options)
    {
        options ??= new DelimitedOptions();
        options.Validate();
        return options;
    }
}
