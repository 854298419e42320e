namespace MLPipelines.Data;

internal enum ReadStatus
{
    /// <summary>An item was produced.</summary>
    Item,

    /// <summary>The window must be filled before anything more can be said.</summary>
    NeedsData,

    /// <summary>Nothing is left.</summary>
    End,
}

/// <summary>
/// A parser that never waits: it yields an item, asks for more bytes, or ends, so that the same code serves
/// synchronous and asynchronous reading.
/// </summary>
internal abstract class RecordSource<T>(ByteWindow window, ProblemSink sink) : IDisposable
{
    public ByteWindow Window { get; } = window;

    public ProblemSink Sink { get; } = sink;

    /// <summary>How many bytes must be pending before <see cref="Next"/> is worth calling again.</summary>
    public abstract int Demand { get; }

    /// <summary>Moves to the next good row.</summary>
    public abstract ReadStatus Next(out T item);

    /// <summary>The line on which the current row begins.</summary>
    public abstract long Line { get; }

    /// <summary>Where the current row, or one field of it, begins.</summary>
    public abstract TextPosition Locate(string? field = null);

    /// <summary>Reports a problem of the current row.</summary>
    public void Report(DataSeverity severity, string? field, string reason, string? value = null)
    {
        if (!Sink.Absorbs(severity))
            Sink.Take(severity, Locate(field), field, reason, value);
    }

    public void Dispose() => Window.Dispose();
}
