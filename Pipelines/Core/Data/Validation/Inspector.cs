namespace MLPipelines.Data;

/// <summary>Looks at every good row of a file: reports what needs more than one row to see, and gathers the statistics.</summary>
internal abstract class Inspector<T>(RecordSource<T> source, ValidationOptions options)
{
    private readonly List<string> _notes = [];

    protected RecordSource<T> Source { get; } = source;

    protected ValidationOptions Options { get; } = options;

    protected long Rows { get; private set; }

    public IReadOnlyList<string> Notes => _notes;

    public void Add(T item)
    {
        Rows++;
        Inspect(item);
    }

    /// <summary>Called once when the whole file was read.</summary>
    public void Complete()
    {
        if (Rows == 0)
            Source.Sink.Report(DataSeverity.Error, Source.Locate(), null, "the file has no usable rows");
        Finish(_notes);
    }

    public abstract DataStatistics Statistics(long bytes);

    protected abstract void Inspect(T item);

    /// <summary>Reports what only the whole file shows, and notes where a check stopped short.</summary>
    protected abstract void Finish(List<string> notes);
}
