using System.Runtime.CompilerServices;

namespace MLPipelines.Data;

/// <summary>Reads and validates files of one format, row by row, in memory that does not grow with the file.</summary>
/// <typeparam name="T">What a row becomes.</typeparam>
/// <remarks>
/// A reader holds options only, so one reader may read several files at once from several threads; each sequence that
/// it returns belongs to one thread at a time. Files are opened for reading and never written to. A sequence over a
/// path opens the file anew at every enumeration; one over a stream starts where the stream stood when it was handed
/// over, and can be enumerated again only if the stream can seek.
/// </remarks>
public abstract class DataReader<T>
    where T : class
{
    private readonly DataReadOptions _options;

    private protected DataReader(DataReadOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>What the format is called in a <see cref="ValidationReport"/>.</summary>
    public abstract string Format { get; }

    /// <summary>Reads the rows of a file.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="cancellationToken">Checked whenever more bytes are read.</param>
    /// <returns>A lazy sequence; every enumeration reads the file again.</returns>
    /// <exception cref="FileNotFoundException">There is no such file (thrown by the enumeration, as are the next two).</exception>
    /// <exception cref="DataFormatException">
    /// The file breaks the format, and <see cref="DataReadOptions.OnBadRow"/> is not set or nothing more can be read.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public IEnumerable<T> Read(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Rows(() => ByteWindow.Open(path, _options.Progress), path, cancellationToken);
    }

    /// <summary>Reads the rows of a stream, which is left open.</summary>
    /// <param name="stream">The stream to read from where it stands.</param>
    /// <param name="name">What errors call the stream; an extension counts as a file's would.</param>
    /// <param name="cancellationToken">Checked whenever more bytes are read.</param>
    /// <inheritdoc cref="Read(string, CancellationToken)"/>
    /// <exception cref="InvalidOperationException">The stream cannot seek and the sequence is enumerated again.</exception>
    public IEnumerable<T> Read(Stream stream, string name = "stream", CancellationToken cancellationToken = default) =>
        Rows(Rewinding(stream, name), name, cancellationToken);

    /// <summary>Reads the rows of a file without blocking a thread while bytes arrive.</summary>
    /// <inheritdoc cref="Read(string, CancellationToken)"/>
    public IAsyncEnumerable<T> ReadAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return RowsAsync(() => ByteWindow.Open(path, _options.Progress), path, cancellationToken);
    }

    /// <summary>Reads the rows of a stream, which is left open, without blocking a thread while bytes arrive.</summary>
    /// <inheritdoc cref="Read(Stream, string, CancellationToken)"/>
    public IAsyncEnumerable<T> ReadAsync(Stream stream, string name = "stream", CancellationToken cancellationToken = default) =>
        RowsAsync(Rewinding(stream, name), name, cancellationToken);

    /// <summary>Reads a whole file and reports every problem in it, with statistics of the good rows.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="options">What to check; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Checked whenever more bytes are read.</param>
    /// <returns>The report; a file that breaks the format is a report with errors, not an exception.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValidationReport Validate(string path, ValidationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var window = ByteWindow.Open(path, _options.Progress);
        return Validate(window, path, options, cancellationToken);
    }

    /// <summary>Reads a whole stream, which is left open, and reports every problem in it.</summary>
    /// <param name="stream">The stream to read from where it stands.</param>
    /// <param name="name">What the report calls the stream; an extension counts as a file's would.</param>
    /// <param name="options">What to check; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Checked whenever more bytes are read.</param>
    /// <inheritdoc cref="Validate(string, ValidationOptions, CancellationToken)"/>
    public ValidationReport Validate(Stream stream, string name = "stream", ValidationOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var window = ByteWindow.Over(stream, name, leaveOpen: true, _options.Progress);
        return Validate(window, name, options, cancellationToken);
    }

    private protected abstract RecordSource<T> Open(ByteWindow window, ProblemSink sink);

    private protected abstract Inspector<T> Inspect(RecordSource<T> source, ValidationOptions options);

    private ValidationReport Validate(ByteWindow window, string name, ValidationOptions? options, CancellationToken cancellationToken)
    {
        options ??= new ValidationOptions();
        options.Validate();
        var sink = new CollectingSink(name, options.MaxProblems);
        using var source = Open(window, sink);
        var inspector = Inspect(source, options);
        ReadStatus status;
        while ((status = source.Next(out var item)) != ReadStatus.End)
        {
            if (status == ReadStatus.NeedsData)
                window.Fill(source.Demand, cancellationToken);
            else
                inspector.Add(item);
        }
        if (!sink.Stopped)
            inspector.Complete();
        return sink.ToReport(Format, inspector.Statistics(window.BytesRead), inspector.Notes);
    }

    private IEnumerable<T> Rows(Func<ByteWindow> open, string name, CancellationToken cancellationToken)
    {
        using var source = OpenSource(open, name);
        ReadStatus status;
        while ((status = source.Next(out var item)) != ReadStatus.End)
        {
            if (status == ReadStatus.NeedsData)
                source.Window.Fill(source.Demand, cancellationToken);
            else
                yield return item;
        }
    }

    private async IAsyncEnumerable<T> RowsAsync(Func<ByteWindow> open, string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var source = OpenSource(open, name);
        ReadStatus status;
        while ((status = source.Next(out var item)) != ReadStatus.End)
        {
            if (status == ReadStatus.NeedsData)
                await source.Window.FillAsync(source.Demand, cancellationToken).ConfigureAwait(false);
            else
                yield return item;
        }
    }

    private RecordSource<T> OpenSource(Func<ByteWindow> open, string name) => Open(open(), ProblemSink.For(name, _options));

    private Func<ByteWindow> Rewinding(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        long start = stream.CanSeek ? stream.Position : 0;
        bool used = false;
        return () =>
        {
            if (stream.CanSeek)
                stream.Position = start;
            else if (used)
                throw DataErrors.NotRewindable(name);
            used = true;
            return ByteWindow.Over(stream, name, leaveOpen: true, _options.Progress);
        };
    }
}
